"""curl's own test cases: how they are written, and the server that they expect.

A case is a file of sections in angle brackets: the server's replies (`data`, `data2`, ...), the command, and what must have
been sent (`protocol`) and shown (`datacheck`). Lines end as they stand there.
"""
import base64
import dataclasses
import re

import origin

# In front of curl's numbers in a host's last label, which alone would be an address to URL parsers.
NUMBERED_HOST = re.compile(rb"(?<=[a-zA-Z])\.%TESTNUMBER(?=[:/\s]|$)")


HEAD = re.compile(rb"(?m)^(?:HTTP/\d\.\d |[A-Z]+ \S+ HTTP/)[^\n]*\n(?:(?!\r?\n)[^\n]*\n)*\r?\n")


def with_line_ends(text):
    """Some cases write heads with line feeds alone, which are not what they are about, and nothing that may pass."""
    return HEAD.sub(lambda head: re.sub(rb"\r?\n", b"\r\n", head[0]), text)


@dataclasses.dataclass
class Case:
    number: int
    name: str
    text: bytes
    values: dict

    def section(self, name, number=""):
        """The content of a section with all its variables filled in, or None; of a pair in <verify> or <client>, the last."""
        found = None
        for match in re.finditer(rb"<%s%s( [^>]*)?>\r?\n(.*?)</%s%s>" % ((name.encode(), str(number).encode()) * 2), self.text, re.S):
            found = match
        if not found:
            return None
        attributes, content = found[1] or b"", found[2]
        if b'base64="yes"' in attributes:
            return base64.b64decode(content)
        content = with_line_ends(self.fill(content))
        return content.removesuffix(b"\n").removesuffix(b"\r") if b'nonewline="yes"' in attributes else content

    def unchecked(self, name):
        return re.search(rb"<%s [^>]*nocheck=\"yes\"" % name.encode(), self.text) is not None

    def files(self):
        """Files to lay out before the command, and those to find after it: name → content."""
        parts = {}
        for part in (b"client", b"verify"):
            inside = re.search(rb"<%s>(.*)</%s>" % (part, part), self.text, re.S)
            parts[part] = {self.fill(name).decode(): self.fill(content) for name, content in re.findall(
                rb'<file name="([^"]*)"[^>]*>\r?\n(.*?)</file>', inside[1] if inside else b"", re.S)}
        return parts[b"client"], parts[b"verify"]

    def fill(self, text):
        text = re.sub(rb"%if hyper\n.*?%else\n(.*?)%endif\n", rb"\1", text, flags=re.S)
        text = re.sub(rb"%if !hyper\n(.*?)%(?:else\n.*?)?endif\n", rb"\1", text, flags=re.S)
        text = NUMBERED_HOST.sub(rb".t%TESTNUMBER", text)
        text = re.sub(rb"%repeat\[(\d+) x (.*?)\]%", lambda found: found[2].replace(b"%0a", b"\n") * int(found[1]), text)
        for name, value in self.values.items():
            text = text.replace(b"%" + name.encode(), str(value).encode())
        return text

    def error_code(self):
        return int((self.section("errorcode") or b"0").strip() or 0)


def parse(number, text, values):
    name = re.search(rb"<name>\s*(.*?)\s*</name>", text, re.S)[1].decode("utf-8")
    return Case(number, name, text, {"TESTNUMBER": number, **values})


class Server(origin.Origin):
    """Answers by the number in the path, as curl's own test server does: "/12340002" is reply data2 of case 1234. A reply that
    says "swsbounce" is followed by the next one; credentials of several steps pick theirs."""

    def __init__(self, address, port):
        self.fixed_port = port
        super().__init__(address=address)

    case = None
    last_part, bounce = 0, False
    heard = []

    def listen(self, family, address, port=0):
        return super().listen(family, address, self.fixed_port)

    @classmethod
    def begin(cls, case):
        cls.case, cls.last_part, cls.bounce, cls.heard = case, 0, False, []

    def serve(self, stream):
        while True:
            chosen = []

            def choose(request):
                case = Server.case  # a connection may outlive one
                reply = case.section("data", self.part(request, case) or "") or b""
                if request.values("expect") and reply.startswith(b"HTTP/1.1 100"):
                    interim, _, reply = reply.partition(b"\r\n\r\n")
                    stream.sock.sendall(interim + b"\r\n\r\n")
                chosen.append(reply)

            request = origin.read_request(stream, choose)
            Server.heard.append(request)
            reply, = chosen
            Server.bounce = b"swsbounce" in reply
            stream.sock.sendall(reply)
            head = reply.rpartition(b"\r\n\r\n")[0]
            framed = re.search(rb"(?im)^(content-length|transfer-encoding):", head)
            if b"swsclose" in reply or not framed or re.search(rb"(?im)^connection: *close", head):
                return

    def part(self, request, case):
        number = re.search(r"/\D*(\d+)[^/]*$", request.target.partition("?")[0])
        number = int(number[1]) if number else case.number
        part = number % 10_000 if number > 10_000 else 0
        credentials = " ".join(request.values("authorization"))
        if credentials.startswith("Digest"):
            part += 1000
        elif Server.bounce and part == 0:
            part = Server.last_part + 1
        elif credentials.startswith("Basic") and part >= 1000:
            part += 1
        Server.last_part = part
        return part
