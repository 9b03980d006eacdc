"""A state directory without space: requests go on while the spool has room, then wait outside; nothing is lost."""
import random
import subprocess
import unittest

import case
import client
import gateway
import origin
import own_mounts

HOST = "site.test"
DISK_BYTES = 32 << 20  # too small for the room that the store would like to take in advance


class FullDisk(case.Case):
    def setUp(self):
        self.web = self.keep(origin.HttpOrigin())
        made = self.make(hosts={HOST: "127.0.0.1"}, settings='[records]\nspool_bytes = "1MiB"\n', workers=1)
        made.state.mkdir()
        own_mounts.mount(made.state, DISK_BYTES)
        self.addCleanup(subprocess.run, ["umount", "-l", str(made.state)], check=False)
        made.start()

    def fill(self):
        return own_mounts.fill(self.gateway.state)

    def ask(self, path):
        return client.get(self.gateway.port, f"http://{HOST}:{self.web.port}{path}").status

    def test_nothing_is_lost(self):
        self.assertEqual(self.ask("/before"), 200)
        self.assertEqual(len(self.gateway.search()), 1)
        filler = self.fill()
        filler_bytes = random.Random(11)
        served, answer, count = ["/before"], 200, 0
        with client.Client(self.gateway.port) as browser:
            while answer == 200 and count < 60_000:
                path = f"/full/{count}/" + filler_bytes.randbytes(400).hex()  # nothing that compresses well
                count += 1
                answer = browser.get(f"http://{HOST}:{self.web.port}{path}").status
                if answer == 200:
                    served.append(path)
        self.assertEqual(answer, 503, f"after {count} requests without space the spool must be full")
        self.assertGreater(len(served), 500)
        self.assertTrue(self.gateway.alive())
        filler.unlink()
        gateway.wait_until(lambda: self.ask("/after") == 200, "requests to be taken again")
        served.append("/after")
        recorded = [record["path"] for record in self.gateway.search() if record["status"] == 200]
        self.assertEqual(sorted(recorded), sorted(served))

    def test_who_is_refused_takes_no_room_from_what_runs(self):
        """The last quarter of a spool is for exchanges that run; records of refusals once filled it, and nobody was answered."""
        release = self.hold(self.web, "/held")
        filler = self.fill()
        with client.Client(self.gateway.port) as running, client.Client(self.gateway.port) as browser:
            running.send(f"GET http://{HOST}:{self.web.port}/held HTTP/1.1\r\nHost: {HOST}\r\n\r\n")
            gateway.wait_until(lambda: self.web.seen("/held"), "a request under way")
            path, filler_bytes = f"http://{HOST}:{self.web.port}/full/", random.Random(12)
            while browser.get(path + filler_bytes.randbytes(400).hex()).status == 200:
                pass
            refused = 1
            # More than there would be room for, at some 60 bytes each in a quarter of the spool. A disk has been known to
            # find a last piece of room: then some more are served.
            while refused < 6_000:
                answer = client.get(self.gateway.port, path + filler_bytes.randbytes(400).hex())
                self.assertIn(answer.status, (200, 503))
                refused += answer.status == 503
            self.assertGreater(int(answer.value("retry-after")), 0)
            release.set()
            self.assertEqual(running.read().body, b"held\n")
        filler.unlink()
        gateway.wait_until(lambda: self.ask("/after") == 200, "requests to be taken again")
        self.gateway.advance("61s")

        def counted():
            records = self.gateway.search()
            told = sum(int(record["path"].strip("/").split("-")[0]) for record in records if record["reason"] == "overloaded")
            return told >= refused and records

        records = gateway.wait_until(counted, "every refused request in some record")
        self.assertEqual(sum(record["path"] == "/held" for record in records), 1)

    def test_start_without_space(self):
        self.gateway.stop()
        filler = self.fill()
        process = self.gateway.launch()
        code = process.wait(gateway.PATIENCE)
        self.gateway.process = None
        self.assertGreater(code, 0)
        self.assertIn("space", self.gateway.log())
        filler.unlink()
        self.gateway.start()
        self.assertEqual(self.ask("/again"), 200)


if __name__ == "__main__":
    if not own_mounts.enter(__file__):
        FullDisk = unittest.skip("no disk can be mounted here, not even in a namespace")(FullDisk)
    case.main()
