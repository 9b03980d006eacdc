"""Grants by command: asked for, agreed to by the chain of the policy, in force, and over by the clock or a word."""
import json

import case
import city
import client
import origin

HOST = "www.pokerstars.com"
PAGE = b"<!doctype html><title>Odds</title>"
PEOPLE = """
[[department]]
name = "police"
title = "Police Department"
head = "ray.chief"
[[department]]
name = "clerk"
title = "City Clerk"
[[person]]
name = "ray.chief"
department = "police"
roles = ["police-chief"]
[[person]]
name = "sue.sergeant"
department = "police"
supervisor = "ray.chief"
[[person]]
name = "dora.detective"
department = "police"
units = ["vice"]
supervisor = "sue.sergeant"
addresses = ["127.0.0.20"]
[[person]]
name = "pat.patrol"
department = "police"
supervisor = "sue.sergeant"
addresses = ["127.0.0.21"]
[[person]]
name = "carl.clerk"
department = "clerk"
roles = ["county-it-director"]
addresses = ["127.0.0.11"]
[[person]]
name = "ann.mayor"
department = "clerk"
roles = ["mayor"]
"""
POLICY = city.POLICY[:city.POLICY.index("[[grant]]")] + """
[[approval]]
kind = "law-enforcement"
title = "Prohibited sites in the course of a case"
clause = "S1(h)"
steps = ["supervisor", "police-chief"]
order = "given"
longest_days = 90

[[approval]]
kind = "guest-account"
clause = "S4(3.05)"
steps = ["county-it-director"]
longest_days = 90
"""
NAME = "law-enforcement/act-2"  # act 1 is the policy that was loaded


class Grants(case.Case):
    def setUp(self):
        self.web = self.keep(origin.HttpOrigin({"/": origin.reply(PAGE)}))
        self.start(hosts={HOST: "127.0.0.1"}, people=PEOPLE, policy=POLICY)

    def grant(self, verb, *words, by=None, status=0):
        words = ["grant", verb, *words, *(["--by", by] if by else [])]
        done = self.gateway.run(*words)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout if status == 0 else done.stderr

    def ask(self, *more, by="dora.detective", status=0):
        return self.grant("request", "law-enforcement", "--case", "2026-0417", "--units", "vice", "--department", "police",
                          "--categories", "gambling", "--until", "2026-12-31", "--reason", "Bets on match 12", *more, by=by,
                          status=status)

    def agree(self):
        self.ask()
        self.grant("approve", NAME, by="sue.sergeant")
        self.grant("approve", NAME, by="ray.chief")

    def fetch(self, source=city.DETECTIVE):
        return client.get(self.gateway.port, f"http://{HOST}:{self.web.port}/", source=source).status

    def test_a_chain_opens_and_nobody_else(self):
        self.assertEqual(self.fetch(), 403)
        self.assertIn(f"{NAME}: opens gambling to dora.detective, sealed", self.ask())
        self.assertIn("not ray.chief's turn", self.grant("approve", NAME, by="ray.chief", status=1))
        self.assertIn("nobody approves the own request", self.grant("approve", NAME, by="dora.detective", status=1))
        self.assertIn("has no say", self.grant("approve", NAME, by="ann.mayor", status=1))
        self.assertEqual(json.loads(self.grant("list", "--waiting-for", "sue.sergeant", "--json"))["name"], NAME)
        self.assertEqual(self.grant("list", "--waiting-for", "ray.chief"), "no such grant\n")
        self.grant("approve", NAME, by="sue.sergeant")
        self.assertEqual(self.fetch(), 403)
        self.assertIn("in force until 2027-01-01 00:00:00 CST", self.grant("approve", NAME, by="ray.chief"))
        self.assertEqual(self.fetch(), 200)
        self.assertEqual(self.fetch(city.PATROL), 403)

    def test_lapses_by_the_clock_and_stays_over_after_a_restart(self):
        self.agree()
        self.gateway.stop()
        self.gateway.start()
        self.assertEqual(self.fetch(), 200)
        self.gateway.set_clock("2026-12-31T23:59:59-06:00")
        self.assertEqual(self.fetch(), 200)
        self.gateway.set_clock("2027-01-01T00:00:00-06:00")
        self.assertEqual(self.fetch(), 403)
        self.assertEqual(json.loads(self.grant("list", "--json"))["state"], "lapsed")
        self.assertIn("lapsed", self.grant("withdraw", NAME, "--reason", "late", by="ray.chief", status=1))

    def test_is_over_when_it_is_withdrawn(self):
        self.agree()
        self.assertEqual(self.fetch(), 200)
        self.assertIn("withdrawn by sue.sergeant", self.grant("withdraw", NAME, "--reason", "case closed", by="sue.sergeant"))
        self.assertEqual(self.fetch(), 403)

    def test_of_a_sealed_grant_only_the_concerned_are_told(self):
        self.agree()
        for verb in (("list",), ("show", NAME), ("list", "--json"), ("show", NAME, "--json")):
            text = self.grant(*verb)
            for word in ("dora", "gambling", "match"):
                self.assertNotIn(word, text)
        self.assertNotIn("dora", self.grant("show", NAME, by="carl.clerk"))
        self.assertEqual(self.grant("list", "--for", "dora.detective"), "no such grant\n")
        story = self.grant("show", NAME, by="ray.chief")
        for word in ("dora.detective", "Bets on match 12", "[S1(h)]", "supervisor: agreed to by sue.sergeant",
                     "grant-approve as police-chief by ray.chief"):
            self.assertIn(word, story)

    def test_the_chief_gets_bare_numbers(self):
        self.agree()
        self.assertEqual((self.fetch(), self.fetch()), (200, 200))
        self.gateway.advance("1h")
        self.assertEqual(self.fetch(), 200)
        rows = self.grant("sealed-summary", "--month", "2026-11", "--json", by="ray.chief")
        self.assertEqual(json.loads(rows), {"case": "2026-0417", "exchanges": 3, "refused": 0, "hours": 2, "officers": 1})
        self.assertIn("2026-0417", self.grant("sealed-summary", "--month", "2026-11", by="ray.chief"))
        self.assertIn("no sealed exchange", self.grant("sealed-summary", "--month", "2026-12", by="ray.chief"))
        self.assertIn("no sealed exchange", self.grant("sealed-summary", "--month", "2026-11", "--case", "7", by="ray.chief"))
        self.assertIn("for the head", self.grant("sealed-summary", "--month", "2026-11", by="carl.clerk", status=1))
        self.assertIn("no month", self.grant("sealed-summary", "--month", "November", by="ray.chief", status=2))

    def test_a_policy_says_what_its_chain_is(self):
        text = self.grant("chain", "law-enforcement", "--for", "dora.detective")
        for word in ("[S1(h)]", "supervisor, then police-chief", "at most 90 days", "supervisor: sue.sergeant"):
            self.assertIn(word, text)
        self.assertIn("no 'exemption'", self.grant("chain", "exemption", status=1))
        self.assertIn("did you mean 'exemption'", self.grant("chain", "exemptions", status=2))

    def test_without_a_gateway_the_same_story_is_told_from_the_state(self):
        self.agree()
        told = self.grant("show", NAME, "--json")
        self.gateway.stop()
        self.assertEqual(json.loads(self.grant("show", NAME, "--json"))["case"], json.loads(told)["case"])


if __name__ == "__main__":
    case.main()
