"""A client that sends the bytes it is told to, and reads answers strictly: what it accepts, every browser does."""
import dataclasses
import socket

import origin

TIMEOUT = 30.0


@dataclasses.dataclass
class Response:
    status: int
    fields: list
    body: bytes
    interim: list
    trailers: bytes = b""
    complete: bool = True  # False: the connection ended before the message did

    def values(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def value(self, name):
        found = self.values(name)
        return found[0] if found else None


class Client:
    """One connection to the gateway, from the desk `source`."""

    def __init__(self, port, source="127.0.0.1", receive_buffer=None):
        self.sock = socket.socket()
        self.sock.settimeout(TIMEOUT)
        if receive_buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.sock.bind((source, 0))
        self.sock.connect(("127.0.0.1", port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = origin.Stream(self.sock)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data if isinstance(data, bytes) else data.encode("latin-1"))
        return self

    def get(self, url, *fields, method="GET", version="HTTP/1.1"):
        """Sends a request of absolute form and reads the answer."""
        host = url.split("/")[2]
        head = f"{method} {url} {version}\r\nHost: {host}\r\n" + "".join(f"{field}\r\n" for field in fields)
        return self.send(head + "\r\n").read(method)

    def browse(self, url):
        """A navigation, as a browser asks for a page over plain HTTP."""
        return self.get(url, "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                        "Upgrade-Insecure-Requests: 1", "User-Agent: Mozilla/5.0 (X11; Linux x86_64)")

    def connect(self, authority, *fields):
        """CONNECT; on 200 the stream is the tunnel's."""
        head = f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n" + "".join(f"{field}\r\n" for field in fields)
        return self.send(head + "\r\n").read("CONNECT")

    def read(self, method="GET"):
        """One final answer, interim ones beside it. EOFError if the connection ends before a head."""
        interim = []
        while True:
            head = self.stream.until(b"\r\n\r\n")
            first, fields = origin.split_head(head)
            version, status, *_ = first.split(" ", 2)
            if version != "HTTP/1.1":
                raise ValueError(f"answers go out as HTTP/1.1, not {first!r}")
            response = Response(int(status), fields, b"", interim)
            if response.status >= 200:
                break
            interim.append(response)
        self._read_body(response, method)
        return response

    def _read_body(self, response, method):
        lengths, codings = response.values("content-length"), response.values("transfer-encoding")
        if len(lengths) > 1 or (lengths and codings):
            raise ValueError("two framings in one answer")
        if method == "HEAD" or response.status in (204, 304) or (method == "CONNECT" and response.status == 200):
            return
        body = bytearray()
        try:
            if codings:
                response.trailers = self.stream.chunked(body)
            elif lengths:
                self._read_length(int(lengths[0]), body)
            else:
                body += self.rest()
        except (EOFError, ConnectionResetError):
            response.complete = False
        response.body = bytes(body)

    def _read_length(self, left, body):
        while left > 0:
            if not self.stream.buffer:
                self.stream.fill()
            piece = self.stream.buffer[:left]
            self.stream.buffer = self.stream.buffer[len(piece):]
            body += piece
            left -= len(piece)

    def finish(self):
        """Nothing more will be sent."""
        self.sock.shutdown(socket.SHUT_WR)

    def rest(self):
        """Everything until the peer closes."""
        try:
            while True:
                self.stream.fill()
        except EOFError:
            pass
        found, self.stream.buffer = self.stream.buffer, b""
        return found

    def closed(self):
        """True when the peer closes without another byte."""
        try:
            return self.stream.buffer == b"" and self.sock.recv(1) == b""
        except ConnectionResetError:
            return True


def get(port, url, *fields, source="127.0.0.1", method="GET"):
    """One request on a connection of its own."""
    with Client(port, source) as client:
        return client.get(url, *fields, method=method)


def browse(port, url, source="127.0.0.1"):
    with Client(port, source) as client:
        return client.browse(url)
