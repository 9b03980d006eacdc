"""Short of memory or of descriptors: new connections wait or are told so, what is open goes on, and nothing spins."""
import contextlib
import os
import pathlib
import resource
import time
import unittest

import case
import client
import gateway
import origin

HOST = "site.test"


class Overload(case.Case):
    def setUp(self):
        self.origin = self.keep(origin.HttpOrigin())
        self.start(hosts={HOST: "127.0.0.1"}, workers=1)
        self.url = f"http://{HOST}:{self.origin.port}/"
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)

    def client(self):
        return self.stack.enter_context(client.Client(self.gateway.port))


class Memory(Overload):
    def test_new_connections_wait_then_are_refused_and_open_ones_go_on(self):
        old = self.client()
        self.assertEqual(old.get(self.url).status, 200)
        used = int(self.facts()["memory_bytes"].split()[0])
        room = (48 if gateway.SANITIZED else 16) << 20
        text = self.gateway.config.read_text(encoding="utf-8")
        self.gateway.write("citygate.toml", text.replace("[gateway]", f"[gateway]\nmemory_bytes = {used + room}", 1))
        self.gateway.ask("reload")

        # Half a head keeps a block of 32 KiB. What the process took when it was asked may be more than it takes for good:
        # it is full when it says so.
        half = []
        while int(self.facts()["memory_pauses_total"]) == 0:
            self.assertLess(len(half), 4 * room // (32 * 1024), "the budget is no limit")
            for _ in range(64):
                one = self.client()
                one.send(f"GET {self.url} HTTP/1.1\r\nHost:")
                half.append(one)
        waiting = self.client()
        answer = waiting.send(f"GET {self.url} HTTP/1.1\r\nHost: {HOST}\r\n\r\n").read()
        self.assertEqual((answer.status, answer.value("connection")), (503, "close"))
        self.assertGreater(int(answer.value("retry-after")), 0)
        self.assertEqual(old.get(self.url).status, 200, "what is open goes on")
        facts = self.facts()
        self.assertGreaterEqual(int(facts["overload_refusals_total"]), 1)

        for one in half:
            one.sock.close()
        if gateway.SANITIZED:  # its allocator gives nothing back
            self.gateway.write("citygate.toml", text)
            self.gateway.ask("reload")

        def served():
            return client.get(self.gateway.port, self.url).status == 200

        gateway.wait_until(served, "connections to be taken again")
        self.gateway.advance("61s")
        gateway.wait_until(lambda: [record for record in self.gateway.search() if record["reason"] == "overloaded"],
                           "the record of those that were refused")


# The undefined-behaviour sanitizer opens pipes to look at memory, and takes their lack for a damaged object.
@unittest.skipIf(gateway.SANITIZED, "a sanitizer needs descriptors of its own")
class Descriptors(Overload):
    def lower_limit(self, spare):
        """The process may have this many more descriptors than it has now."""
        pid = self.gateway.process.pid
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        # By number, not by count: the limit is one above the highest that may be given out.
        numbers = sorted(int(name) for name in os.listdir(f"/proc/{pid}/fd"))
        free = [number for number in range(len(numbers) + spare) if number not in numbers]
        limit = free[spare - 1] + 1 if spare else free[0] if free else numbers[-1] + 1
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (limit, before[1]))
        self.addCleanup(lambda: self.gateway.alive() and resource.prlimit(pid, resource.RLIMIT_NOFILE, before))
        return lambda: resource.prlimit(pid, resource.RLIMIT_NOFILE, before)

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.gateway.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2]
        return sum(int(field) for field in fields.split()[11:13]) / os.sysconf("SC_CLK_TCK")

    def test_accept_pauses_nothing_spins_and_who_waited_is_served(self):
        raise_limit = self.lower_limit(4)
        many = [self.client() for _ in range(30)]  # the kernel's queue takes what the process cannot
        before = self.cpu_seconds()
        time.sleep(1.5)  # a loop that spins would burn about as much CPU
        spent = self.cpu_seconds() - before
        self.assertLess(spent, 0.75 if gateway.SANITIZED else 0.4)
        raise_limit()
        for one in many:
            self.assertEqual(one.get(self.url).status, 200)
        pauses = int(self.facts()["descriptor_pauses_total"])
        self.assertGreaterEqual(pauses, 1)
        self.assertLessEqual(pauses, 10 * gateway.PATIENCE, "ten a second at most")

    def test_no_descriptor_for_an_origin_is_our_fault_not_the_origins(self):
        browser = self.client().send(f"GET {self.url} HTTP/1.1\r\nHost:")
        gateway.wait_until(lambda: int(self.facts()["connections_open"]) == 1, "the connection to be taken")
        raise_limit = self.lower_limit(0)
        answer = browser.send(f" {HOST}\r\n\r\n").read()
        self.assertEqual(answer.status, 503)
        self.assertGreater(int(answer.value("retry-after")), 0)
        raise_limit()
        self.assertEqual(client.get(self.gateway.port, self.url).status, 200)
        refused = [record for record in self.gateway.search("--host", HOST) if record["status"] == 503]
        self.assertEqual([record["reason"] for record in refused], ["overloaded"])


@unittest.skipIf(gateway.SANITIZED, "a sanitizer needs descriptors of its own")
class DescriptorsOfOrigins(case.Case):
    def test_kept_origin_connections_leave_what_others_need(self):
        """They once took every descriptor: requests were answered 503, and the operator's commands waited."""
        most = 300
        site = self.keep(origin.HttpOrigin())
        made = self.make(hosts={f"*.{HOST}": "127.0.0.1"}, workers=1)
        made.start(wrapper=(case.tool("prlimit"), f"--nofile={most}:{most}"))
        descriptors = pathlib.Path(f"/proc/{made.process.pid}/fd")
        with client.Client(made.port) as browser:
            for number in range(most + 50):
                self.assertEqual(browser.get(f"http://n{number}.{HOST}:{site.port}/").status, 200)
                self.assertLess(len(list(descriptors.iterdir())), most - 50)
            made.ask("status")
            self.assertEqual(browser.get(f"http://n{most}.{HOST}:{site.port}/").status, 200, "kept all the same")
        self.assertIn("origin_reuses_total", made.ask("status"))


if __name__ == "__main__":
    case.main()
