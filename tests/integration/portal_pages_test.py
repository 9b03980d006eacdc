"""What people do on the portal: agree to the policy, see their use, ask, decide, dispute; every change is an act of theirs."""
import json
import re

import case
import city
import client
import gateway
import origin
import portal
from portal import Browser

DESK, OTHER_DESK = "127.0.0.60", "127.0.0.61"
HOST = "site.example"

PASSWORD = "right horse"
PEOPLE = (city.PEOPLE.replace('''name = "clerk"
title = "City Clerk"
''', '''name = "clerk"
title = "City Clerk"
head = "ann.mayor"
''') + """
[[person]]
name = "sue.signs"
title = "Sue Signs"
department = "clerk"
supervisor = "carl.clerk"

[[person]]
name = "ida.it"
title = "Ida IT"
department = "clerk"
roles = ["it-director"]
addresses = ["127.0.0.70"]
""").replace("[[person]]", '[[person]]\npassword = "HASH"')
IT = "127.0.0.70"
# Whose desks they are, by the directory; at DESK and OTHER_DESK it is Sue who signs in.
OWNERS = {city.MAYOR: "ann.mayor", city.CLERK: "carl.clerk", city.PATROL: "pat.patrol", IT: "ida.it"}

TEXT = "Work first.\n\nThe <city> records what you do."
POLICY = city.POLICY.replace("[[quota]]", f'''[acknowledgement]
title = "Use of the internet"
text = """{TEXT}"""
clause = "S2(P)"

[acknowledgement.access]
title = "Records"
text = "What I see stays here."

[records]
persons = "line"

[[quota]]''', 1) + """
[[rule]]
name = "no-social"
title = "Social networks are blocked"
clause = "S1(k)"
categories = ["social"]
action = "block"

[[approval]]
kind = "exemption"
title = "Exemption for work"
clause = "S1(m)"
steps = ["supervisor", "it-director"]
order = "given"
longest_days = 30
"""


class PagesCase(case.Case):
    def setUp(self):
        self.web = self.keep(origin.HttpOrigin({"/": origin.reply(b"hello")}))
        self.start(people=PEOPLE.replace("HASH", gateway.Gateway.hash_password(PASSWORD)), policy=POLICY,
                   settings="[limits]\nexempt = []\n" + portal.SETTINGS, hosts={HOST: "127.0.0.1", "facebook.com": "127.0.0.1"})
        self.url = self.facts()["portal"].strip()
        self.port = int(self.url.rstrip("/").rpartition(":")[2])

    def browser(self, source=DESK):
        return Browser(self.port, source=source)

    def signed_in(self, source=DESK):
        browser = self.browser(source)
        self.assertEqual(browser.sign_in(OWNERS.get(source, "sue.signs"), PASSWORD).status, 303)
        return browser

    def agreed(self, source=DESK, browser=None):
        """Somebody who may use the web: Sue at a desk where nobody is known, else whoever's desk it is."""
        browser = browser or self.signed_in(source)
        answer = browser.send(browser.get("/acknowledge").page.form("/acknowledge"))
        self.assertEqual(answer.status, 303, answer.body)
        return browser

    def acts(self, kind):
        return [json.loads(line) for line in self.gateway.ask("acts", "list", "--kind", kind, "--json").splitlines()]

    def page_of(self, source, host=HOST):
        return client.browse(self.gateway.port, f"http://{host}:{self.web.port}/", source=source)


class Acknowledging(PagesCase):
    def test_from_the_first_page_asked_for_and_back_to_it(self):
        self.assertEqual(self.page_of(DESK).status, 407, "nobody knows who is at the desk")
        browser = self.browser()
        answer = browser.sign_in("sue.signs", PASSWORD)
        self.assertEqual((answer.status, answer.location), (303, "/acknowledge"))
        # Signed in, but the policy comes first: the browser is led to the portal, with where it was going.
        refused = self.page_of(DESK)
        self.assertEqual(refused.status, 302)
        link = refused.value("Location")
        self.assertTrue(link.startswith(self.url + "?to="), link)
        answer = browser.get("/" + link[len(self.url):])
        self.assertTrue(answer.location.startswith("/acknowledge?to="), answer.location)
        # Lent to somebody else, the link leads nowhere.
        elsewhere = self.signed_in(OTHER_DESK).get("/" + link[len(self.url):])
        self.assertEqual(elsewhere.location, "/acknowledge")
        page = browser.get(answer.location)
        self.assertIn("Work first.", page.page.text)
        self.assertIn("The &lt;city&gt; records", page.body)
        self.assertIn("S2(P)", page.page.text)
        answer = browser.send(page.page.form("/acknowledge"))
        self.assertEqual((answer.status, answer.location), (303, f"http://{HOST}:{self.web.port}/"))
        self.assertEqual(self.page_of(DESK).body, b"hello")
        receipt = self.gateway.ask("access", "receipt", "sue.signs")
        self.assertIn(DESK, receipt)
        self.assertIn("portal", receipt)

    def test_for_who_is_known_by_the_address(self):
        link = self.page_of(city.CLERK).value("Location")
        browser = self.browser(city.CLERK)
        answer = browser.get("/" + link[len(self.url):])
        self.assertEqual(answer.status, 303)
        answer = browser.send(browser.get(answer.location).page.form("/acknowledge"))
        self.assertEqual((answer.status, answer.location), (303, f"http://{HOST}:{self.web.port}/"))
        self.assertEqual(self.page_of(city.CLERK).body, b"hello")

    def test_a_text_that_changed_is_read_again(self):
        browser = self.signed_in()
        form = browser.get("/acknowledge").page.form("/acknowledge")
        self.gateway.write("policy.toml", POLICY.replace("Work first.", "Work first and last."))
        self.gateway.ask("reload")
        answer = browser.send(form)
        self.assertEqual(answer.status, 200)
        self.assertIn("has changed since", answer.body)
        self.assertIn("Work first and last.", answer.body)
        self.assertEqual(self.page_of(DESK).status, 302)
        self.assertEqual(browser.send(answer.page.form("/acknowledge")).status, 303)
        self.assertEqual(self.page_of(DESK).status, 200)

    def test_survives_a_kill(self):
        self.agreed()
        self.gateway.kill()
        self.gateway.start()
        self.port = int(self.facts()["portal"].strip().rstrip("/").rpartition(":")[2])
        self.assertEqual(self.page_of(DESK).status, 407, "signed out")
        browser = self.signed_in()
        self.assertEqual(self.page_of(DESK).status, 200, "but not asked again")
        self.assertIn("You agreed to this text", browser.get("/acknowledge").body)

    def test_the_second_agreement_is_for_who_may_see_records(self):
        self.assertIn("no text", self.agreed().get("/access-agreement").body)
        head = self.browser(city.MAYOR)
        head.send(head.get("/acknowledge").page.form("/acknowledge"))
        page = head.get("/access-agreement")
        self.assertIn("What I see stays here.", page.body)
        self.assertEqual(head.send(page.page.form("/access-agreement")).status, 303)
        self.assertIn("You agreed to this text", head.get("/access-agreement").body)


class Standing(PagesCase):
    def test_a_suspension_signs_out_and_keeps_out(self):
        browser = self.agreed()
        self.gateway.ask("access", "suspend", "sue.signs", "--by", "ann.mayor", "--reason", "an inquiry")
        self.assertEqual(self.counter("portal_sessions"), 0)
        self.assertIn("Sign in", browser.get("/").page.title)
        self.assertIn("suspended", self.browser().sign_in("sue.signs", PASSWORD).body)
        self.gateway.ask("access", "reinstate", "sue.signs", "--by", "ann.mayor", "--reason", "cleared")
        self.assertEqual(self.browser().sign_in("sue.signs", PASSWORD).status, 303)

    def test_who_signs_out_is_unknown_at_once(self):
        browser = self.agreed()
        self.assertEqual(self.page_of(DESK).status, 200)
        browser.send(browser.get("/").page.form("/sign-out"))
        self.assertEqual(self.page_of(DESK).status, 407)


class Using(PagesCase):
    def test_what_is_used_and_what_is_left(self):
        browser = self.agreed()
        text = browser.get("/usage").page.text
        self.assertIn("Personal use", text)
        self.assertIn("5.0 minutes", text)
        self.assertIn("2026-11-24 00:00:00", text, "when it refills")
        self.page_of(DESK)
        self.gateway.search()  # what has ended is in the store
        self.assertIn("Not in any list", browser.get("/usage").page.text)

    def test_what_was_refused_and_why(self):
        browser = self.agreed()
        self.assertIn("Nothing was refused", browser.get("/refusals").body)
        self.assertEqual(self.page_of(DESK, "facebook.com").status, 403)
        (record,) = self.gateway.search("--outcome", "refused", "--host", "facebook.com")
        text = browser.get("/refusals").page.text
        for word in ("facebook.com", "Social networks are blocked", "S1(k)", "starter/", record["id"]):
            self.assertIn(word, text)

    def test_others_use_is_nobodys(self):
        self.agreed()
        self.page_of(DESK, "facebook.com")
        self.gateway.search()
        clerk = self.agreed(city.CLERK)
        self.assertNotIn("facebook.com", clerk.get("/refusals").body)


class Granting(PagesCase):
    def test_from_the_asking_to_the_page(self):
        sue = self.agreed()
        self.assertEqual(self.page_of(DESK, "facebook.com").status, 403)
        page = sue.get("/grants")
        self.assertIn("/grants/request?kind=exemption", page.page.links)
        form = sue.get("/grants/request?kind=exemption").page.form("/grants/request")
        answer = sue.send(form, categories="social", end="2026-12-01", reason="the city's page there")
        self.assertEqual((answer.status, answer.location), (303, "/grants"))
        self.assertIn("waiting for supervisor (carl.clerk), then it-director (ida.it)", sue.get("/grants").body)
        # Nobody agrees to the own request, nor before the turn.
        self.assertIn("No permission waits", sue.get("/decisions").body)
        director = self.agreed(IT)
        self.assertIn("No permission waits", director.get("/decisions").body)
        supervisor = self.agreed(city.CLERK)
        form = supervisor.get("/decisions").page.form("/decisions")
        self.assertEqual(supervisor.send(form, decide="approve").status, 303)
        (act,) = self.acts("grant-approve")
        self.assertEqual((act["author"], act["via"]), ("carl.clerk", f"portal, password, {city.CLERK}"))
        self.assertEqual(self.page_of(DESK, "facebook.com").status, 403, "one step is not all")
        form = director.get("/decisions").page.form("/decisions")
        self.assertEqual(director.send(form, decide="approve").status, 303)
        self.assertIn("in force", sue.get("/grants").body)
        self.assertEqual(self.page_of(DESK, "facebook.com").status, 200)
        form = sue.get("/grants").page.form("/grants")
        self.assertEqual(sue.send(form, reason="done").status, 303)
        self.assertEqual(self.page_of(DESK, "facebook.com").status, 403)

    def test_a_refusal_needs_a_reason_and_is_told(self):
        sue, supervisor = self.agreed(), self.agreed(city.CLERK)
        form = sue.get("/grants/request?kind=exemption").page.form("/grants/request")
        sue.send(form, categories="social", end="2026-12-01", reason="fun")
        form = supervisor.get("/decisions").page.form("/decisions")
        self.assertEqual(supervisor.send(form, decide="refuse").status, 422)
        self.assertEqual(supervisor.send(form, decide="refuse", reason="that is <no> work").status, 303)
        self.assertIn("that is &lt;no&gt; work", sue.get("/grants").body)

    def test_what_cannot_be_granted_is_told_in_words(self):
        sue = self.agreed()
        form = sue.get("/grants/request?kind=exemption").page.form("/grants/request")
        for fields, word in (({"categories": "gambling"}, "gambling"), ({"categories": "socail"}, "&#39;social&#39;"),
                             ({"categories": "social", "end": "2026-11-01"}, "end"),
                             ({"categories": "social", "end": "2027-11-01"}, "30")):
            answer = sue.send(form, **{"end": "2026-12-01", "reason": "work", **fields})
            self.assertIn(answer.status, (403, 404, 422), fields)
            self.assertIn(word, answer.body)
        self.assertEqual(sue.get("/grants/request?kind=record-access").location, "/grants", "no chain, no form")

    def test_an_address_is_not_enough_to_decide(self):
        sue = self.agreed()
        form = sue.get("/grants/request?kind=exemption").page.form("/grants/request")
        sue.send(form, categories="social", end="2026-12-01", reason="work")
        supervisor = self.agreed(city.CLERK)
        form, cookies = supervisor.get("/decisions").page.form("/decisions"), dict(supervisor.cookies)
        supervisor.send(supervisor.get("/").page.form("/sign-out"))
        supervisor.cookies = cookies  # so that the form is still this browser's
        self.assertIn("by your address", supervisor.get("/").body)
        for answer in (supervisor.get("/decisions"), supervisor.send(form, decide="approve")):
            self.assertEqual(answer.status, 403)
            self.assertIn("Who decides about others signs in", answer.body)
            self.assertEqual([form["action"] for form in answer.page.forms], ["/sign-in"])
        self.assertEqual(self.acts("grant-approve"), [])
        self.assertEqual(supervisor.sign_in("carl.clerk", PASSWORD).status, 303)
        self.assertEqual(supervisor.send(supervisor.get("/decisions").page.form("/decisions"), decide="approve").status, 303)

    def test_who_is_not_asked_cannot_decide(self):
        sue, stranger = self.agreed(), self.agreed(city.PATROL)
        form = sue.get("/grants/request?kind=exemption").page.form("/grants/request")
        sue.send(form, categories="social", end="2026-12-01", reason="work")
        name = re.search(r"exemption/\d+", sue.get("/grants").body).group()
        page = self.agreed(city.CLERK).get("/decisions").page.form("/decisions")
        token = stranger.get("/decisions")
        self.assertIn("No permission waits", token.body)
        # The form of somebody else's page is of no use to him either.
        self.assertEqual(stranger.send(page, decide="approve").status, 403)
        self.assertNotIn(name, stranger.get("/grants").body)


class Disputing(PagesCase):
    def disputed(self):
        sue = self.agreed()
        self.page_of(DESK, "facebook.com")
        (record,) = self.gateway.search("--outcome", "refused", "--host", "facebook.com")
        link = next(link for link in sue.get("/refusals").page.links if link.startswith("/disputes?record="))
        self.assertEqual(link, f"/disputes?record={record['id']}")
        form = sue.get(link).page.form("/disputes")
        self.assertEqual(sue.send(form, claim="work", reason="the city's page").status, 303)
        return sue, record

    def test_from_the_refusal_to_the_word_of_the_supervisor(self):
        sue, record = self.disputed()
        self.assertIn("waits for an answer", sue.get("/disputes").body)
        supervisor = self.agreed(city.CLERK)
        page = supervisor.get("/disputes")
        for word in (record["id"], "facebook.com", "the city&#39;s page"):
            self.assertIn(word, page.body)
        form = next(form for form in page.page.forms if form["fields"].get("do") == "decide")
        by_address = self.browser(city.CLERK)
        self.assertNotIn('value="decide"', by_address.get("/disputes").body)
        self.assertIn("/sign-in", by_address.get("/disputes").page.links)
        token = next(form for form in by_address.get("/disputes").page.forms if form["fields"].get("do") == "open")
        answer = by_address.send({**form, "fields": {**form["fields"], "token": token["fields"]["token"]}},
                                 verdict="work", reason="it is")
        self.assertEqual(answer.status, 403)
        self.assertEqual(self.acts("dispute-decide"), [])
        self.assertEqual(supervisor.send(form, verdict="work", reason="it is").status, 303)
        self.assertIn("carl.clerk has found", sue.get("/disputes").body)
        self.assertEqual(supervisor.send(form, verdict="personal", reason="changed my mind").status, 403)

    def test_the_head_of_the_department_decides_too_and_nobody_else(self):
        sue, _ = self.disputed()
        self.assertNotIn('value="decide"', self.agreed(city.PATROL).get("/disputes").body)
        self.assertNotIn('value="decide"', sue.get("/disputes").body)
        self.assertIn('value="decide"', self.agreed(city.MAYOR).get("/disputes").body)

    def test_a_record_is_disputed_once_and_only_the_own(self):
        sue, record = self.disputed()
        form = sue.get("/disputes").page.form("/disputes")
        answer = sue.send(form, record=record["id"], claim="work", reason="again")
        self.assertEqual(answer.status, 403)
        self.assertIn("already", answer.body)
        clerk = self.agreed(city.CLERK)
        form = next(form for form in clerk.get("/disputes").page.forms if form["fields"].get("do") == "open")
        for number in (record["id"], "0" * 16, "nonsense"):
            self.assertIn(clerk.send(form, record=number, reason="x").status, (404, 422))
        self.assertEqual(clerk.send(form, what="www.example.org", reason="").status, 422)

    def test_by_commands_too(self):
        self.disputed()
        listed = self.gateway.ask("dispute", "list")
        self.assertIn("sue.signs", listed)
        number = re.search(r"\d+", listed).group()
        wrong = self.gateway.run("dispute", "decide", number, "--by", "pat.patrol", "--verdict", "work", "--reason", "x")
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("carl.clerk", wrong.stderr)
        self.gateway.ask("dispute", "decide", number, "--by", "carl.clerk", "--verdict", "personal", "--reason", "it was not")
        self.assertIn("it was not", self.gateway.ask("dispute", "show", number))
        self.gateway.ask("dispute", "open", "--by", "sue.signs", "--site", "www.example.org", "--claim", "category",
                         "--reason", "it is a library")
        self.assertIn("www.example.org", self.gateway.ask("dispute", "list", "--open"))


class Reading(PagesCase):
    PATHS = ("/", "/usage", "/refusals", "/grants", "/grants/request?kind=exemption", "/decisions", "/disputes",
             "/acknowledge", "/nothing")

    def test_every_page_can_be_read_by_everybody(self):
        sue = self.agreed()
        sue.send(sue.get("/grants/request?kind=exemption").page.form("/grants/request"), categories="social",
                 end="2026-12-01", reason="work")
        pages = [(path, sue.get(path)) for path in self.PATHS]
        pages.append(("/decisions of another", self.agreed(city.CLERK).get("/decisions")))
        pages.append(("/sign-in", self.browser(OTHER_DESK).get("/sign-in")))
        for path, answer in pages:
            with self.subTest(path):
                page = answer.page
                self.assertTrue(page.title.strip())
                self.assertEqual(page.language, "en")
                self.assertEqual(len(page.headings), 1)
                self.assertLessEqual({"main", "header", "footer"}, page.landmarks)
                self.assertEqual([one for one in page.ids if one not in page.labels], [], "inputs without a label")
                self.assertEqual(len(page.ids), len(set(page.ids)))
                self.assertNotIn("<script", answer.body)
                for form in page.forms:
                    self.assertEqual(form["method"], "post")
                    self.assertTrue(form["fields"].get("token"), "a form without its token")


if __name__ == "__main__":
    case.main()
