"""Who may go on: people sign in, acknowledge and are barred; one name on two machines shows."""
import base64
import re
import urllib.parse

import case
import city
import client
import gateway
import origin
import portal

HOST, NEWS = "intranet.testville.example", "www.bbc.com"
PASSWORD = "correct horse"
PEOPLE = """
[[department]]
name = "clerk"
title = "City Clerk"

[[person]]
name = "ann.mayor"
title = "Ann Mayor"
department = "clerk"
password = "{hash}"

[[person]]
name = "carl.clerk"
title = "Carl Clerk"
department = "clerk"
addresses = ["127.0.0.11", "127.0.0.12"]

[[device]]
name = "kiosk"
department = "clerk"
addresses = ["127.0.0.30"]

[[guest]]
name = "kay.auditor"
department = "clerk"
sponsor = "ann.mayor"
purpose = "yearly audit"
end = 2028-12-31
addresses = ["127.0.0.40"]
"""
CARL, KIOSK, KAY = "127.0.0.11", "127.0.0.30", "127.0.0.40"
# Loopback is exempt from the limits of one address as a rule, as many people may be behind it.
NOT_SHARED = "[limits]\nexempt = []\n"
POLICY = city.POLICY.split("[[grant]]", maxsplit=1)[0]

TEXT = """
[acknowledgement]
title = "Use of the internet"
clause = "S2(P)"
text = "The internet is for the city's work."
"""


def basic(name, password=PASSWORD):
    return "Proxy-Authorization: Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


NAVIGATION = ("Accept: text/html,application/xhtml+xml", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document",
              "Sec-Fetch-User: ?1")
IMAGE = ("Accept: image/*", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image")


class People(case.Case):
    """A city of two people and a device."""
    settings = NOT_SHARED
    policy = POLICY

    def setUp(self):
        self.origin = self.keep(origin.HttpOrigin())
        self.make(hosts={HOST: "127.0.0.1", NEWS: "127.0.0.1"}, policy=self.policy, settings=self.settings)
        self.hash = self.gateway.hash_password(PASSWORD)
        self.gateway.write("people.toml", PEOPLE.replace("{hash}", self.hash))
        self.gateway.start()
        self.url = f"http://{HOST}:{self.origin.port}/"

    def get(self, source, *fields, url=None):
        return self.ask(source, *fields, url=url).status

    def ask(self, source, *fields, url=None):
        return client.get(self.gateway.port, url or self.url, *fields, source=source)

    def connect(self, source, *fields):
        with client.Client(self.gateway.port, source) as tunnel:
            return tunnel.connect(f"{HOST}:{self.origin.port}", *fields)

    def last(self):
        return self.gateway.search("--host", HOST)[-1]


class TwoMachines(People):
    """One name at two addresses at once is an event."""

    def elsewhere(self):
        return [(row["person"], row["client"]) for row in self.gateway.search("--elsewhere")]

    def test_is_recorded_once_however_long_it_lasts(self):
        for _ in range(3):
            for source in ("127.0.0.77", "127.0.0.78"):
                self.assertEqual(self.get(source, basic("ann.mayor")), 200)
            self.gateway.advance("2min")
        self.assertEqual(self.elsewhere(), [("ann.mayor", "127.0.0.78")])
        self.assertEqual(self.counter("elsewhere_total"), 1)
        self.assertEqual(len(self.gateway.search("--user", "ann.mayor")), 6)
        shown = self.gateway.ask("records", "search", "--elsewhere")
        self.assertIn("also active at another address", shown)
        self.assertIn("known by name and password: sure", shown)
        record = self.gateway.search("--elsewhere")[0]["id"]
        self.assertIn("came to this address while also active at another one", self.gateway.ask("explain", record))

    def test_one_after_the_other_is_none(self):
        self.assertEqual(self.get("127.0.0.77", basic("ann.mayor")), 200)
        self.gateway.advance("10min")
        self.assertEqual(self.get("127.0.0.78", basic("ann.mayor")), 200)
        self.assertEqual(self.elsewhere(), [])

    def test_two_desks_of_one_person_are_no_event(self):
        for source in ("127.0.0.11", "127.0.0.12"):
            self.assertEqual(self.get(source), 200)
        self.assertEqual(self.elsewhere(), [])
        self.assertIn("known by the address of the computer: likely", self.gateway.ask("records", "search"))

    def test_a_tunnel_in_use_is_activity_and_an_idle_one_is_not(self):
        authority = f"{HOST}:{self.origin.port}"
        with client.Client(self.gateway.port, "127.0.0.77") as tunnel:
            self.assertEqual(tunnel.connect(authority, basic("ann.mayor")).status, 200)
            self.gateway.advance("11min")
            self.assertEqual(self.get("127.0.0.78", basic("ann.mayor")), 200)
        self.assertEqual(self.elsewhere(), [])


class WithPortal(People):
    settings = NOT_SHARED + portal.SETTINGS

    def setUp(self):
        super().setUp()
        self.portal = self.facts()["portal"].strip()
        self.portal_port = int(self.portal.rstrip("/").rpartition(":")[2])

    def browser(self, source):
        return portal.Browser(self.portal_port, source=source)


class Sessions(WithPortal):
    """Who has signed in on the portal is known on any connection from there, until that ends."""

    def sign_in(self, source):
        browser = self.browser(source)
        self.assertEqual(browser.sign_in("ann.mayor", PASSWORD).status, 303)
        return browser

    def test_identifies_on_a_plain_connection(self):
        self.assertEqual(self.get("127.0.0.77"), 407)
        self.sign_in("127.0.0.77")
        self.assertEqual(self.get("127.0.0.77"), 200)
        self.assertEqual(self.get("127.0.0.78"), 407)
        row = self.gateway.search("--user", "ann.mayor")[0]
        self.assertEqual([row["identity"], row["confidence"], row["client"]], ["portal", "likely", "127.0.0.77"])

    def test_goes_before_the_address_and_after_a_password(self):
        self.sign_in("127.0.0.11")
        self.assertEqual(self.get("127.0.0.11"), 200)
        self.assertEqual([self.last()["person"], self.last()["identity"]], ["ann.mayor", "portal"])
        self.assertEqual(self.get("127.0.0.11", basic("ann.mayor", "wrong")), 407)
        self.assertEqual(self.get("127.0.0.11", basic("ann.mayor")), 200)
        self.assertIn("basic", [row["identity"] for row in self.gateway.search("--user", "ann.mayor")])

    def test_ends_by_its_lifetime_and_a_tunnel_with_it(self):
        self.sign_in("127.0.0.77")
        with client.Client(self.gateway.port, "127.0.0.77") as tunnel:
            self.assertEqual(tunnel.connect(f"{HOST}:{self.origin.port}").status, 200)
            self.gateway.advance("7h59min")
            self.assertEqual(self.get("127.0.0.77"), 200)
            self.gateway.advance("1min")
            self.assertEqual(self.get("127.0.0.77"), 407)
            self.assertEqual(tunnel.sock.recv(1), b"")
        cut = [row for row in self.gateway.search("--user", "ann.mayor") if row["outcome"] == "cut"]
        self.assertEqual([row["reason"] for row in cut], ["unknown-person"])

    def test_ends_by_signing_out(self):
        browser = self.sign_in("127.0.0.77")
        self.assertEqual(self.get("127.0.0.77"), 200)
        browser.send(browser.get("/").page.form("/sign-out"))
        self.assertEqual(self.get("127.0.0.77"), 407)

    def tunnel(self, source):
        tunnel = client.Client(self.gateway.port, source)
        self.addCleanup(tunnel.sock.close)
        self.assertEqual(tunnel.connect(f"{HOST}:{self.origin.port}").status, 200)
        return tunnel

    def test_signing_out_cuts_what_runs_at_once(self):
        browser, kept = self.sign_in("127.0.0.77"), self.sign_in("127.0.0.78")
        ends, goes_on = self.tunnel("127.0.0.77"), self.tunnel("127.0.0.78")
        browser.send(browser.get("/").page.form("/sign-out"))
        self.assertEqual(ends.sock.recv(1), b"")  # no clock was moved, and no slice is over
        cut = [row for row in self.gateway.search("--user", "ann.mayor") if row["outcome"] == "cut"]
        self.assertEqual([(row["reason"], row["client"]) for row in cut], [("unknown-person", "127.0.0.77")])
        self.assertEqual(goes_on.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").read().status, 200)
        self.assertIn("You and the web", kept.get("/").page.title)

    def test_signing_out_cuts_what_the_process_before_an_upgrade_carries(self):
        self.sign_in("127.0.0.77")
        self.sign_in("127.0.0.78")
        ends, goes_on = self.tunnel("127.0.0.77"), self.tunnel("127.0.0.78")
        before = self.gateway.upgrade()
        browser = self.sign_in("127.0.0.77")
        self.assertEqual(ends.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").read().status, 200, "signing in cuts nothing")
        browser.send(browser.get("/").page.form("/sign-out"))
        self.assertEqual(ends.sock.recv(1), b"")
        self.assertEqual(goes_on.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").read().status, 200)
        goes_on.sock.close()
        self.assertEqual(before.wait(gateway.PATIENCE), 0)

    def test_another_ones_sign_in_cuts_what_runs_at_once(self):
        self.gateway.write("people.toml", PEOPLE.replace("{hash}", self.hash).replace(
            'addresses = ["127.0.0.11", "127.0.0.12"]', f'password = "{self.hash}"'))
        self.gateway.ask("reload")
        self.sign_in("127.0.0.77")
        tunnel = self.tunnel("127.0.0.77")
        self.assertEqual(self.browser("127.0.0.77").sign_in("carl.clerk", PASSWORD).status, 303)
        self.assertEqual(tunnel.sock.recv(1), b"")
        self.assertEqual(self.get("127.0.0.77"), 200)
        self.assertEqual(len(self.gateway.search("--user", "carl.clerk")), 1)

    def test_ends_with_the_password_that_opened_it(self):
        browser = self.sign_in("127.0.0.77")
        tunnel = self.tunnel("127.0.0.77")
        with client.Client(self.gateway.port, "127.0.0.78") as kept:
            url = f"http://{HOST}:{self.origin.port}/"
            self.assertEqual(kept.get(url, basic("ann.mayor")).status, 200)
            self.gateway.write("people.toml", PEOPLE.replace("{hash}", gateway.Gateway.hash_password("another")))
            self.gateway.ask("reload")
            self.assertEqual(kept.get(url, basic("ann.mayor")).status, 407, "on the connection where it was right")
        self.assertEqual(tunnel.sock.recv(1), b"")
        self.assertEqual(self.get("127.0.0.77"), 407)
        self.assertIn("Sign in", browser.get("/").page.title)

    def test_ends_by_suspension_which_cuts(self):
        self.sign_in("127.0.0.77")
        with client.Client(self.gateway.port, "127.0.0.77") as tunnel:
            self.assertEqual(tunnel.connect(f"{HOST}:{self.origin.port}").status, 200)
            self.gateway.ask("access", "suspend", "ann.mayor", "--by", "carl.clerk", "--reason", "inquiry")
            self.assertEqual(tunnel.sock.recv(1), b"")
        # By the order, not for want of the session that it ended: the order's evidence is in that.
        (cut,) = [row for row in self.gateway.search("--user", "ann.mayor") if row["outcome"] == "cut"]
        self.assertEqual(cut["reason"], "suspended")
        self.assertRegex(cut["grant"], r"^suspend/\d+$")
        self.assertEqual(self.get("127.0.0.77"), 407)
        answer = self.ask("127.0.0.77", basic("ann.mayor"), *NAVIGATION)
        self.assertEqual(answer.status, 403)
        for words in (b"suspended by an order", b"In force since", b"Each further try is recorded"):
            self.assertIn(words, answer.body)
        # Two workers' records of one moment stand in no order: the attempt is looked for, not the last.
        (row,) = [row for row in self.gateway.search("--user", "ann.mayor") if row["attempt"]]
        self.assertEqual(row["reason"], "suspended")
        self.assertRegex(row["grant"], r"^suspend/\d+$")

    def test_two_machines_show_for_sign_ins_too(self):
        for source in ("127.0.0.77", "127.0.0.78"):
            self.sign_in(source)
            self.assertEqual(self.get(source), 200)
        self.assertEqual([row["client"] for row in self.gateway.search("--elsewhere")], ["127.0.0.78"])


class SessionsAtASharedAddress(WithPortal):
    """Behind an address of many people a session would make everybody whoever signed in last."""
    settings = portal.SETTINGS  # all of loopback is exempt

    def test_shows_pages_and_makes_nobody_known_to_the_web(self):
        browser = self.browser("127.0.0.77")
        self.assertIn("goes on asking your browser", browser.get("/sign-in").body)
        self.assertEqual(browser.sign_in("ann.mayor", PASSWORD).status, 303)
        self.assertIn("does not open the web", browser.get("/").body)
        self.assertEqual(self.get("127.0.0.77"), 407)
        self.assertEqual(self.get("127.0.0.77", basic("ann.mayor")), 200)
        self.assertEqual(self.last()["identity"], "basic")

    def test_leaves_the_addresss_own_person_who_it_is(self):
        self.browser("127.0.0.11").sign_in("ann.mayor", PASSWORD)
        self.assertEqual(self.get("127.0.0.11"), 200)
        self.assertEqual([self.last()["person"], self.last()["identity"]], ["carl.clerk", "address"])


class Acknowledging:
    """Nobody gets on before the text, as it is now, is acknowledged."""
    policy = POLICY + TEXT

    def acknowledge(self, name):
        self.gateway.ask("access", "acknowledge", name, "--by", "ann.mayor", "--method", "signed on paper")

    def new_policy(self, more):
        self.gateway.write("policy.toml", self.policy + more)
        self.gateway.ask("reload")

    def assert_asked(self, source):
        self.assertEqual(self.get(source, *NAVIGATION), 302)

    def assert_open(self, source):
        self.assertEqual(self.get(source, *NAVIGATION), 200)


class Gate(Acknowledging, WithPortal):
    def test_a_navigation_is_led_to_the_portal_and_back(self):
        answer = self.ask(CARL, *NAVIGATION, url=self.url + "minutes?year=2026&page=2")
        self.assertEqual(answer.status, 302)
        link = answer.value("Location")
        self.assertTrue(link.startswith(self.portal + "?to="), link)
        self.assertIn("no-store", answer.value("Cache-Control"))
        fields = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)
        self.assertEqual(fields["to"], [self.url + "minutes?year=2026&page=2"])
        self.assertIn(self.browser(CARL).get(link[len(self.portal) - 1:]).status, (200, 303))
        row = self.last()
        self.assertEqual([row["ruling"], row["reason"], row["outcome"], row["status"], row["attempt"], row["path"]],
                         ["portal", "not-acknowledged", "refused", 302, False, "/minutes"])
        self.assertEqual(self.origin.connections, 0)

    def test_what_nobody_looks_at_is_told_so(self):
        answer = self.ask(CARL, *IMAGE)
        self.assertEqual(answer.status, 511)
        self.assertRegex(answer.value("Link"), rf"^<{re.escape(self.portal)}\S*>; rel=\"help\"$")
        self.assertIn(b"must be read and acknowledged first", answer.body)
        self.assertEqual(self.origin.connections, 0)
        self.assertEqual(self.counter("sent_to_portal_total"), 1)

    def test_a_tunnel_is_refused_with_a_sign(self):
        answer = self.connect(CARL)
        self.assertEqual(answer.status, 403)
        self.assertEqual(answer.value("Link"), f'<{self.portal}>; rel="help"')
        self.assertIn("must be read and acknowledged first", answer.value("Proxy-Status"))
        self.assertIn(self.portal, answer.value("Proxy-Status"))
        self.assertIn(self.portal.encode(), answer.body)
        self.assertEqual([self.last()["reason"], self.last()["method"]], ["not-acknowledged", "CONNECT"])

    def test_the_portal_itself_is_open(self):
        browser = portal.Browser(self.portal_port, source=CARL, through=self.gateway.port)
        self.assertIn(browser.get("/").status, (200, 303))  # or on to the page of the text

    def test_acknowledging_opens_at_once_for_this_person_alone(self):
        self.assert_asked(CARL)
        self.acknowledge("carl.clerk")
        self.assert_open(CARL)
        self.assert_asked(KAY)
        self.assertEqual(self.connect(CARL).status, 200)

    def test_another_text_asks_again_and_the_same_one_does_not(self):
        self.acknowledge("carl.clerk")
        self.new_policy("")
        self.assert_open(CARL)
        self.gateway.write("policy.toml", self.policy.replace("the city's work", "the city's work alone"))
        self.gateway.ask("reload")
        self.assert_asked(CARL)
        self.acknowledge("carl.clerk")
        self.assert_open(CARL)

    def test_is_asked_again_after_a_year(self):
        self.acknowledge("carl.clerk")
        self.gateway.set_clock("2027-11-23T11:59:59-06:00")
        self.assert_open(CARL)
        self.gateway.set_clock("2027-11-23T12:00:01-06:00")
        self.assert_asked(CARL)

    def test_a_departments_own_text(self):
        self.acknowledge("carl.clerk")
        self.new_policy('[[department]]\nname = "clerk"\n[department.acknowledgement]\ntext = "Records stay here."\n')
        self.assert_asked(CARL)
        self.acknowledge("carl.clerk")
        self.assert_open(CARL)

    def test_terms_of_guests(self):
        for name in ("carl.clerk", "kay.auditor"):
            self.acknowledge(name)
        self.assert_open(KAY)
        self.new_policy('[acknowledgement.guests]\ntext = "Guests leave when their work is done."\n')
        self.assert_open(CARL)
        self.assert_asked(KAY)
        self.acknowledge("kay.auditor")
        self.assert_open(KAY)

    def test_devices_are_not_asked(self):
        self.assert_open(KIOSK)

    def test_an_order_goes_before_the_text(self):
        self.gateway.ask("access", "suspend", "carl.clerk", "--by", "ann.mayor", "--reason", "inquiry")
        self.assertEqual(self.get(CARL, *NAVIGATION), 403)
        self.assertEqual(self.last()["reason"], "suspended")


class GateWithoutPortal(Acknowledging, People):
    def test_stays_shut_and_says_what_is_missing(self):
        answer = self.ask(CARL, *NAVIGATION)
        self.assertEqual(answer.status, 403)
        self.assertIn(b"its portal is not set up", answer.body)
        self.assertIn(b"IT help desk, 555-0100", answer.body)
        self.assertEqual(self.connect(CARL).status, 403)
        self.assertEqual(self.origin.connections, 0)
        self.acknowledge("carl.clerk")
        self.assert_open(CARL)


class Uploads(People):
    """No more is sent than the policy lets people send."""
    policy = POLICY.replace('action = "personal"', 'action = "personal"\nupload_megabytes = 1')
    most = 1_000_000

    def setUp(self):
        super().setUp()
        self.news = f"{NEWS}:{self.origin.port}"

    def open(self):
        browser = client.Client(self.gateway.port, CARL)
        self.addCleanup(browser.sock.close)
        return browser

    def head(self, *fields):
        lines = "".join(f"{field}\r\n" for field in fields)
        return f"POST http://{self.news}/ HTTP/1.1\r\nHost: {self.news}\r\n{lines}\r\n"

    def row(self):
        return self.gateway.search("--host", NEWS)[-1]

    def test_as_much_as_is_allowed_passes(self):
        answer = self.open().send(self.head(f"Content-Length: {self.most}")).send(b"x" * self.most).read("POST")
        self.assertEqual(answer.status, 200)
        self.assertEqual(len(self.origin.requests[0].body), self.most)

    def test_what_says_that_it_is_more_is_refused_before_a_byte_of_it(self):
        answer = self.open().send(self.head(f"Content-Length: {self.most + 1}")).read("POST")
        self.assertEqual(answer.status, 403)
        self.assertEqual([self.row()["reason"], self.row()["from_client_bytes"]], ["upload-too-large", 0])
        self.assertEqual(self.origin.connections, 0)

    def test_what_does_not_say_is_ended_when_it_is_more(self):
        browser = self.open().send(self.head("Transfer-Encoding: chunked"))
        for _ in range(18):
            browser.send(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        self.assertEqual(browser.read("POST").status, 403)
        row = self.row()
        self.assertEqual(row["reason"], "upload-too-large")
        self.assertLessEqual(row["from_client_bytes"], self.most)
        self.assertEqual(self.origin.requests, [])

    def test_a_tunnel_is_cut_when_it_is_more(self):
        tunnel = self.open()
        self.assertEqual(tunnel.connect(self.news).status, 200)
        tunnel.send(self.head(f"Content-Length: {3 * self.most}"))
        try:
            for _ in range(48):
                tunnel.send(b"x" * 0x10000)
            self.assertEqual(tunnel.sock.recv(1), b"")
        except ConnectionError:
            pass  # it is cut while more is on its way
        gateway.wait_until(lambda: self.counter("tunnels_open") == 0, "the tunnel to end")
        row = self.row()
        self.assertEqual([row["outcome"], row["reason"]], ["cut", "upload-too-large"])
        self.assertLessEqual(sum(one["from_client_bytes"] for one in self.gateway.search("--host", NEWS)), self.most)
        self.assertEqual(self.origin.requests, [])


class SharedAddress(People):
    """Behind an address of many people nobody can be told to be elsewhere."""
    settings = ""

    def test_is_not_counted(self):
        for source in ("127.0.0.77", "127.0.0.78"):
            self.assertEqual(self.get(source, basic("ann.mayor")), 200)
        self.assertEqual(self.gateway.search("--elsewhere"), [])


if __name__ == "__main__":
    case.main()
