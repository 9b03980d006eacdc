"""Search engines are reached by the name under which they offer safe results; to its client each stays what it was."""
import case
import city
import client
import hello_test
import origin
from hello_test import ACCESS_DENIED, hello

GOOGLE, SAFE_GOOGLE = "www.google.com", "forcesafesearch.google.com"
YOUTUBE, SAFE_YOUTUBE, STRICT_YOUTUBE = "www.youtube.com", "restrictmoderate.youtube.com", "restrict.youtube.com"
NO_DNS = '[dns]\nservers = ["127.0.0.1:1"]\ntimeout = "200ms"\n'  # only [hosts] knows names
NOT_FOUND = (502, 504)
POLICY = city.POLICY + """
[safe_search]
engines = ["google", "bing", "youtube-moderate"]

[[department]]
name = "library"
[department.safe_search]
engines = ["youtube-strict"]
"""


class Direct(case.Case):
    def setUp(self):
        # Only the safe names have addresses: what is looked up by another one is not found.
        self.web = self.keep(origin.HttpOrigin())
        self.start(policy=POLICY, workers=1, settings=NO_DNS, hosts={SAFE_GOOGLE: "127.0.0.1", SAFE_YOUTUBE: "127.0.0.1",
                                                                     STRICT_YOUTUBE: "127.0.0.1", "www.bing.com": "127.0.0.1"})

    def get(self, host, path, *fields, source=city.CLERK):
        answer = client.get(self.gateway.port, f"http://{host}:{self.web.port}{path}", *fields, source=source)
        self.assertEqual(answer.status, 200, answer.body)
        return self.web.seen(path)[-1]

    def test_a_plain_request_keeps_its_name(self):
        request = self.get(GOOGLE, "/search?q=owls&safe=off")
        self.assertEqual(request.values("host"), [f"{GOOGLE}:{self.web.port}"])
        row = self.gateway.search("--host", GOOGLE)[-1]
        self.assertEqual((row["outcome"], row["host"]), ("completed", GOOGLE))
        for what in (row["id"], f"http://{GOOGLE}/"):
            user = () if what == row["id"] else ("--user", "carl.clerk")
            self.assertIn("reached as", self.gateway.ask("explain", what, *user))
            self.assertIn(SAFE_GOOGLE, self.gateway.ask("explain", what, *user))
        self.assertEqual(self.counter("safe_names_total"), 1)

    def test_all_sites_of_an_engine_share_the_connections_to_it(self):
        with client.Client(self.gateway.port, city.CLERK) as browser:
            for host in (GOOGLE, "www.google.de", "www.google.co.uk"):
                self.assertEqual(browser.get(f"http://{host}:{self.web.port}/{host}").status, 200)
        self.assertEqual(self.web.connections, 1)
        self.assertEqual(self.web.seen("/www.google.de")[0].values("host"), [f"www.google.de:{self.web.port}"])

    def test_a_tunnel_leads_to_the_safe_name(self):
        echo = self.keep(hello_test.EchoingOrigin())
        with client.Client(self.gateway.port, city.CLERK) as made:
            self.assertEqual(made.connect(f"www.google.fr:{echo.port}").status, 200)
            data = hello("www.google.fr")
            self.assert_bytes(made.send(data).stream.exactly(len(data)), data)
        self.assertEqual(self.counter("safe_names_total"), 1)

    def test_youtube_is_told_how_much_to_restrict(self):
        request = self.get(YOUTUBE, "/watch", "YouTube-Restrict: none", "youtube-restrict: Moderate")
        self.assertEqual(request.values("youtube-restrict"), ["Moderate"])
        self.assertEqual(self.get(GOOGLE, "/", "YouTube-Restrict: none").values("youtube-restrict"), ["none"])

    def test_a_department_may_want_more(self):
        request = self.get(YOUTUBE, "/kiosk", source=city.KIOSK)
        self.assertEqual(request.values("youtube-restrict"), ["Strict"])
        self.assertIn(STRICT_YOUTUBE, self.gateway.ask("explain", f"http://{YOUTUBE}/", "--user", "library-kiosk"))
        self.assertIn(SAFE_YOUTUBE, self.gateway.ask("explain", f"http://{YOUTUBE}/", "--user", "carl.clerk"))
        self.assertIn(SAFE_GOOGLE, self.gateway.ask("explain", f"http://{GOOGLE}/", "--user", "library-kiosk"))

    def test_the_hosts_table_wins(self):
        self.get("www.bing.com", "/")
        self.assertEqual(self.counter("safe_names_total"), 0)
        self.assertNotIn("reached as", self.gateway.ask("explain", "http://www.bing.com/", "--user", "carl.clerk"))

    def test_other_names_are_left_alone(self):
        for host in ("www.google.test", "www.google.com.evil.test", "google.de.test"):
            answer = client.get(self.gateway.port, f"http://{host}:{self.web.port}/", source=city.CLERK)
            self.assertIn(answer.status, NOT_FOUND)
        self.assertEqual((self.web.connections, self.counter("safe_names_total")), (0, 0))


class Changed(case.Case):
    def test_from_the_next_connection_on(self):
        web = self.keep(origin.HttpOrigin())
        self.start(policy=city.POLICY, workers=1, settings=NO_DNS, hosts={SAFE_GOOGLE: "127.0.0.1"})
        with client.Client(self.gateway.port, city.CLERK) as browser:
            self.assertIn(browser.get(f"http://{GOOGLE}:{web.port}/").status, NOT_FOUND)
            self.gateway.write("policy.toml", POLICY)
            self.gateway.ask("reload")
            self.assertEqual(browser.get(f"http://{GOOGLE}:{web.port}/").status, 200)


class ThroughAParent(hello_test.WithParent):
    """It looks the names up itself, so it is told the safe one."""
    policy = POLICY

    def test_a_tunnel(self):
        made = self.tunnel("www.google.de")
        self.assert_passes(made, hello("www.google.de"))
        self.assertEqual([(one.target, one.values("host")) for one in self.parent.requests],
                         [(f"{SAFE_GOOGLE}:443", [f"{SAFE_GOOGLE}:443"])])

    def test_a_plain_request(self):
        self.parent.answer = origin.reply(b"from the parent")
        self.assertEqual(client.get(self.gateway.port, f"http://{YOUTUBE}/watch?v=1", source=city.CLERK).status, 200)
        request = self.parent.requests[0]
        self.assertEqual(request.target, f"http://{SAFE_YOUTUBE}/watch?v=1")
        self.assertEqual(request.values("youtube-restrict"), ["Moderate"])

    def test_an_engine_behind_the_name_of_another_site(self):
        """Many front ends serve whatever name the hello says."""
        made = self.tunnel("mail.google.com").send(hello(GOOGLE))
        self.assertEqual(made.rest(), ACCESS_DENIED)
        row = self.record("mail.google.com")
        self.assertEqual((row["outcome"], row["stage"], row["reason"]), ("refused", "hello", "circumvention"))
        self.assertEqual(self.parent.heard, b"")

    def test_what_is_refused_behind_another_name_is_recorded_as_what_it_is(self):
        """Not as the site whose name let the tunnel through."""
        self.assertEqual(self.tunnel("mail.google.com").send(hello(GOOGLE)).rest(), ACCESS_DENIED)
        row = self.record("mail.google.com")
        self.assertEqual(row["decisive"], "search")
        self.assertIn("search", row["evidence"]["source"] + self.gateway.ask("explain", row["id"]))
        self.assertIn("google.com", self.gateway.ask("explain", row["id"]).split("found in")[1])

    def test_two_names_of_one_engine(self):
        self.assert_passes(self.tunnel(YOUTUBE), hello("m.youtube.com"))


if __name__ == "__main__":
    case.main()
