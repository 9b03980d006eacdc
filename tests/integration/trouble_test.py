"""What goes wrong between two strangers: aborts, silence, stale connections. Each costs its own exchange and no other."""
import socket
import threading

import case
import client
import gateway
import origin

HOST = "site.test"
# Short enough to wait for; a test that reaches one of them has waited for nothing else.
TIMEOUTS = """
[proxy]
header_timeout = "700ms"
keep_alive_timeout = "900ms"
body_timeout = "700ms"
response_timeout = "700ms"
connect_timeout = "700ms"
tunnel_idle_timeout = "700ms"
"""


class Trouble(case.Case):
    settings = ""

    def setUp(self):
        self.origin = self.keep(origin.HttpOrigin())
        self.start(hosts={HOST: "127.0.0.1"}, settings=self.settings)
        self.base = f"http://{HOST}:{self.origin.port}"

    def last(self, path):
        return [record for record in self.gateway.search("--host", HOST) if record["path"] == path][-1]


class Aborts(Trouble):
    def test_client_aborts_a_download(self):
        gone = threading.Event()

        def send(request, stream):
            try:
                origin.endless(200_000_000, "application/octet-stream")(request, stream)
            finally:
                gone.set()

        self.origin.routes["/big"] = send
        with client.Client(self.gateway.port) as browser:
            browser.send(f"GET {self.base}/big HTTP/1.1\r\nHost: {HOST}\r\n\r\n").stream.exactly(100_000)
        self.assertTrue(gone.wait(client.TIMEOUT), "the origin is let go")
        record = gateway.wait_until(lambda: self.gateway.search("--host", HOST), "the record")[-1]
        self.assertEqual(record["outcome"], "client-gone")

    def test_client_aborts_an_upload(self):
        with client.Client(self.gateway.port) as browser:
            browser.send(f"POST {self.base}/up HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 1000000\r\n\r\nhalf")
        self.assertEqual(client.get(self.gateway.port, f"{self.base}/next").status, 200)
        self.assertEqual(self.origin.seen("/up"), [])

    def test_origin_aborts_a_body(self):
        def abort(request, stream):
            del request
            stream.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
            return False

        self.origin.routes["/half"] = abort
        answer = client.get(self.gateway.port, f"{self.base}/half")
        self.assertEqual((answer.body, answer.complete), (b"half", False))
        self.assertEqual(self.last("/half")["outcome"], "origin-gone")

    def test_origin_closes_idle_connections(self):
        with client.Client(self.gateway.port) as browser:
            for number in range(10):
                self.assertEqual(browser.get(f"{self.base}/{number}").body, b"origin\n")
                self.origin.close_connections()

    def test_stale_connection_is_retried_unseen(self):
        """The origin closes just as the next request arrives: a GET goes again, and reaches it once."""
        once = []

        def close_without_answer(request, stream):
            if not once:
                once.append(request)
                return False
            stream.sock.sendall(origin.reply(b"again"))
            return True

        self.origin.routes["/stale"] = close_without_answer
        with client.Client(self.gateway.port) as browser:
            self.assertEqual(browser.get(f"{self.base}/first").status, 200)
            self.assertEqual(browser.get(f"{self.base}/stale").body, b"again")

    def test_post_is_not_sent_twice(self):
        self.origin.routes["/pay"] = lambda request, stream: False
        with client.Client(self.gateway.port) as browser:
            self.assertEqual(browser.get(f"{self.base}/first").status, 200)
            browser.send(f"POST {self.base}/pay HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 3\r\n\r\n100")
            self.assertEqual(browser.read("POST").status, 502)
        self.assertEqual(len(self.origin.seen("/pay")), 1)

    def test_unknown_name(self):
        answer = client.get(self.gateway.port, "http://no-such-name.invalid/")
        self.assertIn(answer.status, (502, 503, 504))


class Silence(Trouble):
    settings = TIMEOUTS

    def test_client_that_says_nothing_is_closed(self):
        with client.Client(self.gateway.port) as silent:
            self.assertTrue(silent.closed())

    def test_half_a_head_times_out(self):
        with client.Client(self.gateway.port) as slow:
            slow.send(f"GET {self.base}/ HTTP/1.1\r\nHost:")
            received = slow.rest()
        self.assertTrue(received == b"" or b" 408 " in received.split(b"\r\n")[0], received[:100])

    def test_half_a_body_times_out(self):
        with client.Client(self.gateway.port) as slow:
            slow.send(f"POST {self.base}/up HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 100\r\n\r\nhalf")
            received = slow.rest()
        self.assertTrue(received == b"" or b" 408 " in received.split(b"\r\n")[0], received[:100])

    def test_origin_that_never_answers(self):
        never = threading.Event()
        self.addCleanup(never.set)
        self.origin.routes["/never"] = lambda request, stream: not never.wait(client.TIMEOUT)
        answer = client.get(self.gateway.port, f"{self.base}/never")
        self.assertEqual(answer.status, 504)
        self.assertEqual(self.last("/never")["outcome"], "timed-out")

    def test_origin_that_stops_in_mid_body(self):
        never = threading.Event()
        self.addCleanup(never.set)

        def stall(request, stream):
            del request
            stream.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
            never.wait(client.TIMEOUT)
            return False

        self.origin.routes["/stall"] = stall
        answer = client.get(self.gateway.port, f"{self.base}/stall")
        self.assertEqual((answer.body, answer.complete), (b"half", False))

    def test_silent_tunnel_ends(self):
        class Mute(origin.Origin):
            def serve(self, stream):
                stream.sock.recv(1)

        mute = self.keep(Mute())
        with client.Client(self.gateway.port) as made:
            self.assertEqual(made.connect(f"{HOST}:{mute.port}").status, 200)
            self.assertTrue(made.closed())

    def test_origin_that_does_not_accept(self):
        with socket.socket() as full:  # a backlog of none, already taken
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            port = full.getsockname()[1]
            waiting = [socket.socket() for _ in range(4)]
            for sock in waiting:
                sock.setblocking(False)
                sock.connect_ex(("127.0.0.1", port))
            answer = client.get(self.gateway.port, f"http://{HOST}:{port}/")
            for sock in waiting:
                sock.close()
        self.assertIn(answer.status, (502, 504))


class Pages(Trouble):
    def setUp(self):
        made = self.make(hosts={HOST: "127.0.0.1"}, settings='[proxy]\nclient_write_timeout = "300ms"\n')
        made.start(wrapper=self.full_socket("HTTP/1.1 501"))

    def test_a_page_that_its_client_does_not_take_is_a_slow_readers(self):
        with client.Client(self.gateway.port) as browser:
            browser.send(f"GET https://{HOST}/ HTTP/1.1\r\nHost: {HOST}\r\n\r\n")
            gateway.wait_until(lambda: self.counter("slow_clients_total") == 1, "the slow reader to be counted")


if __name__ == "__main__":
    case.main()
