"""Upgrade (RFC 9110 section 7.8): what may pass becomes a tunnel that is metered and recorded as one, all else stays HTTP."""
import os
import socket
import threading

import browser
import case
import city
import client
import gateway
import origin
import websocket

HOST = "chat.test"
MASK = b"\x11\x22\x33\x44"


class Switching(origin.Origin):
    """Answers any request with the head it is given, then echoes until the peer finishes, and finishes."""

    def __init__(self, answer):
        self.answer = answer
        self.requests = []
        super().__init__()

    def serve(self, stream):
        self.requests.append(origin.read_request(stream))
        stream.sock.sendall(self.answer)
        data = stream.buffer
        while data or (data := stream.sock.recv(65536)):
            stream.sock.sendall(data)
            data = b""
        stream.sock.shutdown(socket.SHUT_WR)


def switching(protocol, connection="Upgrade", extra=b""):
    return f"HTTP/1.1 101 Switching Protocols\r\nConnection: {connection}\r\nUpgrade: {protocol}\r\n\r\n".encode() + extra


def asking(base, protocol, fields="", body="", method="GET", version="HTTP/1.1"):
    return (f"{method} {base}/up HTTP/1.1\r\nHost: {HOST}\r\nConnection: Upgrade\r\nUpgrade: {protocol}\r\n{fields}\r\n{body}"
            .replace("HTTP/1.1", version))


class Upgrade(case.Case):
    def open(self, **options):
        return self.start(hosts={HOST: "127.0.0.1", "www.pokerstars.com": "127.0.0.1"}, **options)

    def connect(self):
        made = client.Client(self.gateway.port, city.CLERK)
        self.addCleanup(made.sock.close)
        return made

    def join(self, server, *fields, early=b""):
        """A WebSocket through the gateway, past its handshake."""
        made = self.connect()
        head, accept = websocket.handshake(f"http://{HOST}:{server.port}/chat?room=1", *fields)
        made.send(head + early)
        answer = made.stream.until(b"\r\n\r\n")
        first, found = origin.split_head(answer)
        found = {name.lower(): value for name, value in found}
        self.assertEqual(first, "HTTP/1.1 101 Switching Protocols")
        self.assertEqual((found["upgrade"], found["connection"].lower(), found["sec-websocket-accept"]),
                         ("websocket", "upgrade", accept))
        return made

    def record(self):
        """The last record, with the bytes of all slices."""
        def last():
            found = self.gateway.search("--host", HOST)
            return found if any(record["outcome"] != "completed" or record["status"] for record in found) else None

        records = gateway.wait_until(last, "the last record")
        bytes_of = {name: sum(record[name] for record in records) for name in ("from_client_bytes", "to_client_bytes")}
        return records[-1] | bytes_of

    def test_websocket_passes_and_is_recorded_to_the_byte(self):
        self.open()
        server = self.keep(websocket.EchoServer())
        chat = self.join(server, "Sec-WebSocket-Protocol: chat", "TE: trailers")
        self.assertEqual(websocket.read_frame(chat.stream), (websocket.TEXT, b"welcome"))
        for text in (b"hello", b"x" * 300, b"y" * 200_000):
            chat.send(websocket.frame(websocket.TEXT, text, MASK))
            self.assertEqual(websocket.read_frame(chat.stream), (websocket.TEXT, text))
        chat.send(websocket.frame(websocket.CLOSE, b"", MASK))
        self.assertEqual(websocket.read_frame(chat.stream), (websocket.CLOSE, b""))
        self.assertEqual(chat.rest(), b"")
        chat.sock.close()
        request, = server.requests
        self.assertEqual(request.values("upgrade"), ["websocket"])
        self.assertEqual(request.values("connection"), ["TE, Upgrade"])
        self.assertEqual(request.values("sec-websocket-protocol"), ["chat"])
        record = self.record()
        self.assertEqual((record["method"], record["scheme"], record["path"], record["status"], record["outcome"]),
                         ("GET", "http", "/chat", 101, "completed"))
        self.assertEqual((record["from_client_bytes"], record["to_client_bytes"]), (server.received, server.sent))

    def test_a_long_greeting_right_behind_the_answer_arrives_whole(self):
        # Read with the head of the answer, it is more than a usual block holds.
        self.open()
        greeting = bytes(range(256)) * 800
        server = self.keep(Switching(switching("sockets/2", extra=greeting)))
        made = self.connect().send(asking(f"http://{HOST}:{server.port}", "sockets/2"))
        self.assertIn(b" 101 ", made.stream.until(b"\r\n\r\n"))
        self.assertEqual(made.stream.exactly(len(greeting)), greeting)
        made.sock.shutdown(socket.SHUT_WR)
        self.assertEqual(made.rest(), b"")
        self.assertEqual(self.record()["to_client_bytes"], len(greeting))

    def test_bytes_before_the_answer_are_held_and_not_read_as_http(self):
        self.open()
        smuggled = f"GET http://{HOST}:1/smuggled HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
        server = self.keep(websocket.EchoServer())
        chat = self.join(server, early=websocket.frame(websocket.TEXT, smuggled, MASK))
        websocket.read_frame(chat.stream)
        self.assertEqual(websocket.read_frame(chat.stream), (websocket.TEXT, smuggled))
        self.assertEqual(len(server.requests), 1)

    def test_other_protocols_pass_and_each_side_may_finish_first(self):
        self.open()
        server = self.keep(Switching(switching("sockets/2", "keep-alive, upgrade")))
        made = self.connect().send(asking(f"http://{HOST}:{server.port}", "sockets/2, other", method="POST"))
        self.assertIn(b" 101 ", made.stream.until(b"\r\n\r\n"))
        data = os.urandom(3_000_000)
        sender = threading.Thread(target=lambda: made.send(data).finish())
        sender.start()
        self.assert_bytes(made.rest(), data)
        sender.join()
        made.sock.close()
        record = self.record()
        self.assertEqual((record["from_client_bytes"], record["to_client_bytes"], record["outcome"]),
                         (len(data), len(data), "completed"))

    def test_what_must_not_be_offered(self):
        """The origin sees a plain request; its plain answer comes back and the connection goes on."""
        self.open()
        web = self.keep(origin.HttpOrigin())
        base = f"http://{HOST}:{web.port}"
        hidden = {
            "h2c": asking(base, "h2c", "HTTP2-Settings: AAMAAABkAAQAAP__\r\n"),
            "HTTP/2.0": asking(base, "HTTP/2.0"),
            "TLS": asking(base, "TLS/1.2"),
            "only what is no token": asking(base, '"websocket", web socket, a/b/c'),
            "with content": asking(base, "websocket", "Content-Length: 5\r\n", "hello"),
            "in chunks": asking(base, "websocket", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n"),
            "with an expectation": asking(base, "foo", "Expect: 100-continue\r\n"),
            "WebSocket by POST": asking(base, "websocket", method="POST"),
            "not named by Connection": asking(base, "websocket").replace("Connection: Upgrade\r\n", ""),
        }
        made = self.connect()
        for name, request in hidden.items():
            with self.subTest(name):
                self.assertEqual(made.send(request).read().status, 200)
                seen = web.requests[-1]
                self.assertEqual(seen.values("upgrade") + seen.values("connection") + seen.values("http2-settings"), [])
        old = self.connect().send(asking(base, "websocket", version="HTTP/1.0"))
        self.assertEqual(old.read().status, 200)
        self.assertEqual(web.requests[-1].values("upgrade"), [])
        self.assertEqual(made.send(asking(base, "h2c, websocket, TLS/1.0")).read().status, 200)
        self.assertEqual(web.requests[-1].values("upgrade"), ["websocket"])

    def test_an_origin_that_stays_with_http(self):
        """Another status is an answer like any other, and the next request one like any other."""
        self.open()
        web = self.keep(origin.HttpOrigin({"/up": origin.reply(b"no", status="426 Upgrade Required",
                                                               extra="Connection: Upgrade\r\nUpgrade: other\r\n")}))
        base = f"http://{HOST}:{web.port}"
        made = self.connect().send(asking(base, "websocket"))
        answer = made.read()
        self.assertEqual((answer.status, answer.body), (426, b"no"))
        self.assertEqual(made.get(f"{base}/next").body, b"origin\n")
        self.assertEqual(len(web.requests), 2)

    def test_switches_that_nobody_asked_for(self):
        self.open()
        for name, answer, request in (
                ("unasked", switching("websocket"), "GET {}/up HTTP/1.1\r\nHost: chat.test\r\n\r\n"),
                ("another protocol", switching("other"), None), ("one protocol too many", switching("websocket, other"), None),
                ("no protocol", switching(""), None), ("Connection silent", switching("websocket", "keep-alive"), None),
                ("HTTP/1.0", switching("websocket").replace(b"HTTP/1.1", b"HTTP/1.0"), None),
                ("h2c was not offered", switching("h2c"), asking("{}", "h2c, websocket")),
                ("with content", asking("{}", "websocket", "Content-Length: 5\r\n", "hello") and switching("websocket"),
                 asking("{}", "websocket", "Content-Length: 5\r\n", "hello"))):
            with self.subTest(name):
                server = self.keep(Switching(answer))
                request = (request or asking("{}", "websocket")).replace("{}", f"http://{HOST}:{server.port}")
                self.assertEqual(self.connect().send(request).read().status, 502)
        self.assertTrue(self.gateway.alive())

    def test_policy_comes_first(self):
        self.open()
        server = self.keep(websocket.EchoServer())
        head, _ = websocket.handshake(f"http://www.pokerstars.com:{server.port}/live")
        self.assertEqual(self.connect().send(head).read().status, 403)
        self.assertEqual(server.connections, 0)

    def test_cut_by_order(self):
        made = self.open()
        server = self.keep(websocket.EchoServer())
        chat = self.join(server)
        websocket.read_frame(chat.stream)
        path = made.write("more.txt", HOST + "\n")
        made.ask("lists", "import", str(path), "--as", "more", "--category", "gambling")
        self.assertEqual(chat.rest(), b"")
        record = self.record()
        self.assertEqual((record["outcome"], record["reason"], record["status"]), ("cut", "prohibited", 101))

    def test_idle_ones_end_and_live_ones_leave_slices(self):
        idle = case.reduced(2, 5)  # long enough for a slow machine to send its one text meanwhile
        self.open(settings=f'[proxy]\ntunnel_idle_timeout = "{idle}s"\nslice_interval = "1s"\n')
        server = self.keep(websocket.EchoServer(greeting=b""))
        chat = self.join(server)
        chat.send(websocket.frame(websocket.TEXT, b"one", MASK))
        websocket.read_frame(chat.stream)
        self.assertEqual(chat.rest(), b"")
        record = self.record()
        self.assertEqual((record["outcome"], record["from_client_bytes"], record["to_client_bytes"]),
                         ("timed-out", server.received, server.sent))

    def test_busy_ones_end_with_their_lifetime(self):
        self.open(settings='[proxy]\ntunnel_lifetime = "1s"\n')
        server = self.keep(websocket.EchoServer(greeting=b""))
        chat = self.join(server)
        try:
            while True:
                chat.send(websocket.frame(websocket.TEXT, b"busy", MASK))
                websocket.read_frame(chat.stream)
        except (EOFError, ConnectionError):
            pass
        self.assertEqual(self.record()["outcome"], "timed-out")

    def test_a_browser_chats_through_the_gateway(self):
        """Browsers ask an explicit proxy for a tunnel first (RFC 6455 section 4.1)."""
        case.tool("chromium")
        self.open()
        page = b"""<!doctype html><title>Chat</title><p id="m">nothing yet</p><img src="/hold"><script>
            const chat = new WebSocket("ws://" + location.host + "/chat"), heard = [];
            chat.onopen = () => chat.send("council");
            chat.onmessage = (event) => {
              heard.push(event.data);
              document.getElementById("m").textContent = heard.join(" ");
              if (heard.length == 2) chat.close();
            };</script>"""
        server = self.keep(websocket.EchoServer(page=page))
        dom = browser.dom(f"http://{HOST}:{server.port}/", f"--proxy-server=http://127.0.0.1:{self.gateway.port}")
        self.assertIn("welcome council", dom)
        tunnels = [record for record in self.gateway.search("--host", HOST) if record["method"] == "CONNECT"]
        self.assertGreater(sum(record["to_client_bytes"] for record in tunnels), len("welcome council"))


if __name__ == "__main__":
    case.main()
