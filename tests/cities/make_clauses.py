"""Writes docs/clauses.md from clauses.py; with --check says what is not as it should be, and changes nothing.

What should be: the page is current; each test named exists, each test here is named; each rule named stands in its pack; an
entry without a test says why.
"""
import ast
import pathlib
import sys
import tomllib

import clauses

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PAGE = ROOT / "docs/clauses.md"
# Tests that belong to no clause: of packs and people as such, and of one clerk's work from end to end.
OF_NO_CLAUSE = {"bad_packs", "clerk_story", "clauses"}

INTRODUCTION = """# Clause by clause

What five cities' written policies ask of a web gateway, what carries it out, and the test that shows it. The packs are in
`conf/packs`, the tests in `tests/cities`: each drives the real gateway with the pack as it is shipped. **E** is enforced, **M**
measured, **V** kept as evidence that can be shown. Clauses about e-mail etiquette, hardware, voice mail and passwords on paper are
out of a web gateway's reach and left out.

| | policy | pack |
| --- | --- | --- |
| S0 | ordinance of a Kentucky city, 2023 | `kentucky-2023` |
| S1 | Kirkwood, Missouri | `kirkwood` |
| S2 | Farmer City, section 32.037 | `farmer-city` |
| S3 | Acceptable Technology Use, regulations A to G | `acceptable-use` |
| S4 | City of Monroe, 2025 | `monroe` |

Made by `tests/cities/make_clauses.py` from the tables beside it; a test holds it current.
"""


def tests_here():
    """All test methods, as file.method without "_test"."""
    found = set()
    for path in sorted(HERE.glob("*_test.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found.add(f"{path.stem.removesuffix('_test')}.{node.name}")
    return found


def rules_of(pack):
    policy = tomllib.loads((ROOT / f"conf/packs/{pack}.toml").read_text(encoding="utf-8"))
    departments = policy.get("department", [])
    return {rule["name"] for layer in (policy, *departments) for rule in layer.get("rule", [])}


def page(entries):
    out = [INTRODUCTION]
    with_tests = sum(bool(entry.tests) for entry in entries)
    complete = sum(not entry.later for entry in entries)
    out.append(f"{len(entries)} entries; {with_tests} have tests, {complete} of them wait for nothing more.\n")
    for section, title in clauses.SECTIONS.items():
        out.append(f"## {title}\n\n| clause | the city wants | | carried out by | tests | not there yet |\n"
                   "| --- | --- | --- | --- | --- | --- |\n" + "".join(map(line, [e for e in entries if e.section == section])))
    return "\n".join(out)


def line(entry):
    carried = ", ".join(part if part[0] != "[" and " " in part else f"`{part}`" for part in entry.carried)
    tests = "<br>".join(f"`{test}`" for test in entry.tests)
    return f"| {entry.name} | {entry.wants} | {entry.marks} | {carried} | {tests} | {entry.later} |\n"


def faults(entries):
    exist = tests_here()
    named = {test for entry in entries for test in entry.tests}
    for test in sorted(named - exist):
        yield f"the table names the test {test}, which does not exist"
    for test in sorted(exist - named):
        if test.split(".")[0] not in OF_NO_CLAUSE:
            yield f"no entry of the table names the test {test}"
    rules = {pack: rules_of(pack) for pack in clauses.PACKS.values()}
    for entry in entries:
        where = f"{entry.name}, \"{entry.wants}\""
        if not entry.tests and not entry.later:
            yield f"{where}: neither a test nor a reason why there is none"
        if not set(entry.marks) <= set("EMV") or not entry.marks:
            yield f"{where}: marks are of E, M and V, not '{entry.marks}'"
        for part in entry.carried:
            if " " not in part and part[0] != "[" and part not in rules[entry.pack]:
                yield f"{where}: {entry.pack}.toml has no rule '{part}'"
    if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page(entries):
        yield "docs/clauses.md is not current: run tests/cities/make_clauses.py"


def main():
    entries = clauses.entries()
    if sys.argv[1:] != ["--check"]:
        PAGE.write_text(page(entries), encoding="utf-8")
        return 0
    found = list(faults(entries))
    print("\n".join(found) if found else f"{len(entries)} entries, {len(tests_here())} tests")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
