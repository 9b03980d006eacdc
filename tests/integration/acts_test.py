"""The journal of acts by commands alone: what leaves an act, by whom; exports, also of one subject, and who verifies them."""
import json
import re
import subprocess
import sys

import case
import city
import gateway

VERIFIER = gateway.ROOT / "scripts/verify_acts.py"
AUTHOR = re.compile(r"user \S+")


class Acts(case.Case):
    def acts(self, *arguments):
        return [json.loads(line) for line in self.gateway.ask("acts", "list", "--json", *arguments).splitlines()]

    def kinds(self):
        return [act["kind"] for act in self.acts()]

    def export(self, name, *arguments):
        path = self.gateway.directory / name
        self.gateway.ask("acts", "export", "--to", str(path), *arguments)
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        return path

    def verify(self, path):
        """By this program and by the other: what they say, which must come to the same."""
        ours = self.gateway.run("acts", "verify", "--file", str(path))
        theirs = subprocess.run([sys.executable, str(VERIFIER), str(path)], capture_output=True, text=True, check=False)
        self.assertEqual(ours.returncode, theirs.returncode, ours.stderr + theirs.stderr)
        return ours

    def override(self, target, *arguments):
        self.gateway.ask("lists", "override", target, "allow", "--reason", "a field trip", *arguments)

    def test_what_is_done_to_the_lists_leaves_acts(self):
        made = self.start()
        bets = made.directory / "bets.txt"
        bets.write_text("bet.example\nroulette.example\n", encoding="utf-8")
        made.ask("lists", "import", str(bets), "--as", "bets", "--category", "gambling", "--format", "domains", "--reason", "first")
        self.override("bet.example/rules", "--by", "carl.clerk", "--until", "2026-12-31")
        made.ask("lists", "end-override", "1", "--by", "carl.clerk", "--reason", "they are back")
        bets.write_text("bet.example\n", encoding="utf-8")
        made.ask("lists", "import", str(bets), "--as", "bets", "--category", "gambling", "--format", "domains", "--confirm")
        made.ask("lists", "rollback", "--reason", "it was right before")
        made.ask("lists", "remove", "bets", "--by", "carl.clerk")
        acts = self.acts()
        self.assertEqual([act["number"] for act in acts], list(range(1, len(acts) + 1)))
        self.assertEqual([act["kind"] for act in acts], ["policy-load", "list-publish", "list-override", "list-override-end",
                                                         "list-publish", "list-rollback", "list-remove"])
        load, first, override, end, second, back, gone = acts
        self.assertEqual((load["author"], load["via"]), ("gateway", "start"))
        self.assertRegex(first["author"], AUTHOR)
        self.assertEqual(first["via"], "control socket, " + first["author"])
        self.assertEqual((first["subject"], first["reason"], first["fields"]["added"]), ("bets", "first", "2"))
        self.assertEqual((override["author"], override["subject"], override["reason"]), ("carl.clerk", "bet.example/rules", "a field trip"))
        self.assertEqual(override["fields"]["as"], "city-allowed")
        self.assertEqual((end["author"], end["subject"]), ("carl.clerk", "bet.example/rules"))
        self.assertEqual((second["fields"]["removed"], back["fields"]["added"]), ("1", "1"))
        self.assertEqual((back["subject"], gone["subject"], gone["author"]), ("bets", "bets", "carl.clerk"))
        history = [json.loads(line) for line in made.ask("lists", "history", "--json").splitlines()]
        self.assertEqual(history[-1]["author"], "carl.clerk")
        self.assertIn(first["author"], [entry["author"] for entry in history], "who is not named is the user, here and there")

    def test_what_was_not_done_leaves_none(self):
        made = self.start()
        self.assertEqual(self.kinds(), ["policy-load"])
        for words in (("lists", "override", "bet.example", "allow", "--reason", "x", "--by", "carl.clark"),
                      ("lists", "override", "bet.example", "alow", "--reason", "x"),
                      ("lists", "end-override", "7"),
                      ("lists", "remove", "nothing"),
                      ("lists", "rollback"),
                      ("reload", "--by", "gateway")):
            refused = made.run(*words)
            self.assertNotEqual(refused.returncode, 0, words)
        self.assertIn("did you mean 'carl.clerk'", made.run("reload", "--by", "carl.clark").stderr)
        self.assertEqual(self.kinds(), ["policy-load"])

    def test_whose_access_has_ended_changes_no_lists(self):
        made = self.start()
        made.ask("access", "suspend", "carl.clerk", "--by", "ann.mayor", "--reason", "case 12")
        refused = made.run("lists", "override", "bet.example", "allow", "--reason", "x", "--by", "carl.clerk")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("--by carl.clerk: that access was ended by an order", refused.stderr)
        self.assertEqual(self.kinds(), ["policy-load", "suspend"])

    def test_a_policy_is_loaded_once(self):
        made = self.start()
        before = self.acts()[0]["fields"]["sha256"]
        made.ask("reload")
        made.stop()
        made.start()
        made.upgrade()
        self.assertEqual(self.kinds(), ["policy-load"])
        made.write("policy.toml", city.POLICY + "\n# a word more\n")
        made.ask("reload", "--by", "carl.clerk", "--reason", "as the council decided")
        act = self.acts()[-1]
        self.assertEqual((act["number"], act["kind"], act["author"], act["reason"]),
                         (2, "policy-load", "carl.clerk", "as the council decided"))
        self.assertEqual(act["fields"]["before"], before)
        self.assertEqual(act["fields"]["sha256"], self.facts()["policy"])
        made.write("policy.toml", city.POLICY)
        made.upgrade()
        act = self.acts()[-1]
        self.assertEqual((act["number"], act["author"], act["fields"]["sha256"]), (3, "gateway", before))

    def test_exports_are_verified_with_and_without_this_program(self):
        made = self.start()
        for name in ("one.example", "two.example", "three.example", "two.example/b\u00fccher"):
            self.override(name, "--by", "carl.clerk")
        whole, part = self.export("whole.jsonl"), self.export("part.jsonl", "--subject", "two.example")
        lines = part.read_text(encoding="utf-8").splitlines()
        self.assertEqual([json.loads(line).get("act", {}).get("subject") for line in lines[:-1]],
                         [None, None, "two.example", None, None])
        self.assertNotIn("three.example", part.read_text(encoding="utf-8"))
        heads = {path.read_text(encoding="utf-8").splitlines()[-1].split('"time"')[0] for path in (whole, part)}
        self.assertEqual(len(heads), 1)
        made.stop()
        for path in (whole, part):
            said = self.verify(path)
            self.assertEqual(said.returncode, 0, said.stderr)
            self.assertIn("5 acts", said.stdout)
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            for at in range(len(lines)):
                for now in (lines[:at] + lines[at + 1:], lines[:at] + [lines[at]] + lines[at:],
                            lines[:at] + [lines[at].replace("1", "2", 1)] + lines[at + 1:]):
                    path.write_text("".join(now), encoding="utf-8")
                    self.assertEqual(self.verify(path).returncode, 1, "".join(now))

    def test_a_head_that_was_written_down_still_holds(self):
        made = self.start()
        self.override("one.example")
        head = json.loads(made.ask("acts", "export", "--to", "-").splitlines()[-1])["head"]
        self.override("two.example")
        self.assertIn("3 acts", made.ask("acts", "verify"))
        said = made.ask("acts", "verify", "--head", f"{head['number']}:{head['hash']}")
        self.assertIn("up to act 2", said)
        other = made.run("acts", "verify", "--head", f"1:{head['hash']}")
        self.assertEqual(other.returncode, 1)
        self.assertIn("act 1 does not have this hash", other.stderr)
        self.assertEqual(made.run("acts", "verify", "--head", "nonsense").returncode, 2)

    def test_looking_acts_up(self):
        made = self.start()
        made.set_clock("2026-11-21T12:00:00Z")
        self.override("one.example", "--by", "carl.clerk")
        made.set_clock("2026-11-22T12:00:00Z")
        self.override("two.example")
        self.assertEqual([act["subject"] for act in self.acts("--author", "carl.clerk")], ["one.example"])
        self.assertEqual([act["subject"] for act in self.acts("--kind", "list-override", "--limit", "1")], ["two.example"])
        self.assertEqual([act["subject"] for act in self.acts("--from", "2026-11-21", "--to", "2026-11-21", "--subject",
                                                              "one.example")], ["one.example"])
        table = made.ask("acts", "list", "--kind", "list-override")
        self.assertEqual(len(table.splitlines()), 3)
        shown = made.ask("acts", "show", "2")
        for words in ("list-override", "carl.clerk", "one.example", "a field trip", "city-allowed", "hash"):
            self.assertIn(words, shown)
        self.assertEqual(made.run("acts", "show", "9").returncode, 2)
        self.assertIn("did you mean 'suspend'", made.run("acts", "list", "--kind", "suspnd").stderr)
        self.assertEqual(self.acts("--subject", "nobody"), [])

    def test_without_a_gateway(self):
        made = self.start()
        self.override("one.example", "--by", "carl.clerk")
        made.stop()
        self.override("two.example")
        act = self.acts()[-1]
        self.assertEqual(act["subject"], "two.example")
        self.assertTrue(act["via"].startswith("command line, user "), act["via"])
        self.assertIn("3 acts", made.ask("acts", "verify"))

    def test_a_clock_that_goes_back_is_told(self):
        made = self.start()
        made.set_clock("2026-11-22T12:00:00Z")
        self.override("one.example")
        made.set_clock("2026-11-22T09:57:00Z")
        self.override("two.example")
        self.assertEqual(self.acts()[-1]["fields"]["clock"], f"2 h 3 min before act {self.acts()[-2]['number']}")
        self.assertIn("the clock went back", made.log())
        self.assertIn("none changed", made.ask("acts", "verify"))

    def test_nothing_starts_from_a_journal_that_the_disk_has_changed(self):
        made = self.start()
        made.ask("access", "suspend", "carl.clerk", "--by", "ann.mayor", "--reason", "case 12")
        made.stop()
        changed = 0
        for log in (made.state / "db").glob("*.log"):
            text = log.read_bytes()
            changed += text.count(b'"kind":"suspend"')
            log.write_bytes(text.replace(b'"kind":"suspend"', b'"kind":"suspene"'))
        self.assertEqual(changed, 1, "the act stands in the database's log")
        with self.assertRaises(AssertionError) as refused:
            made.start()
        for words in ("ended with 1", "act 2 had been answered for", "put a backup back"):
            self.assertIn(words, str(refused.exception))
        verified = made.run("acts", "verify")
        self.assertEqual(verified.returncode, 1)
        self.assertIn("act 2 had been answered for", verified.stderr)

    def test_a_kill_takes_no_act_that_was_answered(self):
        made = self.start()
        self.override("one.example")
        made.kill()
        made.start()
        self.assertEqual(self.kinds()[-1], "list-override")


if __name__ == "__main__":
    case.main()
