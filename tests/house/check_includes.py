"""Holds every #include against the table of folders (docs/principles.md): who may include whom, and which library stays where."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Folder -> folders of ours it may include beside itself. Ordered as in the principles: a row sees rows above it only.
PROJECT = {
    "base": [],
    "matcher": ["base"],
    "categories": ["base", "matcher"],
    "policy": ["base", "categories"],
    "meter": ["base"],
    "records": ["base", "meter"],
    "review": ["base", "matcher", "categories", "policy", "meter", "records"],
    "proxy": ["base", "categories", "policy", "meter", "records"],
    "console": ["base", "matcher", "categories", "policy", "meter", "records", "review", "proxy"],
    "app": ["base", "matcher", "categories", "policy", "meter", "records", "review", "proxy", "console"],
}
# Inside proxy: net knows no HTTP and nobody who asks; identity knows no connection; tls is a transport.
INSIDE = {
    "proxy/net": ["proxy/net"],
    "proxy/identity": ["proxy/net", "proxy/identity"],
    "proxy/tls": ["proxy/net", "proxy/tls"],
}
# Library, by the beginning of its headers' names -> folders that wrap it. Nobody else may see its types.
LIBRARIES = {
    "fmt/": list(PROJECT),  # text for people is made everywhere
    "spdlog/": ["base"],
    "toml++/": ["base"],
    "xxhash.h": ["base", "matcher", "categories", "records"],
    "idn2.h": ["base"],
    "libpsl.h": ["base"],
    "date/": ["base"],
    "openssl/": ["categories/digest", "categories/minisign", "policy/digest", "records", "proxy"],  # hashes, signatures
    "hs/": ["matcher"],
    "hs.h": ["matcher"],
    "pcre2.h": ["matcher"],
    "archive": ["categories"],  # archive.h, archive_entry.h
    "curl/": ["categories/http_get"],
    "zlib.h": ["categories"],
    "lzma.h": ["categories"],
    "zstd.h": ["categories", "records"],
    "rocksdb/": ["records"],
    "ares.h": ["proxy/net"],
    "llhttp": ["proxy/http"],
    "argon2.h": ["proxy/identity"],
    "microhttpd.h": ["console/portal"],
    "nlohmann/": ["categories", "console"],  # an image's manifest; the console's answers
    "CLI/": ["app"],
}
# A pure function of facts and counters has no use for these.
SOCKETLESS = ["policy", "meter", "review", "categories", "matcher"]
SOCKET_HEADERS = re.compile(r"^(sys/(socket|epoll|un|eventfd)\.h|net(inet|db|/).*)$")

STANDARD = re.compile(r"^([a-z0-9_]+|cxxabi\.h)$")  # <vector>, <cstdint>: no suffix, but for the compiler's own
POSIX = re.compile(
    r"^((sys|net|netinet|arpa|linux|asm)/[a-z0-9_/]+\.h|"
    r"(unistd|fcntl|errno|signal|poll|dirent|dlfcn|pwd|grp|sched|spawn|glob|fnmatch|netdb|termios|pthread|execinfo|endian|stdio|"
    r"cpuid|immintrin|x86intrin|arm_neon|stdlib|malloc|string|time|ctype)\.h)$")
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def within(place, folders):
    return any(place == folder or place.startswith(folder + "/") for folder in folders)


def check_project_include(place, name):
    """What is wrong with the file `place` (without its suffix) including our header `name`; None when nothing is."""
    folder, other = place.split("/")[0], name.split("/")[0]
    if other not in PROJECT:
        return "is in no folder of the table (write includes from the repository's root)"
    if not (ROOT / name).is_file():
        return "does not exist"
    if other != folder:
        return None if other in PROJECT[folder] else f"is not for {folder}/ to see"
    for part, allowed in INSIDE.items():
        if within(place, [part]) and not within(name, allowed):
            return f"is not for {part}/ to see"
    return None


def check_library_include(place, name):
    if within(place, SOCKETLESS) and SOCKET_HEADERS.match(name):
        return "is about sockets, which this folder knows nothing of"
    if STANDARD.match(name) or POSIX.match(name):
        return None
    for prefix, folders in LIBRARIES.items():
        if name.startswith(prefix):
            return None if within(place, folders) else f"stays in {', '.join(folders)}/"
    return "is of no library in the table of tests/house/check_includes.py"


def main():
    problems, files = [], 0
    for folder in PROJECT:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix not in (".h", ".cc"):
                continue
            files += 1
            place = path.relative_to(ROOT).with_suffix("").as_posix()
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                found = INCLUDE.match(line)
                if not found:
                    continue
                quoted, name = found.group(1) == '"', found.group(2)
                wrong = (check_project_include if quoted else check_library_include)(place, name)
                if wrong:
                    problems.append(f"{path.relative_to(ROOT)}:{number}: {name} {wrong}")
    print("\n".join(problems))
    print(f"{files} files, {len(problems)} includes that the table forbids")
    return 1 if problems or files == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
