"""The way to an origin: what is kept, what is waited for, what is sent again, and when nobody waits any more."""
import socket
import struct
import threading

import case
import client
import gateway
import origin

HOST = "site.test"


class Held(origin.HttpOrigin):
    """Answers /held only when it is told to; notes when the gateway lets a connection go meanwhile."""

    def __init__(self):
        self.go_on = threading.Event()
        self.arrived = threading.Semaphore(0)
        self.let_go = threading.Event()
        super().__init__()
        self.routes["/held"] = self.hold
        self.routes["/lost"] = self.lose

    def hold(self, request, stream):
        del request
        self.arrived.release()
        self.go_on.wait(client.TIMEOUT)
        stream.sock.sendall(origin.reply(b"held"))

    def lose(self, request, stream):
        del request
        self.arrived.release()
        stream.sock.settimeout(client.TIMEOUT)
        if stream.sock.recv(1) == b"":
            self.let_go.set()
        return False


class Origins(case.Case):
    settings = ""

    def setUp(self):
        self.origin = self.keep(Held())
        self.addCleanup(self.origin.go_on.set)
        self.start(hosts={HOST: "127.0.0.1"}, settings=self.settings, workers=1)
        self.base = f"http://{HOST}:{self.origin.port}"

    def ask(self, path, method="GET", body=b"", *fields):
        """Sends a request on a connection of its own, which is returned."""
        made = client.Client(self.gateway.port)
        self.addCleanup(made.sock.close)
        head = "".join(f"{field}\r\n" for field in fields)
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        return made.send(f"{method} {self.base}{path} HTTP/1.1\r\nHost: {HOST}\r\n{head}{length}\r\n".encode() + body)

    def record(self, path):
        return gateway.wait_until(
            lambda: [found for found in self.gateway.search("--host", HOST) if found["path"] == path], "the record")[-1]


class Unread(origin.Origin):
    """Takes nothing of what it is sent."""

    def __init__(self):
        self.reached, self.over = threading.Event(), threading.Event()
        super().__init__()

    def serve(self, stream):
        stream.sock.recv(1, socket.MSG_PEEK)
        self.reached.set()
        self.over.wait(client.TIMEOUT)


class OriginsThatTakeNothing(Origins):
    settings = '[proxy]\nbody_timeout = "300ms"\n'

    def test_it_is_not_the_client_that_is_told_to_hurry(self):
        for method, body in (("GET", b""), ("POST", b"all of it")):
            self.origin = self.keep(Unread())
            self.addCleanup(self.origin.over.set)
            wrapper = self.full_socket(f"{method} /stuck ")
            self.gateway.stop()
            self.gateway.start(wrapper=wrapper)
            self.base = f"http://{HOST}:{self.origin.port}"
            self.assertEqual(self.ask("/stuck", method, body).read(method).status, 504)
            record = self.record("/stuck")
            self.assertEqual((record["status"], record["outcome"]), (504, "timed-out"))
            self.assertEqual(self.counter("slow_clients_total"), 0)


class ClientsThatGo(Origins):
    def test_a_reset_while_the_origin_thinks_ends_the_exchange_at_once(self):
        asking = self.ask("/lost")
        self.assertTrue(self.origin.arrived.acquire(timeout=client.TIMEOUT))
        asking.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        asking.sock.close()
        self.assertTrue(self.origin.let_go.wait(client.TIMEOUT), "the origin's connection is closed")
        self.assertEqual(self.record("/lost")["outcome"], "client-gone")

    def test_a_reset_while_the_head_waits_for_the_origin_ends_the_exchange(self):
        self.origin = self.keep(Unread())
        self.addCleanup(self.origin.over.set)
        wrapper = self.full_socket("GET /stuck ")
        self.gateway.stop()
        self.gateway.start(wrapper=wrapper)
        self.base = f"http://{HOST}:{self.origin.port}"
        asking = self.ask("/stuck")
        self.assertTrue(self.origin.reached.wait(client.TIMEOUT))
        asking.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        asking.sock.close()
        self.assertEqual(self.record("/stuck")["outcome"], "client-gone")

    def test_a_client_that_has_finished_its_side_gets_its_answer(self):
        asking = self.ask("/held")
        asking.finish()
        self.assertTrue(self.origin.arrived.acquire(timeout=client.TIMEOUT))
        self.origin.go_on.set()
        self.assertEqual(asking.read().body, b"held")
        self.assertEqual(self.record("/held")["outcome"], "completed")


class ManyForOne(Origins):
    settings = """
[proxy]
origin_connections_per_host = 1
origin_queue_per_host = 1
"""

    def test_further_requests_wait_and_are_served_when_one_ends(self):
        first = self.ask("/held")
        self.assertTrue(self.origin.arrived.acquire(timeout=client.TIMEOUT))
        second = self.ask("/second")
        gateway.wait_until(lambda: self.counter("origin_waits_total") == 1, "the second to wait")
        third = self.ask("/third").read()
        self.assertEqual(third.status, 503, "the queue is full")
        self.assertIsNotNone(third.value("retry-after"))
        self.assertEqual(self.record("/third")["reason"], "origin-busy")
        self.origin.go_on.set()
        self.assertEqual(first.read().body, b"held")
        self.assertEqual(second.read().body, b"origin\n")
        self.assertEqual(self.origin.connections, 1, "it was one connection all along")

    def test_who_goes_away_while_waiting_leaves_its_turn_to_the_next(self):
        self.ask("/held")
        self.assertTrue(self.origin.arrived.acquire(timeout=client.TIMEOUT))
        leaving = self.ask("/leaving")
        gateway.wait_until(lambda: self.counter("origin_waits_total") == 1, "it to wait")
        leaving.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        leaving.sock.close()
        self.assertEqual(self.record("/leaving")["outcome"], "client-gone")
        self.origin.go_on.set()
        self.assertEqual(self.ask("/next").read().body, b"origin\n")
        self.assertEqual(self.origin.seen("/leaving"), [])


class ManyForOneThatIsSlow(Origins):
    settings = """
[proxy]
origin_connections_per_host = 1
connect_timeout = "300ms"
"""

    def test_who_waits_too_long_is_told_to_come_back(self):
        self.ask("/held")
        self.assertTrue(self.origin.arrived.acquire(timeout=client.TIMEOUT))
        answer = self.ask("/late").read()
        self.assertEqual(answer.status, 503)
        self.assertIsNotNone(answer.value("retry-after"))
        self.assertEqual(self.counter("origin_busy_total"), 1)
        self.assertEqual(self.origin.seen("/late"), [])


class SentAgain(Origins):
    """A kept connection that dies under a request: sent once more only where that can do no harm."""

    def dies_once(self, said=b""):
        done = []

        def handler(request, stream):
            if not done:
                done.append(request)
                stream.sock.sendall(said)
                return False
            stream.sock.sendall(origin.reply(b"again"))
            return True
        return handler

    def after_a_first(self, request, method="GET"):
        with client.Client(self.gateway.port) as browser:
            self.assertEqual(browser.get(f"{self.base}/first").status, 200)
            return browser.send(request).read(method)

    def head(self, method, path, *fields):
        return f"{method} {self.base}{path} HTTP/1.1\r\nHost: {HOST}\r\n" + "".join(f"{f}\r\n" for f in fields) + "\r\n"

    def test_idempotent_requests_without_a_body(self):
        for method in ("GET", "OPTIONS", "DELETE", "PUT"):
            self.origin.routes[f"/{method}"] = self.dies_once()
            self.assertEqual(self.after_a_first(self.head(method, f"/{method}"), method).status, 200, method)
        self.assertGreaterEqual(self.counter("origin_retries_total"), 4)

    def test_no_request_that_changes_something_or_carries_a_body(self):
        for method, fields, body in (("POST", ("Content-Length: 0",), ""), ("PATCH", (), ""),
                                     ("PUT", ("Content-Length: 3",), "abc")):
            path = f"/{method}-{len(body)}"
            self.origin.routes[path] = lambda request, stream: False
            answer = self.after_a_first(self.head(method, path, *fields) + body, method)
            self.assertEqual(answer.status, 502, method)
            self.assertEqual(len(self.origin.seen(path)), 1, method)

    def test_not_once_an_answer_has_begun(self):
        self.origin.routes["/partial"] = self.dies_once(b"HTTP/1.1 200 O")
        self.assertEqual(self.after_a_first(self.head("GET", "/partial")).status, 502)
        self.assertEqual(len(self.origin.seen("/partial")), 1)

    def test_not_after_an_interim_answer(self):
        self.origin.routes["/hinted"] = self.dies_once(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        answer = self.after_a_first(self.head("GET", "/hinted"))
        self.assertEqual(answer.status, 502)
        self.assertEqual(len(self.origin.seen("/hinted")), 1)


class Loops(Origins):
    def via(self):
        self.assertEqual(client.get(self.gateway.port, f"{self.base}/first").status, 200)
        return self.origin.seen("/first")[-1].values("via")[-1]

    def test_a_request_that_comes_back_is_refused(self):
        via = self.via()
        for value in (via, f"1.0 another, {via}, 1.1 third"):
            answer = client.get(self.gateway.port, f"{self.base}/loop", f"Via: {value}")
            self.assertEqual(answer.status, 508)
        self.assertEqual(self.origin.seen("/loop"), [])
        self.assertEqual(self.record("/loop")["reason"], "loop")
        self.assertEqual(self.counter("loops_total"), 2)

    def test_a_name_that_leads_back_to_the_gateway_goes_round_once(self):
        answer = client.get(self.gateway.port, f"http://{HOST}:{self.gateway.port}/")
        self.assertIn(answer.status, (400, 403, 508), "an origin-form request to a proxy, or our own Via")

    def test_another_gateway_of_the_same_name_is_no_loop(self):
        answer = client.get(self.gateway.port, f"{self.base}/on", "Via: 1.1 citygate, 1.1 citygate-00000000")
        self.assertEqual(answer.status, 200)

    def test_max_forwards_counts_down_and_ends_here(self):
        answer = client.get(self.gateway.port, f"{self.base}/o", "Max-Forwards: 3", method="OPTIONS")
        self.assertEqual(answer.status, 200)
        self.assertEqual(self.origin.seen("/o")[0].values("max-forwards"), ["2"])
        answer = client.get(self.gateway.port, f"{self.base}/zero", "Max-Forwards: 0", method="OPTIONS")
        self.assertEqual((answer.status, answer.body), (200, b""))
        self.assertIn("OPTIONS", answer.value("allow"))
        self.assertEqual(self.origin.seen("/zero"), [])
        self.assertEqual(self.record("/zero")["status"], 200)
        answer = client.get(self.gateway.port, f"{self.base}/odd", "Max-Forwards: many", method="OPTIONS")
        self.assertEqual(answer.status, 400)
        client.get(self.gateway.port, f"{self.base}/get", "Max-Forwards: 3")
        self.assertEqual(self.origin.seen("/get")[0].values("max-forwards"), ["3"], "for OPTIONS and TRACE only")


if __name__ == "__main__":
    case.main()
