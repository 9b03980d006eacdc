"""What a monitoring system is told: in good form, true to what happened, and as docs/metrics.md says.

    python3 tests/integration/metrics_test.py --table     prints the table for docs/metrics.md as the binary has it
"""
import json
import pathlib
import re
import socket
import sys

import case
import city
import client
import gateway
import origin
import prometheus_text

PAGE = b"<!doctype html><title>Budget</title>" + b"b" * 1000
GAMBLING = "www.pokerstars.com"
WORK = "intranet.testville.example"
DOCUMENT = gateway.ROOT / "docs/metrics.md"


def table(families):
    rows = ["| metric | type | labels | what it is |", "| --- | --- | --- | --- |"]
    for family in families.values():
        rows.append(f"| `{family.name}` | {family.type} | {', '.join(family.labels())} | {family.help} |")
    return rows


# The gateway asks for nothing by itself: only sources that a person names are fetched.
SOURCES = """[[source]]
name = "{name}"
path = "{name}.txt"
format = "domains"
category = "phishing"
enabled = false
"""


def with_sources(made, *names):
    made.write("sources.toml", "\n".join(SOURCES.format(name=name) for name in names))
    return made


class Metrics(case.Case):
    def setUp(self):
        self.origin = self.keep(origin.HttpOrigin({"/budget.html": origin.reply(PAGE)}))
        self.make(hosts={name: "127.0.0.1" for name in (GAMBLING, WORK)}, lists='sources = "sources.toml"')
        with_sources(self.gateway, "own", "other").start()

    def metrics(self):
        return prometheus_text.read(self.gateway.ask("metrics"))

    def browse(self, host, path="/budget.html"):
        return client.browse(self.gateway.port, f"http://{host}:{self.origin.port}{path}", city.CLERK)

    def test_what_happened_is_what_is_counted(self):
        before = self.metrics()
        self.assertEqual(before["citygate_exchanges_total"].value(), 0)
        with client.Client(self.gateway.port, city.CLERK) as browser:
            for _ in range(3):
                self.assertEqual(browser.browse(f"http://{WORK}:{self.origin.port}/budget.html").status, 200)
            open_now = self.metrics()
        self.assertEqual(self.browse(GAMBLING).status, 403)
        with client.Client(self.gateway.port, city.CLERK) as browser:
            self.assertEqual(browser.connect(f"{WORK}:{self.origin.port}").status, 200)
            browser.send("GET /budget.html HTTP/1.1\r\nHost: a\r\n\r\n").read()
        now = gateway.wait_until(lambda: self.when(5), "five exchanges to end")

        verdicts = now["citygate_verdicts_total"]
        self.assertEqual(verdicts.value(verdict="allow", outcome="completed"), 4)
        self.assertEqual(verdicts.value(verdict="refuse", outcome="refused"), 1)
        self.assertEqual(sum(verdicts.samples.values()), now["citygate_exchanges_total"].value())
        self.assertEqual(open_now["citygate_connections_open"].value(), 1)
        self.assertEqual(now["citygate_connections_total"].value(), 3)
        self.assertEqual(now["citygate_tunnels_total"].value(), 1)
        self.assertGreaterEqual(now["citygate_bytes_total"].value(direction="to_client"), 4 * len(PAGE))
        self.assertGreater(now["citygate_bytes_total"].value(direction="from_client"), 0)
        self.assertEqual(now["citygate_exchange_seconds"].value("_count"), 4)
        self.assertEqual(now["citygate_tunnel_seconds"].value("_count"), 1)
        self.assertEqual(now["citygate_origin_first_byte_seconds"].value("_count"), 3)
        self.assertEqual(now["citygate_origin_connect_seconds"].value("_count"), 2)
        self.assertEqual(now["citygate_origin_reuses_total"].value(), 2)

    def when(self, ended):
        families = self.metrics()
        return families if families["citygate_exchanges_total"].value() == ended else None

    def test_versions_and_the_process(self):
        families = self.metrics()
        parts = {dict(labels)["part"] for _, labels in families["citygate_generation_info"].samples}
        self.assertLessEqual({"policy", "people", "lists"}, parts)
        self.assertEqual(families["citygate_workers"].value(), 2)
        pid = self.gateway.process.pid
        self.assertGreaterEqual(families["process_open_fds"].value(), 5)
        limit = re.search(r"Max open files +(\d+)", pathlib.Path(f"/proc/{pid}/limits").read_text(encoding="ascii"))
        self.assertEqual(families["process_max_fds"].value(), int(limit.group(1)))
        self.assertGreater(families["process_resident_memory_bytes"].value(), 1e6)
        self.assertGreater(families["process_cpu_seconds_total"].value(), 0)
        for worker in ("0", "1"):
            self.assertGreater(families["citygate_spool_capacity_bytes"].value(worker=worker), 1e6)
            self.assertGreaterEqual(families["citygate_spool_bytes"].value(worker=worker), 0)

    def test_sources_of_lists_that_fail_and_wait(self):
        def told(source):
            families = self.metrics()
            return [families[f"citygate_list_{what}"].value(source=source)
                    for what in ("last_success_time_seconds", "failures", "waiting")]

        def publish(count):
            self.gateway.write("own.txt", "".join(f"n{number}.lists.test\n" for number in range(count)))
            return self.gateway.run("lists", "update", "own").returncode

        self.assertEqual(told("own"), [0, 0, 0])
        for count in (1, 2):
            self.assertEqual(self.gateway.run("lists", "update", "own").returncode, 1, "there is no such file")
            self.assertEqual(told("own"), [0, count, 0])
        self.assertEqual(publish(200), 0)
        success, *rest = told("own")
        self.assertEqual(rest, [0, 0])
        self.assertGreater(success, 1.5e9)
        self.assertEqual(publish(100), 1)
        self.assertEqual(told("own")[1:], [0, 1])
        self.gateway.ask("lists", "publish", "--drop")
        self.assertEqual((told("own")[1:], told("other")), ([0, 0], [0, 0, 0]))

    def test_a_city_without_sources_has_no_such_series(self):
        self.start(hosts={})
        self.assertFalse([name for name in self.metrics() if name.startswith("citygate_list_") and name != "citygate_list_entries"])

    def test_json_says_the_same(self):
        text = self.metrics()
        lines = [json.loads(line) for line in self.gateway.ask("metrics", "--format", "json").splitlines()]
        self.assertEqual([line["name"] for line in lines], list(text))
        self.assertEqual([line["type"] for line in lines], [family.type for family in text.values()])
        refused = self.gateway.run("metrics", "--format", "xml")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("text (Prometheus) or json", refused.stderr)

    def test_collectors_ask_by_http(self):
        with socket.socket(socket.AF_UNIX) as collector:
            collector.settimeout(client.TIMEOUT)
            collector.connect(str(self.gateway.state / "control.sock"))
            collector.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = b"".join(iter(lambda: collector.recv(65536), b""))
        head, _, body = answer.partition(b"\r\n\r\n")
        self.assertIn(b"HTTP/1.1 200 OK", head)
        self.assertEqual(int(re.search(rb"Content-Length: (\d+)", head).group(1)), len(body))
        self.assertIn("citygate_build_info", prometheus_text.read(body.decode("utf-8")))

    def test_nobody_is_named(self):
        self.browse(GAMBLING)
        text = self.gateway.ask("metrics")
        for name in (GAMBLING, "gambling", "carl.clerk", city.CLERK, WORK):
            self.assertNotIn(name, text)

    def test_the_page_is_what_the_binary_says(self):
        lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
        written = [line for line in lines if line.startswith("| ")]
        wanted = table(self.metrics())
        self.assertEqual(written, wanted, f"{DOCUMENT} is behind; its table should be\n" + "\n".join(wanted))

    def test_nothing_is_told_of_a_gateway_that_does_not_run(self):
        self.gateway.stop()
        asked = self.gateway.run("metrics")
        self.assertEqual(asked.returncode, 1)
        self.assertIn("no gateway runs", asked.stderr)


def print_table():
    running = with_sources(gateway.Gateway(hosts={WORK: "127.0.0.1"}, lists='sources = "sources.toml"'), "own").start()
    try:
        print("\n".join(table(prometheus_text.read(running.ask("metrics")))))
    finally:
        running.close()


if __name__ == "__main__":
    if "--table" in sys.argv:
        print_table()
    else:
        case.main()
