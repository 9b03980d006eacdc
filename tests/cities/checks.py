"""What must come of it: open, refused in words, reminded, led to the portal, cut, kept."""
import datetime
import hashlib
import html
import json
import re

import pack_files
import client
import portal
from pack_files import UNLISTED


class Checks:
    """For PackCase, beside Deeds."""

    def assert_open(self, person, host, path="/"):
        answer = self.browse(person, host, path)
        self.assertEqual(answer.status, 200, f"{person} at {host}: {answer.body.decode('utf-8', 'replace')[:2000]}")
        return answer

    def assert_refused(self, person, host, *words, path="/", status=403):
        """Refused, with a page that says so in these words; nothing of it reached the web."""
        before = len(self.web.asked(host))
        answer = self.browse(person, host, path)
        page = answer.body.decode("utf-8", "replace")
        self.assertEqual(answer.status, status, f"{person} at {host}: {page[:2000]}")
        for word in words:
            self.assertIn(word, page)
        self.assertEqual(len(self.web.asked(host)), before)
        return page

    def assert_warned(self, person, host, *words):
        """A page that reminds; the person may go on, and the next page comes."""
        page = self.assert_refused(person, host, *words)
        self.assertEqual(self.go_on(person, page).status, 303)
        self.assertEqual(self.browse(person, host).status, 200, "once a day is enough")
        return page

    def go_on(self, person, page):
        """Follows the link of a page that warns."""
        link, = re.findall(r'href="(http://[^"]*citygate-continue=[^"]*)"', page)
        with client.Client(self.city.port, self.desks[person]) as made:
            return made.browse(html.unescape(link))

    def assert_always_prohibited(self, person, category, *words):
        """Refused in office hours, at lunch, in the evening and on Saturday, and each time kept as an attempt."""
        saturday = self.day + datetime.timedelta(days=5 - self.day.weekday())
        times = [(self.day, clock) for clock in ("09:00", "12:30", "20:00")] + [(saturday, "12:30")]
        for day, clock in times:
            self.city.set_clock(self.moment(day, clock).isoformat())
            self.assert_refused(person, f"{category}.test", "prohibited at all times", *words)
        type(self).day = max(saturday, self.day)
        kept = self.search(person, "--host", f"{category}.test", "--from", times[0][0].isoformat())
        self.assertEqual([(row["reason"], row["decisive"], row["attempt"]) for row in kept[-len(times):]],
                         [("prohibited", category, True)] * len(times))

    def assert_asked_first(self, person):
        """Nothing of the web before the text is signed: pages lead to the portal, tunnels are refused with its address."""
        portal_url = self.facts()["portal"].strip()
        answer = self.browse(person, UNLISTED, "/minutes?page=2")
        self.assertEqual(answer.status, 302)
        self.assertTrue(answer.value("Location").startswith(portal_url + "?to="), answer.value("Location"))
        made, answer = self.tunnel(person, UNLISTED)
        self.assertEqual(answer.status, 403)
        self.assertEqual(answer.value("Link"), f'<{portal_url}>; rel="help"')
        self.assertEqual(self.last(person, UNLISTED)["reason"], "not-acknowledged")

    def portal_of(self, person):
        """The browser of a person at the desk, who is known there by the address."""
        port = int(self.facts()["portal"].strip().rstrip("/").rpartition(":")[2])
        return portal.Browser(port, source=self.desks[person])

    def receipts(self, person):
        return [json.loads(line) for line in self.city.ask("access", "receipt", person, "--json").splitlines()]

    def assert_receipt(self, person, *words, method="signed on paper"):
        """The receipt holds the very text, whose hash it names, and says when and how."""
        receipt = self.receipts(person)[-1]
        self.assertEqual(receipt["sha256"], hashlib.sha256(receipt["text"].encode()).hexdigest())
        for word in words:
            self.assertIn(word, receipt["text"])
        self.assertEqual((receipt["person"], receipt["method"]), (person, method))
        self.assertTrue(receipt["chain"])
        return receipt

    def acts(self, *conditions):
        return [json.loads(line) for line in self.city.ask("acts", "list", *conditions, "--json").splitlines()]

    def assert_two_machines_show(self, person):
        """One name signed in at two machines at once is kept as an event, with the machine that came second."""
        for source in ("127.0.0.98", "127.0.0.99"):
            self.from_own_device(person, UNLISTED, source)
        found = self.search(person, "--elsewhere", "--from", self.date)
        self.assertEqual([(row["person"], row["client"]) for row in found], [(person, "127.0.0.99")])

    def assert_tunnel_refused(self, person, host, *words, port=443):
        made, answer = self.tunnel(person, host, port)
        self.assertEqual(answer.status, 403)
        for word in words:
            self.assertIn(word, answer.body.decode("utf-8"))
        self.assertEqual(self.web.asked(host), [])
        return made
