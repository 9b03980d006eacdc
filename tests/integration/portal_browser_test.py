"""Headless Chromium on the portal: its cookies, its policy of contents, and where its forms may lead."""
import browser
import case
import city
import gateway
import origin
import portal

HOST = "intranet.testville.example"
PASSWORD = "right horse"
PEOPLE = city.PEOPLE.replace('"127.0.0.1", ', "") + """
[[person]]
name = "sue.signs"
title = "Sue Signs"
department = "clerk"
supervisor = "carl.clerk"
password = "HASH"
"""
POLICY = city.POLICY.replace("[[quota]]", '''[acknowledgement]
title = "Use of the internet"
text = """Work first."""
clause = "S2(P)"

[[quota]]''', 1)


class PortalInABrowser(case.Case):
    def setUp(self):
        case.tool("chromium")
        self.web = self.keep(origin.HttpOrigin({"/minutes": origin.reply(browser.PAGE)}))
        self.start(people=PEOPLE.replace("HASH", gateway.Gateway.hash_password(PASSWORD)), policy=POLICY,
                   settings="[limits]\nexempt = []\n" + portal.SETTINGS,
                   hosts={name: "127.0.0.1" for name in (HOST, *browser.HOME)})
        self.portal = self.facts()["portal"].strip()
        self.site = f"http://{HOST}:{self.web.port}/minutes"
        self.tab = self.keep(browser.Tab(f"--proxy-server=http://127.0.0.1:{self.gateway.port}", "--ignore-certificate-errors"))

    def test_from_the_first_page_asked_for_to_signing_out(self):
        tab = self.tab
        tab.open(f"http://{portal.NAME}/")  # which TLS is added to
        self.assertEqual(tab.url, self.portal)
        self.assertIn("Sign in to use the web", tab.text)
        self.assertEqual(tab.run("getComputedStyle(document.querySelector('button')).color"), "rgb(255, 255, 255)",
                         "its style sheet is let in")
        tab.fill(name="sue.signs", password="wrong").press("Sign in")
        self.assertIn("Name or password is wrong", tab.text)
        tab.fill(name="sue.signs", password=PASSWORD).press("Sign in")
        self.assertEqual(tab.url, self.portal + "acknowledge")
        # On the way to a site the policy comes first, and its form leads on to there.
        tab.open(self.site)
        self.assertTrue(tab.url.startswith(self.portal + "acknowledge?to="), tab.url)
        self.assertEqual(self.web.seen("/minutes"), [])
        tab.press("I have read this and agree to it")
        self.assertEqual(tab.url, self.site)
        self.assertIn("Minutes of the council", tab.text)
        self.assertIn("Sue Signs", tab.open(self.portal).text)
        self.assertEqual(tab.run("document.cookie"), "", "no script reads the cookie")
        tab.press("Sign out")
        self.assertEqual(tab.url, self.portal + "sign-in")
        self.assertEqual(self.counter("portal_sessions"), 0)
        self.assertNotIn("Minutes of the council", tab.open(self.site).text)

    def test_the_form_of_another_site_changes_nothing(self):
        form = f'<!doctype html><title>Elsewhere</title><form method="post" action="{self.portal}sign-out"><button>Win</button></form>'
        self.web.routes["/form"] = origin.reply(form.encode())
        tab = self.tab
        tab.open(self.portal).fill(name="sue.signs", password=PASSWORD).press("Sign in")
        tab.press("I have read this and agree to it")
        tab.open(self.site.replace("/minutes", "/form")).press("Win")
        self.assertIn("This form cannot be used", tab.text)
        self.assertEqual(self.counter("portal_sessions"), 1)
        self.assertIn("Sue Signs", tab.open(self.portal).text, "the browser has its cookie still")


if __name__ == "__main__":
    case.main()
