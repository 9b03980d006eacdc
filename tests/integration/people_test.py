"""The directory is changed while the gateway runs: every change is an act, in force at once, and outlives the process."""
import base64
import json
import pathlib
import subprocess

import case
import city
import client
import gateway
import origin

HOST = "site.test"
NEW_DESK = "127.0.0.40"


class Directory(case.Case):
    def setUp(self):
        self.web = self.keep(origin.HttpOrigin())
        self.start(hosts={HOST: "127.0.0.1"})

    def act(self, *words, by="ann.mayor", reason="hire"):
        return self.gateway.ask("people", *words, "--by", by, "--reason", reason)

    def wrong(self, *words, by="ann.mayor"):
        done = self.gateway.run("people", *words, "--by", by, "--reason", "x")
        self.assertNotEqual(done.returncode, 0, done.stdout)
        return done.stderr

    def show(self, name):
        return json.loads(self.gateway.ask("people", "show", name, "--json"))

    def status(self, source):
        return client.get(self.gateway.port, f"http://{HOST}:{self.web.port}/", source=source).status


class People(Directory):
    def test_a_hire_browses_moves_and_is_told_apart_by_time(self):
        self.assertEqual(self.status(NEW_DESK), 403)
        self.assertEqual(self.act("department", "add", "it", "--title", "IT"), "department-add 'it' (act 2)\n",
                         "act 1 is the policy that was loaded")
        self.act("add", "lee.ames", "--department", "it", "--title", "Lee Ames", "--roles", "it-director,records-officer",
                 "--supervisor", "ann.mayor", "--addresses", NEW_DESK)
        self.assertEqual(self.status(NEW_DESK), 200)
        self.gateway.advance("1h")
        self.act("move", "lee.ames", "--department", "library")
        self.act("address", "release", "lee.ames", NEW_DESK)
        self.act("address", "assign", "pat.patrol", NEW_DESK)
        self.assertEqual(self.status(NEW_DESK), 200)
        self.assertEqual([(each["person"], each["department"]) for each in self.gateway.search("--host", HOST)
                          if each["outcome"] == "completed"], [("lee.ames", "it"), ("pat.patrol", "police")])

        self.assertTrue(self.gateway.ask("people", "who", NEW_DESK).startswith("pat.patrol, person, department police: by"))
        then = self.gateway.ask("people", "who", NEW_DESK, "--at", "2026-11-23T12:59:59")
        self.assertTrue(then.startswith("lee.ames, person, department it: by 127.0.0.40"), then)
        shown = self.show("lee.ames")
        self.assertEqual(shown["department"], "library")
        self.assertEqual([(each["name"], each["source"]) for each in shown["departments"]],
                         [("it", "act 3"), ("library", "act 4")])
        self.assertEqual(shown["roles"], ["it-director", "records-officer"])
        text = self.gateway.ask("people", "show", "pat.patrol")
        self.assertRegex(text, r"department +police \(now\) +\(.*people\.toml:\d+\)")
        self.assertRegex(text, r"address +127\.0\.0\.40, from 2026-11-23T19:00:00\.000000Z +\(act 6\)")
        self.assertIn("lee.ames", self.gateway.ask("people", "list", "--role", "it-director"))

    def test_acts_outlive_the_process_and_hold_without_one(self):
        self.act("change", "carl.clerk", "--title", "Chief Clerk", "--units", "front, back")
        self.gateway.kill()
        self.gateway.start()
        self.assertEqual(self.show("carl.clerk")["title"], "Chief Clerk")
        self.gateway.stop()
        self.assertEqual(self.show("carl.clerk")["units"], ["front", "back"])
        self.act("change", "carl.clerk", "--title", "")
        self.assertEqual(self.show("carl.clerk")["title"], "carl.clerk")

    def test_a_supervisor_who_left_the_people_file_keeps_no_gateway_from_starting(self):
        self.act("change", "carl.clerk", "--supervisor", "pat.patrol")
        gone = city.PEOPLE.split("[[person]]")
        gone = "[[person]]".join(each for each in gone if "pat.patrol" not in each)
        self.gateway.write("people.toml", gone)
        self.gateway.ask("reload")
        self.assertEqual(self.show("carl.clerk")["supervisor"], "")
        self.assertEqual(self.status(city.PATROL), 403)
        self.gateway.kill()
        self.gateway.start()
        self.assertEqual(self.status(city.CLERK), 200)
        self.assertEqual(self.status(city.PATROL), 403)
        self.act("change", "carl.clerk", "--supervisor", "ann.mayor", by="dora.detective")
        self.assertEqual(self.show("carl.clerk")["supervisor"], "ann.mayor")

    def test_the_policy_may_name_who_came_by_acts(self):
        """A large city keeps a short people file: its departments and officers are in no file that a start could read."""
        self.act("department", "add", "it", "--title", "IT")
        self.act("add", "lee.ames", "--department", "it", "--addresses", NEW_DESK)
        self.assertEqual(self.status(NEW_DESK), 200)
        self.gateway.import_list(self.gateway.write("news.txt", HOST + "\n"), name="news", category="news")
        policy = city.POLICY + """
[[department]]
name = "it"
[[department.rule]]
name = "no-news"
title = "No news for IT"
clause = "Sec. 9"
categories = ["news"]
action = "block"
"""
        self.gateway.write("policy.toml", policy)
        self.gateway.ask("reload")
        self.assertEqual(self.status(NEW_DESK), 403)
        self.assertEqual(self.status(city.CLERK), 200)
        self.gateway.kill()
        self.gateway.start()
        self.assertEqual(self.status(NEW_DESK), 403)
        self.gateway.upgrade().wait(gateway.PATIENCE)
        self.assertEqual(self.status(NEW_DESK), 403)
        self.gateway.write("policy.toml", policy.replace('name = "it"', 'name = "itt"'))
        refused = self.gateway.run("reload")
        self.assertEqual(refused.returncode, 1, refused.stderr)
        self.assertRegex(refused.stderr, r"policy\.toml:\d+: .*'itt'; did you mean 'it'")
        self.assertEqual(self.status(NEW_DESK), 403)

    def test_what_is_wrong_is_said_with_the_nearest_name_and_changes_nothing(self):
        self.assertIn("did you mean 'carl.clerk'?", self.wrong("change", "carl.clark", "--title", "x"))
        self.assertIn("did you mean 'police'?", self.wrong("move", "carl.clerk", "--department", "polise"))
        self.assertIn("belongs to 'ann.mayor'", self.wrong("address", "assign", "carl.clerk", city.MAYOR))
        self.assertIn("nobody changes the own entry", self.wrong("change", "ann.mayor", "--roles", "mayor"))
        self.assertIn("knows nobody by the name 'nobody'", self.wrong("change", "carl.clerk", "--title", "x", by="nobody"))
        self.assertIn("nobody has the address", self.gateway.run("people", "who", "127.0.0.99").stderr)

    def test_a_password_is_read_here_and_only_its_hash_is_kept(self):
        command = [gateway.BINARY, "people", "password", "dora.detective", "--by", "dora.detective", "--reason", "mine",
                   "--state", str(self.gateway.state)]
        done = subprocess.run(command, input="tr0ub4dor\n", capture_output=True, text=True, timeout=gateway.PATIENCE * 2)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(self.show("dora.detective")["password"])
        credentials = "Proxy-Authorization: Basic " + base64.b64encode(b"dora.detective:tr0ub4dor").decode()
        with client.Client(self.gateway.port, "127.0.0.77") as browser:
            self.assertEqual(browser.get(f"http://{HOST}:{self.web.port}/", credentials).status, 200)
        self.gateway.ask("people", "password", "dora.detective", "--none", "--by", "ann.mayor", "--reason", "lost")
        self.assertFalse(self.show("dora.detective")["password"])

    def test_a_guests_stay_ends_to_the_second(self):
        self.act("guest", "add", "kay.audit", "--department", "clerk", "--sponsor", "carl.clerk", "--purpose", "audit",
                 "--until", "2026-11-23", "--addresses", NEW_DESK)
        self.gateway.set_clock("2026-11-23T23:59:59")
        self.assertEqual(self.status(NEW_DESK), 200)
        self.gateway.advance("1s")
        self.assertEqual(self.status(NEW_DESK), 403)
        self.act("change", "kay.audit", "--until", "2026-11-30", reason="longer")
        self.assertEqual(self.status(NEW_DESK), 200)


class Import(Directory):
    def file(self, text, name="staff.csv"):
        path = pathlib.Path(self.gateway.state).parent / name
        path.write_text(text)
        return str(path)

    def test_a_file_becomes_acts_once(self):
        path = self.file("name,title,department,supervisor,addresses\n"
                         f'lee.ames,"Ames, Lee",clerk,ann.mayor,{NEW_DESK}\n'
                         "carl.clerk,Carl Clerk,library,,127.0.0.11;127.0.0.1;::1\n"
                         "ann.mayor,Ann Mayor,clerk,,127.0.0.10\n")
        dry = self.gateway.ask("people", "import", path, "--dry-run", "--complete")
        self.assertIn("person-add 'lee.ames'", dry)
        self.assertIn("not in the file: 'dora.detective'", dry)
        self.assertIn("2 acts would be kept, 1 people as they are", dry)
        self.assertEqual(self.status(NEW_DESK), 403)
        self.assertIn("2 acts were kept", self.act("import", path))
        self.assertEqual(self.status(NEW_DESK), 200)
        self.assertIn("0 acts were kept, 3 people as they are", self.act("import", path))
        exported = self.file(self.gateway.ask("people", "export"), "export.toml")
        self.assertIn("0 acts were kept", self.act("import", exported))
        done = json.loads(self.act("import", path, "--separate-missing", "--json", reason="has left"))
        self.assertEqual([each["subject"] for each in done["acts"]], ["dora.detective", "library-kiosk", "pat.patrol"])
        self.assertEqual(self.status(city.PATROL), 403)
        self.assertIn("0 acts were kept", self.act("import", path, "--separate-missing"))

    def test_all_mistakes_are_told_and_nothing_is_done(self):
        path = self.file("name,department,supervisor\nlee.ames,clark,ann.mayor\nkim,clerk,an.mayor\n")
        said = self.wrong("import", path)
        self.assertIn("staff.csv:2: unknown department 'clark'; did you mean 'clerk'?", said)
        self.assertIn("staff.csv:3: unknown supervisor 'an.mayor'; did you mean 'ann.mayor'?", said)
        self.assertIn("needs --by and --reason", self.gateway.run("people", "import", path).stderr)
        self.assertNotIn("kim", self.gateway.ask("people", "list"))


if __name__ == "__main__":
    case.main()
