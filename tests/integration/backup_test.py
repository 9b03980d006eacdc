"""A backup while the gateway serves, and the restored city: the same records, reports, lists and policies."""
import fcntl
import hashlib
import json
import os
import pathlib
import re
import subprocess
import threading

import case
import city
import client
import gateway
import origin

DAY = "2026-11-23"
WORK = "intranet.testville.example"
GAMBLING = "www.pokerstars.com"


class Backup(case.Case):
    def setUp(self):
        self.origin = self.keep(origin.HttpOrigin({"/": origin.reply(b"<title>minutes</title>")}))
        self.start(hosts={name: "127.0.0.1" for name in (WORK, GAMBLING)})
        self.target = self.gateway.directory / "backup"

    def browse(self, host, source=city.CLERK):
        return client.browse(self.gateway.port, f"http://{host}:{self.origin.port}/", source)

    def restore(self, backup, *arguments, state="restored"):
        """A city elsewhere, with the same configuration and the state of the backup."""
        other = gateway.Gateway(hosts={WORK: "127.0.0.1", GAMBLING: "127.0.0.1"})
        self.addCleanup(other.close)
        other.state = other.directory / state
        return other, other.run("restore", str(backup), *arguments)

    def test_a_backup_under_load_holds_all_up_to_its_mark(self):
        for host in (WORK, GAMBLING, WORK):
            self.browse(host)
        before = {record["id"] for record in self.gateway.search()}
        stop, served = threading.Event(), []

        def load():
            while not stop.is_set():
                served.append(self.browse(WORK).status)

        threads = [threading.Thread(target=load) for _ in range(3)]
        for thread in threads:
            thread.start()
        said = self.gateway.ask("backup", str(self.target))
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual(set(served), {200}, "nobody was kept waiting into an error")
        self.assertRegex(said, r"\d+ files, \d+ bytes, all records up to number \d+")
        self.assertFalse((self.gateway.state / "backup").exists(), "the stage is gone")
        records = {record["id"]: record for record in self.gateway.search()}
        self.gateway.stop()

        other, restored = self.restore(self.target)
        self.assertEqual(restored.returncode, 0, restored.stderr)
        # What came before the backup is there, nothing is that was not, and each is what it was.
        there = {record["id"]: record for record in other.search()}
        self.assertLessEqual(before, set(there))
        self.assertEqual(there, {number: records[number] for number in there})
        totals = other.report("clerk", DAY)["total"]
        self.assertEqual(totals["requests"], len([r for r in there.values() if r["department"] == "clerk"]))
        self.assertEqual(totals["blocked_attempts"], 1)
        self.assertIn("gambling", other.ask("lists", "lookup", GAMBLING))
        # And it can be served from.
        other.start()
        self.assertEqual(client.browse(other.port, f"http://{WORK}:{self.origin.port}/", city.CLERK).status, 200)
        self.assertEqual(len(other.search()), len(there) + 1)

    def test_a_second_backup_does_not_take_away_what_the_first_one_copies(self):
        """What the first had copied by then, and what it copied after, would be of two moments, and be called whole."""
        stage = self.gateway.state / "backup"
        stage.mkdir(mode=0o700)
        (stage / "of-the-first").touch()
        copying = os.open(stage, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(copying, fcntl.LOCK_EX)
        refused = self.gateway.run("backup", str(self.target))
        self.assertEqual(refused.returncode, 1)
        self.assertIn("another backup is being written", refused.stderr)
        self.assertEqual([path.name for path in stage.iterdir()], ["of-the-first"])
        self.assertFalse(self.target.exists())
        os.close(copying)  # as when the first is killed: what it leaves is nobody's
        self.gateway.ask("backup", str(self.target))
        self.assertFalse(list(self.target.rglob("of-the-first")))
        self.assertFalse(stage.exists())

    def test_acts_passwords_and_held_programs_come_along(self):
        """The journal that names a program by its hash is of no use without the program."""
        program = b"MZ" + b"p" * 1000
        name = hashlib.sha256(program).hexdigest()
        held = self.gateway.state / "held"
        held.mkdir(mode=0o700, exist_ok=True)
        (held / name).write_bytes(program)
        (held / "7-0.part").write_bytes(b"still being fetched")
        command = [gateway.BINARY, "people", "password", "carl.clerk", "--by", "ann.mayor", "--reason", "new",
                   "--state", str(self.gateway.state)]
        subprocess.run(command, input=b"tr0ub4dor\n", check=True, stdout=subprocess.DEVNULL, timeout=gateway.PATIENCE)
        self.gateway.ask("access", "suspend", "pat.patrol", "--by", "ann.mayor", "--reason", "case 12")
        head = self.gateway.ask("acts", "verify")
        self.gateway.ask("backup", str(self.target))
        other, restored = self.restore(self.target)
        self.assertEqual(restored.returncode, 0, restored.stderr)
        self.assertEqual([path.name for path in (other.state / "held").iterdir()], [name])
        self.assertEqual((other.state / "held" / name).read_bytes(), program)
        self.assertEqual(other.ask("acts", "verify"), head)
        self.assertTrue(json.loads(other.ask("people", "show", "carl.clerk", "--json"))["password"])
        self.assertEqual(json.loads(other.ask("access", "show", "pat.patrol", "--json"))["access"], "suspended")

    def test_without_a_gateway(self):
        self.browse(WORK)
        records = self.gateway.search()
        self.gateway.kill()
        self.gateway.ask("backup", str(self.target))
        other, restored = self.restore(self.target)
        self.assertEqual(restored.returncode, 0, restored.stderr)
        self.assertEqual(other.search(), records)

    def test_files_are_their_owners_alone(self):
        key = self.gateway.state / "keys" / "secret"
        key.write_bytes(b"k" * 32)
        self.gateway.ask("backup", str(self.target))
        _, restored = self.restore(self.target)
        self.assertEqual(restored.returncode, 0, restored.stderr)
        for root in (self.target, pathlib.Path(re.match(r"(\S+):", restored.stdout).group(1))):
            self.assertEqual((root / "keys/secret").read_bytes(), b"k" * 32)
            for path in (root, *root.rglob("*")):
                wanted = 0o700 if path.is_dir() else 0o600
                if path.name not in ("MANIFEST", "FORMAT"):  # which hold no secret
                    self.assertEqual(path.stat().st_mode & 0o777, wanted, path)

    def test_the_configuration_comes_along(self):
        self.gateway.ask("backup", str(self.target))
        self.assertEqual((self.target / "conf/policy.toml").read_text(encoding="utf-8"), city.POLICY)
        other, restored = self.restore(self.target, "--conf", str(self.gateway.directory / "conf"))
        self.assertEqual(restored.returncode, 0, restored.stderr)
        self.assertEqual((self.gateway.directory / "conf/people.toml").read_text(encoding="utf-8"), city.PEOPLE)
        self.assertTrue(other.state.exists())

    def test_nothing_is_written_over(self):
        self.target.mkdir()
        (self.target / "letter.txt").write_text("dear", encoding="ascii")
        refused = self.gateway.run("backup", str(self.target))
        self.assertEqual(refused.returncode, 1)
        self.assertIn("is not empty", refused.stderr)
        self.assertEqual([path.name for path in self.target.iterdir()], ["letter.txt"])
        (self.target / "letter.txt").unlink()
        self.gateway.ask("backup", str(self.target))
        refused = self.gateway.run("restore", str(self.target))
        self.assertEqual(refused.returncode, 1)
        self.assertIn(f"{self.gateway.state} is not empty", refused.stderr)

    def test_what_is_not_whole_is_not_restored(self):
        self.browse(WORK)
        self.gateway.ask("backup", str(self.target))
        manifest = self.target / "MANIFEST"
        text = manifest.read_text(encoding="ascii")
        policy = next((self.target / "policies").iterdir())
        original = policy.read_bytes()

        def refused(why, number=[0]):
            number[0] += 1
            other, result = self.restore(self.target, state=f"restored-{number[0]}")
            self.assertEqual(result.returncode, 1, why)
            self.assertIn(why, result.stderr)
            self.assertFalse((other.state / "FORMAT").exists(), "nothing would start on it")

        policy.write_bytes(original[:-1] + b"#")
        refused("is damaged: its checksum is another")
        policy.unlink()
        refused("is missing from the backup")
        policy.write_bytes(original)
        (self.target / "db/extra").write_bytes(b"")
        refused("db/extra is in the backup, but not in its MANIFEST")
        (self.target / "db/extra").unlink()
        manifest.write_text(text.replace("records ", "records 9"), encoding="ascii")
        refused("MANIFEST is damaged")
        manifest.write_text(text[:text.rindex("end ")], encoding="ascii")
        refused("was not finished")
        manifest.unlink()
        refused("is no backup")


if __name__ == "__main__":
    case.main()
