"""A web server that publishes lists as careful ones do, with tags; or as badly as a test wants."""
import hashlib

import origin


def names(first, count, below="bets.test"):
    """A list: n0000.bets.test and so on, a line each."""
    return "".join(f"n{number:04}.{below}\n" for number in range(first, first + count)).encode("ascii")


class ListWeb(origin.HttpOrigin):
    """`publish` puts a list at a path; who has it already is told so. `unchanged` counts those answers."""

    def __init__(self):
        self.unchanged = 0
        super().__init__()
        self.fallback = origin.reply(b"no such list\n", "text/plain", "404 Not Found")

    def publish(self, path, body, content_type="text/plain"):
        tag = '"' + hashlib.sha256(body).hexdigest()[:16] + '"'

        def answer(request, stream):
            if tag in request.values("if-none-match"):
                with self.lock:
                    self.unchanged += 1
                stream.sock.sendall(f"HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\n\r\n".encode("ascii"))
                return
            stream.sock.sendall(origin.reply(body, content_type, extra=f"ETag: {tag}\r\n"))

        self.routes[path] = answer

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"
