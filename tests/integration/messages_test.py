"""HTTP/1 through the gateway, message by message: framing on both sides, interim answers, fields, connections."""
import case
import client
import origin

HOST = "site.test"


def chunked(pieces, trailers=b""):
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n" + trailers + b"\r\n"


class Messages(case.Case):
    def setUp(self):
        self.origin = self.keep(origin.HttpOrigin())
        self.start(hosts={HOST: "127.0.0.1", "six.test": "::1"})
        self.base = f"http://{HOST}:{self.origin.port}"

    def client(self, **options):
        return self.keep_client(client.Client(self.gateway.port, **options))

    def keep_client(self, made):
        self.addCleanup(made.sock.close)
        return made

    def test_connections_are_kept_on_both_sides(self):
        browser = self.client()
        for number in range(20):
            self.assertEqual(browser.get(f"{self.base}/{number}").body, b"origin\n")
        self.assertEqual(len(self.origin.requests), 20)
        self.assertEqual(self.origin.connections, 1)

    def test_request_is_origin_form_with_the_targets_host(self):
        self.client().send(f"GET {self.base}/a%20b?q=1 HTTP/1.1\r\nHost: other.test\r\nX-Own: kept\r\n\r\n").read()
        request = self.origin.requests[0]
        self.assertEqual(request.target, "/a%20b?q=1")
        self.assertEqual(request.values("host"), [f"{HOST}:{self.origin.port}"])
        self.assertEqual(request.values("x-own"), ["kept"])
        self.assertRegex(request.values("via")[0], r"^1\.1 \S+")

    def test_hop_by_hop_fields_stop_here(self):
        self.origin.routes["/hop"] = origin.reply(b"x", extra="Connection: X-Drop\r\nX-Drop: 1\r\nKeep-Alive: timeout=5\r\n"
                                                  "Proxy-Authenticate: Basic realm=evil\r\nX-Stay: 1\r\n")
        answer = self.client().get(f"{self.base}/hop", "Connection: keep-alive, X-Mine", "X-Mine: 1", "Keep-Alive: 5",
                                   "Proxy-Connection: keep-alive", "TE: trailers", "X-Forwarded-For: 10.0.0.1",
                                   "Forwarded: for=10.0.0.1")
        request = self.origin.requests[0]
        for name in ("x-mine", "keep-alive", "proxy-connection", "x-forwarded-for", "forwarded"):
            self.assertEqual(request.values(name), [], name)
        for name in ("x-drop", "keep-alive", "proxy-authenticate"):
            self.assertEqual(answer.values(name), [], name)
        self.assertEqual(answer.values("x-stay"), ["1"])
        self.assertRegex(answer.value("via"), r"1\.1 \S+")

    def test_bodies_both_ways(self):
        body = bytes(range(256)) * 4000
        self.origin.routes["/echo"] = lambda request, stream: stream.sock.sendall(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked([request.body[:70000], request.body[70000:]]))
        browser = self.client()
        for head, payload in ((f"Content-Length: {len(body)}", body),
                              ("Transfer-Encoding: chunked", chunked([body[:1], body[1:5000], body[5000:]]))):
            browser.send(f"POST {self.base}/echo HTTP/1.1\r\nHost: {HOST}\r\n{head}\r\n\r\n").send(payload)
            self.assert_bytes(browser.read("POST").body, body)
        self.assertEqual(self.origin.connections, 1)

    def test_trailers_pass_both_ways(self):
        self.origin.routes["/t"] = lambda request, stream: stream.sock.sendall(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
            + chunked([b"abc"], b"X-Sum: 6\r\nContent-Length: 9\r\n"))
        browser = self.client().send(f"POST {self.base}/t HTTP/1.1\r\nHost: {HOST}\r\nTransfer-Encoding: chunked\r\n\r\n"
                                     "3\r\nxyz\r\n0\r\nX-Mine: 7\r\nHost: evil\r\n\r\n")
        answer = browser.read("POST")
        self.assertEqual((answer.body, answer.trailers), (b"abc", b"X-Sum: 6\r\n"))
        self.assertEqual(self.origin.requests[0].trailers, b"X-Mine: 7\r\n")

    def test_answers_without_a_body_leave_the_connection_usable(self):
        self.origin.routes["/204"] = b"HTTP/1.1 204 No Content\r\n\r\n"
        self.origin.routes["/304"] = b"HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nContent-Length: 5000\r\n\r\n"
        self.origin.routes["/head"] = origin.reply(b"y" * 5000)
        browser = self.client()
        for _ in range(3):
            self.assertEqual(browser.get(f"{self.base}/204").status, 204)
            self.assertEqual(browser.get(f"{self.base}/304").status, 304)
            head = browser.get(f"{self.base}/head", method="HEAD")
            self.assertEqual((head.status, head.value("content-length"), head.body), (200, "5000", b""))
            self.assertEqual(len(browser.get(f"{self.base}/head").body), 5000)
        self.assertEqual(self.origin.connections, 1)

    def test_interim_answers_pass(self):
        self.origin.routes["/hints"] = (b"HTTP/1.1 103 Early Hints\r\nLink: </s.css>; rel=preload\r\n\r\n"
                                        + origin.reply(b"done"))
        answer = self.client().get(f"{self.base}/hints")
        self.assertEqual((answer.body, [interim.status for interim in answer.interim]), (b"done", [103]))

    def test_expect_continue(self):
        browser = self.client().send(f"PUT {self.base}/up HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 5\r\n"
                                     "Expect: 100-continue\r\n\r\n")
        self.assertEqual(browser.stream.until(b"\r\n\r\n").split(b" ")[1], b"100")
        self.assertEqual(browser.send(b"hello").read("PUT").status, 200)
        self.assertEqual(self.origin.requests[0].body, b"hello")

    def test_final_answer_instead_of_continue(self):
        def refuse(request, stream):
            del request
            stream.sock.sendall(b"HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

        self.origin.on_head = lambda stream: lambda request: refuse(request, stream)
        answer = self.client().send(f"PUT {self.base}/up HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 500000\r\n"
                                    "Expect: 100-continue\r\n\r\n").read("PUT")
        self.assertEqual(answer.status, 417)

    def test_pipelined_requests_are_answered_in_order(self):
        for number in range(8):
            self.origin.routes[f"/{number}"] = origin.reply(b"answer %d" % number)
        browser = self.client().send("".join(f"GET {self.base}/{number} HTTP/1.1\r\nHost: {HOST}\r\n\r\n"
                                             for number in range(8)))
        self.assertEqual([browser.read().body for _ in range(8)], [b"answer %d" % number for number in range(8)])

    def test_http_10_client(self):
        self.origin.routes["/c"] = lambda request, stream: stream.sock.sendall(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked([b"one", b"two"]))
        answer = self.client().get(f"{self.base}/c", version="HTTP/1.0")
        self.assertEqual((answer.values("transfer-encoding"), answer.body), ([], b"onetwo"))
        browser = self.client()
        for _ in range(3):
            answer = browser.get(f"{self.base}/plain", "Connection: keep-alive", version="HTTP/1.0")
            self.assertEqual((answer.body, (answer.value("connection") or "").lower()), (b"origin\n", "keep-alive"))

    def test_answer_until_close(self):
        def until_close(request, stream):
            del request
            stream.sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + b"z" * 100_000)
            return False

        self.origin.routes["/close"] = until_close
        browser = self.client()
        self.assert_bytes(browser.get(f"{self.base}/close").body, b"z" * 100_000)
        answer = self.client().get(f"{self.base}/close", version="HTTP/1.0")
        self.assert_bytes(answer.body, b"z" * 100_000)

    def test_ipv6_origin(self):
        six = self.keep(origin.HttpOrigin(address="::1"))
        self.assertEqual(client.get(self.gateway.port, f"http://six.test:{six.port}/").body, b"origin\n")

    def test_literal_loopback_is_refused(self):
        for host in ("127.0.0.1", "[::1]", "0x7f.1", "2130706433", "127.1", "[::ffff:127.0.0.1]"):
            answer = client.get(self.gateway.port, f"http://{host}:{self.origin.port}/")
            self.assertEqual(answer.status, 403, host)
        self.assertEqual(self.origin.connections, 0)

    def test_slow_readers_do_not_fill_memory(self):
        total = 60_000_000
        self.origin.routes["/huge"] = origin.endless(total, "application/octet-stream")
        self.assertEqual(client.get(self.gateway.port, f"{self.base}/warm").status, 200)
        before = peak = self.gateway.memory_kb()
        readers = [self.client(receive_buffer=8192).send(f"GET {self.base}/huge HTTP/1.1\r\nHost: {HOST}\r\n\r\n")
                   for _ in range(4)]
        for reader in readers:
            reader.stream.until(b"\r\n\r\n")
        # A gateway without back-pressure would swallow all of it long before the readers have taken a tenth.
        for _ in range(10):
            for reader in readers:
                reader.stream.exactly(total // 100)
            peak = max(peak, self.gateway.memory_kb())
        self.assertLess(peak - before, 40_000)


if __name__ == "__main__":
    case.main()
