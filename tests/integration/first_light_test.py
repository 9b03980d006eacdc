"""One city, its people and their requests: what is served, refused, metered, cut off, sealed and reported."""
import subprocess
import threading

import case
import city
import client
import origin

DAY = "2026-11-23"
GAMBLING = ("www.pokerstars.com", "deep.sub.pokerstars.com")
NEWS = "www.bbc.com"
VIDEO = "www.youtube.com"
WORK = "intranet.testville.example"
PAGE = b"<!doctype html><title>Council minutes</title>" + bytes(range(256)) * 40


class FirstLight(case.Case):
    def setUp(self):
        self.origin = self.keep(origin.HttpOrigin({
            "/minutes.html": origin.reply(PAGE),
            "/film.mp4": origin.endless(10_000_000),
        }))
        self.start(hosts={name: "127.0.0.1" for name in (*GAMBLING, NEWS, VIDEO, WORK, "files.testville.example")})

    def url(self, host, path="/"):
        return f"http://{host}:{self.origin.port}{path}"

    def browse(self, host, path="/", source=city.CLERK):
        return client.browse(self.gateway.port, self.url(host, path), source)

    def row(self, department, category):
        rows = [row for row in self.gateway.report(department, DAY)["rows"] if row["category"] == category]
        self.assertLessEqual(len(rows), 1)
        return rows[0] if rows else None

    def streamed(self, department):
        """Streaming bytes of the day; the rows must add up to the total."""
        report = self.gateway.report(department, DAY)
        self.assertEqual(sum(row["streaming_bytes"] for row in report["rows"]), report["total"]["streaming_bytes"])
        return report["total"]["streaming_bytes"]

    def curl(self, url, *arguments):
        return subprocess.run([case.tool("curl"), "-sS", "--max-time", "20", "--interface", city.CLERK,
                               "-x", f"http://127.0.0.1:{self.gateway.port}", *arguments, url],
                              capture_output=True, check=False)

    def test_curl_gets_a_work_page_byte_for_byte(self):
        self.assert_bytes(self.curl(self.url(WORK, "/minutes.html")).stdout, PAGE)
        row = self.row("clerk", "uncategorised")
        self.assertEqual((row["people"], row["requests"], row["to_client_bytes"], row["blocked_attempts"]),
                         (1, 1, len(PAGE), 0))

    def test_curl_is_refused_gambling_with_reasons(self):
        urls = [self.url(GAMBLING[0]), self.url(GAMBLING[1]), self.url(GAMBLING[0], "/tables/holdem/7?seat=2")]
        for url in urls:
            answer = self.curl(url, "-i").stdout.decode("utf-8")
            head, _, page = answer.partition("\r\n\r\n")
            self.assertIn(" 403 ", head.split("\r\n")[0])
            self.assertIn("Gambling sites are prohibited", page)
            self.assertIn("S1(h)", page)
            self.assertIn("pokerstars.com", page)
            self.assertRegex(page, r"line\s+\d+")
            self.assertIn("IT help desk, 555-0100", page)
            self.assertNotRegex(page, r"(?i)<(script|img|link)\b|https?://(?!www\.pokerstars|deep)")
        self.assertEqual(self.origin.requests, [])

    def test_refused_tunnel_says_why_in_body_and_proxy_status(self):
        with client.Client(self.gateway.port, city.CLERK) as browser:
            answer = browser.connect(f"{GAMBLING[0]}:{self.origin.port}")
        self.assertEqual(answer.status, 403)
        self.assertIn(b"Gambling sites are prohibited", answer.body)
        self.assertRegex(answer.value("Proxy-Status") or "", r"citygate.*error=")
        self.assertEqual(self.origin.connections, 0)

    def test_refused_pages_are_attempts_in_the_report(self):
        for _ in range(3):
            self.assertEqual(self.browse(GAMBLING[0]).status, 403)
        row = self.row("clerk", "gambling")
        self.assertEqual((row["requests"], row["blocked_attempts"], row["people"]), (3, 3, 1))

    def test_news_is_allowed_until_its_minutes_are_used_up(self):
        for minute in (0, 2, 4):
            if minute:
                self.gateway.advance("2min")
            self.assertEqual(self.browse(NEWS).status, 200, f"at minute {minute}")
            self.gateway.search()  # everything so far is in the ledger
        self.gateway.advance("59s")
        self.assertEqual(self.browse(NEWS, "/style.css", city.MAYOR).status, 200, "another person has minutes left")
        self.gateway.advance("1s")
        answer = self.browse(NEWS)
        self.assertEqual(answer.status, 403)
        page = answer.body.decode("utf-8")
        self.assertIn("News in moderation", page)
        self.assertIn("5.0 of 5.0 minutes", page)
        self.assertIn("2026-11-24", page)
        self.gateway.advance("10min")
        row = self.row("clerk", "news")
        mine = [record for record in self.gateway.search("--user", "carl.clerk") if record["host"] == NEWS]
        self.assertEqual([record["reason"] for record in mine],
                         ["within-quota", "within-quota", "within-quota", "minutes-used-up"])
        self.assertEqual(row["requests"], 5)
        self.assertEqual(row["blocked_attempts"], 1)
        self.assertEqual(row["attended_ms"], 5 * 60_000 + 60_000)  # mine, and one action of the mayor's
        self.gateway.set_clock("2026-11-24T00:00:01-06:00")
        self.assertEqual(self.browse(NEWS).status, 200, "a new day refills")

    def download(self, host, source):
        with client.Client(self.gateway.port, source) as player:
            return player.get(self.url(host, "/film.mp4"))

    def test_streaming_ends_at_the_quota_to_the_byte(self):
        film = self.download(VIDEO, city.CLERK)
        self.assertEqual(film.status, 200)
        self.assertFalse(film.complete)
        self.assertEqual(len(film.body), 3_000_000)
        self.assertEqual(self.streamed("clerk"), 3_000_000)
        again = self.browse(VIDEO, "/film.mp4")
        self.assertEqual(again.status, 403)
        self.assertIn(b"Streaming", again.body)
        self.assertEqual(self.download(VIDEO, city.MAYOR).status, 200, "the quota is one person's")

    def test_two_downloads_on_two_workers_share_the_quota_to_the_byte(self):
        films = []
        players = [threading.Thread(target=lambda: films.append(self.download(VIDEO, city.PATROL))) for _ in range(2)]
        for player in players:
            player.start()
        for player in players:
            player.join()
        self.assertEqual(len(films), 2)
        self.assertEqual(sum(len(film.body) for film in films if film.status == 200), 3_000_000)
        self.assertEqual(self.streamed("police"), 3_000_000)

    def test_media_from_an_unlisted_host_is_streaming_too(self):
        film = self.download("files.testville.example", city.KIOSK)
        self.assertEqual(len(film.body), 3_000_000)
        self.assertEqual(self.streamed("library"), 3_000_000)

    def test_sealed_grant_serves_one_officer_and_shows_a_bare_number(self):
        self.assertEqual(self.browse(GAMBLING[0], "/minutes.html", city.DETECTIVE).body, PAGE)
        self.assertEqual(self.browse(GAMBLING[0], "/minutes.html", city.PATROL).status, 403)
        report = self.gateway.report("police", DAY)
        self.assertEqual(report["sealed_exchanges"], 1)
        self.assertEqual(report["total"]["requests"], 1, "the colleague's alone")
        self.assertEqual(report["total"]["people"], 1)
        self.assertEqual([row["category"] for row in report["rows"]], ["gambling"])
        found = self.gateway.search()
        self.assertEqual([record["person"] for record in found], ["pat.patrol"])
        self.assertEqual(self.gateway.search("--user", "dora.detective"), [])
        for form in ("table", "csv", "json"):
            text = self.gateway.ask("report", "--department", "police", "--from", DAY, "--to", DAY, "--format", form)
            self.assertNotIn("dora", text)

    def test_grant_ends_on_its_day(self):
        self.gateway.set_clock("2026-12-31T00:00:00-06:00")
        self.assertEqual(self.browse(GAMBLING[0], source=city.DETECTIVE).status, 403)

    def test_explain_says_verdict_rule_and_line(self):
        text = self.gateway.ask("explain", "--user", "carl.clerk", f"http://{GAMBLING[0]}/")
        for word in ("refuse", "no-gambling", "S1(h)", "gambling"):
            self.assertIn(word, text)
        self.assertRegex(text, r"line\s+\d+|:\d+")
        self.browse(GAMBLING[0])
        record = self.gateway.search("--user", "carl.clerk")[-1]
        self.assertIn("no-gambling", self.gateway.ask("explain", record["id"]))

    def test_usage_survives_a_restart(self):
        self.assertEqual(len(self.download(VIDEO, city.CLERK).body), 3_000_000)
        self.gateway.stop()
        self.gateway.start()
        self.assertEqual(self.browse(VIDEO, "/film.mp4").status, 403)
        self.assertEqual(self.streamed("clerk"), 3_000_000)


if __name__ == "__main__":
    case.main()
