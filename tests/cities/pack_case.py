"""A city's pack as it is shipped, in the real daemon: its people at their desks, one host for each kind of site.

Every category of the taxonomy has a host of its own, `gambling.test` for gambling; no list knows `work.test`. The pack and
its people are read from conf/packs, unchanged. One gateway serves a whole class; each test begins on a working day of its
own, at noon unless it says otherwise, so that no test sees what another has used up.
"""
import datetime
import html
import json
import pathlib
import re
import shutil
import sys
import tempfile
import tomllib
import zoneinfo

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/integration"))

import case  # noqa: E402
import client  # noqa: E402
import gateway  # noqa: E402
from hello_test import hello  # noqa: E402
from web import Web  # noqa: E402

PACKS = ROOT / "conf/packs"
MONDAY = datetime.date(2026, 6, 1)
UNLISTED = "work.test"


def pack(name):
    return (PACKS / f"{name}.toml").read_text(encoding="utf-8")


def people():
    return (PACKS / "people.toml").read_text(encoding="utf-8")


def desks():
    """Everybody's address."""
    known = tomllib.loads(people())
    return {each["name"]: each["addresses"][0].split("/")[0] for each in known["person"] + known["device"]}


def taxonomy():
    return [each["name"] for each in tomllib.loads((ROOT / "conf/taxonomy.toml").read_text("utf-8"))["category"]]


def write_lists(folder):
    """One small list per category, each with one host."""
    folder.mkdir()
    for name in taxonomy():
        (folder / f"{name}.txt").write_text(f"{name}.test\n", encoding="utf-8")
    return folder


class PackCase(case.Case):
    """Subclasses name their PACK."""
    PACK = None
    EXTRA = ""  # text behind the pack's, for what a city says of its own
    SETTINGS = ""  # further tables of citygate.toml
    FIRST = MONDAY

    @classmethod
    def setUpClass(cls):
        if cls.PACK is None:
            return
        cls.policy = pack(cls.PACK)
        cls.zone = zoneinfo.ZoneInfo(tomllib.loads(cls.policy)["city"]["time_zone"])
        cls.desks = desks()
        cls.web = Web()
        cls.addClassCleanup(cls.web.close)
        cls.day = cls.FIRST
        cls.city = gateway.Gateway(
            policy=cls.policy + cls.EXTRA, people=people(), clock=cls.moment(cls.day, "08:30").isoformat(),
            settings=f'[parents]\nweb = "127.0.0.1:{cls.web.port}"\n[routes]\ndefault = "web"\n{cls.SETTINGS}')
        cls.addClassCleanup(cls.city.close)
        cls.use_lists()
        cls.city.start()
        cls.prepare()

    @classmethod
    def use_lists(cls):
        lists = write_lists(pathlib.Path(tempfile.mkdtemp(prefix="citygate-lists-")) / "lists")
        cls.addClassCleanup(shutil.rmtree, lists.parent, ignore_errors=True)
        text = cls.city.config.read_text(encoding="utf-8")
        starter = f'starter = "{ROOT}/categories/lists"'
        assert starter in text
        cls.city.config.write_text(text.replace(starter, f'starter = "{lists}"'), encoding="utf-8")

    @classmethod
    def prepare(cls):
        """What has to be done before anybody may browse."""

    @classmethod
    def moment(cls, day, clock):
        """A local time of the city."""
        hour, minute, *second = map(int, clock.split(":"))
        return datetime.datetime(day.year, day.month, day.day, hour, minute, *second, tzinfo=cls.zone)

    def setUp(self):
        self.gateway = self.city
        self.fresh_day()

    # --- time

    def fresh_day(self, clock="12:30"):
        """The next working day that no test has used."""
        cls = type(self)
        cls.day += datetime.timedelta(days=1)
        while cls.day.weekday() > 4:
            cls.day += datetime.timedelta(days=1)
        self.at(clock)

    def at(self, clock):
        """Sets the clock on the wall of this day."""
        self.city.set_clock(self.moment(self.day, clock).isoformat())

    @property
    def date(self):
        return self.day.isoformat()

    # --- what people do

    def browse(self, person, host, path="/"):
        """A page asked for as a browser does."""
        return client.browse(self.city.port, f"http://{host}{path}", self.desks[person])

    def get(self, person, host, path="/", *fields, method="GET"):
        return client.get(self.city.port, f"http://{host}{path}", *fields, source=self.desks[person], method=method)

    def post(self, person, host, size):
        """Sends `size` bytes to a host."""
        with client.Client(self.city.port, self.desks[person]) as made:
            made.send(f"POST http://{host}/upload HTTP/1.1\r\nHost: {host}\r\nContent-Length: {size}\r\n\r\n")
            try:
                made.send(b"x" * size)
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused before all of it was sent
            return made.read("POST")

    def tunnel(self, person, host, port=443):
        """An open connection on which CONNECT has been answered, and that answer."""
        made = client.Client(self.city.port, self.desks[person])
        self.addCleanup(made.sock.close)
        return made, made.connect(f"{host}:{port}")

    def open_tunnel(self, person, host):
        """A tunnel that carries TLS for `host`, with its first bytes through."""
        made, answer = self.tunnel(person, host)
        self.assertEqual(answer.status, 200, answer.body)
        first = hello(host)
        self.assertEqual(made.send(first).stream.exactly(len(first)), first)
        return made

    def spend(self, person, host, minutes):
        """Reads there for `minutes`, another page every two: the same one again and again would be a page that refreshes
        itself. Returns the last answer."""
        answer = self.browse(person, host, "/0")
        for page in range(minutes // 2):
            self.city.advance("2min")
            answer = self.browse(person, host, f"/{page + 1}")
        return answer

    # --- what is decided about people

    def order(self, verb, name, *more, by="max.manager", reason="ordered in writing"):
        """An order about a person's access; what the command said."""
        return self.city.ask("access", verb, name, "--by", by, "--reason", reason, *more)

    def access(self, name):
        return json.loads(self.city.ask("access", "show", name, "--json"))

    def assert_cut(self, made):
        """The other end of this connection is closed, and nothing more came."""
        self.assertTrue(made.closed())

    # --- what must come of it

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

    def assert_tunnel_refused(self, person, host, *words, port=443):
        made, answer = self.tunnel(person, host, port)
        self.assertEqual(answer.status, 403)
        for word in words:
            self.assertIn(word, answer.body.decode("utf-8"))
        self.assertEqual(self.web.asked(host), [])
        return made

    # --- what is kept of it

    def search(self, person, *conditions):
        """A person's records, looked at by somebody who may. Where that takes a grant: the department's, which name nobody."""
        known = tomllib.loads(people())
        rule = tomllib.loads(self.policy).get("records", {"persons": "open"})
        if rule["persons"] == "grant":
            department = next(each["department"] for each in known["person"] + known["device"] if each["name"] == person)
            return self.city.search("--department", department, *conditions)
        viewers = {"open": None,
                   "line": "ann.mayor" if person != "ann.mayor" else "max.manager",  # who is above all; the head of her office
                   "designated": next((each["name"] for each in known["person"]
                                       if set(each.get("roles", ())) & set(rule.get("designated", ()))), None)}
        viewer = viewers[rule["persons"]]
        return self.city.search("--user", person, *(("--by", viewer) if viewer else ()), *conditions)

    def records(self, person, host=None):
        """What is recorded of a person on this test's day; the records in the order of their end."""
        found = self.search(person, "--from", self.date)
        return [row for row in found if host is None or row["host"] == host]

    def last(self, person, host=None):
        found = self.records(person, host)
        self.assertTrue(found, f"no record of {person} at {host}")
        return found[-1]

    def row(self, department, category):
        """The line of a department's report of this day."""
        rows = self.city.report(department, self.date)["rows"]
        return next((row for row in rows if row["category"] == category), None)


def main():
    case.main()
