"""The clients of the soak test, and the ledger in which each writes down what it saw of every exchange.

An exchange is named by its path (/KIND/CLIENT/NUMBER/SIZE), a tunnel by its host (KIND-CLIENT-NUMBER.tunnel...), so that
every record can be held against the line of its ledger. Ledgers are columns of numbers: an hour fills millions of lines.
"""
import array
import pickle
import random
import socket
import struct
import threading
import time
import traceback
import zlib

import city
import client
import soak_origins

WORK = "intranet.testville.example"
CLOSED = "closed.casino.example"
FLIP = "sometimes.casino.example"
TUNNELS = "tunnel.testville.example"
CLOSED_TUNNELS = "tunnel." + CLOSED

# What may have happened to an exchange, by the name of its kind.
WHOLE = ("small", "large", "spliced", "chunked", "slow", "anew", "upload", "upload-chunked")
KINDS = (*WHOLE, "closed", "flip", "mortal", "dying", "killed", "early", "tunnel", "cut-tunnel", "closed-tunnel")
RESET = struct.pack("ii", 1, 0)
# A client that was kept from running for so long opens anew: after keep_alive_timeout, a minute, the gateway closes.
KEPT_SECONDS = 40


class Ledger:
    """One client's exchanges, by number. `low` and `high` bound the bytes that it may be said to have been sent."""

    COLUMNS = {"kind": "B", "status": "H", "complete": "B", "sent_low": "Q", "sent": "Q", "low": "Q", "high": "Q"}

    def __init__(self):
        self.columns = {name: array.array(code) for name, code in self.COLUMNS.items()}

    def __len__(self):
        return len(self.columns["kind"])

    def begin(self, kind):
        """A line for an exchange of which nothing is known yet; its number."""
        for name, column in self.columns.items():
            column.append(KINDS.index(kind) if name == "kind" else 0)
        return len(self) - 1

    def end(self, number, status, complete, low, high, sent=0, sent_low=None):
        values = {"status": status, "complete": complete, "low": low, "high": high, "sent": sent,
                  "sent_low": sent if sent_low is None else sent_low}
        for name, value in values.items():
            self.columns[name][number] = value


class Wrong(AssertionError):
    """An answer that is not what its address promises."""


class Visitor:
    """One client after the other of one person: each turn is of a kind that chance picks."""

    TURNS = {"keep_alive": 8, "anew": 4, "spliced": 1, "slow": 1, "upload": 2, "closed": 3, "flip": 2, "mortal": 3,
             "dying": 1, "killed": 2, "early": 1, "tunnel": 3, "cut_tunnel": 1, "closed_tunnel": 1}

    def __init__(self, number, port, ports, seed):
        self.number, self.port = number, port
        self.web, self.echo, self.mortal_port = ports
        self.random = random.Random(seed * 1_000_003 + number)
        self.source = (city.CLERK, city.MAYOR, city.PATROL)[number % 3]
        self.ledger = Ledger()
        self.failure = None
        self.kept = None  # a connection, used last at kept_since
        self.kept_since = 0.0

    def run(self, rounds, deadline):
        turns, weights = list(self.TURNS), list(self.TURNS.values())
        doing = "nothing"
        try:
            count = 0
            while time.monotonic() < deadline if deadline else count < rounds:
                count += 1
                doing = self.random.choices(turns, weights)[0]
                getattr(self, doing)()
            if self.kept:
                self.kept.sock.close()
        except Exception:  # whatever it is, the test must fail with it
            line = {name: column[-1] for name, column in self.ledger.columns.items() if column}
            self.failure = f"client {self.number}, {doing}, {line}: {traceback.format_exc()}"

    # --- parts of turns

    def connect(self, **options):
        return client.Client(self.port, self.source, **options)

    def begin(self, kind, size, host=WORK, port=None):
        number = self.ledger.begin(kind)
        path = f"/{kind}/{self.number}/{number}/{size}"
        return number, path, f"http://{host}:{port or self.web}{path}"

    def check(self, answer, path, size):
        if answer.value("X-Path") != path:
            raise Wrong(f"{path} was answered with {answer.status} for {answer.value('X-Path')}")
        wanted = soak_origins.body_of(path, size)
        if answer.complete and len(answer.body) != size or answer.body != wanted[:len(answer.body)]:
            raise Wrong(f"{path} was answered with other bytes ({len(answer.body)} of {size})")

    def get(self, browser, kind, size, host=WORK):
        """One that must be answered in full."""
        number, path, url = self.begin(kind, size, host)
        answer = browser.get(url)
        if answer.status != 200 or not answer.complete:
            raise Wrong(f"{path} was answered with {answer.status}, {len(answer.body)} of {size} bytes")
        self.check(answer, path, size)
        self.ledger.end(number, 200, True, size, size)
        return answer

    def refuse(self, browser, kind, host):
        number, path, url = self.begin(kind, 1000, host)
        answer = browser.get(url)
        if answer.status != 403 or not answer.complete:
            raise Wrong(f"{path} on {host} was answered with {answer.status}, not refused")
        self.ledger.end(number, 403, True, 0, len(answer.body))
        return answer

    # --- turns

    def keep_alive(self):
        for count in range(12):
            if self.kept is not None and time.monotonic() - self.kept_since > KEPT_SECONDS:
                self.kept.sock.close()
                self.kept = None
            if self.kept is None:
                self.kept = self.connect()
            self.kept_since = time.monotonic()
            kind, size = ("large", 65_536) if count % 6 == 5 else ("small", self.random.randrange(3000))
            answer = self.get(self.kept, kind, size)
            if answer.value("Connection") == "close":
                if not self.kept.closed():
                    raise Wrong("more bytes after an answer that said close")
                self.kept.sock.close()
                self.kept = None

    def anew(self):
        with self.connect() as browser:
            self.get(browser, "anew", 700)

    def spliced(self):
        with self.connect() as browser:
            self.get(browser, "spliced", self.random.randrange(1 << 20, 3 << 20))
            self.get(browser, "chunked", self.random.randrange(100_000))

    def slow(self):
        """Takes a body in small sips, with a window of few bytes."""
        size = 1 << 20
        number, path, url = self.begin("slow", size)
        with self.connect(receive_buffer=16_384) as reader:
            reader.send(f"GET {url} HTTP/1.1\r\nHost: {url.split('/')[2]}\r\n\r\n")
            reader.stream.until(b"\r\n\r\n")
            wanted, got = soak_origins.body_of(path, size), 0
            piece, reader.stream.buffer = reader.stream.buffer, b""
            while True:
                if piece != wanted[got:got + len(piece)]:
                    raise Wrong(f"{path} was answered with other bytes at {got}")
                got += len(piece)
                if got == size:
                    break
                time.sleep(self.random.random() / 50)
                piece = reader.sock.recv(32_768)
                if not piece:
                    raise Wrong(f"{path} ended at {got} of {size}")
        self.ledger.end(number, 200, True, size, size)

    def upload(self):
        size = self.random.choice((0, 100, 20_000, 700_000))
        body = soak_origins.PATTERN[:size]
        with self.connect() as browser:
            for kind in ("upload", "upload-chunked"):
                number, path, url = self.begin(kind, size)
                head = f"POST {url} HTTP/1.1\r\nHost: {url.split('/')[2]}\r\n"
                if kind == "upload":
                    browser.send(f"{head}Content-Length: {size}\r\n\r\n").send(body)
                else:
                    chunk = b"%x\r\n%b\r\n" % (size, body) if size else b""
                    browser.send(f"{head}Transfer-Encoding: chunked\r\n\r\n").send(chunk + b"0\r\n\r\n")
                answer = browser.read("POST")
                said = f"{size} {zlib.crc32(body)}".encode("ascii")
                if (answer.status, answer.body, answer.value("X-Path")) != (200, said, path):
                    raise Wrong(f"{path} was answered with {answer.status} {answer.body[:100]!r}, not {said!r}")
                self.ledger.end(number, 200, True, len(said), len(said), sent=size)
                if answer.value("Connection") == "close":
                    return

    def closed(self):
        with self.connect() as browser:
            self.refuse(browser, "closed", CLOSED)

    def flip(self):
        """A name that is on a list half of the time: the record must agree with what the client was shown."""
        number, path, url = self.begin("flip", 300, FLIP)
        with self.connect() as browser:
            answer = browser.get(url)
        if answer.status == 200:
            self.check(answer, path, 300)
        elif answer.status != 403 or not answer.complete:
            raise Wrong(f"{path} was answered with {answer.status}")
        self.ledger.end(number, answer.status, answer.complete, len(answer.body) if answer.status == 200 else 0,
                        len(answer.body))

    def doubtful(self, kind, size, port):
        """From an origin that may go at any moment."""
        number, path, url = self.begin(kind, size, port=port)
        with self.connect() as browser:
            answer = browser.get(url)
        if answer.status == 200:
            self.check(answer, path, size)
        elif answer.status not in (502, 504):
            raise Wrong(f"{path} was answered with {answer.status}")
        got = len(answer.body)
        self.ledger.end(number, answer.status, answer.complete, got if answer.status == 200 else 0,
                        size if answer.status == 200 and not answer.complete else got)
        return answer

    def mortal(self):
        self.doubtful("mortal", self.random.choice((500, 300_000)), self.mortal_port)

    def dying(self):
        answer = self.doubtful("dying", 20_000, self.web)
        if answer.status != 200 or answer.complete:
            raise Wrong(f"half an answer came as {answer.status}, complete: {answer.complete}")

    def reset(self, browser):
        browser.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        browser.sock.close()

    def killed(self):
        """Gone in mid-body, by a reset."""
        size = soak_origins.LARGEST
        number, path, url = self.begin("killed", size)
        enough = self.random.randrange(1, 1 << 20)
        browser = self.connect(receive_buffer=self.random.choice((None, 65_536)))
        browser.send(f"GET {url} HTTP/1.1\r\nHost: {url.split('/')[2]}\r\n\r\n")
        browser.stream.until(b"\r\n\r\n")
        while len(browser.stream.buffer) < enough:
            browser.stream.fill()
        got = len(browser.stream.buffer)
        if browser.stream.buffer != soak_origins.body_of(path, size)[:got]:
            raise Wrong(f"{path} was answered with other bytes")
        self.reset(browser)
        self.ledger.end(number, 200, False, got, size)

    def early(self):
        """Gone before the answer: the gateway may not even have read the request."""
        number, _, url = self.begin("early", 5000)
        browser = self.connect()
        browser.send(f"GET {url} HTTP/1.1\r\nHost: {url.split('/')[2]}\r\n\r\n")
        self.reset(browser)
        self.ledger.end(number, 0, False, 0, 5000)

    def open_tunnel(self, kind, domain):
        number = self.ledger.begin(kind)
        browser = self.connect()
        return number, browser, browser.connect(f"{kind}-{self.number}-{number}.{domain}:{self.echo}").status

    def bounce(self, through, size):
        data = soak_origins.PATTERN[:size]
        if through.send(data).stream.exactly(size) != data:
            raise Wrong("an echo came back as something else")
        return size

    def tunnel(self):
        number, through, status = self.open_tunnel("tunnel", TUNNELS)
        with through:
            if status != 200:
                raise Wrong(f"a tunnel was answered with {status}")
            total = sum(self.bounce(through, self.random.randrange(1, 60_000)) for _ in range(4))
            if self.random.random() < 0.05:
                time.sleep(2.5)  # so that some tunnels are recorded in slices
                total += self.bounce(through, 1000)
            through.finish()
            if through.rest() != b"":
                raise Wrong("more came back than was sent")
        self.ledger.end(number, 200, True, total, total, sent=total)

    def cut_tunnel(self):
        """Gone in mid-tunnel, by a reset, with bytes on their way."""
        number, through, status = self.open_tunnel("cut-tunnel", TUNNELS)
        if status != 200:
            raise Wrong(f"a tunnel was answered with {status}")
        got = self.bounce(through, 30_000)
        through.send(soak_origins.PATTERN[:50_000])
        self.reset(through)
        self.ledger.end(number, 200, False, got, got + 50_000, sent=got + 50_000, sent_low=got)

    def closed_tunnel(self):
        number, browser, status = self.open_tunnel("closed-tunnel", CLOSED_TUNNELS)
        browser.sock.close()
        if status != 403:
            raise Wrong(f"a tunnel to a closed name was answered with {status}")
        self.ledger.end(number, 403, True, 0, 1 << 20)


def run(port, ports, numbers, rounds, seconds, seed, result):
    """A process of clients: each of `numbers` is a thread. Leaves ledgers and failures in the file `result`."""
    soak_origins.end_with_parent()
    deadline = time.monotonic() + seconds if seconds else None
    visitors = [Visitor(number, port, ports, seed) for number in numbers]
    threads = [threading.Thread(target=visitor.run, args=(rounds, deadline)) for visitor in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with open(result, "wb") as out:
        pickle.dump(({visitor.number: visitor.ledger.columns for visitor in visitors},
                     [visitor.failure for visitor in visitors if visitor.failure]), out)
