"""All of a real, large list in the format that cities use: imported, summed up by category, every unread line accounted for."""
import re

import case
import client
import origin


def number(text):
    return int(text.replace(",", ""))


class Ut1Import(case.Case):
    def test_whole_tarball(self):
        web = self.keep(origin.HttpOrigin())
        made = self.make(hosts={"casinobonus.fun": "127.0.0.1"}).start()
        summary = made.import_list(case.data("lists/ut1.tar.zst"), name="ut1")
        files, lines, entries, duplicates = (number(text) for text in re.search(
            r"read +([\d,]+) files, ([\d,]+) lines, ([\d,]+) entries, ([\d,]+) duplicates", summary).groups())
        self.assertGreater(files, 100)
        self.assertGreater(entries, 800_000)
        hosts = {name: number(count) for name, count in re.findall(r"(?m)^([a-z0-9-]+) +([\d,]+) +[\d,]+ *$", summary)}
        self.assertGreaterEqual(hosts["gambling"], 30_000)
        for category in ("malware", "phishing", "dating", "games", "news"):
            self.assertGreater(hosts[category], 100, category)
        # Lines that were not understood: by reason, with where they stand.
        reasons = re.findall(r"(?m)^  ([\d,]+) lines?: (.+)$", summary)
        self.assertTrue(reasons, summary)
        self.assertEqual(len({reason for _, reason in reasons}), len(reasons))
        self.assertRegex(summary, r"(?m)^    \S+:\d+: ")
        skipped = sum(number(count) for count, _ in reasons)
        # An entry with a query is kept in two spellings; of half a thousand lines or less here.
        self.assertIn(entries + duplicates + skipped - lines, range(500), "every line is an entry, a duplicate or explained")
        found = made.ask("lists", "lookup", "www.casinobonus.fun")
        self.assertRegex(found, r"gambling: ut1 .*gambling/domains:\d+: casinobonus\.fun")
        self.assertEqual(client.get(made.port, f"http://casinobonus.fun:{web.port}/").status, 403)
        self.assertIn("unchanged", made.import_list(case.data("lists/ut1.tar.zst"), name="ut1"))
        made.stop()
        made.start()
        self.assertEqual(client.get(made.port, f"http://casinobonus.fun:{web.port}/").status, 403)


if __name__ == "__main__":
    case.main()
