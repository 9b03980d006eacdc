"""What every integration test stands on: a gateway of its own, origins that close with it, and an honest exit status."""
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import unittest

import client
import gateway
import origin

SHARED = pathlib.Path(os.environ.get("CITYGATE_TEST_DATA", gateway.ROOT.parent / "shared/data"))


class Case(unittest.TestCase):
    """`self.start(...)` gives a running gateway; `self.keep(origin)` closes it at the end."""

    def make(self, **options):
        """A state directory with its files, not started."""
        self.gateway = gateway.Gateway(**options)
        self.addCleanup(self.gateway.close)
        return self.gateway

    def start(self, **options):
        return self.make(**options).start()

    def keep(self, thing):
        self.addCleanup(thing.close)
        return thing

    def hold(self, web, path):
        """This origin keeps requests for `path` until the returned event is set."""
        release = threading.Event()
        self.addCleanup(release.set)

        def held(request, stream):
            del request
            release.wait(client.TIMEOUT)
            stream.sock.sendall(origin.reply(b"held\n"))

        web.routes[path] = held
        return release

    def facts(self):
        """What `status` says, by the first word of its lines."""
        return dict(line.split(None, 1) for line in self.gateway.ask("status").splitlines() if len(line.split()) > 1)

    def counter(self, name):
        """The sum over all workers."""
        return int(self.facts()[name])

    def full_socket(self, at):
        """A wrapper for start(): the first socket that bytes beginning with `at` are sent to is full then, of the letter J."""
        if gateway.SANITIZED:
            self.skipTest("a sanitizer must be the first library")
        library = self.gateway.directory / "full_socket.so"
        source = pathlib.Path(__file__).with_name("full_socket.c")
        subprocess.run([tool("cc"), "-shared", "-fPIC", "-O1", "-o", str(library), str(source)], check=True)
        return "env", f"LD_PRELOAD={library}", f"CITYGATE_FULL_AT={at}"

    def assert_bytes(self, got, wanted):
        """Like assertEqual, but says where they part instead of printing megabytes."""
        if got == wanted:
            return
        at = next((at for at, pair in enumerate(zip(got, wanted)) if pair[0] != pair[1]), min(len(got), len(wanted)))
        self.fail(f"{len(got)} bytes for {len(wanted)}; they part at {at}: {got[at:at + 40]!r} for {wanted[at:at + 40]!r}")


def data(name):
    """A file of the shared test data; skips the test where the data is not at hand."""
    path = SHARED / name
    if not path.exists():
        raise unittest.SkipTest(f"no test data here: {name}")
    return path


def tool(name):
    if not shutil.which(name):
        raise unittest.SkipTest(f"{name} is not installed")
    return name


def unpack(name):
    """The content of a zstd file."""
    return subprocess.run([tool("zstd"), "-dc", str(data(name))], check=True, capture_output=True).stdout


def reduced(full, sanitized):
    """A number of rounds: fewer under sanitizers, where each takes many times as long."""
    return sanitized if gateway.SANITIZED else full


def main():
    program = unittest.main(module="__main__", verbosity=2, exit=False, failfast=False)
    result = program.result
    if not result.wasSuccessful():
        sys.exit(1)
    # ctest shows 77 as "skipped": only when nothing at all was tested.
    sys.exit(77 if result.testsRun == len(result.skipped) else 0)
