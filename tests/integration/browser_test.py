"""Headless Chromium in front of the gateway: what a person at a desk sees."""
import browser
import case
import origin

# None of them is on the browser's list of names that it asks by HTTPS only.
HOSTS = ("www.pokerstars.com", "deep.sub.pokerstars.com", "www.latimes.com", "intranet.testville.example")


class Browser(case.Case):
    def setUp(self):
        case.tool("chromium")
        self.origin = self.keep(origin.HttpOrigin({"/": origin.reply(browser.PAGE), "/minutes/": origin.reply(browser.PAGE)}))
        self.start(hosts={name: "127.0.0.1" for name in (*HOSTS, *browser.HOME)})

    def dom(self, host, path="/"):
        return browser.dom(f"http://{host}:{self.origin.port}{path}", f"--proxy-server=http://127.0.0.1:{self.gateway.port}")

    def test_work_page_arrives(self):
        self.assertIn("Minutes of the council", self.dom("intranet.testville.example", "/minutes/"))
        self.assertEqual(len(self.origin.seen("/minutes/")), 1)

    def test_gambling_is_refused_with_the_page(self):
        for host, path in ((HOSTS[0], "/"), (HOSTS[1], "/"), (HOSTS[0], "/a/deep/one")):
            page = self.dom(host, path)
            self.assertIn("Gambling sites are prohibited", page)
            self.assertIn("S1(h)", page)
            self.assertIn("IT help desk", page)
        self.assertEqual([request for request in self.origin.requests if "poker" in "".join(request.values("host"))], [])

    def test_news_is_metered_then_refused(self):
        for minute in (0, 2, 4):
            if minute:
                self.gateway.advance("2min")
            self.assertIn("Minutes of the council", self.dom("www.latimes.com"), f"at minute {minute}")
            self.gateway.search()
        self.gateway.advance("1min")
        page = self.dom("www.latimes.com")
        self.assertIn("News in moderation", page)
        self.assertIn("2026-11-24", page)
        self.gateway.advance("10min")
        rows = [row for row in self.gateway.report("clerk", "2026-11-23")["rows"] if row["category"] == "news"]
        self.assertEqual(rows[0]["attended_ms"], 5 * 60_000)
        self.assertEqual(rows[0]["blocked_attempts"], 1)


if __name__ == "__main__":
    case.main()
