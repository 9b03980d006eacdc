"""WebSocket (RFC 6455) as far as tests need it: the handshake, and frames of text and close, from both ends."""
import base64
import hashlib
import os
import struct
import threading

import origin

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE = 1, 8


def accept_value(key):
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()


def handshake(url, *fields):
    """A client's request head for `url`, and the value that the server must answer with."""
    key = base64.b64encode(os.urandom(16)).decode()
    host = url.split("/")[2]
    head = (f"GET {url} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n" + "".join(f"{field}\r\n" for field in fields))
    return (head + "\r\n").encode(), accept_value(key)


def frame(kind, payload, mask=b""):
    head = bytes([0x80 | kind])
    length = len(payload) if len(payload) < 126 else 126 if len(payload) < 65536 else 127
    head += bytes([length | (0x80 if mask else 0)])
    head += b"" if length < 126 else struct.pack(">H" if length == 126 else ">Q", len(payload))
    if mask:
        payload = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
    return head + mask + payload


def read_frame(stream):
    """(kind, payload) of the next frame, unmasked."""
    first, second = stream.exactly(2)
    length = second & 0x7f
    if length >= 126:
        length, = struct.unpack(">H" if length == 126 else ">Q", stream.exactly(2 if length == 126 else 8))
    mask = stream.exactly(4) if second & 0x80 else b""
    payload = stream.exactly(length)
    if mask:
        payload = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
    return first & 0xf, payload


class EchoServer(origin.Origin):
    """Greets in the packet of its 101, then echoes every text; counts the bytes behind the handshake in both directions.
    Other requests get a page; the one for /hold waits until a chat is over, which keeps a page that asks for it loading."""

    def __init__(self, greeting=b"welcome", page=b"", tls=None):
        self.over = threading.Event()
        self.greeting = frame(TEXT, greeting) if greeting else b""
        self.requests = []
        self.page = page
        self.received = self.sent = 0
        super().__init__(tls=tls)

    def send(self, stream, data):
        self.sent += len(data)
        stream.sock.sendall(data)

    def serve(self, stream):
        while True:
            request = origin.read_request(stream)
            with self.lock:
                self.requests.append(request)
            if request.values("sec-websocket-key"):
                break
            if request.target == "/hold":
                self.over.wait(30)
            stream.sock.sendall(origin.reply(self.page))
        answer = accept_value(request.values("sec-websocket-key")[0])
        self.sent += len(self.greeting)
        stream.sock.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            b"Sec-WebSocket-Accept: " + answer.encode() + b"\r\n\r\n" + self.greeting)
        while True:
            kind, payload = read_frame(stream)
            self.received += len(frame(kind, payload, b"mask"))
            self.send(stream, frame(kind, payload))
            if kind == CLOSE:
                self.over.set()
                return
