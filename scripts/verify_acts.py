#!/usr/bin/env python3
"""Verifies an export of Citygate's journal of acts (docs/acts.md) with nothing but Python: verify_acts.py FILE

Every act is tied to all before it: hash(n) = SHA-256(hash(n-1) + SHA-256(line n)), beginning with 32 zero bytes. A line that is
not shown is there as its SHA-256, so the chain can be followed over it. Exit status: 0 whole, 1 not, 2 wrongly asked."""
import hashlib
import json
import re
import sys

ACT = re.compile(rb'\{"act":(\{.*\}),"hash":"([0-9a-f]{64})"\}')
LEFT_OUT = re.compile(rb'\{"number":([1-9][0-9]*)(,"sealed":true)?,"line_sha256":"([0-9a-f]{64})","hash":"([0-9a-f]{64})"\}')
HEAD = re.compile(rb'\{"head":\{"number":([0-9]+),"hash":"([0-9a-f]{64})","time":"([^"]*)"\}\}')
KEYS = ["number", "time", "kind", "author", "via", "reason", "subject", "fields", "salt"]


class Fault(Exception):
    pass


def read_act(line):
    """The number of a line that is shown, and its SHA-256."""
    try:
        act = json.loads(line.decode("utf-8"), object_pairs_hook=list)  # pairs: a name that is there twice is seen
    except ValueError as error:
        raise Fault(f"is no JSON in UTF-8: {error}") from error
    if [key for key, _ in act] != KEYS or not isinstance(act[0][1], int):
        raise Fault("is no act: its keys are others")
    return act[0][1], hashlib.sha256(line).digest()


def verify(lines):
    """What is to be told of a whole export; a Fault names the first act that was changed, dropped, doubled or moved."""
    last, chain, shown, sealed, head = 0, bytes(32), 0, 0, None
    for place, line in enumerate(lines, 1):
        if head:
            raise Fault(f"line {place} stands behind the head, which is the last line")
        if found := HEAD.fullmatch(line):
            head = found
            continue
        expected = last + 1
        if found := ACT.fullmatch(line):
            try:
                number, digest = read_act(found[1])
            except Fault as fault:
                raise Fault(f"act {expected} {fault}") from fault
            told, shown = found[2], shown + 1
        elif found := LEFT_OUT.fullmatch(line):
            number, digest, told = int(found[1]), bytes.fromhex(found[3].decode()), found[4]
            sealed += found[2] is not None
        else:
            raise Fault(f"line {place}, where act {expected} should be, is no line of an export")
        if number != expected:
            how = "is there twice" if number < expected else f"stands in the place of act {expected}, which is missing or moved"
            raise Fault(f"act {number} {how}")
        chain, last = hashlib.sha256(chain + digest).digest(), number
        if chain.hex() != told.decode():
            raise Fault(f"act {number} was changed: its hash does not follow from it and act {number - 1}")
    if not head:
        raise Fault(f"the file was cut short behind act {last}: its last line, the head, is missing")
    if (int(head[1]), head[2].decode()) != (last, chain.hex()):
        raise Fault(f"act {last} is the last, but the head names act {int(head[1])} with another hash or number")
    kept_back = f", {sealed} are sealed" if sealed else ""
    return f"{last} acts, none changed, missing, doubled or out of order; {shown} of them are shown{kept_back}\n" \
           f"head {last}:{chain.hex()}, exported {head[3].decode()}"


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    try:
        with open(sys.argv[1], "rb") as file:
            print(verify(file.read().removesuffix(b"\n").split(b"\n")))
    except (Fault, OSError) as fault:
        print(f"{sys.argv[1]}: {fault}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
