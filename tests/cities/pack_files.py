"""Where packs, people and small lists come from. Imported first: it shows the way to the harness of tests/integration."""
import datetime
import pathlib
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKS = ROOT / "conf/packs"
sys.path.insert(0, str(ROOT / "tests/integration"))

MONDAY = datetime.date(2026, 6, 1)
UNLISTED = "work.test"
NOT_SHARED = "\n[limits]\nexempt = []\n"  # loopback is not an address behind which many people are
PASSWORD = "correct horse battery staple"
ELSEWHERE = "127.0.0.99"  # an address of nobody's, and not the city's


def pack(name):
    return (PACKS / f"{name}.toml").read_text(encoding="utf-8")


def people():
    return (PACKS / "people.toml").read_text(encoding="utf-8")


def desks():
    """Everybody's address."""
    known = tomllib.loads(people())
    return {each["name"]: each["addresses"][0].split("/")[0] for each in known["person"] + known["device"] + known["guest"]}


def taxonomy():
    return [each["name"] for each in tomllib.loads((ROOT / "conf/taxonomy.toml").read_text("utf-8"))["category"]]


def write_lists(folder, more):
    """One small list per category, each with one host, and `more` hosts for some."""
    folder.mkdir()
    for name in taxonomy():
        hosts = [f"{name}.test", *more.get(name, ())]
        (folder / f"{name}.txt").write_text("".join(f"{host}\n" for host in hosts), encoding="utf-8")
    return folder
