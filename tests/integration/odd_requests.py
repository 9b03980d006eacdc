"""Requests that two parsers could read in two ways, each with what may come out of it: a generator for the differential test.

The rule that the expectations follow is short: one Content-Length of digits alone, or one Transfer-Encoding that is
"chunked" in HTTP/1.1, or neither; everything else is refused before any origin hears of it.
"""
import dataclasses
import itertools
import random

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: odd.test\r\n\r\n"


@dataclasses.dataclass
class Odd:
    """`data` goes to the gateway with {base}, {host} and {path} filled in; then the sentinel request and the end."""
    name: str
    data: bytes
    # What every origin sees of it, as (method, content); None: anything, but every origin the same.
    arrives: list = None
    # Whether the connection goes on to the sentinel; None: either.
    goes_on: bool = None


def post(fields, body, method=b"POST", version=b"HTTP/1.1", host=b"Host: {host}\r\n"):
    return method + b" {base}{path} " + version + b"\r\n" + host + fields + b"\r\n" + body


def show(text):
    return repr(text)[2:-1]


LENGTHS = (None, b"5", b" 5", b"\t5 ", b"05", b"00000000000000000000005", b"+5", b"-5", b"5,5", b"5, 6", b"5 5", b"0x5", b"5;a",
           b"5.0", b"5e0", b"", b"five", b"18446744073709551621", b"5\x0b", b"5\x00", b"\xa05", b'"5"')
CODINGS = (None, b"chunked", b"CHUNKED", b" chunked\t", b"chunked,", b",chunked", b"identity", b"identity, chunked",
           b"chunked, chunked", b"chunked, identity", b"gzip, chunked", b"x, chunked", b"chunked x", b"xchunked", b"chunked;q=1",
           b'"chunked"', b"\x0bchunked", b"chunked\x00", b"chunked\x7f", b"\xa0chunked", b"")
CHUNKED_BODY = b"5\r\nhello\r\n0\r\n\r\n"


def good_length(text):
    return text is not None and text.strip(b" \t").isdigit() and int(text) < 2**64


def good_coding(text):
    # A tab behind it is allowed, and refused all the same: strict where nobody loses anything.
    return text is not None and text.strip(b" ").lower() == b"chunked"


def framings():
    """Every length with every coding, in both orders."""
    for length, coding, swapped in itertools.product(LENGTHS, CODINGS, (False, True)):
        if swapped and (length is None or coding is None):
            continue
        lines = [b"Content-Length:" + length + b"\r\n"] if length is not None else []
        lines += [b"Transfer-Encoding:" + coding + b"\r\n"] if coding is not None else []
        name = f"length {show(length or b'-')}, coding {show(coding or b'-')}, {'coding' if swapped else 'length'} first"
        fields = b"".join(reversed(lines) if swapped else lines)
        if length is None and good_coding(coding):
            yield Odd(name, post(fields, CHUNKED_BODY), [("POST", b"hello")], True)
        elif coding is None and good_length(length):
            yield Odd(name, post(fields, b"hello"), [("POST", b"hello")], True)
        elif length is None and coding is None:
            yield Odd(name, post(fields, b""), [("POST", b"")], True)
        else:
            yield Odd(name, post(fields, CHUNKED_BODY + SMUGGLED), [], False)


def repeated():
    for name, fields in {
            "equal lengths": b"Content-Length: 5\r\nContent-Length: 5\r\n",
            "other lengths": b"Content-Length: 5\r\nContent-Length: 0\r\n",
            "lengths apart": b"Content-Length: 5\r\nX: y\r\ncontent-length: 6\r\n",
            "codings": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "coding and identity": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
            "identity and coding": b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
            "empty coding": b"Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n",
            "hosts": b"Host: other.test\r\nContent-Length: 5\r\n",
    }.items():
        yield Odd(f"two {name}", post(fields, CHUNKED_BODY + SMUGGLED), [], False)


# Spellings of a field name: no header of HTTP (refused), or a header of its own that frames nothing (it passes).
BROKEN_NAMES = (b"{} ", b" {}", b"{}\t", b"\t{}", b"{}\x00", b"\x00{}", b"{}\x0b", b"{}\r", b"\r{}", b"{}\xa0", b"{}\x80", b"({})",
                b"{};", b"{}=", b"{},", b"\x7f{}", b"{}\x1f", b'"{}"', b"{}\\", b"[{}]")
OTHER_NAMES = (b"X-{}", b"{}-X", b"{}s", b"{}_", b"'{}'", b"${}", b"{}.", b"*{}", b"{}|", b"~{}", b"#{}", b"{}!", b"`{}`", b"{}^")


def names():
    for what, value in ((b"Content-Length", b"5"), (b"Transfer-Encoding", b"chunked")):
        for shape in BROKEN_NAMES:
            line = shape.replace(b"{}", what) + b": " + value + b"\r\n"
            for place, fields in (("first", line + b"X: y\r\n"), ("last", b"X: y\r\n" + line)):
                yield Odd(f"name {show(line[:-2])} {place}", post(fields, CHUNKED_BODY + SMUGGLED), [], False)
        for spelt in [shape.replace(b"{}", what) for shape in OTHER_NAMES] + [what.replace(b"-", b"_"), what.replace(b"-", b"")]:
            # Nobody takes it for a frame: no content, and the connection goes on behind the head.
            yield Odd(f"name {show(spelt)}", post(spelt + b": " + value + b"\r\n", b""), [("POST", b"")], True)
            yield Odd(f"name {show(spelt)} beside a length", post(spelt + b": 9\r\nContent-Length: 5\r\n", b"hello"),
                      [("POST", b"hello")], True)
            yield Odd(f"name {show(spelt)} beside a coding", post(b"Transfer-Encoding: chunked\r\n" + spelt + b": 9\r\n", CHUNKED_BODY),
                      [("POST", b"hello")], True)


def lines():
    """Line ends, folds, and what stands where a line should."""
    smuggle = b"5\r\nhello\r\n0\r\n\r\n" + SMUGGLED
    for name, fields in {
            "a fold before the value": b"Transfer-Encoding:\r\n chunked\r\n",
            "a fold after the value": b"Transfer-Encoding: chunked\r\n \r\n",
            "a fold of another field": b"X: y\r\n z\r\nContent-Length: 5\r\n",
            "a fold first": b" Content-Length: 5\r\n",
            "a tab fold": b"X: y\r\n\tTransfer-Encoding: chunked\r\n",
            "a line feed alone": b"X: y\nContent-Length: 5\r\n",
            "a line feed alone inside": b"X: y\nTransfer-Encoding: chunked\r\n",
            "a carriage return alone": b"X: y\rContent-Length: 5\r\n",
            "two carriage returns": b"Content-Length: 5\r\r\n",
            "line feed first": b"Content-Length: 5\n\r\n",
            "no colon": b"Content-Length 5\r\n",
            "a colon alone": b": 5\r\n",
            "no name": b":\r\n",
            "a request line": b"GET /smuggled HTTP/1.1\r\n",
            "a zero byte": b"X: a\x00b\r\n",
            "a zero byte line": b"\x00\r\n",
            "an escape": b"X: \x1b[0m\r\n",
            "a next line sign": b"X: y\x85Content-Length: 5\r\n",
    }.items():
        passes = name in ("a next line sign",)  # obs-text: a byte like any other of a value
        yield Odd(name, post(fields, b"" if passes else smuggle), [("POST", b"")] if passes else [], passes)
    yield Odd("a head that ends in line feeds", b"POST {base}{path} HTTP/1.1\nHost: {host}\nContent-Length: 5\n\nhello", [], False)
    yield Odd("a last line feed alone", post(b"", b"").replace(b"\r\n\r\n", b"\r\n\n") + SMUGGLED, [], False)
    yield Odd("an empty line first", b"\r\n" + post(b"Content-Length: 5\r\n", b"hello"), [("POST", b"hello")], True)
    yield Odd("a line feed first", b"\n" + post(b"Content-Length: 5\r\n", b"hello"), [], False)


def chunks():
    """Chunk framing."""
    def chunked(body):
        return post(b"Transfer-Encoding: chunked\r\n", body)

    for name, body in {
            "leading zeros": b"0000000005\r\nhello\r\n000\r\n\r\n",
            "upper case": b"A\r\nhellohello\r\n0\r\n\r\n",
            "an extension": b"5;name=value\r\nhello\r\n0;last\r\n\r\n",
            "a quoted extension": b"5;name=\"va lue\"\r\nhello\r\n0\r\n\r\n",
            "trailers": b"5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n",
            "a trailer that frames": b"5\r\nhello\r\n0\r\nContent-Length: 50\r\n\r\n",
            "trailers that route": b"5\r\nhello\r\n0\r\nHost: x\r\nAuthorization: x\r\nTrailer: X\r\nProxy-Connection: close\r\n\r\n",
    }.items():
        content = b"hellohello" if name == "upper case" else b"hello"
        yield Odd(f"chunk with {name}", chunked(body), [("POST", content)], True)
    for name, body in {
            "a sign": b"+5\r\nhello\r\n0\r\n\r\n",
            "a minus": b"-5\r\nhello\r\n0\r\n\r\n",
            "0x": b"0x5\r\nhello\r\n0\r\n\r\n",
            "a blank before": b" 5\r\nhello\r\n0\r\n\r\n",
            "a blank after": b"5 \r\nhello\r\n0\r\n\r\n",
            "a tab after": b"5\t\r\nhello\r\n0\r\n\r\n",
            "no size": b"\r\nhello\r\n0\r\n\r\n",
            "an extension alone": b";a\r\nhello\r\n0\r\n\r\n",
            "17 digits": b"10000000000000005\r\nhello\r\n0\r\n\r\n",
            "a size over 64 bits": b"ffffffffffffffffb\r\nhello\r\n0\r\n\r\n",
            "2^64-1": b"ffffffffffffffff\r\nhello\r\n0\r\n\r\n",
            "an underscore": b"5_0\r\nhello\r\n0\r\n\r\n",
            "a line feed alone": b"5\nhello\r\n0\r\n\r\n",
            "a line feed behind": b"5\r\nhello\n0\r\n\r\n",
            "a carriage return alone": b"5\rhello\r\n0\r\n\r\n",
            "too little": b"3\r\nhello\r\n0\r\n\r\n",
            "too much": b"7\r\nhello\r\n0\r\n\r\n",
            "two bytes between": b"5\r\nhelloXX0\r\n\r\n",
            "a line feed in an extension": b"5;a\nb\r\nhello\r\n0\r\n\r\n",
            "a carriage return in an extension": b"5;a\rb\r\nhello\r\n0\r\n\r\n",
            "a zero byte in an extension": b"5;a\x00b\r\nhello\r\n0\r\n\r\n",
            "a request in an extension": b"5;\n\r\nhello\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n",
            "a last chunk with a line feed": b"5\r\nhello\r\n0\n\n",
            "a last chunk with a line feed behind": b"5\r\nhello\r\n0\r\n\n",
            "a trailer that codes": b"5\r\nhello\r\n0\r\nTransfer-Encoding: identity\r\n\r\n",
            "a folded trailer": b"5\r\nhello\r\n0\r\nX: a\r\n b\r\n\r\n",
            "a trailer without colon": b"5\r\nhello\r\n0\r\nGET /smuggled HTTP/1.1\r\n\r\n",
            "a trailer with a zero byte": b"5\r\nhello\r\n0\r\nX: a\x00\r\n\r\n",
    }.items():
        yield Odd(f"chunk with {name}", chunked(body + SMUGGLED), [], False)


def start_lines():
    """Methods, versions, targets, and a Host that says otherwise."""
    line_feed = b"Host: {host}\r\n\r\n"
    for name, line in {
            "no version": b"GET {base}{path}", "version 0.9": b"GET {base}{path} HTTP/0.9", "version 1.2": b"GET {base}{path} HTTP/1.2",
            "version 2.0": b"GET {base}{path} HTTP/2.0", "version 1.10": b"GET {base}{path} HTTP/1.10",
            "version 1.01": b"GET {base}{path} HTTP/1.01", "small version": b"GET {base}{path} http/1.1",
            "blank before": b" GET {base}{path} HTTP/1.1", "two blanks": b"GET  {base}{path} HTTP/1.1",
            "blank after": b"GET {base}{path} HTTP/1.1 ", "tab": b"GET\t{base}{path} HTTP/1.1",
            "tab before the version": b"GET {base}{path}\tHTTP/1.1", "blank in the target": b"GET {base}{path} HTTP/1.1 HTTP/1.1",
            "form feed": b"GET {base}{path}\x0c HTTP/1.1", "carriage return": b"GET {base}{path}\r HTTP/1.1",
            "zero byte in the target": b"GET {base}{path}\x00 HTTP/1.1", "method of its own": b"GETS {base}{path} HTTP/1.1",
            "small method": b"get {base}{path} HTTP/1.1", "method with colon": b"GET: {base}{path} HTTP/1.1",
            "no method": b" {base}{path} HTTP/1.1", "authority form": b"GET {host} HTTP/1.1", "asterisk": b"GET * HTTP/1.1",
            "relative path": b"GET path HTTP/1.1", "preface": b"PRI * HTTP/2.0", "TLS": b"\x16\x03\x01\x00\x05",
    }.items():
        yield Odd(f"start line: {name}", line + b"\r\n" + line_feed + SMUGGLED, [], False)
    for name, host, good in (
            ("another name", b"Host: other.test\r\n", True), ("another port", b"Host: {host}:1\r\n", True),
            ("nothing", b"Host:\r\n", True), ("an address", b"Host: [::1]:80\r\n", True), ("upper case", b"HOST: {host}\r\n", True),
            ("a path", b"Host: {host}/x\r\n", False), ("credentials", b"Host: a@{host}\r\n", False),
            ("blanks", b"Host: {host} x\r\n", False), ("a comma", b"Host: {host}, x\r\n", None), ("missing", b"", False),
            ("a blank before the colon", b"Host : {host}\r\n", False), ("a quote", b"Host: \"{host}\"\r\n", False)):
        arrives = None if good is None else [("POST", b"hello")] if good else []
        rest = b"hello" + (b"" if good else SMUGGLED)
        yield Odd(f"Host: {name}", post(b"Content-Length: 5\r\n", rest, host=host), arrives, good)
    for name, target in (("fragment", b"{base}{path}#/../x"), ("upper case scheme", b"HTTP{base4}{path}"),
                         ("user", b"http://u:p@{authority}{path}"), ("dot", b"http://{dotted}{path}")):
        yield Odd(f"target: {name}", b"GET " + target + b" HTTP/1.1\r\nHost: {host}\r\n\r\n", None, None)


def early():
    """Content that no framing announces, and framing that the version or method does not have."""
    for method in (b"GET", b"HEAD", b"DELETE", b"OPTIONS"):
        yield Odd(f"{method.decode()} with content", post(b"Content-Length: 5\r\n", b"hello", method), [(method.decode(), b"hello")], True)
        yield Odd(f"{method.decode()} in chunks", post(b"Transfer-Encoding: chunked\r\n", CHUNKED_BODY, method),
                  [(method.decode(), b"hello")], True)
        yield Odd(f"{method.decode()} with bytes behind", post(b"", b"hello" + SMUGGLED, method), [(method.decode(), b"")], False)
    yield Odd("length zero with bytes behind", post(b"Content-Length: 0\r\n", b"\x00" + SMUGGLED), [("POST", b"")], False)
    yield Odd("TRACE with content", post(b"Content-Length: 5\r\n", b"hello", b"TRACE"), [], False)
    yield Odd("CONNECT with content", b"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\nContent-Length: 5\r\n\r\nhello", [], False)
    for version in (b"HTTP/1.0",):
        yield Odd("1.0 without length", post(b"", b"", version=version), [("POST", b"")], False)
        yield Odd("1.0 with length", post(b"Content-Length: 5\r\n", b"hello", version=version), [("POST", b"hello")], False)
        yield Odd("1.0 kept alive", post(b"Content-Length: 5\r\nConnection: keep-alive\r\n", b"hello", version=version),
                  [("POST", b"hello")], True)
        yield Odd("1.0 in chunks", post(b"Transfer-Encoding: chunked\r\n", CHUNKED_BODY, version=version), [], False)
        yield Odd("1.0 in chunks, kept alive",
                  post(b"Transfer-Encoding: chunked\r\nConnection: keep-alive\r\n", CHUNKED_BODY, version=version), [], False)


def connections():
    """What Connection, Expect, Upgrade and TE could take away or bring in."""
    for name, fields in {
            "names the length": b"Connection: content-length\r\n", "names the host": b"Connection: host\r\n",
            "names both": b"Connection: close, Content-Length, Host\r\n", "empty": b"Connection:\r\n",
            "commas": b"Connection: ,,close,,\r\n", "names a coding": b"Connection: transfer-encoding\r\n",
            "te": b"Connection: TE\r\nTE: trailers, chunked\r\n", "proxy": b"Proxy-Connection: close\r\n",
            "keep-alive field": b"Keep-Alive: timeout=5\r\nConnection: keep-alive\r\n",
    }.items():
        goes_on = b"close" not in fields
        yield Odd(f"Connection {name}", post(b"Content-Length: 5\r\n" + fields, b"hello"), [("POST", b"hello")], goes_on)
    yield Odd("Connection names a coding in chunks", post(b"Connection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n", CHUNKED_BODY),
              [("POST", b"hello")], True)
    for name, value in {"": b"100-continue", "in capitals": b"100-CONTINUE", "twice": b"100-continue, 100-continue",
                        "with a blank": b"100-continue ", "of something else": b"200-ok"}.items():
        # Other expectations may be answered with 417 by an origin: then it never saw the content.
        known = value.strip().lower() == b"100-continue"
        yield Odd(f"Expect {name}", post(b"Expect: " + value + b"\r\nContent-Length: 5\r\n", b"hello"),
                  [("POST", b"hello")] if known else None, True if known else None)
    yield Odd("Expect without content", post(b"Expect: 100-continue\r\n", b"", b"GET"), [("GET", b"")], True)
    yield Odd("Expect in chunks", post(b"Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n", CHUNKED_BODY), [("POST", b"hello")], True)
    for name, fields in {
            "to HTTP/2": b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
            "to WebSocket": b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
            "to TLS": b"Connection: upgrade\r\nUpgrade: TLS/1.0\r\n",
            "not named": b"Upgrade: websocket\r\n",
            "named, not there": b"Connection: upgrade\r\n",
    }.items():
        yield Odd(f"Upgrade {name}", post(fields, b"", b"GET"), [("GET", b"")], True)
        yield Odd(f"Upgrade {name} with content", post(fields + b"Content-Length: 5\r\n", b"hello"), [("POST", b"hello")], True)


def pipelines():
    one = post(b"", b"", b"GET")
    two = post(b"Content-Length: 5\r\n", b"hello")
    three = post(b"Transfer-Encoding: chunked\r\n", CHUNKED_BODY, b"PUT")
    seen = {one: ("GET", b""), two: ("POST", b"hello"), three: ("PUT", b"hello")}
    for order in itertools.permutations((one, two, three)):
        yield Odd("pipeline of " + ", ".join(seen[part][0] for part in order), b"".join(order), [seen[part] for part in order], True)
    yield Odd("a request as content", post(b"Content-Length: %d\r\n" % len(SMUGGLED), SMUGGLED), [("POST", SMUGGLED)], True)
    yield Odd("a request as a chunk", post(b"Transfer-Encoding: chunked\r\n", b"%x\r\n%s\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED)),
              [("POST", SMUGGLED)], True)
    yield Odd("empty lines between", two + b"\r\n\r\n" + one, [seen[two], seen[one]], True)
    yield Odd("rubbish between", two + b"xx" + one, [seen[two]], False)


ALPHABET = (b"\r", b"\n", b"\r\n", b"\t", b" ", b"\x00", b"\x0b", b"\x80", b":", b";", b",", b"=", b'"', b"+", b"-", b"0", b"1", b"5", b"a",
            b"\r\n ", b"\r\n\r\n", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", SMUGGLED)


def mutants(count):
    """Good requests with one to three bytes or tokens put in, taken out or put elsewhere, behind the target."""
    random_source = random.Random(9112)
    good = (post(b"Content-Length: 5\r\nX: y\r\n", b"hello"), post(b"Transfer-Encoding: chunked\r\n", b"2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nX: y\r\n\r\n"),
            post(b"Connection: keep-alive\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n", CHUNKED_BODY))
    for number in range(count):
        head, mark, rest = random_source.choice(good).partition(b"{path}")
        for _ in range(random_source.randint(1, 3)):
            at = random_source.randrange(len(rest) + 1)
            kind = random_source.randrange(3)
            end = at + random_source.randint(1, 3) if kind > 0 else at
            rest = rest[:at] + (random_source.choice(ALPHABET) if kind < 2 else b"") + rest[end:]
        yield Odd(f"mutant {number}", head + mark + rest)


def every():
    yield from framings()
    yield from repeated()
    yield from names()
    yield from lines()
    yield from chunks()
    yield from start_lines()
    yield from early()
    yield from connections()
    yield from pipelines()
    yield from mutants(500)
