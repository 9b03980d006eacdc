"""A fuzzer's corpus of HTTP/1 inputs, a parser's table of cases, and recorded heads against the live gateway, from both sides,
whole and byte by byte: it lives, nothing hangs, and no origin ever gets more requests than the client framed."""
import concurrent.futures
import io
import json
import re
import tarfile

import case
import client
import origin

THREADS = 16
REQUEST_LINE = re.compile(rb"(?m)^([A-Z]+) (/[^ \r\n]*) (HTTP/1\.[01])\r?$")


def corpus(keep):
    """The corpus in a fixed order, every n-th file where `keep` files are enough."""
    with tarfile.open(fileobj=io.BytesIO(case.unpack("conformance/corpora/http1.tar.zst"))) as archive:
        files = sorted((member.name, archive.extractfile(member).read()) for member in archive if member.isfile())
    inputs = [content for _, content in files]
    inputs += table("llhttp-cases", "input_latin1") + table("captured-heads", "head_latin1")
    return inputs[::max(1, len(inputs) // keep)]


def table(name, column):
    """One column of a table of cases, as bytes."""
    rows = map(json.loads, case.unpack(f"conformance/http1/{name}.jsonl.zst").splitlines())
    return [row[column].encode("latin-1") for row in rows]


def framed_requests(data):
    """How many requests a lenient reader could at most see: every line that could start one."""
    return len(re.findall(rb"(?m)^[!-~]+ +[^ ]+ +HTTP/", data))


class ByHost(origin.HttpOrigin):
    """Counts requests by host name: each input asks for a host of its own."""

    def __init__(self):
        self.by_host = {}
        super().__init__()

    def on_head(self, stream):
        def count(request):
            host = (request.values("host") or [""])[0].split(":")[0]
            with self.lock:
                self.by_host[host] = self.by_host.get(host, 0) + 1
        return count


class Raw(origin.Origin):
    """Answers with an input of the corpus: whole, or byte by byte."""

    def __init__(self, files):
        self.files = files
        self.asked = {}
        super().__init__()

    def serve(self, stream):
        head = stream.until(b"\r\n\r\n")
        kind, number = head.split(b" ")[1].decode().strip("/").split("/")
        with self.lock:
            self.asked[kind, number] = self.asked.get((kind, number), 0) + 1
        send(stream.sock, self.files[int(number)], kind)


def send(sock, data, kind):
    if kind == "whole":
        sock.sendall(data)
    else:
        for at in range(len(data)):
            sock.sendall(data[at:at + 1])


class Corpus(case.Case):
    def setUp(self):
        self.files = corpus(case.reduced(10_000, 200))
        self.make(hosts={"*.corpus.test": "127.0.0.1"}).start()

    def all_at_once(self, function, kind):
        """Runs function(kind, number) for every file, several at a time; returns what raised."""
        def one(number):
            try:
                function(kind, number)
            except TimeoutError:
                return f"{kind} {number}: hangs"
            return None

        numbers = [number for number, data in enumerate(self.files) if kind == "whole" or len(data) < 6000]
        with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
            failed = [wrong for wrong in pool.map(one, numbers) if wrong]
        self.assertEqual(failed, [])
        self.assertTrue(self.gateway.alive(), self.gateway.log()[-4000:])

    def as_client(self, kind, number, data):
        with client.Client(self.gateway.port) as attacker:
            try:
                send(attacker.sock, data, kind)
                attacker.finish()
                attacker.rest()
            except (ConnectionResetError, BrokenPipeError):
                pass

    def test_sent_to_the_listener(self):
        counting = self.keep(ByHost())

        def attack(kind, number):
            self.as_client(kind, number, self.files[number])

        def attack_absolute(kind, number):
            host = f"{kind}{number}.corpus.test"
            base = b"http://%s:%d" % (host.encode(), counting.port)
            data = REQUEST_LINE.sub(lambda found: b"%s %s%s %s\r" % (found[1], base, found[2], found[3]), self.files[number])
            self.as_client(kind, number, data)
            framed = framed_requests(data)
            seen = counting.by_host.get(host, 0)
            self.assertLessEqual(seen, framed, f"{kind} {number}: {framed} requests framed, {seen} arrived")

        for kind in ("whole", "bytes"):
            self.all_at_once(attack, kind)
            self.all_at_once(attack_absolute, kind)
        self.assertGreater(len(counting.by_host), len(self.files) // 20, "some of it is served")
        self.assertEqual(counting.errors, [])

    def test_sent_as_an_answer(self):
        raw = self.keep(Raw(self.files))

        def ask(kind, number):
            with client.Client(self.gateway.port) as browser:
                browser.send(f"GET http://x.corpus.test:{raw.port}/{kind}/{number} HTTP/1.1\r\nHost: x\r\n\r\n").finish()
                browser.rest()

        for kind in ("whole", "bytes"):
            self.all_at_once(ask, kind)
        # One request each, and at most one retry of a request that got no answer at all.
        self.assertLessEqual(max(raw.asked.values()), 2)


if __name__ == "__main__":
    case.main()
