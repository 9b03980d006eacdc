"""Who is asking: by the desk's address, or by name and password; credentials go no further than the gateway."""
import base64

import case
import city
import client
import origin

HOST = "intranet.testville.example"
SIGN_IN = """
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
addresses = ["127.0.0.11"]

[[device]]
name = "front-desk"
department = "clerk"
addresses = ["127.0.0.0/28"]
"""
PASSWORD = "correct horse: \u00fcber"


def basic(name, password):
    return "Proxy-Authorization: Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


class Identity(case.Case):
    def setUp(self):
        self.origin = self.keep(origin.HttpOrigin())
        policy = city.POLICY.replace('department = "police"', 'department = "clerk"').replace(
            'units = ["vice"]', 'officers = ["ann.mayor"]')
        made = self.make(hosts={HOST: "127.0.0.1"}, policy=policy)
        result = made.hash_password(PASSWORD)
        self.assertRegex(result, r"^\$argon2id\$")
        made.write("people.toml", SIGN_IN.replace("{hash}", result))
        made.start()
        self.url = f"http://{HOST}:{self.origin.port}/"

    def people(self):
        return sorted((record["person"], record["identity"]) for record in self.gateway.search("--host", HOST))

    def test_address_names_person_and_narrowest_wins(self):
        self.assertEqual(client.get(self.gateway.port, self.url, source="127.0.0.11").status, 200)
        self.assertEqual(client.get(self.gateway.port, self.url, source="127.0.0.5").status, 200)
        self.assertEqual(self.people(), [("carl.clerk", "address"), ("front-desk", "address")])

    def test_unknown_address_is_asked_for_a_password(self):
        with client.Client(self.gateway.port, "127.0.0.77") as browser:
            challenge = browser.get(self.url)
            self.assertEqual(challenge.status, 407)
            self.assertRegex(challenge.value("Proxy-Authenticate"), r"(?i)^basic realm=")
            self.assertEqual(browser.get(self.url, basic("ann.mayor", "wrong")).status, 407)
            self.assertEqual(browser.get(self.url, basic("nobody", PASSWORD)).status, 407)
            self.assertEqual(browser.get(self.url, basic("ann.mayor", PASSWORD)).status, 200)
        self.assertEqual(len(self.origin.requests), 1)
        self.assertEqual(self.origin.requests[0].values("proxy-authorization"), [])
        self.assertIn(("ann.mayor", "basic"), self.people())

    def test_connect_with_credentials_at_once_and_after_407(self):
        authority = f"{HOST}:{self.origin.port}"
        with client.Client(self.gateway.port, "127.0.0.77") as browser:
            self.assertEqual(browser.connect(authority, basic("ann.mayor", PASSWORD)).status, 200)
        with client.Client(self.gateway.port, "127.0.0.77") as browser:
            self.assertEqual(browser.connect(authority).status, 407)
            self.assertEqual(browser.connect(authority, basic("ann.mayor", PASSWORD)).status, 200)

    def test_name_and_password_go_before_the_address(self):
        answer = client.get(self.gateway.port, self.url, basic("ann.mayor", PASSWORD), source="127.0.0.5")
        self.assertEqual(answer.status, 200)
        self.assertEqual(self.people(), [("ann.mayor", "basic")])

    def test_malformed_credentials_are_asked_again(self):
        for value in ("Basic", "Basic ====", "Basic bm9jb2xvbg==", "Bearer abc", "Basic " + "A" * 6000):
            answer = client.get(self.gateway.port, self.url, f"Proxy-Authorization: {value}", source="127.0.0.77")
            self.assertEqual(answer.status, 407, value[:20])


if __name__ == "__main__":
    case.main()
