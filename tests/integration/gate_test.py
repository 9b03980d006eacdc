"""Who may go on: people sign in, acknowledge and are barred; one name on two machines shows."""
import base64

import case
import city
import client
import gateway
import origin
import portal

HOST = "intranet.testville.example"
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
"""
# Loopback is exempt from the limits of one address as a rule, as many people may be behind it.
NOT_SHARED = "[limits]\nexempt = []\n"
POLICY = city.POLICY.split("[[grant]]", maxsplit=1)[0]


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
        self.make(hosts={HOST: "127.0.0.1"}, policy=self.policy, settings=self.settings)
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
        self.assertEqual(self.last()["identity"], "basic")

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

    def test_ends_by_suspension_which_cuts(self):
        self.sign_in("127.0.0.77")
        with client.Client(self.gateway.port, "127.0.0.77") as tunnel:
            self.assertEqual(tunnel.connect(f"{HOST}:{self.origin.port}").status, 200)
            self.gateway.ask("access", "suspend", "ann.mayor", "--by", "carl.clerk", "--reason", "inquiry")
            self.assertEqual(tunnel.sock.recv(1), b"")
        self.assertEqual(self.get("127.0.0.77"), 407)
        answer = self.ask("127.0.0.77", basic("ann.mayor"), *NAVIGATION)
        self.assertEqual(answer.status, 403)
        for words in (b"suspended by an order", b"In force since", b"Each further try is recorded"):
            self.assertIn(words, answer.body)
        row = self.last()
        self.assertEqual([row["reason"], row["attempt"], row["person"]], ["suspended", True, "ann.mayor"])
        self.assertRegex(row["grant"], r"^suspend/\d+$")

    def test_two_machines_show_for_sign_ins_too(self):
        for source in ("127.0.0.77", "127.0.0.78"):
            self.sign_in(source)
            self.assertEqual(self.get(source), 200)
        self.assertEqual([row["client"] for row in self.gateway.search("--elsewhere")], ["127.0.0.78"])


class SharedAddress(People):
    """Behind an address of many people nobody can be told to be elsewhere."""
    settings = ""

    def test_is_not_counted(self):
        for source in ("127.0.0.77", "127.0.0.78"):
            self.assertEqual(self.get(source, basic("ann.mayor")), 200)
        self.assertEqual(self.gateway.search("--elsewhere"), [])


if __name__ == "__main__":
    case.main()
