"""`citygate upgrade`: a new process takes over under load; nothing is cut, no record is lost or doubled, whoever dies."""
import collections
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading

import case
import city
import client
import gateway
import origin

WORK = "intranet.testville.example"
TUNNEL = "tunnel.testville.example"
VIDEO = "video.testville.example"
HOSTS = {WORK: "127.0.0.1", TUNNEL: "127.0.0.1", VIDEO: "127.0.0.1"}


class Echo(origin.Origin):
    def serve(self, stream):
        while data := stream.sock.recv(65536):
            stream.sock.sendall(data)


class Load:
    """Clients of every kind that must not notice anything. Counts what the records have to say later."""

    def __init__(self, port, web, echo):
        self.port, self.web, self.echo = port, web, echo
        self.stop, self.lock = threading.Event(), threading.Lock()
        self.paths, self.tunnels, self.failures = [], [], []
        work = [(self.keep_alive, city.CLERK), (self.keep_alive, city.MAYOR), (self.anew, city.CLERK),
                (self.anew, city.PATROL), (self.tunnel, city.CLERK), (self.tunnel, city.MAYOR)]
        self.threads = [threading.Thread(target=self.guard, args=(run, source, number))
                        for number, (run, source) in enumerate(work)]
        for thread in self.threads:
            thread.start()

    def guard(self, run, source, number):
        try:
            run(source, number)
        except Exception as error:  # whatever it is, the test must fail with it
            self.failures.append(f"{run.__name__}: {error!r}")

    def ask(self, browser, path):
        answer = browser.get(f"http://{WORK}:{self.web}{path}")
        if answer.status != 200 or not answer.complete:
            raise AssertionError(f"{path} was answered with {answer.status}")
        with self.lock:
            self.paths.append(path)
        return answer

    def keep_alive(self, source, number):
        browser, count = client.Client(self.port, source), 0
        while not self.stop.is_set():
            count += 1
            if self.ask(browser, f"/{number}/{count}").value("Connection") == "close":
                assert browser.closed()
                browser.sock.close()
                browser = client.Client(self.port, source)
        browser.sock.close()

    def anew(self, source, number):
        count = 0
        while not self.stop.is_set():
            count += 1
            with client.Client(self.port, source) as browser:
                self.ask(browser, f"/{number}/{count}")

    def tunnel(self, source, number):
        """One tunnel from beginning to end, through all that happens."""
        del number
        with client.Client(self.port, source) as through:
            assert through.connect(f"{TUNNEL}:{self.echo}").status == 200
            size = 0
            while not self.stop.is_set():
                through.send(b"x" * 1000)
                assert len(through.stream.exactly(1000)) == 1000
                size += 1000
            through.finish()
            assert through.rest() == b""
            with self.lock:
                self.tunnels.append(size)

    def go_on(self, count=60):
        """Waits for so many more requests; they are answered by whoever serves now."""
        reached = len(self.paths) + count
        gateway.wait_until(lambda: len(self.paths) >= reached or self.failures, "requests to go on")
        if self.failures:
            raise AssertionError(self.failures)

    def end(self):
        self.stop.set()
        for thread in self.threads:
            thread.join()


def children(parent):
    """Of this process, the dead that nobody has asked about included."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text(encoding="utf-8")
        except OSError:
            continue  # it has ended meanwhile
        if int(text.rpartition(")")[2].split()[1]) == parent:
            found.append(text)
    return found


class Upgrade(case.Case):
    def setUp(self):
        self.web = self.keep(origin.HttpOrigin())
        self.echo = self.keep(Echo())

    def begin(self, **options):
        self.start(hosts=HOSTS, **options)

    def get(self, path="/", host=WORK, source=city.CLERK):
        return client.get(self.gateway.port, f"http://{host}:{self.web.port}{path}", source=source)

    def tunnel(self, source=city.CLERK):
        through = client.Client(self.gateway.port, source)
        self.addCleanup(through.sock.close)
        self.assertEqual(through.connect(f"{TUNNEL}:{self.echo.port}").status, 200)
        self.exchange(through)
        return through

    def exchange(self, through):
        through.send(b"still there?")
        self.assertEqual(through.stream.exactly(12), b"still there?")

    def ended(self, process):
        self.assertEqual(process.wait(gateway.PATIENCE), 0)

    def check_records(self, paths):
        """Every request once, and no identifier twice."""
        records = self.gateway.search()
        counted = collections.Counter(record["path"] for record in records if record["host"] == WORK)
        self.assertEqual(counted, collections.Counter(paths))
        self.assertEqual(len({record["id"] for record in records}), len(records))
        return records

    def test_nobody_notices(self):
        self.begin()
        load = Load(self.gateway.port, self.web.port, self.echo.port)
        load.go_on()
        first = self.gateway.upgrade()
        load.go_on()
        second = self.gateway.upgrade()  # while the first may still have its tunnels
        load.go_on()
        status = self.gateway.ask("status")
        self.assertIn(f"earlier_{first.pid} ", status)
        load.end()
        self.assertEqual(load.failures, [])
        self.ended(first)
        self.ended(second)
        records = self.check_records(load.paths)
        self.assertEqual([record["uncertain"] for record in records if record["uncertain"]], [])
        bytes_of = collections.defaultdict(int)
        for record in records:
            if record["host"] == TUNNEL:
                bytes_of[record["client"]] += record["to_client_bytes"]
        self.assertEqual(sorted(bytes_of.values()), sorted(load.tunnels))
        ends = [record for record in records if record["host"] == TUNNEL and record["last"]]
        self.assertEqual([record["outcome"] for record in ends], ["completed"] * 2)

    def test_an_idle_client_is_answered_and_then_sent_over(self):
        self.begin()
        browser = client.Client(self.gateway.port, city.CLERK)
        self.addCleanup(browser.sock.close)
        url = f"http://{WORK}:{self.web.port}/"
        self.assertIsNone(browser.get(url).value("Connection"))
        before = self.gateway.upgrade()
        answer = browser.get(url)
        self.assertEqual((answer.status, answer.value("Connection")), (200, "close"))
        self.assertTrue(browser.closed())
        self.ended(before)

    def test_an_address_that_is_configured_no_more_refuses(self):
        self.begin(listen=("127.0.0.1:0", "127.0.0.2:0"))
        gone = self.gateway.ports[1]
        config = self.gateway.config.read_text(encoding="utf-8")
        self.assertEqual(config.count(", '127.0.0.2:0'"), 1)
        self.gateway.config.write_text(config.replace(", '127.0.0.2:0'", ""), encoding="utf-8")
        before = self.gateway.upgrade()
        self.assertEqual(self.get().status, 200)
        self.ended(before)
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", gone), gateway.PATIENCE)

    def test_an_address_that_is_configured_in_other_words_cuts_nobody(self):
        self.begin()
        load = Load(self.gateway.port, self.web.port, self.echo.port)
        load.go_on()
        address = f"127.0.0.1:{self.gateway.port}"  # it was port 0
        config = self.gateway.config.read_text(encoding="utf-8")
        self.gateway.config.write_text(config.replace("127.0.0.1:0", address), encoding="utf-8")
        earlier = self.gateway.upgrade()
        self.assertRegex(self.gateway.ask("status"), f"(?m)^listening +{address}$")
        load.go_on()
        load.end()
        self.assertEqual(load.failures, [])
        self.ended(earlier)
        self.check_records(load.paths)

    def test_a_quota_ends_to_the_byte_over_both_processes(self):
        self.begin()
        self.gateway.import_list(self.gateway.write("video.txt", VIDEO + "\n"), name="own", category="video")
        half, more = 1_600_000, threading.Event()

        def in_two_parts(request, stream):
            del request
            stream.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 4000000\r\n\r\n")
            stream.sock.sendall(b"v" * half)
            more.wait(client.TIMEOUT)
            stream.sock.sendall(b"v" * (4_000_000 - half))

        self.web.routes["/film"] = in_two_parts
        got = []

        def watch():
            got.append(len(self.get("/film", VIDEO).body))

        viewers = [threading.Thread(target=watch)]
        viewers[0].start()
        gateway.wait_until(lambda: self.web.requests, "the first film to begin")
        before = self.gateway.upgrade()
        viewers.append(threading.Thread(target=watch))
        viewers[1].start()
        gateway.wait_until(lambda: len(self.web.requests) == 2, "the second film to begin")
        more.set()
        for viewer in viewers:
            viewer.join()
        self.ended(before)
        self.assertEqual(sum(got), 3_000_000)
        self.assertEqual(sum(record["streaming_bytes"] for record in self.gateway.search("--host", VIDEO)), 3_000_000)

    def test_orders_reach_the_old_process(self):
        self.begin()
        through = self.tunnel()
        before = self.gateway.upgrade()
        self.exchange(through)
        # With a rule and a person that the old process has never heard of, in a file of another name.
        self.gateway.write("people.toml", city.PEOPLE + '\n[[person]]\nname = "new.hire"\ndepartment = "library"\n'
                           'addresses = ["127.0.0.77"]\n')
        self.gateway.write("other.toml", city.POLICY.replace('name = "no-gambling"', 'name = "brand-new-rule"'))
        config = self.gateway.config.read_text(encoding="utf-8")
        self.gateway.config.write_text(config.replace("/policy.toml", "/other.toml"), encoding="utf-8")
        self.gateway.ask("reload")
        self.exchange(through)
        self.gateway.import_list(self.gateway.write("closed.txt", TUNNEL + "\n"), name="own", category="gambling")
        self.assertEqual(through.rest(), b"")
        self.ended(before)
        record = self.gateway.search("--host", TUNNEL)[-1]
        self.assertEqual((record["outcome"], record["rule"], record["last"]), ("cut", "brand-new-rule", True))

    def test_stop_ends_both(self):
        self.begin(settings='[proxy]\ndrain_timeout = "100ms"\n')
        through = self.tunnel()
        before = self.gateway.upgrade()
        self.exchange(through)
        self.gateway.stop()
        self.ended(before)
        self.assertEqual(through.rest(), b"")
        self.gateway.start()
        ends = [record for record in self.gateway.search("--host", TUNNEL) if record["last"]]
        self.assertEqual(len(ends), 1)

    def test_one_that_fails_changes_nothing(self):
        self.begin()
        load = Load(self.gateway.port, self.web.port, self.echo.port)
        load.go_on()
        pid = self.gateway.process.pid
        failed = self.gateway.run("upgrade", "--program", shutil.which("false"))
        self.assertEqual(failed.returncode, 1)
        self.assertRegex(failed.stderr, f"exit status 1 .*Process {pid} serves on")
        load.go_on()
        config = self.gateway.config.read_text(encoding="utf-8")
        self.gateway.config.write_text(config + '\n[proxi]\nname = "x"\n', encoding="utf-8")
        failed = self.gateway.run("upgrade")
        self.assertRegex(failed.stderr, r"(?s)serves on.*citygate\.toml:\d+: .*proxi")
        self.gateway.config.write_text(config, encoding="utf-8")
        load.go_on()
        # Fails when it has the store already: the lists cannot be read, nor compiled anew.
        lists = self.gateway.state / "lists"
        images = [*lists.glob("images/*/hosts.table"), *lists.glob("sources/*/*/*.zst")]
        kept = [image.read_bytes() for image in images]
        for image in images:
            image.rename(image.with_suffix(".away"))
        failed = self.gateway.run("upgrade")
        self.assertEqual(failed.returncode, 1)
        self.assertIn("serves on", failed.stderr)
        for image, data in zip(images, kept):
            image.write_bytes(data)
        load.go_on()
        self.assertEqual(children(pid), [], "a process that came to nothing is left over")
        self.check_live()
        before = self.gateway.upgrade()
        load.go_on()
        load.end()
        self.assertEqual(load.failures, [])
        self.ended(before)
        self.check_records(load.paths)

    def check_live(self):
        self.assertRegex(self.gateway.ask("status"), r"(?m)^recorder +well$")
        self.gateway.ask("reload")

    def fake_successor(self, then):
        """Says Hello and Release as this version does, then what `then` says, and dies of it."""
        fake = ("import socket, struct, sys, os, signal\n"
                "s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); s.connect(sys.argv[1])\n"
                "say = lambda kind: s.send(struct.pack('=IHH', 0x43474855, 2, kind))\n"
                "hear = lambda: struct.unpack('=IHH', s.recv(70000)[:8])[2]\n"
                "say(1)\nwhile hear() != 7: pass\nsay(8)\nassert hear() == 9\n" + then)
        died = subprocess.run([sys.executable, "-c", fake, str(self.gateway.state / "hand-over.sock")], check=False)
        self.assertEqual(died.returncode, -signal.SIGKILL)

    def test_one_that_dies_as_soon_as_it_is_ready_changes_nothing(self):
        self.begin()
        load = Load(self.gateway.port, self.web.port, self.echo.port)
        load.go_on()
        old = self.gateway.process.pid
        # The old process stands still, with all its threads, until the new one has said Ready and is gone.
        self.fake_successor(f"import pathlib\nos.kill({old}, signal.SIGSTOP)\n"
                            "stands = lambda text: text.rpartition(')')[2].split()[0] == 'T'\n"
                            f"tasks = lambda: pathlib.Path('/proc/{old}/task').glob('*/stat')\n"
                            "while not all(stands(task.read_text()) for task in tasks()): pass\n"
                            "say(10)\nos.kill(os.getpid(), signal.SIGKILL)\n")
        os.kill(old, signal.SIGCONT)
        load.go_on()
        self.check_live()
        load.end()
        self.assertEqual(load.failures, [])
        self.check_records(load.paths)

    def test_stopping_does_not_wait_for_one_that_has_the_store_and_hesitates(self):
        self.begin()
        self.assertEqual(self.get().status, 200)
        old = self.gateway.process.pid
        # Has the gateway stop, hears the word for it, and ends.
        self.fake_successor(f"os.kill({old}, signal.SIGTERM)\nassert hear() == 0\nos.kill(os.getpid(), signal.SIGKILL)\n")
        process, self.gateway.process = self.gateway.process, None  # a second signal would end it in disorder
        self.assertEqual(process.wait(gateway.PATIENCE), 0, self.gateway.log())
        self.gateway.start()
        self.check_records(["/"])

    def test_stopping_does_not_wait_for_a_reload_that_waits_for_a_hand_over(self):
        self.begin()
        self.assertEqual(self.get().status, 200)
        old = self.gateway.process.pid
        # Both signals come while the new one has the store. The second only when a thread sleeps over the first, or after
        # a while where the kernel does not say what threads do.
        self.fake_successor(
            f"import pathlib, time\nos.kill({old}, signal.SIGHUP)\n"
            f"tasks = lambda: [task.read_text() for task in pathlib.Path('/proc/{old}/task').glob('*/wchan')]\n"
            "for _ in range(200):\n"
            "    if any('nanosleep' in task for task in tasks()): break\n"
            "    time.sleep(0.01)\n"
            f"os.kill({old}, signal.SIGTERM)\nassert b'stopping' in s.recv(70000)\nos.kill(os.getpid(), signal.SIGKILL)\n")
        process, self.gateway.process = self.gateway.process, None
        self.assertEqual(process.wait(gateway.PATIENCE), 0, self.gateway.log())
        self.gateway.start()
        self.check_records(["/"])

    def test_one_that_is_killed_with_the_store_in_hand_changes_nothing(self):
        self.begin()
        load = Load(self.gateway.port, self.web.port, self.echo.port)
        load.go_on()
        self.fake_successor("os.kill(os.getpid(), signal.SIGKILL)\n")
        load.go_on()
        self.check_live()
        load.end()
        self.assertEqual(load.failures, [])
        self.check_records(load.paths)

    def test_another_version_is_refused_in_words(self):
        self.begin()
        stranger = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.addCleanup(stranger.close)
        stranger.settimeout(client.TIMEOUT)
        stranger.connect(str(self.gateway.state / "hand-over.sock"))
        stranger.send(struct.pack("=IHH", 0x43474855, 77, 1))
        answer = stranger.recv(70000)
        self.assertEqual(struct.unpack("=IHH", answer[:8])[2], 0)
        self.assertIn(b"version 77", answer)
        self.assertEqual(self.get().status, 200)

    def kill_one(self, which):
        self.begin()
        load = Load(self.gateway.port, self.web.port, self.echo.port)
        load.go_on()
        before = self.gateway.upgrade()
        load.go_on()
        paths = list(load.paths)
        which(before)
        load.end()
        return before, paths, load

    def test_killing_the_old_one_loses_no_record(self):
        before, _, load = self.kill_one(lambda before: before.kill())
        before.wait(gateway.PATIENCE)
        # Its tunnels are gone with it, and nothing else is.
        self.assertEqual([failure for failure in load.failures if not failure.startswith("tunnel")], [])
        self.check_records(load.paths)

    def test_killing_the_new_one_ends_both_and_loses_no_record(self):
        before, _, load = self.kill_one(lambda before: self.gateway.kill())
        self.ended(before)
        self.gateway.start()
        # What was answered is recorded; beyond that at most what each client was waiting for.
        records = self.gateway.search("--host", WORK)
        counted = collections.Counter(record["path"] for record in records)
        self.assertEqual([path for path, count in counted.items() if count != 1], [])
        self.assertEqual([path for path in load.paths if path not in counted], [])
        self.assertLessEqual(len(counted) - len(load.paths), 4)
        self.assertEqual(len({record["id"] for record in records}), len(records))
        tunnels = [record for record in self.gateway.search("--host", TUNNEL) if record["last"]]
        self.assertEqual(len(tunnels), 2)


if __name__ == "__main__":
    case.main()
