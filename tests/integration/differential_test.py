"""Odd requests through the gateway to origins whose parsers were written by different people: all must see the same requests
with the same content, none may see one that the client did not frame, and the next request is answered as itself."""
import json

import case
import client
import odd_requests
import origin
import real_origins

HOST = "odd.test"


class Differential(case.Case):
    strictly_seen = None  # by the tests' own reader: both comparisons stand on it

    def setUp(self):
        # One worker: everybody's requests share one pool of connections, so that what one leaves behind meets the next.
        self.start(hosts={HOST: "127.0.0.1", "other.test": "127.0.0.1"}, workers=1)
        self.heads = 0

    def answers(self, data):
        """Sends everything and the end; returns what each answer says that it answers: a target, or a status of our own."""
        with client.Client(self.gateway.port) as sender:
            try:
                sender.send(data).finish()
            except (ConnectionResetError, BrokenPipeError):
                pass
            answered = []
            try:
                while True:
                    answered.append(self.answered(sender))
            except (EOFError, ConnectionResetError):
                return answered

    def answered(self, sender):
        # The method does not matter but for HEAD, which is known by the empty content behind a length.
        head = sender.stream.until(b"\r\n\r\n")
        first, fields = origin.split_head(head)
        status = int(first.split(" ")[1])
        if status < 200:
            return self.answered(sender)
        values = {name.lower(): value for name, value in fields}
        body = bytearray()
        if "transfer-encoding" in values:
            sender.stream.chunked(body)
        elif self.heads and status == 200:
            self.heads -= 1
            return None
        else:
            body += sender.stream.exactly(int(values.get("content-length", 0)))
        return json.loads(bytes(body))["target"] if status == 200 else status

    def fill(self, odd, port, path):
        filled = {b"{base}": f"http://{HOST}:{port}", b"{base4}": f"://{HOST}:{port}", b"{host}": HOST, b"{path}": path,
                  b"{authority}": f"{HOST}:{port}", b"{dotted}": f"{HOST}.:{port}"}
        data = odd.data
        for mark, text in filled.items():
            data = data.replace(mark, text.encode())
        return data

    def send(self, odd, server, number):
        """One odd request, its sentinel behind it, and another sentinel by somebody else; returns what the origin saw."""
        path, sentinel, other = f"/odd/{number}", f"/sentinel/{number}", f"/other/{number}"
        self.heads = odd.data.count(b"HEAD {base}")
        answered = self.answers(self.fill(odd, server.port, path) +
                                f"GET http://{HOST}:{server.port}{sentinel} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        alone = client.get(self.gateway.port, f"http://{HOST}:{server.port}{other}")
        self.assertEqual((alone.status, json.loads(alone.body)["target"] if alone.status == 200 else alone.body), (200, other))
        saw = server.take(other)
        self.assertEqual(saw[-1:], [("GET", other, b"")])
        saw = saw[:-1]
        # Answers in the order of the requests, each its own; one of ours may end the connection.
        ours = [target for target in answered if isinstance(target, str)]
        wanted = [target for method, target, _ in saw if method != "HEAD"]
        self.assertEqual(ours, wanted, answered)
        goes_on = ("GET", sentinel, b"") in saw
        if goes_on:
            self.assertEqual(saw.pop(), ("GET", sentinel, b""))
            self.assertEqual(ours[-1], sentinel)
        for _, target, _ in saw:
            self.assertTrue(target.startswith(path), target)
        # What a length too large swallowed of the sentinel names the port.
        return [(method, body.replace(b"%d" % server.port, b"port")) for method, _, body in saw], goes_on

    def run_all(self, server):
        """What this origin saw of every odd request, by name."""
        saw = {}
        for number, odd in enumerate(self.cases()):
            with self.subTest(odd.name):
                saw[odd.name] = self.send(odd, server, number)
                if odd.arrives is not None:
                    self.assertEqual(saw[odd.name][0], odd.arrives)
                if odd.goes_on is not None:
                    self.assertEqual(saw[odd.name][1], odd.goes_on)
        self.assertTrue(self.gateway.alive())
        self.assertEqual(server.complaints(), [])
        return saw

    def cases(self):
        every = list(odd_requests.every())
        return every[::case.reduced(1, 4)]

    def compare(self, server):
        if not Differential.strictly_seen:
            Differential.strictly_seen = self.run_all(self.keep(real_origins.Strict()))
        mine, theirs = self.strictly_seen, self.run_all(server)
        self.assertEqual({name: (seen, mine.get(name)) for name, seen in theirs.items() if seen != mine.get(name)}, {})

    def test_nginx_sees_the_same(self):
        self.compare(self.keep(real_origins.Nginx()))

    def test_node_sees_the_same(self):
        self.compare(self.keep(real_origins.Node()))


if __name__ == "__main__":
    case.main()
