"""Grants by command: asked for, agreed to by the chain of the policy, in force, and over by the clock or a word."""
import json
import subprocess
import sys

import case
import city
import client
import gateway
import origin

VERIFIER = gateway.ROOT / "scripts/verify_acts.py"

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
        self.ask()
        self.tells_nothing(self.grant("list"))
        self.tells_nothing(self.grant("withdraw", NAME, "--reason", "let me see", by="ann.mayor", status=1))
        self.grant("approve", NAME, by="sue.sergeant")
        self.grant("approve", NAME, by="ray.chief")
        for verb in (("list",), ("show", NAME), ("list", "--json"), ("show", NAME, "--json")):
            self.tells_nothing(self.grant(*verb))
        self.assertNotIn("dora", self.grant("show", NAME, by="carl.clerk"))
        self.assertEqual(self.grant("list", "--for", "dora.detective"), "no such grant\n")
        for verb in ("approve", "refuse", "withdraw"):
            self.tells_nothing(self.grant(verb, NAME, "--reason", "let me see", by="ann.mayor", status=1))
        story = self.grant("show", NAME, by="ray.chief")
        for word in ("dora.detective", "Bets on match 12", "[S1(h)]", "supervisor: agreed to by sue.sergeant",
                     "grant-approve as police-chief by ray.chief"):
            self.assertIn(word, story)

    def tells_nothing(self, text):
        for word in ("dora", "sue", "ray", "vice", "gambling", "match"):
            self.assertNotIn(word, text)

    def acts(self, *words):
        return [json.loads(line) for line in self.gateway.ask("acts", "list", "--json", *words).splitlines()]

    def export(self, *words):
        """The file, once this program and the other agree that it is whole, and what they say of it."""
        path = self.gateway.directory / "acts.jsonl"
        self.gateway.ask("acts", "export", "--to", str(path), *words)
        said = self.gateway.ask("acts", "verify", "--file", str(path))
        self.assertEqual(subprocess.run([sys.executable, str(VERIFIER), str(path)], capture_output=True, text=True, check=True).stdout,
                         said)
        return path.read_text(encoding="utf-8"), said

    def test_acts_about_it_are_sealed_too(self):
        self.agree()
        self.grant("show", NAME, by="sue.sergeant")  # the look says whom it concerns as well
        steps = ["grant-request", "grant-approve", "grant-approve", "view"]
        self.tells_nothing(self.gateway.ask("acts", "list"))
        self.assertEqual(self.acts("--subject", NAME),
                         [{"number": number, "time": act["time"], "kind": kind, "subject": NAME, "sealed": True}
                          for number, kind, act in zip(range(2, 6), steps, self.acts()[1:], strict=True)])
        for words in (("show", "2"), ("show", "2", "--json"), ("list", "--by", "carl.clerk"), ("show", "2", "--by", "carl.clerk")):
            text = self.gateway.ask("acts", *words)
            self.tells_nothing(text)
            self.assertIn("sealed", text)
        # Nor are they found by what is not told.
        for words in (("--author", "dora.detective"), ("--subject", "dora.detective")):
            self.assertEqual(self.acts(*words), [])
        self.assertEqual(len(self.acts("--kind", "view")), 1, "a look that was not permitted is none")

    def test_who_is_concerned_sees_its_acts_and_the_look_is_kept(self):
        self.agree()
        self.assertEqual([act["author"] for act in self.acts("--subject", NAME, "--by", "ray.chief", "--reason", "inspection")],
                         ["dora.detective", "sue.sergeant", "ray.chief"])
        self.assertIn("Bets on match 12", self.gateway.ask("acts", "show", "2", "--by", "ray.chief"))
        looks = [(act["author"], act["reason"], act["fields"]["what"]) for act in self.acts("--kind", "view", "--by", "ray.chief")]
        self.assertEqual(looks, [("ray.chief", "inspection", "acts list"), ("ray.chief", "", "acts show")])
        self.assertEqual([act["number"] for act in self.acts("--subject", "dora.detective", "--by", "dora.detective")][:3], [2, 3, 4])

    def test_explain_tells_it_to_the_concerned_alone(self):
        self.agree()
        ask = ("explain", f"http://{HOST}/", "--user", "dora.detective")
        for by in ((), ("--by", "carl.clerk")):
            text = self.gateway.ask(*ask, *by)
            self.assertIn("Verdict: refuse", text)
            self.assertNotIn("A sealed law-enforcement grant applies", text)
        self.assertIn("A sealed law-enforcement grant applies", self.gateway.ask(*ask, "--by", "ray.chief"))
        looks = [act["author"] for act in self.acts("--kind", "view", "--subject", NAME, "--by", "ray.chief")]
        self.assertEqual(looks, ["ray.chief"])

    def test_an_export_keeps_the_chain_over_what_is_sealed(self):
        self.agree()
        for words in ((), ("--subject", NAME), ("--subject", "dora.detective"), ("--by", "carl.clerk")):
            text, said = self.export(*words)
            self.tells_nothing(text)
            self.assertEqual([line for line in text.splitlines() if '"sealed":true' in line],
                             text.splitlines()[1:4])
            self.assertIn("3 are sealed", said)
        text, said = self.export("--by", "ray.chief", "--subject", "dora.detective")
        self.assertIn("Bets on match 12", text)
        self.assertIn("4 of them are shown\n", said)  # three steps and this look
        self.assertEqual(self.acts("--kind", "view", "--by", "ray.chief")[0]["fields"]["what"], "acts export")

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
