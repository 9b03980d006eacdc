"""Files in good order: they end with a newline, name no one's machine, shell scripts parse, the licence is there."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED_FOLDERS = {".git", "build", "state", ".cache", "__pycache__"}
BINARY_SUFFIXES = {".png", ".ico", ".zst", ".gz", ".xz", ".bin"}
SEEDS = ("tests/fuzz/corpus/", "tests/fuzz/seeds/")  # inputs kept byte for byte

# Absolute paths that exist on the author's machine only, and marks of unfinished work.
MACHINE_PATH = re.compile(r"(?<![\w.])/(home|root|work|Users)/\w")
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b")
LONGEST_LINE = 160


def tracked_files():
    """What git would hand to a stranger; everything but build output where this is no clone."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                                capture_output=True, check=True).stdout.decode()
        names = [name for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        names = [path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*")
                 if not SKIPPED_FOLDERS & set(path.relative_to(ROOT).parts)]
    return sorted(name for name in names if (ROOT / name).is_file())


def check_text(name, text):
    if text and not text.endswith("\n"):
        yield "does not end with a newline"
    if text.endswith("\n\n"):
        yield "ends with empty lines"
    if "\r\n" in text:
        yield "has lines that end with CR LF"
    for number, line in enumerate(text.splitlines(), 1):
        if MACHINE_PATH.search(line):
            yield f"{number}: names a path of one machine: {line.strip()[:80]}"
        if UNFINISHED.search(line):
            yield f"{number}: unfinished: {line.strip()[:80]}"
        if line != line.rstrip():
            yield f"{number}: ends with blanks"
        if len(line) > LONGEST_LINE and name.endswith((".h", ".cc", ".py")):
            yield f"{number}: is {len(line)} columns long"
    if name.endswith(".h") and "#pragma once" not in text:
        yield "has no #pragma once"


def check_shell(path):
    result = subprocess.run(["bash", "-n", str(path)], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        yield "does not parse: " + result.stderr.strip()


def main():
    problems, names = [], tracked_files()
    for name in names:
        if pathlib.Path(name).suffix in BINARY_SUFFIXES or name.startswith(SEEDS):
            continue
        data = (ROOT / name).read_bytes()
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            problems.append(f"{name}: is not UTF-8: {error}")
            continue
        problems += [f"{name}: {wrong}" for wrong in check_text(name, text)]
        if re.match(r"#!.*\b(ba)?sh\b", text):
            problems += [f"{name}: {wrong}" for wrong in check_shell(ROOT / name)]
    licence = ROOT / "LICENSE"
    if not licence.is_file() or "Apache License" not in licence.read_text(encoding="utf-8"):
        problems.append("LICENSE: the text of the Apache License 2.0 belongs here")
    print("\n".join(problems))
    print(f"{len(names)} files, {len(problems)} problems")
    return 1 if problems or not names else 0


if __name__ == "__main__":
    sys.exit(main())
