"""Ambiguous framing is refused, never repaired: behind the gateway there is never a second request that the client did not
frame as one (RFC 9112 section 6)."""
import re

import case
import client
import origin

HOST = "site.test"
SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: site.test\r\n\r\n"

# Name → the fields (and body) of a POST that must not go through.
BAD_REQUESTS = {
    "length and chunked": "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "the same length twice": "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "length list": "Content-Length: 5, 5\r\n\r\nhello",
    "signed length": "Content-Length: +5\r\n\r\nhello",
    "negative length": "Content-Length: -5\r\n\r\nhello",
    "hex length": "Content-Length: 0x5\r\n\r\nhello",
    "empty length": "Content-Length:\r\n\r\nhello",
    "huge length": "Content-Length: 99999999999999999999999\r\n\r\nhello",
    "space before colon": "Content-Length : 5\r\n\r\nhello",
    "folded coding": "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "folded field": "X-Long: a\r\n b\r\nContent-Length: 0\r\n\r\n",
    "coding before chunked": "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
    "chunked twice": "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "chunked not last": "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "two codings": "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "misspelt coding": "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "coding after a vertical tab": "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "bare line feeds": "Content-Length: 5\n\nhello",
    "carriage return alone": "X: a\rContent-Length: 5\r\n\r\nhello",
    "zero byte": "X: a\0b\r\nContent-Length: 5\r\n\r\nhello",
    "second host": "Host: other.test\r\nContent-Length: 5\r\n\r\nhello",
    "chunk size with blanks": "Transfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n",
    "chunk size in hex notation": "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
    "chunk size too large": "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    "chunk longer than said": "Transfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n",
    "chunk ends with line feed": "Transfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n",
}
# Whole heads that are wrong from their first line on.
BAD_HEADS = {
    "no host": "GET {base}/a HTTP/1.1\r\n\r\n",
    "chunked in HTTP/1.0": "POST {base}/a HTTP/1.0\r\nHost: site.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "version 2": "GET {base}/a HTTP/2.0\r\nHost: site.test\r\n\r\n",
    "no version": "GET {base}/a\r\n\r\n",
    "two spaces": "GET  {base}/a HTTP/1.1\r\nHost: site.test\r\n\r\n",
    "blank in target": "GET {base}/a b HTTP/1.1\r\nHost: site.test\r\n\r\n",
    "body on CONNECT": "CONNECT site.test:{port} HTTP/1.1\r\nHost: site.test:{port}\r\nContent-Length: 5\r\n\r\nhello",
    "unknown method": "SMUGGLE {base}/a HTTP/1.1\r\nHost: site.test\r\n\r\n",
    "credentials as host": "GET http://@/ HTTP/1.1\r\nHost: site.test\r\n\r\n",
    "not HTTP": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "endless field": "GET {base}/a HTTP/1.1\r\nHost: site.test\r\nX: " + "a" * 300_000 + "\r\n\r\n",
}
# Answers of an origin that no client may see as they are: 502, or the connection cut short.
BAD_ANSWERS = {
    "length and chunked": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "signed length": b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
    "coding before chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, identity, chunked, x\r\n\r\n0\r\n\r\n",
    "folded field": b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n",
    "two spaces after the version": b"HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n",
    "one-digit status": b"HTTP/1.1 2 OK\r\nContent-Length: 0\r\n\r\n",
    "status 000": b"HTTP/1.1 000 No\r\nContent-Length: 0\r\n\r\n",
    "not HTTP": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "bare line feeds": b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
    "101 not asked for": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: evil\r\nConnection: Upgrade\r\n\r\nGET /",
    "nothing": b"",
}


class Framing(case.Case):
    def setUp(self):
        self.origin = self.keep(origin.HttpOrigin())
        self.start(hosts={HOST: "127.0.0.1"})
        self.base = f"http://{HOST}:{self.origin.port}"

    def answers(self, data):
        """Sends bytes and the end of them; returns every status that came back until the gateway closed."""
        with client.Client(self.gateway.port) as attacker:
            try:
                attacker.send(data).finish()
                received = attacker.rest()
            except (ConnectionResetError, BrokenPipeError):
                received = b""
        return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]

    def check_nothing_smuggled(self, name):
        self.assertEqual(self.origin.seen("/smuggled"), [], name)
        self.assertEqual(self.origin.errors, [], name)
        self.assertTrue(self.gateway.alive(), name)

    def test_bad_requests(self):
        for name, rest in BAD_REQUESTS.items():
            with self.subTest(name):
                statuses = self.answers(f"POST {self.base}/bad HTTP/1.1\r\nHost: {HOST}\r\n{rest}{SMUGGLED}")
                self.check_nothing_smuggled(name)
                self.assertIn(statuses[:1], ([400], [413], [431], [501], []), name)
                for request in self.origin.seen("/bad"):
                    self.fail(f"{name}: went through as {request.head!r}")

    def test_bad_heads(self):
        for name, head in BAD_HEADS.items():
            with self.subTest(name):
                statuses = self.answers(head.format(base=self.base, port=self.origin.port) + SMUGGLED)
                self.check_nothing_smuggled(name)
                self.assertIn(statuses[:1], ([400], [414], [431], [501], [505], []), name)
        self.assertEqual(self.origin.requests, [])

    def test_no_second_request_after_an_error(self):
        statuses = self.answers(f"GET {self.base}/one HTTP/1.1\r\nHost: {HOST}\r\n\r\nnonsense\r\n\r\n"
                                f"GET {self.base}/two HTTP/1.1\r\nHost: {HOST}\r\n\r\n")
        self.assertIn(statuses, ([200, 400], [200, 501]))
        self.assertEqual([request.target for request in self.origin.requests], ["/one"])

    def test_bad_answers(self):
        for number, (name, answer) in enumerate(BAD_ANSWERS.items()):
            def handler(request, stream, answer=answer):
                del request
                stream.sock.sendall(answer)
                return False

            self.origin.routes[f"/{number}"] = handler
            with self.subTest(name), client.Client(self.gateway.port) as browser:
                got = browser.get(f"{self.base}/{number}")
                self.assertEqual(got.status, 502, name)
                self.assertTrue(self.gateway.alive())

    def test_bytes_after_an_answer_are_not_the_next_one(self):
        """An origin that says more than it framed loses its connection; the next client gets its own answer."""
        self.origin.routes["/more"] = origin.reply(b"mine") + origin.reply(b"poison")
        with client.Client(self.gateway.port) as browser:
            self.assertEqual(browser.get(f"{self.base}/more").body, b"mine")
            self.assertEqual(browser.get(f"{self.base}/other").body, b"origin\n")
        self.assertEqual(client.get(self.gateway.port, f"{self.base}/other").body, b"origin\n")

    def test_content_that_an_answer_cannot_have_is_not_the_next_one(self):
        """Whoever kept the connection would take what comes late for the answer to somebody else."""
        browser = client.Client(self.gateway.port)
        self.addCleanup(browser.sock.close)
        for number, head in enumerate((b"204 No Content\r\nContent-Length: 5", b"204 No Content\r\nTransfer-Encoding: chunked",
                                       b"103 Early Hints\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0")):
            self.origin.routes[f"/{number}"] = b"HTTP/1.1 " + head + b"\r\n\r\n"
            with self.subTest(head):
                self.assertIn(browser.get(f"{self.base}/{number}").status, (200, 204))
                before = self.origin.connections
                self.assertEqual(browser.get(f"{self.base}/other").body, b"origin\n")
                self.assertEqual(self.origin.connections, before + 1)

    def test_chunked_answer_cut_short_stays_cut(self):
        def cut(request, stream):
            del request
            stream.sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
            return False

        self.origin.routes["/cut"] = cut
        got = client.get(self.gateway.port, f"{self.base}/cut")
        self.assertEqual((got.body, got.complete), (b"hello", False))

    def test_bad_chunk_after_a_good_start_is_cut(self):
        def bad(request, stream):
            del request
            stream.sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n")

        self.origin.routes["/zz"] = bad
        try:
            got = client.get(self.gateway.port, f"{self.base}/zz")
        except EOFError:
            return  # cut before the first byte went out
        self.assertFalse(got.status == 200 and got.complete)


if __name__ == "__main__":
    case.main()
