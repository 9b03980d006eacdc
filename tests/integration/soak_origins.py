"""Origins of the soak test, in processes of their own: one lives, one is killed again and again and comes back."""
import ctypes
import multiprocessing
import os
import random
import signal
import socket
import time
import zlib

import origin

# What every body is cut from: the place depends on the path, so that no answer passes for another.
PERIOD = 65_521
PATTERN = random.Random(7).randbytes(PERIOD) * 258
LARGEST = len(PATTERN) - PERIOD


def body_of(path, size):
    start = zlib.crc32(path.encode("latin-1")) % PERIOD
    return memoryview(PATTERN)[start:start + size]


def end_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG


def bound(port=0, listen=False):
    """A socket on a port that several may share: who only binds it keeps it while nobody listens."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind(("127.0.0.1", port))
    if listen:
        sock.listen(512)
    return sock


class Web(origin.Origin):
    """GET /KIND/.../SIZE answers with so many bytes; /dying/ with half of them, and closes. POST says what it got."""

    def __init__(self, port):
        self.wanted_port = port
        super().__init__()

    def listen(self, family, address, port=0):
        return bound(self.wanted_port, listen=True)

    def serve(self, stream):
        while True:
            request = origin.read_request(stream)
            path = request.target
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nX-Path: {path}\r\n"
            if request.method == "POST":
                said = f"{len(request.body)} {zlib.crc32(request.body)}".encode("ascii")
                stream.sock.sendall(f"{head}Content-Length: {len(said)}\r\n\r\n".encode("latin-1") + said)
                continue
            kind, size = path.split("/")[1], int(path.rsplit("/", 1)[1])
            body = body_of(path, size)
            if kind == "chunked":
                stream.sock.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode("latin-1"))
                for at in range(0, size, 5000):
                    piece = body[at:at + 5000]
                    stream.sock.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
                stream.sock.sendall(b"0\r\n\r\n")
                continue
            head = f"{head}Content-Length: {size}\r\n\r\n".encode("latin-1")
            if kind == "dying":
                stream.sock.sendall(head + body[:size // 2])
                return
            if kind == "mortal":
                stream.sock.sendall(head + body[:size // 2])
                time.sleep(0.02)  # the moment in which it may be killed
                stream.sock.sendall(body[size // 2:])
                continue
            stream.sock.sendall(head + body if size < 4096 else head)
            if size >= 4096:
                stream.sock.sendall(body)


class Echo(origin.Origin):
    def serve(self, stream):
        while data := stream.sock.recv(65536):
            stream.sock.sendall(data)
        stream.sock.shutdown(socket.SHUT_WR)


def live(answer):
    end_with_parent()
    answer.send((Web(0).port, Echo().port))
    signal.pause()


def die_and_come_back(answer, seed):
    """Forks the origin, kills it, and lets nobody listen for a moment."""
    end_with_parent()
    place, moments = bound(), random.Random(seed)
    port = place.getsockname()[1]
    told = False
    while True:
        ready, began = os.pipe()
        child = os.fork()
        if child == 0:
            end_with_parent()
            Web(port)
            os.write(began, b".")
            signal.pause()
            os._exit(0)
        os.read(ready, 1)
        os.close(ready)
        os.close(began)
        if not told:
            told = True
            answer.send(port)
        time.sleep(moments.uniform(0.1, 0.8))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        time.sleep(moments.uniform(0.0, 0.2))


class Origins:
    """Both processes; `web`, `echo` and `mortal` are their ports."""

    def __init__(self, seed):
        context = multiprocessing.get_context("spawn")
        self.processes = []
        self.web, self.echo = self.start(context, live)
        self.mortal = self.start(context, die_and_come_back, seed)

    def start(self, context, work, *arguments):
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=work, args=(there, *arguments), daemon=True)
        process.start()
        self.processes.append(process)
        if not here.poll(60):
            raise AssertionError(f"{work.__name__} did not start")
        return here.recv()

    def close(self):
        for process in self.processes:
            process.kill()
            process.join()
