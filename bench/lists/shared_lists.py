#!/usr/bin/env python3
"""The public lists of the data collection, as they are imported: one table, used by every bench that imports them.

    python3 bench/lists/shared_lists.py [--data DIR]       prints the table

The collection (`shared/data` beside the repository, or --data) is no part of the repository; a bench without it says so.
"""
import argparse
import pathlib
import subprocess
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parents[2]
BESIDE = ROOT.parent / "shared" / "data"


class SharedList(NamedTuple):
    """One import. `category` is "" where the list itself names its categories, `format` the word of the import command."""
    file: str
    source: str
    category: str
    format: str
    what: str


LISTS = (
    SharedList("lists/ut1.tar.zst", "ut1", "", "directory", "Université Toulouse Capitole, 62 categories"),
    SharedList("lists/ut1-history-malware.domains.zst", "ut1-malware", "malware", "domains", "malware hosts of many years"),
    SharedList("lists/ut1-history-malware.urls.zst", "ut1-malware-urls", "malware", "domains", "malware URLs of many years"),
    SharedList("lists/ut1-history-phishing.domains.zst", "ut1-phishing", "phishing", "domains", "phishing hosts of many years"),
    SharedList("lists/ut1-history-phishing.urls.zst", "ut1-phishing-urls", "phishing", "domains",
               "phishing URLs of many years"),
    SharedList("lists/blocklistproject.tar.zst", "blocklistproject", "", "detect", "hosts, adblock, plain and dnsmasq files"),
    SharedList("lists/hagezi.tar.zst", "hagezi", "", "detect", "one list in six syntaxes, and others converted"),
    SharedList("lists/sinfonietta.tar.zst", "sinfonietta", "", "detect", "hosts files"),
    SharedList("lists/bon-appetit-porn.domains.zst", "bon-appetit", "pornography", "domains", "pornography, plain"),
)
# Names that stand in pornography lists and do not belong there: a set to measure with. It is imported nowhere.
ALLOWED = "lists/bon-appetit-allow.domains.zst"


def found(data):
    """The directory of the collection, or None and a word about it on the terminal."""
    data = pathlib.Path(data) if data else BESIDE
    if (data / LISTS[0].file).is_file():
        return data
    print(f"skipped: the data collection is not in {data} (name its directory with --data)")
    return None


def unpack(path):
    """The bytes of a .zst file."""
    return subprocess.run(["zstd", "-qdc", path], check=True, stdout=subprocess.PIPE).stdout


def lines(path):
    """The lines of a .zst text file that are neither blank nor comment."""
    for line in unpack(path).decode("utf-8", "replace").splitlines():
        if line and not line.startswith("#"):
            yield line


def member(archive, name):
    """The bytes of one file of a .tar.zst."""
    with subprocess.Popen(["zstd", "-qdc", archive], stdout=subprocess.PIPE) as packed:
        return subprocess.run(["tar", "-xOf", "-", name], stdin=packed.stdout, check=True, stdout=subprocess.PIPE).stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="directory of the data collection")
    data = found(parser.parse_args().data)
    if data is None:
        return
    for one in LISTS:
        size = (data / one.file).stat().st_size
        print(f"{one.source:20} {one.category or '(its own)':14} {one.format:10} {size:>10,} bytes  {one.what}")


if __name__ == "__main__":
    main()
