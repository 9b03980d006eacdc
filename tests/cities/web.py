"""The whole web in one place: a parent proxy that answers for every name, so that packs are tried as they stand.

A city's policy opens the ports of the web and knows no address of a test's origin. Behind a parent the gateway asks for
`http://gambling.test/` on port 80 as it would anywhere, and nothing of the pack is changed for the test's sake.
"""
import origin

FILM = "/film.mp4"
PAGE = b"<!doctype html><title>a page</title>\n"
# The first bytes of a Windows program: what it is says so, not its name.
PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + b"\xb8" + bytes(43) + b"\x80\x00\x00\x00" + bytes(64) + (
    b"PE\x00\x00\x64\x86\x01\x00" + bytes(400))


class Web(origin.Origin):
    """Answers plain requests by path, and echoes in tunnels."""

    def __init__(self):
        self.requests = []
        self.routes = {
            "/": origin.reply(PAGE),
            FILM: origin.endless(2_000_000),
            "/setup.exe": origin.reply(PROGRAM, "application/octet-stream"),
            "/notes.txt": origin.reply(PROGRAM, "text/plain"),
        }
        super().__init__()

    def serve(self, stream):
        while True:
            request = origin.read_request(stream)
            with self.lock:
                self.requests.append(request)
            if request.method == "CONNECT":
                stream.sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                while data := stream.buffer or stream.sock.recv(65536):
                    stream.buffer = b""
                    stream.sock.sendall(data)
                return
            path = "/" + request.target.split("/", 3)[3].split("?")[0]
            answer = self.routes.get(path, self.routes["/"])
            if callable(answer):
                answer(request, stream)
            else:
                stream.sock.sendall(answer)

    def asked(self, host):
        """Requests that reached the web for this host."""
        with self.lock:
            return [request for request in self.requests if host in request.target]
