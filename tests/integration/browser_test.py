"""Headless Chromium in front of the gateway: what a person at a desk sees."""
import shutil
import subprocess
import tempfile

import case
import origin

PAGE = b"<!doctype html><html><head><title>Council</title></head><body><p id=\"m\">Minutes of the council</p></body></html>"
# None of them is on the browser's list of names that it asks by HTTPS only.
HOSTS = ("www.pokerstars.com", "deep.sub.pokerstars.com", "www.latimes.com", "intranet.testville.example")
# The browser calls home whatever it is told; those names get an answer instead of a query.
HOME = ("*.google.com", "*.googleapis.com", "*.gvt1.com", "*.gstatic.com", "google.com")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--disable-extensions",
         "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,OptimizationHints,MediaRouter",
         "--disable-dev-shm-usage", "--proxy-bypass-list=<-loopback>", "--virtual-time-budget=8000", "--timeout=20000"]


def dom(proxy_port, url):
    """The page as the browser understood it."""
    profile = tempfile.mkdtemp(prefix="citygate-chromium-")
    try:
        result = subprocess.run(
            ["chromium", *FLAGS, f"--user-data-dir={profile}", f"--proxy-server=http://127.0.0.1:{proxy_port}",
             "--dump-dom", url],
            capture_output=True, text=True, timeout=90, stdin=subprocess.DEVNULL, check=False)
    finally:
        shutil.rmtree(profile, ignore_errors=True)
    return result.stdout


class Browser(case.Case):
    def setUp(self):
        case.tool("chromium")
        self.origin = self.keep(origin.HttpOrigin({"/": origin.reply(PAGE), "/minutes/": origin.reply(PAGE)}))
        self.start(hosts={name: "127.0.0.1" for name in (*HOSTS, *HOME)})

    def dom(self, host, path="/"):
        return dom(self.gateway.port, f"http://{host}:{self.origin.port}{path}")

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
