"""A city's pack as it is shipped, in the real daemon: its people at their desks, one host for each kind of site.

Every category of the taxonomy has a host of its own, `gambling.test` for gambling; no list knows `work.test`. The pack and
its people are read from conf/packs, unchanged. One gateway serves a whole class; each test begins on a working day of its
own, at noon unless it says otherwise, so that no test sees what another has used up.
"""
import datetime
import pathlib
import shutil
import tempfile
import tomllib
import zoneinfo

import pack_files  # first: it shows the way to the others
import case
import client
import gateway
import origin
import portal
from checks import Checks
from deeds import Deeds
from hello_test import hello
from pack_files import ELSEWHERE, MONDAY, NOT_SHARED, PASSWORD, ROOT, UNLISTED, desks, pack, people, write_lists
from web import Web

# What tests of packs use beside the class.
__all__ = ["ELSEWHERE", "NOT_SHARED", "ROOT", "UNLISTED", "case", "client", "gateway", "hello", "origin", "portal", "desks",
           "pack", "people", "PackCase", "main"]

class PackCase(Deeds, Checks, case.Case):
    """Subclasses name their PACK."""
    PACK = None
    READER = "ann.mayor"  # above everybody, where the line may look
    EXTRA = ""  # text behind the pack's, for what a city says of its own
    SETTINGS = ""  # further tables of citygate.toml
    LISTED = {}  # hosts that lists know beside <category>.test
    SIGN_IN = ()  # these people have a password, PASSWORD
    NEWCOMERS = ("colin.contractor",)  # they have signed nothing yet
    FIRST = MONDAY

    @classmethod
    def setUpClass(cls):
        if cls.PACK is None:
            return
        cls.policy = cls.adapted(pack(cls.PACK))
        cls.people = cls.with_passwords(people())
        cls.zone = zoneinfo.ZoneInfo(tomllib.loads(cls.policy)["city"]["time_zone"])
        cls.desks = desks()
        cls.web = Web()
        cls.addClassCleanup(cls.web.close)
        cls.day = cls.FIRST
        cls.city = gateway.Gateway(
            workers=1,  # so that records of one moment, by a clock that stands, keep their order
            policy=cls.policy + cls.EXTRA, people=cls.people, clock=cls.moment(cls.day, "08:30").isoformat(), hosts=cls.hosts(),
            settings=cls.ways() + cls.SETTINGS)
        cls.addClassCleanup(cls.city.close)
        cls.use_lists()
        cls.city.start()
        cls.prepare()

    @classmethod
    def adapted(cls, policy):
        """The pack as it is shipped."""
        return policy

    @classmethod
    def hosts(cls):
        """Names that are not the web's."""
        return {}

    @classmethod
    def ways(cls):
        direct = "".join(f'"{name}" = "direct"\n' for name in cls.hosts())
        return f'[parents]\nweb = "127.0.0.1:{cls.web.port}"\n[routes]\ndefault = "web"\n{direct}'

    @classmethod
    def use_lists(cls):
        lists = write_lists(pathlib.Path(tempfile.mkdtemp(prefix="citygate-lists-")) / "lists", cls.LISTED)
        cls.addClassCleanup(shutil.rmtree, lists.parent, ignore_errors=True)
        text = cls.city.config.read_text(encoding="utf-8")
        starter = f'starter = "{ROOT}/categories/lists"'
        assert starter in text
        cls.city.config.write_text(text.replace(starter, f'starter = "{lists}"'), encoding="utf-8")

    @classmethod
    def with_passwords(cls, text):
        if not cls.SIGN_IN:
            return text
        line = f'password = "{gateway.Gateway.hash_password(PASSWORD)}"\n'
        for name in cls.SIGN_IN:
            text = text.replace(f'name = "{name}"\n', f'name = "{name}"\n{line}')
        return text

    @classmethod
    def prepare(cls):
        """Everybody but the newcomers has signed the policy, where the city asks for it."""
        if "acknowledgement" not in tomllib.loads(cls.policy):
            return
        known = tomllib.loads(people())
        for each in known["person"] + known["guest"]:
            if each["name"] not in cls.NEWCOMERS:
                cls.sign(each["name"])

    @classmethod
    def sign(cls, name, *more):
        by = "hana.personnel" if name != "hana.personnel" else "rosa.clerk"
        return cls.city.ask("access", "acknowledge", name, "--by", by, "--method", "signed on paper", *more)

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

    def day_after(self, days):
        """Noon, so many days on."""
        cls = type(self)
        cls.day += datetime.timedelta(days=days)
        self.at("12:00")

    @property
    def date(self):
        return self.day.isoformat()


def main():
    case.main()
