"""Holds the lists that ship with Citygate (categories/lists) to their form: grouped, canonical, each name once, no name too wide."""
import ipaddress
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LISTS = ROOT / "categories/lists"
TAXONOMY = ROOT / "conf/taxonomy.toml"
# Debian's package publicsuffix, which libpsl reads too. Without it the check of suffixes is left out, and that is said.
SUFFIXES = pathlib.Path("/usr/share/publicsuffix/public_suffix_list.dat")

GROUP = "# source: "
LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
HOST = re.compile(rf"({LABEL}\.)+[a-z][a-z0-9-]*[a-z0-9]")  # international names stand in their xn-- form
PATH = re.compile(r"(/[A-Za-z0-9._~@!$&'()*+,;=:%-]+)+")  # as base/target.h leaves it, no slash at its end


def public_suffixes():
    """What registries sell names under. The list's private part (blogspot.com) is left out: those are names that somebody runs."""
    if not SUFFIXES.is_file():
        return None
    public = SUFFIXES.read_text(encoding="utf-8").split("===BEGIN PRIVATE DOMAINS===")[0]
    lines = (line.strip() for line in public.splitlines())
    return {line if line.isascii() else line.encode("idna").decode() for line in lines if line and not line.startswith("//")}


def is_public_suffix(host, suffixes):
    return host in suffixes or ("*." + host.partition(".")[2] in suffixes and "!" + host not in suffixes)


def is_address(host):
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def parents(host, path):
    """Entries that cover this one: the domains above it; for a path, the host itself and shorter paths too."""
    while path:
        path = path.rpartition("/")[0]
        yield host + path
    while "." in host:
        host = host.partition(".")[2]
        yield host


def check_entry(entry, suffixes):
    host, slash, path = entry.partition("/")
    if not HOST.fullmatch(host) and not is_address(host):
        yield "is no canonical host name: lower case, in ASCII, without scheme, port or dot at its end"
    if slash and not PATH.fullmatch(slash + path):
        yield "has no canonical path: no empty segment, no query, no slash at its end"
    if suffixes and not path and is_public_suffix(host, suffixes):
        yield "is a public suffix: it would cover every site that is registered below it"


def check_groups(name, lines):
    """The form of the file: a first line that names it, then groups of entries, each below a line that says who runs them."""
    if not lines or not lines[0].startswith(f"# {name}: "):
        yield f"1: is no headline; it would be '# {name}: part of ...'"
    group = None  # line of the group that is open, and has no entry yet
    inside = False
    for number, line in enumerate(lines[1:], 2):
        if line.startswith(GROUP):
            if group:
                yield f"{group}: is a group without an entry"
            if not line[len(GROUP):].strip():
                yield f"{number}: does not say who runs what follows"
            if lines[number - 2]:
                yield f"{number}: a group begins after an empty line"
            group, inside = number, True
        elif line and not line.startswith("#"):
            if not inside:
                yield f"{number}: stands in no group; a line '{GROUP}...' above it says who runs it"
            group = None
    if group:
        yield f"{group}: is a group without an entry"


def check_list(name, lines, suffixes):
    yield from check_groups(name, lines)
    entries = {}
    for number, line in enumerate(lines, 1):
        if not line or line.startswith("#"):
            continue
        if line in entries:
            yield f"{number}: {line} stands in line {entries[line]} already"
        entries.setdefault(line, number)
        for wrong in check_entry(line, suffixes):
            yield f"{number}: {line} {wrong}"
    for entry, number in entries.items():
        host, _, path = entry.partition("/")
        above = next((other for other in parents(host, "/" + path if path else "") if other in entries), None)
        if above and not is_address(host):
            yield f"{number}: {entry} is covered by {above} in line {entries[above]}"
    if not entries:
        yield "has no entry"


def main():
    suffixes, problems, count = public_suffixes(), [], 0
    categories = set(re.findall(r'^name = "([^"]+)"', TAXONOMY.read_text(encoding="utf-8"), re.MULTILINE))
    files = sorted(LISTS.glob("*.txt"))
    for path in files:
        lines = path.read_text(encoding="utf-8").splitlines()
        count += sum(1 for line in lines if line and not line.startswith("#"))
        where = path.relative_to(ROOT).as_posix()
        if path.suffix != ".txt" or path.stem not in categories:
            problems.append(f"{where}: is named after no category of conf/taxonomy.toml; NAME.txt would be right")
        problems += [f"{where}:{wrong}" if wrong[0].isdigit() else f"{where}: {wrong}"
                     for wrong in check_list(path.stem, lines, suffixes)]
    print("\n".join(problems))
    if suffixes is None:
        print(f"skipped: public suffixes, {SUFFIXES} is missing (package publicsuffix)")
    print(f"{len(files)} lists, {count} entries, {len(problems)} problems")
    return 1 if problems or not files else 0


if __name__ == "__main__":
    sys.exit(main())
