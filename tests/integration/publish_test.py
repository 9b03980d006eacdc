"""An administrator's days with lists: sources fetched, changes seen and stopped, confirmed, overridden, rolled back, explained."""
import datetime
import gzip
import io
import json
import re
import socket
import subprocess
import tarfile
import unittest

import case
import client
import gateway
import list_web
import origin
import own_mounts

names = list_web.names
LISTED = {f"n{number:04}.bets.test": "127.0.0.1" for number in (0, 16, 190, 199, 204)}


class Publishing(case.Case):
    now = datetime.datetime.fromisoformat("2026-11-23T12:00:00-06:00")

    def setUp(self):
        self.web = self.keep(origin.HttpOrigin())
        self.lists = self.keep(list_web.ListWeb())
        self.lists.publish("/bets.txt", names(0, 200))
        self.make(hosts={**LISTED, "site.test": "127.0.0.1"}, lists='sources = "sources.toml"')
        self.source("enabled = false")  # but where the clock is tested, it must not be there first
        self.gateway.start()

    def source(self, *lines, name="bets", guards=""):
        text = "\n".join(lines)
        self.gateway.write("sources.toml", f'{guards}[[source]]\nname = "{name}"\nurl = "{self.lists.url("/bets.txt")}"\n'
                                           f'format = "domains"\ncategory = "gambling"\nevery = "1h"\njitter = "0s"\n{text}\n')

    def update(self, *arguments):
        return self.gateway.ask("lists", "update", "bets", *arguments)

    def later(self, minutes):
        """Moves the clock on, for later starts of the gateway too."""
        self.now += datetime.timedelta(minutes=minutes)
        self.gateway.set_clock(self.now.isoformat())

    def status(self, host):
        return client.get(self.gateway.port, f"http://{host}:{self.web.port}/").status

    def generation(self):
        return json.loads(self.gateway.ask("lists", "status", "--json"))["generation"]

    def history(self):
        """The oldest first."""
        return [json.loads(line) for line in self.gateway.ask("lists", "history", "--json").splitlines()]

    def last_change(self):
        return [self.history()[-1][key] for key in ("verb", "author", "reason")]

    def await_status(self, host, status):
        gateway.wait_until(lambda: self.status(host) == status, f"{host} to be answered with {status}")


class Session(Publishing):
    def test_a_hosts_file_names_hosts_alone_unless_told(self):
        path = self.gateway.write("hosts.txt", "0.0.0.0 bets.test\n")
        said = lambda *how: self.gateway.ask("lists", "import", str(path), "--category", "gambling", *how)
        found = lambda: self.gateway.ask("lists", "lookup", "www.bets.test")
        said()
        self.assertIn("uncategorised", found())
        said("--subdomains")
        self.assertIn(", hosts.txt:1: 0.0.0.0 bets.test", found())
        wrong = self.gateway.run("lists", "import", str(path), "--format", "domains", "--subdomains")
        self.assertEqual(wrong.returncode, 2)
        self.assertIn("subdomains is for hosts files", wrong.stderr)

    def test_a_list_comes_changes_and_is_explained(self):
        self.assertEqual(self.status("n0016.bets.test"), 200)
        said = self.update("--by", "ann.mayor")
        self.assertRegex(said, r"source +bets \(\d{4}-\d\d-\d\d [0-9a-f]{8}\)\n")
        self.assertIn("1 file, 200 lines, 200 entries, 0 duplicates", said)
        self.assertIn(f"published; generation {self.generation()} is in force", said)
        self.assertEqual(self.status("n0016.bets.test"), 403)
        found = self.gateway.ask("lists", "lookup", "www.n0016.bets.test")
        self.assertRegex(found, r"gambling: bets \d{4}-\d\d-\d\d [0-9a-f]{8}, bets\.txt:17: n0016\.bets\.test")
        before, length = self.generation(), len(self.history())
        said = self.update()
        self.assertIn("bets: not modified", said)
        self.assertIn(f"unchanged; generation {before} is in force", said)
        self.assertEqual((self.generation(), len(self.history()), self.lists.unchanged), (before, length, 1))
        self.lists.publish("/bets.txt", names(5, 200))
        said = self.update("--by", "ann.mayor")
        self.assertIn("200 entries, 5 added, 5 removed", said)
        self.assertRegex(said, r"gambling +200 +200 +\+5 +-5")
        self.assertIn("+ gambling: n0200.bets.test, ", said)
        self.assertIn("- gambling: n0000.bets.test, ", said)
        self.assertEqual([self.status(f"n{number:04}.bets.test") for number in (0, 204)], [200, 403])
        self.assertEqual(self.history()[-1]["added"], 5)
        # What it said before, for whoever asks about then.
        self.assertIn("bets.txt:1: n0000.bets.test",
                      self.gateway.ask("lists", "lookup", "n0000.bets.test", "--generation", before))
        self.assertIn("uncategorised", self.gateway.ask("lists", "lookup", "n0000.bets.test"))
        self.assertIn("5 added, 5 removed", self.gateway.ask("lists", "diff", "--from", before))

    def test_a_loss_waits_for_a_person(self):
        self.update()
        before = self.generation()
        self.lists.publish("/bets.txt", names(0, 160))
        stopped = self.gateway.run("lists", "update", "bets")
        self.assertEqual(stopped.returncode, 1, stopped.stdout)
        self.assertIn("source 'bets' would lose 40 of its 200 entries, 20.0 %; more than 10 % waits for a person",
                      stopped.stdout)
        self.assertIn(f"nothing was published; generation {before} stays in force", stopped.stdout)
        self.assertEqual((self.generation(), self.status("n0199.bets.test")), (before, 403))
        self.assertIn("waiting     bets", self.gateway.ask("lists", "status"))
        differs = self.gateway.ask("lists", "diff")
        self.assertIn("160 entries, 0 added, 40 removed", differs)
        self.assertRegex(differs, r"\nwaiting     bets \(.*\), since .*\n +source 'bets' would lose 40 of its 200 entries")
        # A list that comes back to what is in force leaves nothing to decide.
        self.lists.publish("/bets.txt", names(0, 200))
        self.assertIn("unchanged", self.update())
        self.assertIn("no source waits", self.gateway.ask("lists", "diff"))
        self.lists.publish("/bets.txt", names(0, 160))
        self.assertEqual(self.gateway.run("lists", "update", "bets").returncode, 1)
        self.gateway.stop()
        self.gateway.start()
        self.assertIn("160 entries, 0 added, 40 removed", self.gateway.ask("lists", "diff"))
        said = self.gateway.ask("lists", "publish", "--by", "carl.clerk", "--reason", "the publisher tidied up")
        self.assertIn(f"published; generation {self.generation()} is in force", said)
        self.assertEqual((self.status("n0199.bets.test"), self.status("n0016.bets.test")), (200, 403))
        self.assertEqual(self.last_change(), ["publish", "carl.clerk", "the publisher tidied up"])
        self.assertEqual(self.gateway.run("lists", "publish").returncode, 2, "nothing waits")

    def test_what_waits_is_told_again_and_published_by_a_confirmed_update(self):
        self.update()
        before = self.generation()
        self.lists.publish("/bets.txt", names(0, 160))
        self.assertEqual(self.gateway.run("lists", "update", "bets").returncode, 1)
        again = self.gateway.run("lists", "update", "bets")
        self.assertEqual(again.returncode, 1, "it still waits")
        self.assertRegex(again.stdout, r"bets: not modified\n +its version \d{4}-\d\d-\d\d [0-9a-f]{8} waits for a person")
        self.assertIn("would lose 40 of its 200 entries", again.stdout)
        self.assertIn(f"nothing was published; generation {before} stays in force\nwaiting for a person: bets", again.stdout)
        again = self.gateway.run("lists", "update", "bets", "--json")
        source, publication = (json.loads(line) for line in again.stdout.splitlines())
        self.assertEqual((again.returncode, source["waits"]["name"]), (1, "bets"))
        self.assertEqual((publication["outcome"], publication["waiting"]), ("waiting", ["bets"]))
        said = self.update("--confirm", "--by", "carl.clerk", "--reason", "they tidied up")
        self.assertIn("confirmed: source 'bets' would lose 40", said)
        self.assertIn(f"published; generation {self.generation()} is in force", said)
        self.assertNotIn("waiting for a person", said)
        self.assertEqual((self.last_change(), self.status("n0199.bets.test")), (["publish", "carl.clerk", "they tidied up"], 200))
        self.assertIn("no source waits", self.gateway.ask("lists", "diff"))
        self.assertIn("unchanged", self.update())

    def test_a_source_named_twice_is_fetched_once(self):
        self.assertEqual(self.update("bets").count("source      bets"), 1)
        self.assertEqual(len(self.lists.seen("/bets.txt")), 1)

    def test_an_update_that_names_nothing_there_is_says_what_there_is(self):
        for command, wanted in ((("update",), "no source of the sources file is enabled; name one to fetch it all the same: bets"),
                                (("update", "qqqqqqqq"), "the sources file has no source 'qqqqqqqq'; there is: bets"),
                                (("remove", "bits"), "there is no source 'bits'; did you mean 'bets'?"),
                                (("remove", "qqqqqqqq"), "there is no source 'qqqqqqqq'; `citygate lists status` names them")):
            with self.subTest(command):
                if command == ("remove", "bits"):
                    self.update()
                said = self.gateway.run("lists", *command)
                self.assertEqual((said.returncode, said.stderr.strip()), (2, wanted))

    def test_a_removal_says_what_is_left(self):
        # Enabled, and so it would come back; the clock stands still, so it is not due.
        self.update()
        self.source()
        self.gateway.ask("reload")
        said = self.gateway.run("lists", "remove", "bets")
        self.assertIn("its next update brings it back", said.stderr)
        self.source("enabled = false", guards='[guards]\nmust_allow = ["http://n0016.bets.test/"]\n')
        self.gateway.ask("reload")
        self.assertEqual(self.gateway.run("lists", "update", "bets").returncode, 1)
        said = self.gateway.run("lists", "remove", "bets")
        self.assertEqual(said.returncode, 2)
        self.assertIn("nothing of source 'bets' is in force yet; `citygate lists publish --source bets --drop` forgets", said.stderr)

    def test_what_is_dropped_is_named(self):
        self.update()
        for form in ((), ("--json",)):
            self.lists.publish("/bets.txt", names(0, 160 - len(form)))
            self.assertEqual(self.gateway.run("lists", "update", "bets").returncode, 1)
            said = self.gateway.ask("lists", "publish", "--source", "bets", "--drop", *form)
            if form:
                said = json.loads(said)
                self.assertEqual([one["name"] for one in said["dropped"]], ["bets"])
                self.assertEqual(said["generation"], self.generation())
            else:
                self.assertRegex(said, rf"dropped bets \(.{{19}}\); generation {self.generation()} stays in force")

    def test_programs_see_where_sources_stand(self):
        def standing():
            only, = json.loads(self.gateway.ask("lists", "status", "--json"))["standing"]
            return only

        self.assertEqual([standing()[key] for key in ("name", "where", "enabled", "held", "last_attempt", "failures")],
                         ["bets", self.lists.url("/bets.txt"), False, False, None, 0])
        del self.lists.routes["/bets.txt"]
        failed = self.gateway.run("lists", "update", "bets")
        self.assertIn("bets: FAILED, nothing of it is in force: http://", failed.stdout)
        self.assertEqual((standing()["failures"], standing()["last_success"]), (1, None))
        self.assertIn("answered 404", standing()["last_error"])
        self.lists.publish("/bets.txt", names(0, 200))
        self.update()
        self.assertEqual([standing()[key] for key in ("last_success", "failures", "last_error")], ["2026-11-23T18:00:00Z", 0, ""])

    def test_a_command_without_a_gateway_does_not_warn_of_sources(self):
        self.gateway.stop()
        for command in (("history",), ("overrides",), ("lookup", "site.test"), ("status",)):
            self.assertEqual(self.gateway.run("lists", *command).stderr, "")
        self.assertIn("over plain http", self.gateway.run("check").stdout)
        self.gateway.start()
        self.assertIn("over plain http", self.gateway.log())

    def test_a_bad_list_is_a_failure_and_a_wrong_word_a_mistake(self):
        page = self.gateway.write("page.txt", "<html>\n<title>Sign in</title>\n")
        empty = self.gateway.write("empty.txt", "")
        for words, status in (((str(page),), 1), ((str(empty),), 1), ((str(page) + "s",), 2), ((str(page), "--as", "A B"), 2),
                              ((str(page), "--category", "gambing"), 2), ((str(page), "--format", "txt"), 2)):
            with self.subTest(words):
                said = self.gateway.run("lists", "import", *(words if "--category" in words else (*words, "--category", "news")))
                self.assertEqual(said.returncode, status, said.stderr)
        plain = self.gateway.run("lists", "import", str(self.gateway.write("desk.txt", "a.example\n")))
        self.assertIn("name one with --category", plain.stderr)
        self.assertEqual(plain.returncode, 2)
        own = self.gateway.run("lists", "import", str(self.gateway.write("overrides.txt", "a.example\n")), "--category", "news")
        self.assertIn("'overrides' is no name for a source", own.stderr)
        self.assertRegex(own.stderr, "; give it one with --as$")
        self.assertEqual(own.returncode, 2)

    def test_what_must_not_be_banned_is_set_aside_and_the_canary_stops_a_list(self):
        self.update()
        self.source("enabled = false",
                    guards='[guards]\nprotected = ["city.test"]\nmust_block = ["http://n0190.bets.test/"]\n')
        self.gateway.ask("reload")
        self.lists.publish("/bets.txt", names(0, 200) + b"permits.city.test\n")
        said = self.gateway.ask("lists", "update", "bets")
        self.assertIn("set aside   1 entry that would close protected names", said)
        self.assertIn("bets bets.txt:201: permits.city.test", said)
        self.assertIn("uncategorised", self.gateway.ask("lists", "lookup", "permits.city.test"))
        before = self.generation()
        self.lists.publish("/bets.txt", names(0, 190))
        stopped = self.gateway.run("lists", "update", "bets")
        self.assertIn("http://n0190.bets.test/ must be refused", stopped.stdout)
        self.assertEqual((stopped.returncode, self.generation()), (1, before))
        for command in (("publish",), ("update", "bets"), ("update", "bets", "--confirm")):
            stopped = self.gateway.run("lists", *command)
            self.assertEqual((stopped.returncode, self.generation()), (1, before), "not even a person can")
            self.assertIn("http://n0190.bets.test/ must be refused", stopped.stdout)
            self.assertNotRegex(stopped.stdout, "puts it in force,$")
        removed = self.gateway.run("lists", "remove", "bets")
        self.assertIn("not removed: bets", removed.stdout)
        self.assertEqual((removed.returncode, self.generation()), (1, before))

    def test_overrides_win_and_lapse(self):
        self.update()
        self.gateway.ask("lists", "override", "n0016.bets.test", "allow", "--reason", "charity raffle", "--by", "ann.mayor",
                         "--until", "2026-11-23T13:00")
        self.assertEqual((self.status("n0016.bets.test"), self.status("n0190.bets.test")), (200, 403))
        found = self.gateway.ask("lists", "lookup", "n0016.bets.test")
        self.assertRegex(found, r"city-allowed: overrides, overrides:1: n0016\.bets\.test is city-allowed, by ann.mayor until "
                                r"2026-11-23T19:00:00Z: charity raffle")
        self.gateway.ask("lists", "override", "site.test", "deny", "--reason", "complaints")
        self.gateway.ask("lists", "override", "n0199.bets.test", "news", "--reason", "a newspaper by now")
        self.assertEqual((self.status("site.test"), self.status("n0199.bets.test")), (403, 200))
        self.assertIn("\nnews\n", self.gateway.ask("lists", "lookup", "n0199.bets.test"))
        for again in (lambda: (self.gateway.stop(), self.gateway.start()), self.gateway.upgrade):
            again()
            self.assertEqual([self.status(host) for host in ("n0016.bets.test", "site.test", "n0199.bets.test")],
                             [200, 403, 200])
        self.later(59)
        self.assertEqual(self.status("n0016.bets.test"), 200)
        self.later(2)
        self.await_status("n0016.bets.test", 403)
        self.assertEqual(self.last_change(), ["lapse", "citygate", "an override came to its end"])
        self.assertIn("ended 2026-11-23T19:00:00Z", self.gateway.ask("lists", "overrides"))
        self.gateway.ask("lists", "end-override", "2", "--reason", "settled", "--by", "carl.clerk")
        self.assertEqual((self.status("site.test"), self.status("n0199.bets.test")), (200, 200))
        late = self.gateway.run("lists", "override", "site.test", "deny", "--reason", "x", "--until", "2026-11-01")
        self.assertEqual(late.returncode, 2)
        self.assertIn("lies in the past", late.stderr)

    def test_an_override_says_what_it_ends_and_what_it_does_not_reach(self):
        self.update()
        by_ann = ("--reason", "complaints", "--by", "ann.mayor")
        said = json.loads(self.gateway.ask("lists", "override", "n0016.bets.test", "allow", "--until", "2026-11-23", "--json",
                                           *by_ann))
        self.assertEqual((said["number"], said["ends"], said["ended"], said["notes"]),
                         (1, "2026-11-24T06:00:00Z", [], []), "the end of that day by the city's clock")
        self.assertEqual((said["generation"], said["in_force"]), (self.generation(), True))
        self.assertEqual(self.status("n0016.bets.test"), 200)
        said = self.gateway.ask("lists", "override", "https://n0016.bets.test/live/", "news", *by_ann)
        self.assertIn("note: of https the gateway sees the host n0016.bets.test and no path", said)
        said = self.gateway.ask("lists", "override", "N0016.bets.test", "deny", *by_ann)
        self.assertIn("override 1 of n0016.bets.test (city-allowed, by ann.mayor) has ended: override 3 takes its place\n", said)
        self.assertEqual(self.status("n0016.bets.test"), 403)
        self.assertRegex(self.gateway.ask("lists", "overrides"), r"ended 2026-11-23T\S+, 3 took its place")
        self.assertIn("override 3, end of override 1", self.gateway.ask("lists", "history"))
        book = [json.loads(line) for line in self.gateway.ask("lists", "overrides", "--json").splitlines()]
        self.assertEqual([(one["in_force"], one["replaced_by"]) for one in book], [(False, 3), (True, None), (True, None)])
        said = self.gateway.ask("lists", "override", "n0016.bets.test", "allow", "--until", "2026-11-23", *by_ann)
        self.assertIn("override 3 of n0016.bets.test (city-blocked, by ann.mayor) stands behind it, and holds again when it", said)
        self.assertEqual(self.status("n0016.bets.test"), 200)
        self.assertRegex(self.gateway.ask("lists", "overrides"), r"in force, behind 4 ")
        self.gateway.ask("lists", "end-override", "4")
        self.assertIn("override", self.gateway.ask("lists", "lookup", "n0016.bets.test"), "3 holds again")
        ended = json.loads(self.gateway.ask("lists", "end-override", "3", "--json"))
        self.assertEqual((ended["number"], ended["in_force"], ended["generation"]), (3, False, self.generation()))
        self.assertEqual(self.status("n0016.bets.test"), 403, "what the list says")

    def test_an_override_that_could_never_hold_or_reaches_far_is_refused(self):
        self.source("enabled = false", guards='[guards]\nprotected = ["permits.city.test"]\n')
        self.gateway.ask("reload")
        for target, status, right in (("*.bets.test", 2, "write bets.test"), ("bets.test:443", 2, "leave ':443' out"),
                                      ("10.0.0.0/8", 2, "it is a network"), ("co.uk", 1, "--confirm"),
                                      ("www.permits.city.test", 1, "is protected"), ("city.test", 1, "stands above")):
            refused = self.gateway.run("lists", "override", target, "deny", "--reason", "r", "--by", "ann.mayor")
            self.assertEqual(refused.returncode, status, target)
            self.assertIn(right, refused.stderr)
        blank = self.gateway.run("lists", "override", "bets.test", "deny", "--reason", " ", "--by", "ann.mayor")
        self.assertEqual(blank.returncode, 2)
        self.assertIn("needs an author and a reason", blank.stderr)
        self.assertEqual(self.gateway.ask("lists", "overrides", "--json"), "")
        self.gateway.ask("lists", "override", "city.test", "deny", "--reason", "r", "--by", "ann.mayor", "--confirm")
        self.assertIn("city-blocked", self.gateway.ask("lists", "lookup", "www.city.test"))

    def test_a_rollback_holds_until_a_person_ends_it(self):
        self.source()
        self.gateway.ask("reload")
        self.await_status("n0000.bets.test", 403)
        self.lists.publish("/bets.txt", names(5, 200))
        self.later(61)
        self.await_status("n0000.bets.test", 200)
        said = self.gateway.ask("lists", "rollback", "--reason", "too many complaints", "--by", "carl.clerk")
        self.assertIn("200 entries, 5 added, 5 removed", said)
        self.assertIn("held        bets: the clock leaves alone what was rolled back", said)
        self.assertEqual([self.status(f"n{number:04}.bets.test") for number in (0, 204)], [403, 200])
        self.assertEqual(self.last_change(), ["rollback", "carl.clerk", "too many complaints"])
        asked = len(self.lists.requests)
        for again in (lambda: None, self.gateway.upgrade, lambda: (self.gateway.stop(), self.gateway.start())):
            again()
            self.lists.publish("/bets.txt", names(6, 200))
            self.later(61)
            self.assertIn("held        bets", self.gateway.ask("lists", "status"))
            # Nor does an update of everything.
            self.assertIn("held back by a rollback", self.gateway.ask("lists", "update"))
            self.assertEqual((self.status("n0000.bets.test"), len(self.lists.requests)), (403, asked))
        # Named, it is fetched; that nothing has changed by then ends the hold as well.
        self.lists.publish("/bets.txt", names(0, 200))
        self.assertIn("unchanged", self.update())
        self.assertNotIn("held", self.gateway.ask("lists", "status"))
        self.lists.publish("/bets.txt", names(5, 200))
        self.later(61)
        self.await_status("n0000.bets.test", 200)

    def test_a_rollback_of_the_starter_list_outlives_a_restart(self):
        self.make()
        starter = self.gateway.write("starter/gambling.txt", "\n".join(f"s{number}.starter.test" for number in range(50)) + "\n")
        config = self.gateway.config.read_text(encoding="utf-8")
        self.gateway.write("citygate.toml", re.sub('starter = ".*"', f'starter = "{starter}"', config))
        self.gateway.start()
        self.gateway.write("starter/gambling.txt", "\n".join(f"s{number}.starter.test" for number in range(1, 51)) + "\n")
        self.gateway.stop()
        self.gateway.start()
        self.assertIn("uncategorised", self.gateway.ask("lists", "lookup", "s0.starter.test"))
        self.gateway.ask("lists", "rollback", "--reason", "s0 is bad")
        self.gateway.stop()
        self.gateway.start()
        self.assertIn("gambling", self.gateway.ask("lists", "lookup", "s0.starter.test"))
        self.gateway.ask("lists", "import", str(starter), "--as", "starter", "--category", "gambling")
        self.assertIn("uncategorised", self.gateway.ask("lists", "lookup", "s0.starter.test"))

    def test_the_clock_updates_across_upgrade_and_restart(self):
        self.source()
        self.gateway.ask("reload")
        self.await_status("n0000.bets.test", 403)
        first = 0
        for again in (lambda: None, self.gateway.upgrade, lambda: (self.gateway.stop(), self.gateway.start())):
            again()
            first += 1
            self.lists.publish("/bets.txt", names(first, 200))
            asked = len(self.lists.requests)
            self.later(58)
            self.assertEqual(len(self.lists.requests), asked, "it is not due yet")
            self.later(3)
            gateway.wait_until(lambda: len(self.lists.requests) > asked, "the list to be asked for")
            gateway.wait_until(lambda: self.history()[-1]["added"] == 1 and f"n{first + 199:04}" in
                               self.gateway.ask("lists", "lookup", f"n{first + 199:04}.bets.test"), "its change to be in force")
            self.assertEqual(self.last_change(), ["update", "citygate", "by the clock"])

    def test_a_record_is_explained_by_the_lists_that_it_was_decided_by(self):
        self.lists.publish("/bets.txt", b"# of today\n" + names(0, 200))
        self.update()
        then = self.generation()
        self.assertEqual(self.status("n0016.bets.test"), 403)
        record = self.gateway.search("--host", "n0016.bets.test")[-1]["id"]
        for number in range(1, 31):
            self.lists.publish("/bets.txt", f"# {number} updates later\n".encode() * number + names(20, 200 + number))
            self.update("--confirm")
        self.assertEqual(self.status("n0016.bets.test"), 200)
        for question in (("--record", record), ("--generation", then[:8])):
            self.assertIn("bets.txt:18: n0016.bets.test", self.gateway.ask("lists", "lookup", "n0016.bets.test", *question))
        self.assert_explained(record)
        self.gateway.stop()
        self.gateway.start()
        self.assert_explained(record)
        versions = list((self.gateway.state / "lists/sources/bets").iterdir())
        self.assertEqual(len(versions), 31)
        self.assertEqual(sum((version / "whole.zst").exists() for version in versions), 1, "deltas do")
        self.assertLessEqual(len(list((self.gateway.state / "lists/images").iterdir())), 2)

    def assert_explained(self, record):
        self.assertRegex(self.gateway.ask("explain", record), r"found in +bets/bets\.txt, line 18, for Gambling\n"
                                                              r" +list bets, version [-0-9a-f ]+: n0016\.bets\.test\n")


class ControlSocket(Publishing):
    def talk(self, command, **arguments):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(gateway.PATIENCE)
            sock.connect(str(self.gateway.state / "control.sock"))
            sock.sendall(json.dumps({"command": command, "args": arguments}).encode() + b"\n")
            return [json.loads(line) for line in sock.makefile("r", encoding="utf-8")]

    def test_progress_then_the_answer_then_the_exit(self):
        replies = self.talk("lists update", names="bets", json=True, by="carl.clerk")
        kinds = "".join(next(iter(reply))[0] for reply in replies)
        self.assertRegex(kinds, "^p+o{2}e$")
        self.assertEqual(replies[0], {"progress": f"asking for {self.lists.url('/bets.txt')}"})
        source, publication = (json.loads(reply["out"]) for reply in replies if "out" in reply)
        self.assertEqual((source["source"], source["entries"]), ("bets", 200))
        self.assertEqual((publication["outcome"], publication["generation"]), ("in-force", self.generation()))
        self.assertEqual(publication["changes"][0]["added"], 200)
        self.assertEqual(replies[-1], {"exit": 0})
        self.lists.publish("/bets.txt", names(0, 100))
        *_, publication, last = self.talk("lists update", names="bets", json=True)
        publication = json.loads(publication["out"])
        self.assertEqual((publication["outcome"], publication["waiting"], last), ("waiting", ["bets"], {"exit": 1}))
        self.assertEqual(publication["findings"][0]["guard"], "loss")
        *_, found, last = self.talk("lists lookup", target="n0016.bets.test", json=True)
        reason = json.loads(found["out"])["reasons"][0]
        self.assertEqual((reason["file"], reason["line"], reason["text"], last), ("bets.txt", 17, "n0016.bets.test", {"exit": 0}))
        error, last = self.talk("lists update", names="bests")
        self.assertEqual((error, last), ({"err": "the sources file has no source 'bests'; did you mean 'bets'?"}, {"exit": 2}))

    def test_an_update_that_hangs_ends_with_who_asked_for_it_and_with_the_gateway(self):
        self.lists.routes["/bets.txt"] = lambda request, stream: stream.fill()  # no answer; ends when the asker goes
        command = [str(gateway.BINARY), "lists", "update", "bets", "--config", str(self.gateway.config), "--state",
                   str(self.gateway.state)]
        asking = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        gateway.wait_until(lambda: self.lists.seen("/bets.txt"), "the list to be asked for")
        other = self.gateway.run("lists", "update", "bets")
        self.assertEqual(other.returncode, 1)
        self.assertIn("another update is running of bets (begun by ", other.stderr)
        asking.kill()
        asking.communicate()
        gateway.wait_until(lambda: len(self.lists.live) == 0, "the download to be given up")
        gateway.wait_until(lambda: "not fetched yet" in self.gateway.ask("lists", "status"), "its end to be kept")
        asking = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        gateway.wait_until(lambda: len(self.lists.seen("/bets.txt")) == 2, "the list to be asked for again")
        self.gateway.stop()
        self.assertIn("was cancelled", asking.communicate(timeout=gateway.PATIENCE)[1])
        self.assertEqual(asking.returncode, 1)


class BadLists(Publishing):
    """Whatever comes for a list: a clear word on which source and what, and what is in force stays in force."""

    def setUp(self):
        super().setUp()
        self.update()
        self.before = self.generation()

    def assert_refused(self, *wanted, status=1):
        said = self.gateway.run("lists", "update", "bets")
        text = said.stdout + said.stderr
        self.assertEqual(said.returncode, status, text)
        self.assertRegex(text, r"source +bets: FAILED, its last version stays: ")
        for shown in (text, self.gateway.ask("lists", "status")):
            self.assertNotRegex(shown, r"source 'bets'|/staging/", "each is named once, and where it comes from")
        for word in wanted:
            self.assertRegex(text, word)
        self.assertEqual((self.generation(), self.status("n0016.bets.test")), (self.before, 403))
        self.assertRegex(self.gateway.ask("lists", "status"), r"(?s)bets .*failed (once|\d+ times).*\n  bets: .*" + wanted[0])

    def assert_mended(self):
        self.lists.publish("/bets.txt", names(1, 200))
        self.update()
        self.assertNotIn("failed", self.gateway.ask("lists", "status"))
        self.lists.publish("/bets.txt", names(0, 200))
        self.update()
        self.before = self.generation()

    def test_rubbish(self):
        page = b"<!DOCTYPE html>\n<title>Sign in</title>\n<p>Please sign in.\n"
        listed = names(0, 200)
        packed = gzip.compress(listed)
        for body, wanted in (
                (page, "gives an HTML page, not a list"),
                (b"", "is empty"),
                (b"\n# nothing\n\n", "no entry"),
                (b"\xff\xfe" + listed.decode().encode("utf-16-le"), "UTF-16"),
                (packed[:-9], "ends early|cut|truncated"),
                (packed[:40] + b"xx" + packed[42:], "damaged|broken|corrupt|not be unpacked|not understood|invalid"),
                (bytes(range(256)) * 100, "binary"),
                (b"these are words\nand no list\nof any kind\n", r"bets\.txt:1: .*|3 of 3 lines")):
            with self.subTest(wanted):
                self.lists.publish("/bets.txt", body)
                self.assert_refused(wanted)
                self.assert_mended()

    def test_archives_that_mean_harm(self):
        tarball = io.BytesIO()
        with tarfile.open(fileobj=tarball, mode="w:gz") as out:
            about = tarfile.TarInfo("../../gambling/domains")
            about.size = 9
            out.addfile(about, io.BytesIO(b"x.test\nyy"))
        self.source("enabled = false")
        text = (self.gateway.directory / "sources.toml").read_text(encoding="utf-8")
        self.gateway.write("sources.toml", text.replace('"domains"', '"detect"'))
        self.gateway.ask("reload")
        self.lists.publish("/bets.txt", tarball.getvalue())
        self.assert_refused(r"\.\./")
        self.assertFalse((self.gateway.state / "lists/gambling").exists())
        self.lists.publish("/bets.txt", case.data("conformance/bombs/zeros-1GiB.gz").read_bytes())
        self.assert_refused("is empty|binary|more than")
        self.lists.publish("/bets.txt", case.data("conformance/bombs/zeros-1GiB.gz.gz").read_bytes())
        self.assert_refused("twice|binary")

    def test_servers_that_fail(self):
        del self.lists.routes["/bets.txt"]
        self.assert_refused("answered 404 Not Found: has it moved")
        self.lists.routes["/bets.txt"] = origin.reply(b"", status="503 Service Unavailable")
        said = self.gateway.run("lists", "update", "bets")
        self.assertIn("answered 503 Service Unavailable", said.stdout)
        self.assertIn("failed 2 times", self.gateway.ask("lists", "status"))
        self.source("enabled = false", 'timeout = "1s"')
        self.gateway.ask("reload")
        self.assert_mended()
        release = self.hold(self.lists, "/bets.txt")
        self.assert_refused("took too long|gave nothing")
        release.set()
        self.assert_mended()
        self.lists.close()
        self.assert_refused("cannot be reached")

    def test_signatures(self):
        case.tool("minisign")
        key = self.gateway.directory / "key"
        subprocess.run(["minisign", "-G", "-W", "-p", f"{key}.pub", "-s", str(key)], check=True, capture_output=True)
        self.source("enabled = false", f'minisign = "{(key.with_suffix(".pub")).read_text().splitlines()[1]}"')
        self.gateway.ask("reload")
        signed = self.gateway.directory / "bets.txt"

        def publish(body, signed_body):
            signed.write_bytes(signed_body)
            subprocess.run(["minisign", "-S", "-s", str(key), "-m", str(signed)], check=True, capture_output=True)
            self.lists.publish("/bets.txt", body)
            self.lists.publish("/bets.txt.minisig", signed.with_name("bets.txt.minisig").read_bytes())

        self.lists.publish("/bets.txt", names(1, 200))
        self.assert_refused(r"bets\.txt\.minisig answered 404")
        publish(names(1, 200), names(2, 200))
        self.assert_refused("signature")
        publish(names(1, 200), names(1, 200))
        self.assertIn("1 added, 1 removed", self.update())


class FullDisk(Publishing):
    """A disk that fills at any step of a publish, and at any step of an override."""

    def setUp(self):
        self.lists = self.keep(list_web.ListWeb())
        self.web = self.keep(origin.HttpOrigin())
        self.lists.publish("/bets.txt", names(0, 20_000))
        self.make(hosts=LISTED, lists='sources = "sources.toml"', settings='[records]\nspool_bytes = "1MiB"\n', workers=1)
        self.source("enabled = false")
        self.gateway.state.mkdir()
        own_mounts.mount(self.gateway.state, 64 << 20)
        self.addCleanup(subprocess.run, ["umount", "-l", str(self.gateway.state)], check=False)
        self.gateway.start()
        self.update()

    def in_force(self):
        """What answers for the lists, by their store and by the gateway."""
        entry = json.loads((self.gateway.state / "lists/current").read_text(encoding="utf-8"))["content"]
        self.assertEqual(entry["generation"], self.generation(), "what is served is what a restart would serve")
        self.assertEqual(self.history()[-1]["generation"], entry["generation"])
        return entry["generation"]

    def with_room(self, room, *command):
        filler = own_mounts.fill(self.gateway.state, room)
        said = self.gateway.run(*command)
        now = self.in_force()
        filler.unlink()
        return said, now

    def test_an_update(self):
        before, room, done = self.in_force(), 0, False
        self.lists.publish("/bets.txt", names(1, 20_000))
        failed = 0
        while not done:
            said, now = self.with_room(room, "lists", "update", "bets")
            done = said.returncode == 0
            if not done:
                failed += 1
                self.assertIn("space", said.stdout + said.stderr)
                self.assertRegex(said.stdout + said.stderr, r"source +bets|/lists/")
                self.assertEqual(now, before, "nothing has changed")
            room += case.reduced(48, 240) << 10
        self.assertGreater(failed, case.reduced(10, 2))
        self.assertNotEqual(now, before)
        self.assertIn("uncategorised", self.gateway.ask("lists", "lookup", "n0000.bets.test"))
        self.gateway.stop()
        self.gateway.start()
        self.assertEqual(self.in_force(), now)

    def test_the_last_steps(self):
        """`current`, the history and what waits are small: a page more or less decides between them."""
        self.lists.publish("/bets.txt", names(1, 20_000))
        self.update()
        reasons = iter(range(1_000_000))
        for command in (("lists", "override", "n0190.bets.test", "allow"), ("lists", "rollback", "--to")):
            for room in range(0, 13 * 4096, case.reduced(4096, 3 * 4096)):
                before, past = self.in_force(), self.history()
                length = len(past)
                # Of two images, both of which are kept whole.
                other = [one["generation"] for one in past if one["image"] != past[-1]["image"]][-1]
                said, now = self.with_room(room, *command, *([other] if command[-1] == "--to" else []), "--reason", f"{next(reasons)} " + "y" * 3000)
                if said.returncode == 0:
                    self.assertNotEqual(now, before)
                else:
                    self.assertIn("space", said.stderr)
                    self.assertEqual((now, len(self.history())), (before, length), "nothing has changed")
                book = [json.loads(line) for line in self.gateway.ask("lists", "overrides", "--json").splitlines()]
                numbers = [one["number"] for one in book if one["in_force"]]
                self.assertEqual(numbers, self.history()[-1]["overrides"], "no override waits for its moment")
                self.assertLessEqual(len(numbers), 1, "each takes the place of the one before")
            self.assertEqual(said.returncode, 0, said.stderr)


if __name__ == "__main__":
    if not own_mounts.enter(__file__):
        FullDisk = unittest.skip("no disk can be mounted here, not even in a namespace")(FullDisk)
    case.main()
