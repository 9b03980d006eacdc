"""SIGHUP and `citygate reload`: configuration, policy and lists are taken up between two events; no request notices."""
import re
import signal
import socket
import threading

import case
import city
import client
import gateway
import origin

WORK = "intranet.testville.example"
NEWS = "www.news.example"
HOSTS = {WORK: "127.0.0.1", NEWS: "127.0.0.1"}
CLOSED = city.POLICY.replace('action = "personal"\nquota = "personal-time"', 'action = "block"')


class Reload(case.Case):
    def setUp(self):
        self.origin = self.keep(origin.HttpOrigin())
        self.start(hosts=HOSTS)
        self.gateway.import_list(self.gateway.write("news.txt", NEWS + "\n"), name="news", category="news")

    def client(self, source=city.CLERK):
        made = client.Client(self.gateway.port, source)
        self.addCleanup(made.sock.close)
        return made

    def url(self, host, path="/"):
        return f"http://{host}:{self.origin.port}{path}"

    def configure(self, *, hosts=None, settings=""):
        self.gateway.write("citygate.toml", city.config(
            directory=self.gateway.directory, root=gateway.ROOT, workers=2, settings=settings, hosts=hosts or HOSTS))

    def workers(self):
        """What each worker runs, once all run what is in force."""
        def settled():
            text = self.gateway.ask("status")
            current = re.search(r"^generation +(\S.*)$", text, re.M).group(1)
            running = re.findall(r"^worker_\d+ +generation (\S.*)$", text, re.M)
            return running if len(running) == 2 and set(running) == {current} else None
        return gateway.wait_until(settled, "both workers to run one generation")

    def test_a_kept_alive_connection_meets_the_new_policy(self):
        browser = self.client()
        self.assertEqual(browser.get(self.url(NEWS)).status, 200)
        before = self.workers()
        self.gateway.write("policy.toml", CLOSED)
        self.gateway.ask("reload")
        after = self.workers()
        self.assertNotEqual(before[0], after[0])
        self.assertEqual(browser.get(self.url(NEWS)).status, 403)
        self.assertEqual(browser.get(self.url(WORK)).status, 200)

    def test_every_tunnel_meets_the_new_policy_however_many_there_are(self):
        """Workers decide about so many tunnels a turn: those beyond the first turn are not to be forgotten."""
        count = 900
        with socket.create_server(("127.0.0.1", 0), backlog=count) as far:  # the kernel answers for it
            tunnels = [self.client() for _ in range(count)]
            for tunnel in tunnels:
                self.assertEqual(tunnel.connect(f"{NEWS}:{far.getsockname()[1]}").status, 200)
            kept = self.client()
            self.assertEqual(kept.connect(f"{WORK}:{far.getsockname()[1]}").status, 200)
            self.gateway.write("policy.toml", CLOSED)
            self.gateway.ask("reload")
            for tunnel in tunnels:
                self.assertTrue(tunnel.closed())
            records = gateway.wait_until(lambda: found if len(found := self.gateway.search("--host", NEWS)) == count
                                         else None, "the records of all tunnels")
            self.assertEqual({record["outcome"] for record in records}, {"cut"})
            self.assertEqual(self.counter("tunnels_open"), 1)

    def test_settings_of_the_data_path_are_taken_up(self):
        other = self.keep(origin.HttpOrigin({"/": origin.reply(b"other\n")}))
        browser = self.client()
        self.assertEqual(browser.get(self.url(WORK)).status, 200)
        name = "late.testville.example"
        self.assertEqual(browser.get(f"http://{name}:{other.port}/").status, 502)
        self.configure(hosts={**HOSTS, name: "127.0.0.1"},
                       settings='[proxy]\nname = "renamed"\nheader_timeout = "50ms"\ntarget_bytes = 300\n')
        changed = self.gateway.ask("reload")
        for key in ("hosts", "proxy.name", "proxy.header_timeout", "proxy.target_bytes"):
            self.assertRegex(changed, f"(?m)^{key}: taken up$")
        # The very connection that was open before.
        answer = browser.get(f"http://{name}:{other.port}/")
        self.assertEqual((answer.status, answer.body), (200, b"other\n"))
        self.assertIn("renamed", answer.value("Via"))
        slow = self.client().send("GET / HT")
        self.assertEqual(slow.read().status, 408)
        self.assertEqual(self.client().get(self.url(WORK, "/" + "x" * 400)).status, 414)

    def test_an_error_changes_nothing_and_is_named_by_file_and_line(self):
        before = self.workers()
        self.configure(settings='[proxy]\nname = "renamed"\nheader_timeuot = "50ms"\n')
        self.gateway.write("policy.toml", CLOSED)
        wrong = self.gateway.run("reload")
        self.assertEqual(wrong.returncode, 1)
        self.assertRegex(wrong.stderr, r"citygate\.toml:\d+: .*header_timeuot.*header_timeout")
        self.configure(settings='[proxy]\nname = "renamed"\n')
        self.gateway.write("policy.toml", CLOSED.replace('"gambling"', '"gamblign"', 1))
        wrong = self.gateway.run("reload")
        self.assertRegex(wrong.stderr, r"policy\.toml:\d+: .*gamblign.*gambling")
        self.assertEqual(self.workers(), before)
        answer = self.client().get(self.url(NEWS))
        self.assertEqual(answer.status, 200)
        self.assertNotIn("renamed", answer.value("Via"))

    def test_what_needs_a_restart_is_said_and_left(self):
        self.gateway.write("citygate.toml", city.config(
            directory=self.gateway.directory, root=gateway.ROOT, workers=1, settings="", hosts=HOSTS))
        self.assertIn("gateway.workers: waits for `citygate upgrade` or a restart", self.gateway.ask("reload"))
        self.assertEqual(len(self.workers()), 2)
        # It is still waiting at the next one.
        self.assertIn("gateway.workers: waits for `citygate upgrade` or a restart", self.gateway.ask("reload"))

    def test_a_file_that_was_cut_short_is_noticed(self):
        rules = city.POLICY.index("[[rule]]")
        self.gateway.write("policy.toml", city.POLICY[:city.POLICY.index("[[rule]]", rules + 1)])
        self.assertIn("policy: 1 rules, had 3", self.gateway.ask("reload"))
        self.assertRegex(self.gateway.log(), "cut short.*1 rules, had 3")

    def test_reloads_that_meet_queue_and_lose_no_request(self):
        stop, failures, done = threading.Event(), [], []

        def browse(source):
            made = client.Client(self.gateway.port, source)
            while not stop.is_set():
                answer = made.get(self.url(WORK))
                if answer.status != 200 or answer.value("Connection") == "close":
                    failures.append(answer)
                    return
                done.append(source)
            made.sock.close()

        threads = [threading.Thread(target=browse, args=(source,)) for source in (city.MAYOR, city.CLERK, city.PATROL)]
        for thread in threads:
            thread.start()
        first = self.workers()[0]
        reloads = [threading.Thread(target=self.gateway.ask, args=("reload",)) for _ in range(4)]
        for thread in reloads:
            thread.start()
        for _ in range(5):
            self.gateway.process.send_signal(signal.SIGHUP)
        for thread in reloads:
            thread.join()
        count = len(done)
        gateway.wait_until(lambda: len(done) > count + 20 or failures, "requests after the reloads")
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertGreaterEqual(int(self.workers()[0].split(":")[0]), int(first.split(":")[0]) + 4)
        self.assertEqual(len(self.gateway.search("--host", WORK)), len(done))


if __name__ == "__main__":
    case.main()
