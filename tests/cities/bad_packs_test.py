"""Packs with mistakes: each is refused in words that name the line and the remedy, and a running city goes on as it was."""
import re
import subprocess
import tomllib

import pack_case
from pack_case import ROOT, case, client, gateway

PACKS = ("kentucky-2023", "kirkwood", "farmer-city", "acceptable-use", "monroe")


def replaced(text, old, new):
    """`text` with the first `old` replaced, and the line where that is."""
    at = text.index(old)
    return text[:at] + new + text[at + len(old):], text.count("\n", 0, at) + 1


def added(text, more):
    """`text` with tables behind it, and the line on which these begin."""
    return text + "\n" + more, text.count("\n") + 2


class BadPacks(case.Case):
    def said(self, policy=None, people=None):
        """What `check` says of a pack with mistakes; all of it is refused."""
        made = self.make(policy=policy or pack_case.pack("kirkwood"), people=people or pack_case.people())
        result = made.run("check")
        self.assertEqual(result.returncode, 1, result.stdout)
        return result.stderr

    def assert_line(self, said, file, line, *words):
        """One of the lines said names that line and holds the words."""
        lines = [each for each in said.splitlines() if re.search(rf"\b{re.escape(file)}:{line}: ", each)]
        self.assertTrue(lines, f"nothing is said of {file}:{line}:\n{said}")
        for word in words:
            self.assertTrue(any(word in each for each in lines), f"'{word}' is missing:\n{said}")

    def test_every_pack_passes_the_check_as_it_is_shipped(self):
        for name in PACKS:
            with self.subTest(name):
                result = subprocess.run([str(gateway.BINARY), "check", "--config", f"conf/packs/{name}.citygate.toml"], cwd=ROOT,
                                        capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                self.assertRegex(result.stdout, r"^OK ")

    def test_every_pack_is_told_as_prose_with_all_its_clauses(self):
        for name in PACKS:
            with self.subTest(name):
                result = subprocess.run([str(gateway.BINARY), "policy", "show", "--config", f"conf/packs/{name}.citygate.toml"],
                                        cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                policy = tomllib.loads(pack_case.pack(name))
                for rule in policy["rule"] + policy["approval"] + [policy["records"]]:
                    self.assertIn(rule["clause"], result.stdout)

    def test_an_unknown_category(self):
        for name in PACKS:
            with self.subTest(name):
                policy, line = replaced(pack_case.pack(name), '"pornography"', '"pornografy"')
                self.assert_line(self.said(policy), "policy.toml", line, "pornografy", "did you mean 'pornography'")

    def test_an_unknown_person_in_the_policy(self):
        grant = ('[[grant]]\nkind = "law-enforcement"\ncase = "2026-1"\nofficers = ["dora.detectiv"]\n'
                 'categories = ["gambling"]\nend = 2026-12-31\n')
        policy, line = added(pack_case.pack("kirkwood"), grant)
        self.assert_line(self.said(policy), "policy.toml", line + 3, "dora.detectiv", "did you mean 'dora.detective'")

    def test_an_unknown_supervisor(self):
        people, line = replaced(pack_case.people(), 'supervisor = "rosa.clerk"', 'supervisor = "rosa.clark"')
        self.assert_line(self.said(people=people), "people.toml", line, "rosa.clark", "did you mean 'rosa.clerk'")

    def test_an_unknown_department(self):
        policy, line = replaced(pack_case.pack("kirkwood"), 'name = "dispatch-night"', 'name = "dispatch-nigth"')
        self.assert_line(self.said(policy), "policy.toml", line, "dispatch-nigth", "did you mean 'dispatch-night'")

    def test_an_unknown_clause(self):
        policy, line = replaced(pack_case.pack("kirkwood"), 'clause = "S1(h)"', 'clause = "S1(x)"')
        self.assert_line(self.said(policy), "policy.toml", line, "unknown clause 'S1(x)'", "no such section")
        policy, line = replaced(pack_case.pack("farmer-city"), 'clause = "S2(R)(8)(d)"', 'clause = "S2(R)(8)(f)"')
        self.assert_line(self.said(policy), "policy.toml", line, "did you mean 'S2(R)(8)(")

    def test_overlapping_windows(self):
        more = '[[window]]\nname = "lunch"\ndays = ["wed"]\nfrom = "12:30"\nto = "13:30"\n'
        policy, line = added(pack_case.pack("kirkwood"), more)
        first = pack_case.pack("kirkwood").split('[[window]]\nname = "lunch"')[0].count("\n") + 1
        self.assert_line(self.said(policy), "policy.toml", line, "'lunch' overlaps itself on wed", f"begins in line {first}")

    def test_a_circle_of_approvers(self):
        policy, line = replaced(pack_case.pack("farmer-city"), 'city-manager = "mayor"',
                                'city-manager = "mayor"\nmayor = "city-manager"')
        said = self.said(policy)
        self.assertRegex(said, rf"policy\.toml:({line - 1}|{line}|{line + 1}): .*circle.*")
        for word in ("city-manager", "mayor"):
            self.assertIn(word, said)

    def test_a_circle_of_supervisors(self):
        people, line = replaced(pack_case.people(), 'roles = ["mayor"]', 'roles = ["mayor"]\nsupervisor = "carl.clerk"')
        said = self.said(people=people)
        self.assertRegex(said, r"people\.toml:\d+: .*circle")
        for name in ("ann.mayor", "carl.clerk"):
            self.assertIn(name, said)

    def test_an_end_before_its_start(self):
        grant = ('[[grant]]\nkind = "law-enforcement"\ncase = "2026-1"\nofficers = ["dora.detective"]\n'
                 'categories = ["gambling"]\nstart = 2026-12-31\nend = 2026-12-01\n')
        policy, line = added(pack_case.pack("kirkwood"), grant)
        said = self.said(policy)
        self.assertRegex(said, rf"policy\.toml:({line}|{line + 5}|{line + 6}): .*(end|start)")
        people, line = replaced(pack_case.people(), "end = 2026-07-01", "end = 2025-07-01")
        self.assertRegex(self.said(people=people), rf"people\.toml:({line}|{line - 1}|{line - 6}): .*(end|start)")

    def test_a_department_that_opens_what_is_prohibited(self):
        rule = '[[department.rule]]\nname = "vice"\ncategories = ["gambling"]\naction = "personal"\n\n'
        policy, line = replaced(pack_case.pack("kirkwood"), "[[department.rule]]\nname = \"investigations\"", rule +
                                "[[department.rule]]\nname = \"investigations\"")
        city = pack_case.pack("kirkwood").split('name = "no-gambling"')[0].count("\n")
        self.assert_line(self.said(policy), "policy.toml", line, "'police' loosens", "'gambling'", f"line {city}",
                         "not marked loosenable")

    def test_a_window_that_the_city_does_not_let_go(self):
        policy, _ = replaced(pack_case.pack("kirkwood"), 'to = "13:00"\nloosenable = true\n', 'to = "13:00"\n')
        line = policy.split('[[department.window]]\nname = "lunch"')[0].count("\n") + 1
        self.assert_line(self.said(policy), "policy.toml", line, "lunch", "loosenable")

    def test_a_running_city_goes_on_under_its_policy(self):
        made = self.start(policy=pack_case.pack("kentucky-2023"), people=pack_case.people())
        before = re.search(r"(?m)^policy\s.*$", made.ask("status")).group()
        bad, line = replaced(pack_case.pack("kentucky-2023"), '"pornography"', '"pornografy"')
        (made.directory / "policy.toml").write_text(bad, encoding="utf-8")
        result = made.run("reload")
        self.assertEqual(result.returncode, 1)
        self.assert_line(result.stdout + result.stderr, "policy.toml", line, "did you mean 'pornography'")
        self.assertEqual(re.search(r"(?m)^policy\s.*$", made.ask("status")).group(), before)
        self.assertEqual(client.browse(made.port, "http://www.pornhub.com/", pack_case.desks()["carl.clerk"]).status, 403)


if __name__ == "__main__":
    case.main()
