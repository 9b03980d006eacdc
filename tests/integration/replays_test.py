"""Traffic Server's replay files: what a client sends must reach the server, and what the server answers the client. Most of them
are about a cache, which this gateway has not: there every transaction goes all the way, whatever the file says of hits."""
import io
import re
import tarfile
import unittest
import urllib.parse

import case
import client
import origin

try:
    import yaml
except ImportError:
    yaml = None

LEFT_OUT = {
    "h2__http2_flow_control": "it is about HTTP/2",
    "proxy_protocol__proxy_serve_stale": "it fills a cache by PUSH",
}
# Answered by the gateway: file and the transaction's uuid, the status, and why. The server must not see these whole.
REFUSED = {
    ("chunked_encoding__chunked_in_http_1_0", "51"): (400, "chunks in HTTP/1.0"),
    ("chunked_encoding__malformed_chunked_header", "1"): (400, "a chunk size that is none"),
    ("chunked_encoding__malformed_chunked_header", "2"): (400, "a chunk size that is none"),
    ("chunked_encoding__malformed_chunked_header", "3"): (400, "less than the chunk size says"),
    ("url__uri", "3"): (400, "no path"),
}
# The server's answer is cut or replaced: 502, or a body whose end is missing.
NOT_PASSED = {("chunked_encoding__malformed_chunked_header", uuid) for uuid in ("4", "5", "6")}
HOP = {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "te"}


def load():
    """File name → the transactions of all its sessions."""
    found = {}
    with tarfile.open(fileobj=io.BytesIO(case.unpack("conformance/ats-replay.tar.zst"))) as archive:
        for member in archive:
            name = re.sub(r"_?(replays?_*)?(\.replay|_replay)\.yaml$", "", member.name.rpartition("/")[2]).replace("__replays__", "__")
            name = name.replace("__replay__", "__")
            if member.isfile() and name not in LEFT_OUT:
                document = yaml.safe_load(archive.extractfile(member).read())
                found[name] = [step for session in document["sessions"] for step in session["transactions"]]
            elif member.isfile():
                found[name] = []
    return found


class Message:
    """A request or an answer as a file writes it."""

    def __init__(self, node, more=None):
        self.node = node or {}
        headers = (self.node.get("headers") or {}).get("fields") or []
        headers = headers + (((more or {}).get("headers") or {}).get("fields") or [])
        self.fields = [(str(name), value if isinstance(value, dict) else str(value)) for name, value, *_ in headers]
        content = self.node.get("content") or {}
        data = str(content.get("data", ""))
        self.data = urllib.parse.unquote_to_bytes(data) if content.get("encoding") == "uri" else data.encode()
        self.plain = content.get("transfer") == "plain"  # chunk framing is part of the data
        self.data = self.data.ljust(int(content.get("size", 0)), b"c")

    def value(self, name):
        return next((value for key, value in self.fields if key.lower() == name), None)

    def bytes(self):
        """The content as it goes over the wire; what is only announced is made up."""
        if not self.value("transfer-encoding"):
            return self.content()[0]
        return self.data if self.plain else b"%x\r\n%s\r\n0\r\n\r\n" % (len(self.data), self.data)

    def content(self):
        """Content and trailers as a recipient understands them."""
        if not self.value("transfer-encoding"):
            length = int(self.value("content-length") or len(self.data))
            return self.data.ljust(length, b"c")[:length], b""
        body, stream = bytearray(), origin.Stream(None)
        if not self.plain:
            return self.data, b""
        stream.buffer = self.data
        trailers = stream.chunked(body)
        return bytes(body), trailers

    def head(self, first):
        return (first + "\r\n" + "".join(f"{name}: {value}\r\n" for name, value in self.fields) + "\r\n").encode()


class Server(origin.Origin):
    """Answers each transaction, known by its uuid field, with what its file says."""

    def __init__(self):
        self.answers, self.heard = {}, []
        super().__init__()

    def serve(self, stream):
        while True:
            request = origin.read_request(stream)
            self.heard.append(request)
            answer = self.answers[request.values("uuid")[0]]
            data = answer.head(f"HTTP/1.1 {answer.node['status']} {answer.node.get('reason', 'OK')}")
            bodiless = request.method == "HEAD" or answer.node["status"] in (204, 304)
            stream.sock.sendall(data if bodiless else data + answer.bytes())
            # What says so little of its end, or so oddly, ends with the connection.
            if not bodiless and (answer.plain or not (answer.value("content-length") or answer.value("transfer-encoding"))):
                return


class Replays(case.Case):
    def setUp(self):
        if yaml is None:
            raise unittest.SkipTest("python3-yaml is not installed")
        self.files = load()
        self.server = self.keep(Server())
        hosts = {Message(step["client-request"], step.get("all")).value("host") for steps in self.files.values() for step in steps}
        self.start(hosts=dict.fromkeys(sorted(hosts), "127.0.0.1"))

    def exchange(self, request):
        """Sends a file's request in absolute form, and reads the answer; None where there was none."""
        target = f"http://{request.value('host')}:{self.server.port}{request.node['url']}"
        with client.Client(self.gateway.port) as browser:
            browser.send(request.head(f"{request.node['method']} {target} HTTP/{request.node['version']}") + request.bytes())
            if request.value("transfer-encoding"):
                browser.finish()  # a chunk that lacks its rest would be waited for
            try:
                return browser.read(request.node["method"])
            except EOFError:
                return None

    def check_request(self, step, request, heard):
        wanted = Message(step.get("proxy-request"))
        self.assertEqual((heard.method, heard.target), (request.node["method"], wanted.node.get("url", request.node["url"])))
        kept = [(name, value) for name, value in heard.fields if name.lower() not in HOP | {"via", "host", "content-length"}]
        sent = [(name, value.strip()) for name, value in request.fields if name.lower() not in HOP | {"host", "content-length"}]
        self.assertEqual(kept, sent)
        self.assertEqual(heard.values("host"), [f"{request.value('host')}:{self.server.port}"])
        self.assertEqual((heard.body, self.lines(heard.trailers)), (request.content()[0], self.lines(request.content()[1])))

    @staticmethod
    def lines(trailers):
        return origin.split_head(b"\r\n" + trailers)[1]

    def check_answer(self, answer, got):
        self.assertEqual(got.status, answer.node["status"])
        kept = [(name, value) for name, value in got.fields if name.lower() not in HOP | {"via", "content-length"}]
        sent = [(name, value) for name, value in answer.fields if name.lower() not in HOP | {"content-length"}]
        self.assertEqual(kept, sent)
        if got.status not in (204, 304):
            self.assertEqual((got.body, got.complete), (answer.content()[0], True))
            self.assertEqual(self.lines(got.trailers), self.lines(answer.content()[1]))

    def run_step(self, name, step):
        request, answer = Message(step["client-request"], step.get("all")), Message(step["server-response"])
        uuid = request.value("uuid")
        self.server.answers[uuid] = answer
        self.server.heard.clear()
        got = self.exchange(request)
        if (name, uuid) in REFUSED:
            # A request that breaks off is not always answered.
            self.assertEqual(self.server.heard, [])
            self.assertIn(got and got.status, (REFUSED[name, uuid][0], None))
        elif (name, uuid) in NOT_PASSED:
            self.assertTrue(got is None or got.status == 502 or not got.complete, got)
        else:
            heard, = self.server.heard
            self.check_request(step, request, heard)
            self.check_answer(answer, got)

    def test_every_transaction(self):
        ran = 0
        for name, steps in self.files.items():
            for number, step in enumerate(steps):
                with self.subTest(f"{name} {number}"):
                    self.run_step(name, step)
                    ran += 1
        self.assertEqual(self.server.errors, [])
        self.assertTrue(self.gateway.alive())
        self.assertGreater(ran, 90)
        self.assertEqual(len(self.files), 19)


if __name__ == "__main__":
    case.main()
