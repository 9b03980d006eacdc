"""Under a service manager: what it is told, what the unit grants, what a reload and a stop say."""
import os
import pathlib
import queue
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import case
import client
import gateway

UNIT = gateway.ROOT / "conf/citygate.service"
# systemd-analyze's exposure in tenths; 2 and below is what it calls OK for a network service.
MOST_EXPOSURE = 20


class Manager:
    """The other end of NOTIFY_SOCKET. Like a real one it reads all the time: the kernel holds ten datagrams for it."""

    def __init__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="citygate-notify-")
        self.path = pathlib.Path(self.directory.name) / "notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.heard = queue.SimpleQueue()
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        while said := self.socket.recv(65536):  # an empty one is ours: the end
            self.heard.put(said)

    def close(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as own:
            own.sendto(b"", str(self.path))
        self.reader.join()
        self.socket.close()
        self.directory.cleanup()

    def next(self):
        said = self.heard.get(timeout=gateway.PATIENCE)
        return dict(line.split("=", 1) for line in said.decode("utf-8").split("\n"))

    def wait_for(self, name):
        heard = []
        deadline = time.monotonic() + gateway.PATIENCE
        while time.monotonic() < deadline:
            said = self.next()
            if name in said:
                return said
            heard.append(said)
        raise AssertionError(f"no {name} among {heard}")


class Notification(case.Case):
    def supervised(self, **environment):
        manager = self.keep(Manager())
        values = {"NOTIFY_SOCKET": str(manager.path), **environment}
        self.make()
        self.gateway.start(wrapper=("env", *[f"{name}={value}" for name, value in values.items()]))
        return manager

    def test_ready_reloading_stopping(self):
        manager = self.supervised()
        ready = manager.next()
        self.assertEqual(ready["READY"], "1")
        self.assertIn(f"127.0.0.1:{self.gateway.port}", ready["STATUS"])
        self.gateway.process.send_signal(signal.SIGHUP)
        reloading = manager.next()
        self.assertEqual(reloading["RELOADING"], "1")
        self.assertGreater(int(reloading["MONOTONIC_USEC"]), 0)
        self.assertEqual(manager.next()["READY"], "1")
        self.gateway.write("policy.toml", "no policy")
        self.assertNotEqual(self.gateway.run("reload").returncode, 0)
        self.assertEqual(manager.next()["RELOADING"], "1")
        self.assertEqual(manager.next()["READY"], "1", "a reload that failed is over too")
        self.gateway.stop()
        stopping = manager.next()
        self.assertEqual(stopping["STOPPING"], "1")
        self.assertGreater(int(stopping["EXTEND_TIMEOUT_USEC"]), 10_000_000, "the time to drain, and some for the records")

    def test_who_takes_over_becomes_the_main_process(self):
        manager = self.supervised(WATCHDOG_USEC="200000")
        manager.wait_for("READY")
        before = self.gateway.upgrade()
        main = str(self.gateway.process.pid)
        self.assertEqual(manager.wait_for("MAINPID")["MAINPID"], main, "the old main process names the new one")
        self.assertEqual(manager.wait_for("MAINPID")["MAINPID"], main, "and the new one says so itself")
        manager.wait_for("READY")
        self.assertEqual(before.wait(gateway.PATIENCE), 0)
        manager.wait_for("WATCHDOG")  # the new one's: WATCHDOG_PID, were it set, would be the old one's
        self.gateway.stop()
        self.assertEqual(manager.wait_for("STOPPING")["STOPPING"], "1")

    def test_it_lives_while_its_workers_turn(self):
        manager = self.supervised(WATCHDOG_USEC="100000")
        for _ in range(3):
            manager.wait_for("WATCHDOG")

    def test_a_watchdog_of_another_process_is_not_answered(self):
        manager = self.supervised(WATCHDOG_USEC="50000", WATCHDOG_PID="1")
        manager.wait_for("READY")
        client.browse(self.gateway.port, "http://127.0.0.1:9/")
        self.gateway.stop()
        self.assertIn("STOPPING", manager.next(), "nothing but the end was said in between")

    def test_a_socket_that_cannot_be_is_an_error_at_start(self):
        self.make()
        process = self.gateway.launch(wrapper=("env", "NOTIFY_SOCKET=somewhere"))
        self.assertEqual(process.wait(gateway.PATIENCE), 1)
        self.gateway.process = None
        self.assertIn("NOTIFY_SOCKET is 'somewhere'", self.gateway.log())


class Unit(case.Case):
    """What systemd itself says of the unit, where systemd is at hand."""

    def setUp(self):
        self.analyze = case.tool("systemd-analyze")
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="citygate-unit-"))
        self.addCleanup(shutil.rmtree, self.directory)
        self.unit = self.directory / UNIT.name
        # The binary of this build: verify looks whether it can be run.
        self.unit.write_text(UNIT.read_text(encoding="utf-8").replace("/usr/bin/citygate", str(gateway.BINARY.resolve())),
                             encoding="utf-8")

    def run_analyze(self, *arguments):
        result = subprocess.run([self.analyze, *arguments, str(self.unit)], capture_output=True, text=True,
                                timeout=gateway.PATIENCE, check=False)
        return result.returncode, result.stdout + result.stderr

    def test_every_word_of_it_is_known(self):
        _, said = self.run_analyze("verify", "--man=no")
        if re.search(r"Failed to (initialize|start|connect)", said):
            self.skipTest("systemd-analyze verify cannot run here: " + said.splitlines()[0])
        self.assertNotRegex(said, rf"{UNIT.name}.*: ")

    def test_it_is_shut_in(self):
        code, said = self.run_analyze("security", "--offline=true", f"--threshold={MOST_EXPOSURE}", "--no-pager")
        if "unrecognized option" in said:
            self.skipTest("this systemd-analyze cannot judge a unit that is not loaded")
        self.assertEqual(code, 0, said[-400:])

    def test_it_grants_ports_and_nothing_else(self):
        text = UNIT.read_text(encoding="utf-8")
        for name in ("AmbientCapabilities", "CapabilityBoundingSet"):
            self.assertEqual(re.findall(rf"^{name}=(.*)$", text, re.M), ["CAP_NET_BIND_SERVICE"])
        drop_in = (gateway.ROOT / "conf/citygate-tproxy.conf").read_text(encoding="utf-8")
        self.assertEqual(re.findall(r"CAP_[A-Z_]+$", drop_in, re.M), ["CAP_NET_ADMIN", "CAP_NET_ADMIN"])

    def test_what_it_runs_is_understood(self):
        config = gateway.ROOT / "conf/citygate.toml"
        text = UNIT.read_text(encoding="utf-8")
        for line in re.findall(r"^Exec(?:Start|Reload)=/usr/bin/citygate (.*)$", text, re.M):
            words = line.replace("/etc/citygate/citygate.toml", str(config)).split() + ["--help"]
            self.assertEqual(subprocess.run([gateway.BINARY, *words], capture_output=True, check=False,
                                            timeout=gateway.PATIENCE, env={**os.environ}).returncode, 0, line)


if __name__ == "__main__":
    case.main()
