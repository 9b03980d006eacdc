"""The real binary on a state directory of its own: started, asked, killed, stopped.

Every gateway listens on a port that the kernel picks and writes to <state>/listening; time is driven by the test.
"""
import ctypes
import functools
import json
import os
import pathlib
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time

import city

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("CITYGATE_BINARY", ROOT / "build/dev/citygate"))
SANITIZED = os.environ.get("CITYGATE_SANITIZED", "") not in ("", "0")
# Sanitizers and busy machines are slow; nothing here waits this long unless something is wrong.
PATIENCE = 60.0 if SANITIZED else 30.0


def adopt_orphans():
    """Processes whose parent ends become children of this one, so that their exit status can be seen."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def wait_until(condition, what, patience=PATIENCE):
    """Polls `condition` until it is true, and returns its value; an AssertionError names `what`."""
    deadline = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience:.0f} s in vain for {what}")
        time.sleep(0.01)


class Successor:
    """The process that an upgrade started: a child of its predecessor's, and ours once that has ended."""

    def __init__(self, pid):
        self.pid = pid
        self.handle = os.pidfd_open(pid)
        self.returncode = None

    def poll(self):
        if self.returncode is None and select.select([self.handle], [], [], 0)[0]:
            try:
                self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
            except ChildProcessError:
                self.returncode = 0  # its predecessor took the status, or another one adopted it
        return self.returncode

    def wait(self, timeout=None):
        if not select.select([self.handle], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired("citygate", timeout)
        return self.poll()

    def send_signal(self, number):
        signal.pidfd_send_signal(self.handle, number)

    def kill(self):
        self.send_signal(signal.SIGKILL)


class Gateway:
    """One state directory and the process that serves from it."""

    def __init__(self, *, hosts=None, policy=city.POLICY, people=city.PEOPLE, settings="", workers=2,
                 clock="2026-11-23T12:00:00-06:00", state=None, listen=("127.0.0.1:0",), gateway="",
                 lists=""):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="citygate-test-"))
        self.state = pathlib.Path(state or self.directory / "state")
        self.config = self.directory / "citygate.toml"
        self.clock = clock
        self.process = None
        self.port = None  # of the first listener
        self.ports = []  # of all, as `listen` names them
        self.write("policy.toml", policy)
        self.write("people.toml", people)
        self.write("citygate.toml", city.config(
            directory=self.directory, root=ROOT, workers=workers, settings=settings, hosts=hosts or {},
            listen=listen, gateway=gateway.replace("DIRECTORY", str(self.directory)), lists=lists))

    def write(self, name, text):
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    # --- the process

    def start(self, *, wrapper=()):
        """Starts the daemon and waits until it listens. `wrapper` is a command to put in front."""
        process = self.launch(wrapper=wrapper)
        listening = self.state / "listening"

        def address():
            if process.poll() is not None:
                self.process = None
                raise AssertionError(f"the gateway ended with {process.returncode} at start:\n{self.log()}")
            text = listening.read_text(encoding="utf-8") if listening.exists() else ""
            return re.findall(r":(\d+)\s", text)

        self.ports = [int(port) for port in wait_until(address, "the gateway to listen")]
        self.port = self.ports[0]
        return self

    def launch(self, *, wrapper=()):
        """Starts the daemon without waiting for anything."""
        listening = self.state / "listening"
        listening.unlink(missing_ok=True)
        command = [*wrapper, str(BINARY), "serve", "--config", str(self.config), "--state", str(self.state)]
        if self.clock:
            command += ["--test-clock", self.clock]
        with open(self.directory / "log", "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return self.process

    def log(self):
        path = self.directory / "log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def stop(self):
        """Ends it in order; a gateway that crashes, leaks or races fails the test here."""
        if self.process is None:
            return
        process, self.process = self.process, None
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"the gateway did not stop within {PATIENCE:.0f} s:\n{self.log()}") from None
        if code != 0:
            raise AssertionError(f"the gateway ended with {code}:\n{self.log()}")

    def kill(self):
        process, self.process = self.process, None
        process.kill()
        process.wait()

    def close(self):
        try:
            self.stop()
        finally:
            shutil.rmtree(self.directory, ignore_errors=True)

    def upgrade(self):
        """Has a new process take over; returns the one before, which finishes its connections."""
        adopt_orphans()
        before = self.process
        said = self.ask("upgrade")
        self.process = Successor(int(re.match(r"process (\d+) has taken over", said).group(1)))
        return before

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def memory_kb(self):
        """Resident anonymous memory: mapped files are the kernel's to take back."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.search(r"RssAnon:\s+(\d+)", status).group(1))

    # --- its subcommands, against the same state directory

    def run(self, *arguments, timeout=PATIENCE * 2):
        state = [] if arguments[0] in ("check", "pac") else ["--state", str(self.state)]
        return subprocess.run([str(BINARY), *arguments, "--config", str(self.config), *state], capture_output=True,
                              text=True, stdin=subprocess.DEVNULL, timeout=timeout, check=False)

    def ask(self, *arguments, timeout=PATIENCE * 2):
        """Runs a subcommand that must succeed; returns what it printed."""
        result = self.run(*arguments, timeout=timeout)
        if result.returncode != 0:
            raise AssertionError(f"citygate {' '.join(arguments)} ended with {result.returncode}:\n"
                                 f"{result.stdout}{result.stderr}\n{self.log()[-4000:]}")
        return result.stdout

    @staticmethod
    @functools.cache  # it takes its time by design
    def hash_password(password):
        """What `citygate hash-password` makes of a password on its standard input."""
        result = subprocess.run([str(BINARY), "hash-password"], input=password + "\n", capture_output=True, text=True,
                                timeout=PATIENCE, check=True)
        return result.stdout.strip()

    def set_clock(self, time_text):
        self.clock = time_text
        self.ask("clock", "set", time_text)

    def advance(self, duration):
        """Moves the driven clock on: "30s", "2min"."""
        self.ask("clock", "advance", duration)

    def report(self, department, first, last=None):
        return json.loads(self.ask("report", "--department", department, "--from", first, "--to", last or first,
                                   "--format", "json"))

    def search(self, *arguments):
        """Records as a list of dictionaries, everything committed so far included."""
        text = self.ask("records", "search", "--format", "json", "--limit", "100000000", *arguments)
        return [json.loads(line) for line in text.splitlines()]

    def import_list(self, path, *extra, name, category=None):
        extra = [*extra, *(["--category", category] if category else [])]
        return self.ask("lists", "import", str(path), "--as", name, *extra, timeout=600)
