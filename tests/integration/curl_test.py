"""curl's test cases with curl itself as the client, this gateway where the case has a proxy (or none), and the case's own server
behind it: the server must hear, and curl show, what the case says, less what concerns one hop alone."""
import io
import os
import pathlib
import re
import shlex
import subprocess
import tarfile
import tempfile
import unittest

import case
import curl_cases
import origin

# An address of this process's own: the cases name ports, 80 among them.
ADDRESS = f"127.{8 + os.getpid() % 200}.{os.getpid() // 200 % 250}.7"
PORTS = (80, 150, 999, 1234, 8990, 9999)
SERVER_PORT = 8990
PEOPLE = """
[[department]]
name = "clerk"
title = "City Clerk"

[[person]]
name = "testing"
title = "The user of most cases"
department = "clerk"
password = "{this}"

[[person]]
name = "foo"
title = "Another"
department = "clerk"
password = "{bar}"

[[device]]
name = "desk"
department = "clerk"
addresses = ["127.0.0.1"]
"""

PROGRAM = "its client is a C program of its own, not curl"
PROXY_SCHEME = "its proxy asks for a scheme of sign-in that this one has not"
PAST = "its point is that curl goes past the proxy"
DEBUG = "it takes a debug build of curl"
ITS_PROXY = "it is about an answer of its own proxy to CONNECT"
MAIL = "it takes a mail server"
SOCKS = "it takes a SOCKS or an HTTPS proxy in front, and an FTP server"
NEVER = "curl ends before it connects"
LEFT_OUT = {
    **dict.fromkeys((503, 504, 510, 523, 540, 547, 548, 549, 552, 563, 565, 1509, 1514, 1525, 1529), PROGRAM),
    **dict.fromkeys((213, 243, 258, 335, 1008, 1021, 1061), PROXY_SCHEME),
    **dict.fromkeys((1004, 1248, 1251, 1252, 1255), PAST),
    **dict.fromkeys((356, 358, 413), DEBUG),
    **dict.fromkeys((1059, 1297, 1904), ITS_PROXY),
    **dict.fromkeys((1319, 1320, 1321), MAIL),
    **dict.fromkeys((715, 1631, 1632, 2055), SOCKS),
    **dict.fromkeys((1034, 1447), NEVER),
}
# Answered by the gateway itself, and why; the server hears nothing of them.
REFUSED = {
    **dict.fromkeys((79, 208, 299, 1098, 1106), (501, "ftp:// is not served")),
    60: (400, "Content-Length beside Transfer-Encoding"),
    56: (431, "a field of 100 KB"),
    1613: (501, "an asterisk names no server to a proxy"),
}
# The server's answer is one that must not pass: the client gets 502, or what has begun ends short.
NOT_PASSED = {
    36: "a chunk size that is none",
    **dict.fromkeys((1122, 1123, 1125, 1170, 1171), "a transfer coding that nobody may ask for through a proxy"),
}
# curl ends in another way, for a reason.
ENDS = {1072: (65, "that the server speaks HTTP/1.0 alone is not seen behind a proxy, whose answers are of HTTP/1.1")}
# Goes on in another spelling, which means the same.
SPELT_ANEW = {977: (b"Host: firsthost.me.\r\n", b"Host: firsthost.me\r\n")}
# Fields of one hop, and those that say how a message is framed; the contents are compared themselves.
HOP = re.compile(rb"(?im)^(?:connection|proxy-connection|keep-alive|transfer-encoding|trailer|content-length|via):[^\n]*\n")
HOP_NAMES = {"connection", "proxy-connection", "keep-alive", "transfer-encoding", "te", "proxy-authorization", "via"}


def archive():
    """Number → text of every case in the collection."""
    with tarfile.open(fileobj=io.BytesIO(case.unpack("conformance/curl-tests.tar.zst"))) as packed:
        return {int(member.name.rpartition("test")[2]): packed.extractfile(member).read() for member in packed if member.isfile()}


class Wire:
    """Bytes at hand, for origin.read_request."""

    def __init__(self, data):
        self.data = data

    def recv(self, count):
        piece, self.data = self.data[:count], self.data[count:]
        return piece


def requests(protocol):
    """The requests that a case's <protocol> writes one behind the other."""
    stream, found = origin.Stream(Wire(protocol)), []
    while stream.buffer.strip() or stream.sock.data.strip():
        found.append(origin.read_request(stream))
        while stream.buffer[:1] in (b"\r", b"\n"):  # what a section ends with
            stream.buffer = stream.buffer[1:]
    return found


def essence(request):
    """What every hop must leave as it is."""
    target = re.sub(r"^[a-z]+://[^/?]*", "", request.target) or "/"
    # What codings curl knows depends on how it was built.
    fields = [(name, "xxx" if name == "Accept-Encoding" else value) for name, value in request.fields
              if name.lower() not in HOP_NAMES]
    return request.method, target, fields, request.body


def shown(text):
    """An answer as curl shows it, less what concerns one hop."""
    text = re.sub(rb"HTTP/1\.1 200 (?:Connection established|Mighty fine indeed)\r\n(?:Server: [^\r]*\r\n)?\r\n", b"", text)
    return HOP.sub(b"", text).replace(b"HTTP/1.0 ", b"HTTP/1.1 ").replace(b"\r\n", b"\n")


class Curl(case.Case):
    def setUp(self):
        self.cases = archive()
        version = subprocess.run([case.tool("curl"), "--version"], capture_output=True, text=True, check=True).stdout
        try:
            servers = [self.keep(curl_cases.Server(ADDRESS, port)) for port in PORTS]
        except PermissionError:
            raise unittest.SkipTest("the cases name port 80, which needs privileges here") from None
        self.servers = servers
        self.values = {"HOSTIP": "server.test", "HOST6IP": "[::1]", "HTTPPORT": SERVER_PORT, "HTTP6PORT": SERVER_PORT,
                       "NOLISTENPORT": 1, "VERSION": version.split(" ")[1]}
        made = self.make(hosts=dict.fromkeys(self.names(), ADDRESS))
        made.write("people.toml", PEOPLE.format(this=made.hash_password("this"), bar=made.hash_password("bar")))
        policy = made.directory / "policy.toml"
        policy.write_text(policy.read_text("utf-8").partition("[[grant]]")[0], "utf-8")
        made.start()
        self.values["PROXYPORT"] = made.port

    def names(self):
        """Every name that a command, a redirect or an expected request mentions."""
        found = {"server.test"}
        for number, text in self.cases.items():
            filled = curl_cases.parse(number, text, self.values).fill(text).decode("latin-1")
            found |= {name.lower() for name in re.findall(r"(?:http://|Host: |-x [0-9.:a-z]+ )(?:\w+:\w+@)?([\w.-]+)", filled)}
            command = filled.partition("<command")[2][:400]
            found |= {name.lower() for name in re.findall(r"\b[\w-]+(?:\.[\w-]+)+", command)}
        return sorted(name for name in found if re.fullmatch(r"(?!.*\.\.)[a-z0-9][a-z0-9.-]*[a-z][a-z0-9]*", name))

    def arguments(self, made):
        """The case's command with our proxy for its own; those of no proxy get it."""
        words = shlex.split(made.section("command").decode("utf-8"))
        proxy = f"http://127.0.0.1:{self.gateway.port}"
        named = [at for at, word in enumerate(words) if word in ("-x", "--proxy", "--proxy1.0")]
        for at in named:
            words[at + 1] = proxy
        by_environment = re.search(rb"(?m)^\w+_proxy=", made.section("setenv") or b"")
        return words if named or by_environment else [*words, "--proxy", proxy]

    def run_curl(self, made):
        """Runs the command where its files are; returns exit status, what was shown, and the folder."""
        folder = self.keep_folder()
        (folder / "log").mkdir()
        for name, content in made.files()[0].items():
            (folder / name).write_bytes(content)
        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        environment["LC_ALL"] = "C.UTF-8"
        for line in (made.section("setenv") or b"").decode().splitlines():
            name, _, value = line.partition("=")
            if not name.startswith("LC_"):
                value = f"http://127.0.0.1:{self.gateway.port}" if name.lower().endswith("_proxy") and name != "NO_PROXY" else value
                environment[name] = value
        result = subprocess.run(["curl", "-q", "--silent", "--include", "--max-time", "60", *self.arguments(made)], cwd=folder,
                                env=environment, input=made.section("stdin") or b"", capture_output=True, timeout=90, check=False)
        return result.returncode, result.stdout, folder

    def keep_folder(self):
        folder = tempfile.TemporaryDirectory(prefix="citygate-curl-")
        self.addCleanup(folder.cleanup)
        return pathlib.Path(folder.name)

    def run_case(self, made):
        curl_cases.Server.begin(made)
        status, output, folder = self.run_curl(made)
        heard = curl_cases.Server.heard
        if made.number in REFUSED:
            self.assertEqual([int(code) for code in re.findall(rb"(?m)^HTTP/1\.1 (\d+)", output)][-1:], [REFUSED[made.number][0]])
            self.assertEqual(heard, [])
            return
        if made.number in NOT_PASSED:
            self.assertTrue(output.startswith(b"HTTP/1.1 502 ") or status in (18, 56), (status, output))
            return
        self.assertEqual(status, ENDS.get(made.number, (made.error_code(),))[0], output)
        wanted = requests(made.section("protocol").replace(*SPELT_ANEW.get(made.number, (b"\0", b""))))
        self.assertEqual([essence(request) for request in heard], [essence(request) for request in wanted])
        tunnel = re.search(r"(?:^|\s)(?:-p|--proxytunnel|--connect-to)(?:\s|$)", made.section("command").decode("utf-8"))
        self.assertEqual([len(request.values("via")) for request in heard], [0 if tunnel else 1] * len(heard))
        if not any(made.unchecked(name) for name in ("data", "data1", "data2", "data1000", "data1001", "data1002")):
            expected = shown(made.section("datacheck") or made.section("data"))
            urls = re.sub(rb"(?:-x|--proxy1\.0|--proxy) \S+", b"", made.section("command")).count(b"http://")
            several = urls > 1  # then the case writes down what the first one shows
            self.assert_bytes(shown(output)[:len(expected)] if several else shown(output), expected)
        for name, content in made.files()[1].items():
            if name.startswith("log/heads"):
                self.assertEqual(shown((folder / name).read_bytes()), shown(content))

    def test_every_case(self):
        ran = 0
        for number, text in sorted(self.cases.items()):
            if number in LEFT_OUT:
                continue
            made = curl_cases.parse(number, text, self.values)
            with self.subTest(f"{number}: {made.name}"):
                self.run_case(made)
            ran += 1
        self.assertEqual([error for server in self.servers for error in server.errors], [])
        self.assertTrue(self.gateway.alive())
        self.assertEqual(len(self.cases), ran + len(LEFT_OUT), "every case either runs or stands in a table with its reason")
        self.assertEqual(set(LEFT_OUT) - set(self.cases), set())


if __name__ == "__main__":
    case.main()
