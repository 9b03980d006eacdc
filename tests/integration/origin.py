"""Origins on loopback that do exactly what a test tells them to, and count what reached them."""
import dataclasses
import pathlib
import re
import socket
import ssl
import subprocess
import tempfile
import threading


@dataclasses.dataclass
class Request:
    """One request as it arrived, head byte for byte."""
    method: str
    target: str
    version: str
    fields: list
    body: bytes
    head: bytes
    trailers: bytes = b""

    def values(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]


class Stream:
    """A socket that is read by lines and counts; EOFError when the peer stops short."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = b""

    def fill(self):
        data = self.sock.recv(65536)
        if not data:
            raise EOFError
        self.buffer += data

    def until(self, mark):
        while mark not in self.buffer:
            self.fill()
        found, _, self.buffer = self.buffer.partition(mark)
        return found + mark

    def exactly(self, count):
        while len(self.buffer) < count:
            self.fill()
        found, self.buffer = self.buffer[:count], self.buffer[count:]
        return found

    def chunked(self, body):
        """Reads a chunked message, content into the bytearray `body`; returns the trailers."""
        while (size := int(self.until(b"\r\n").split(b";")[0], 16)) > 0:
            while size > 0:
                if not self.buffer:
                    self.fill()
                piece = self.buffer[:size]
                self.buffer = self.buffer[len(piece):]
                body += piece
                size -= len(piece)
            if self.exactly(2) != b"\r\n":
                raise ValueError("chunk without its end")
        trailers = b""
        while (line := self.until(b"\r\n")) != b"\r\n":
            trailers += line
        return trailers


def split_head(head):
    """First line and fields of a head; raises on what no proxy may ever send."""
    lines = head.decode("latin-1").split("\r\n")
    fields = []
    for line in lines[1:]:
        if not line:
            continue
        name, colon, value = line.partition(":")
        if not colon or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
            raise ValueError(f"not a field line: {line!r}")
        fields.append((name, value.strip(" \t")))
    return lines[0], fields


def read_request(stream, on_head=None):
    head = stream.until(b"\r\n\r\n")
    first, fields = split_head(head)
    method, target, version = first.split(" ")
    request = Request(method, target, version, fields, b"", head)
    if on_head:
        on_head(request)
    if request.values("transfer-encoding"):
        body = bytearray()
        request.trailers = stream.chunked(body)
        request.body = bytes(body)
    elif request.values("content-length"):
        request.body = stream.exactly(int(request.values("content-length")[0]))
    return request


class Origin:
    """Accepts connections and gives each to `serve(self, stream)` on a thread of its own."""

    def __init__(self, address="127.0.0.1", tls=None):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.listener = self.listen(family, address)
        self.port = self.listener.getsockname()[1]
        self.tls = tls
        self.lock = threading.Lock()
        self.requests = []
        self.connections = 0
        self.errors = []
        self.live = set()
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def listen(self, family, address, port=0):
        return socket.create_server((address, port), family=family, backlog=512)

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections += 1
                self.live.add(sock)
            threading.Thread(target=self._run, args=(sock,), daemon=True).start()

    def _run(self, sock):
        raw = sock
        try:
            if self.tls:
                sock = self.tls.wrap_socket(sock, server_side=True)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.serve(Stream(sock))
        except (EOFError, OSError):
            pass
        except (ValueError, IndexError) as error:
            with self.lock:
                self.errors.append(repr(error))
        finally:
            with self.lock:
                self.live.discard(raw)
            sock.close()

    def serve(self, stream):
        raise NotImplementedError

    def close(self):
        # shutdown, not close alone: a thread blocked in accept() would keep the socket alive.
        if self.listener.fileno() < 0:
            return
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.close_connections()

    def close_connections(self):
        with self.lock:
            live = list(self.live)
        for sock in live:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class HttpOrigin(Origin):
    """Serves routes: path → bytes to send as they are, or a function of (request, stream)."""

    def __init__(self, routes=None, address="127.0.0.1", tls=None):
        self.routes = routes or {}
        self.fallback = reply(b"origin\n")
        super().__init__(address, tls)

    def serve(self, stream):
        while True:
            request = read_request(stream, self.on_head(stream))
            with self.lock:
                self.requests.append(request)
            answer = self.routes.get(request.target.split("?")[0], self.fallback)
            if callable(answer):
                if answer(request, stream) is False:
                    return
                continue
            if request.method == "HEAD":
                answer = answer[:answer.index(b"\r\n\r\n") + 4]
            stream.sock.sendall(answer)
            if b"\r\nconnection: close" in answer[:answer.index(b"\r\n\r\n")].lower():
                return

    def on_head(self, stream):
        def maybe_continue(request):
            if request.values("expect"):
                stream.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        return maybe_continue

    def seen(self, target):
        with self.lock:
            return [request for request in self.requests if request.target == target]


def reply(body, content_type="text/html", status="200 OK", extra=""):
    return (f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n{extra}\r\n"
            .encode("latin-1") + body)


def endless(total, content_type="video/mp4", piece=b"v" * 65536):
    """A handler that announces and sends `total` bytes."""
    def handler(request, stream):
        del request
        stream.sock.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {total}\r\n\r\n"
                            .encode("latin-1"))
        left = total
        while left > 0:
            left -= stream.sock.send(piece[:min(len(piece), left)])
    return handler


def self_signed(name):
    """A TLS context with a throw-away certificate for `name`."""
    with tempfile.TemporaryDirectory(prefix="citygate-cert-") as folder:
        key, cert = pathlib.Path(folder, "key.pem"), pathlib.Path(folder, "cert.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
                        "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        return context
