"""CONNECT: bytes pass both ways untouched, each side may finish first, and the shape of a tunnel is metered."""
import fcntl
import os
import socket
import ssl
import struct
import termios
import threading

import case
import city
import client
import gateway
import origin

HOST = "site.test"


class Echo(origin.Origin):
    """Sends back what it gets, then finishes."""

    def serve(self, stream):
        while data := stream.sock.recv(65536):
            stream.sock.sendall(data)
        stream.sock.shutdown(socket.SHUT_WR)


class Talker(origin.Origin):
    """Speaks first and finishes first, then listens."""

    def __init__(self):
        self.heard = b""
        self.done = threading.Event()
        super().__init__()

    def serve(self, stream):
        try:
            stream.sock.sendall(b"banner")
            stream.sock.shutdown(socket.SHUT_WR)  # fails where the gateway has gone already, which is as good
            while data := stream.sock.recv(65536):
                self.heard += data
        finally:
            self.done.set()


class LastWords(origin.Origin):
    """Says much, listens to nothing, and goes when all that it said has left: what came meanwhile makes that a reset."""
    WORDS = b"farewell" * 8000

    def __init__(self):
        self.gone = threading.Event()
        super().__init__()

    def serve(self, stream):
        stream.sock.recv(1, socket.MSG_PEEK)
        stream.sock.sendall(self.WORDS)
        gateway.wait_until(lambda: unsent(stream.sock) == 0, "the gateway's kernel to have it all")
        stream.sock.close()
        self.gone.set()


class Listener(origin.Origin):
    """Hears what it is told to the end, and then says nothing."""

    def __init__(self):
        self.heard = threading.Semaphore(0)
        self.over = threading.Event()
        super().__init__()

    def serve(self, stream):
        while stream.sock.recv(65536):
            pass
        self.heard.release()
        self.over.wait(client.TIMEOUT)


def unsent(sock):
    """Bytes that the peer's kernel has not acknowledged."""
    return struct.unpack("i", fcntl.ioctl(sock, termios.TIOCOUTQ, b"\0" * 4))[0]


class WithTunnels(case.Case):
    settings = ""

    def setUp(self):
        self.start(hosts={HOST: "127.0.0.1", "www.youtube.com": "127.0.0.1", "six.test": "::1"}, settings=self.settings)

    def tunnel(self, port, host=HOST, source=city.CLERK):
        made = client.Client(self.gateway.port, source)
        self.addCleanup(made.sock.close)
        answer = made.connect(f"{host}:{port}")
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.values("content-length") + answer.values("transfer-encoding"), [])
        return made


class Tunnels(WithTunnels):
    def test_bulk_both_ways(self):
        tunnel = self.tunnel(self.keep(Echo()).port)
        data = bytes(range(256)) * 40_000
        sender = threading.Thread(target=lambda: tunnel.send(data).finish())
        sender.start()
        self.assert_bytes(tunnel.rest(), data)
        sender.join()
        tunnel.sock.close()
        record = self.gateway.search("--host", HOST)[-1]
        self.assertEqual((record["method"], record["scheme"], record["outcome"]), ("CONNECT", "tunnel", "completed"))
        self.assertEqual((record["from_client_bytes"], record["to_client_bytes"]), (len(data), len(data)))

    def test_origin_finishes_first(self):
        talker = self.keep(Talker())
        tunnel = self.tunnel(talker.port)
        self.assertEqual(tunnel.rest(), b"banner")
        tunnel.send(b"still " * 1000)
        tunnel.finish()
        self.assertTrue(talker.done.wait(client.TIMEOUT))
        self.assertEqual(talker.heard, b"still " * 1000)

    def test_a_client_that_is_full_for_a_moment_gets_its_tunnel(self):
        """Answers that it has not read yet may fill its socket when the tunnel's own is due."""
        wrapper = self.full_socket("HTTP/1.1 200 Connection established")
        self.gateway.stop()
        self.gateway.start(wrapper=wrapper)
        talker = self.keep(Talker())
        with client.Client(self.gateway.port, city.CLERK, receive_buffer=4096) as made:
            made.send(f"CONNECT {HOST}:{talker.port} HTTP/1.1\r\nHost: {HOST}:{talker.port}\r\n\r\n").finish()
            before, greeting, after = made.rest().partition(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self.assertEqual((set(before), bool(greeting), after), ({ord("J")}, True, b"banner"))
        record = self.gateway.search("--host", HOST)[-1]
        self.assertEqual((record["outcome"], record["to_client_bytes"]), ("completed", len(b"banner")))

    def test_a_side_that_has_finished_holds_no_pipe(self):
        listener = self.keep(Listener())
        self.addCleanup(listener.over.set)
        for _ in range(8):
            self.tunnel(listener.port).send(b"much" * 500_000).finish()
            self.assertTrue(listener.heard.acquire(timeout=client.TIMEOUT))
        folder = f"/proc/{self.gateway.process.pid}/fd"
        pipes = [fd for fd in os.listdir(folder) if os.readlink(f"{folder}/{fd}").startswith("pipe:")]
        self.assertLessEqual(len(pipes), 4, "the ends of one for each worker, which went from tunnel to tunnel")

    def test_what_an_origin_said_before_it_went_arrives(self):
        """RFC 9110 section 9.3.6: also when the client, slow to read, is still sending to it."""
        wrapper = self.full_socket("HTTP/1.1 200 Connection established")
        self.gateway.stop()
        self.gateway.start(wrapper=wrapper)
        talker = self.keep(LastWords())
        with client.Client(self.gateway.port, city.CLERK, receive_buffer=4096) as made:
            made.send(f"CONNECT {HOST}:{talker.port} HTTP/1.1\r\nHost: {HOST}:{talker.port}\r\n\r\nunread")
            self.assertTrue(talker.gone.wait(client.TIMEOUT))
            made.send(b"nobody is there any more")
            gateway.wait_until(lambda: unsent(made.sock) == 0, "the gateway's kernel to have it")
            self.gateway.ask("status")  # and the gateway itself
            _, greeting, after = made.rest().partition(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self.assertTrue(greeting)
        self.assert_bytes(after, LastWords.WORDS)
        record = self.gateway.search("--host", HOST)[-1]
        self.assertEqual((record["outcome"], record["to_client_bytes"]), ("origin-gone", len(LastWords.WORDS)))

    def test_bytes_sent_with_the_connect_head(self):
        echo = self.keep(Echo())
        made = client.Client(self.gateway.port, city.CLERK)
        self.addCleanup(made.sock.close)
        made.send(f"CONNECT {HOST}:{echo.port} HTTP/1.1\r\nHost: {HOST}:{echo.port}\r\n\r\nearly")
        self.assertEqual(made.read("CONNECT").status, 200)
        self.assertEqual(made.stream.exactly(5), b"early")

    def test_http_10_connect_without_host(self):
        echo = self.keep(Echo())
        made = client.Client(self.gateway.port, city.CLERK)
        self.addCleanup(made.sock.close)
        made.send(f"CONNECT {HOST}:{echo.port} HTTP/1.0\r\n\r\n")
        self.assertEqual(made.read("CONNECT").status, 200)
        self.assertEqual(made.send(b"ping").stream.exactly(4), b"ping")

    def test_tls_passes_untouched(self):
        secure = self.keep(origin.HttpOrigin(tls=origin.self_signed(HOST)))
        tunnel = self.tunnel(secure.port)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(tunnel.sock, server_hostname=HOST) as inner:
            inner.sendall(f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
            self.assertIn(b"200 OK", inner.recv(4096))

    def test_ipv6_origin(self):
        six = self.keep(Echo("::1"))
        self.assertEqual(self.tunnel(six.port, "six.test").send(b"ping").stream.exactly(4), b"ping")

    def test_streaming_tunnel_ends_at_the_quota_to_the_byte(self):
        class Film(origin.Origin):
            def serve(self, stream):
                stream.sock.recv(100)
                for _ in range(160):
                    stream.sock.sendall(b"v" * 65536)

        tunnel = self.tunnel(self.keep(Film()).port, "www.youtube.com").send(b"play")
        received = 0
        try:
            while data := tunnel.sock.recv(65536):
                received += len(data)
        except ConnectionResetError:
            pass
        self.assertEqual(received, 3_000_000)
        record = self.gateway.search("--host", "www.youtube.com")[-1]
        self.assertEqual(record["outcome"], "cut")
        self.assertEqual(self.gateway.report("clerk", "2026-11-23")["total"]["streaming_bytes"], 3_000_000)

    def test_nobody_answers(self):
        with socket.create_server(("127.0.0.1", 0)) as unused:
            port = unused.getsockname()[1]
        with client.Client(self.gateway.port) as made:
            self.assertEqual(made.connect(f"{HOST}:{port}").status, 502)

    def test_client_that_vanishes_frees_the_origin(self):
        talker = self.keep(Talker())
        tunnel = self.tunnel(talker.port)
        tunnel.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        tunnel.sock.close()
        self.assertTrue(talker.done.wait(client.TIMEOUT))


class Limited(WithTunnels):
    settings = '[proxy]\ntunnel_lifetime = "1s"\n'

    def test_a_tunnel_ends_however_busy_it_is(self):
        tunnel = self.tunnel(self.keep(Echo()).port)
        sent = 0
        try:
            while tunnel.send(b"busy").stream.exactly(4):
                sent += 4
        except (EOFError, ConnectionError):
            pass
        record = self.gateway.search("--host", HOST)[-1]
        self.assertEqual((record["outcome"], record["to_client_bytes"]), ("timed-out", sent))


class Withdrawn(case.Case):
    """What a tunnel leads to was allowed when it was made, and is no longer."""

    def tunnel(self, host):
        made = client.Client(self.gateway.port, city.CLERK)
        self.addCleanup(made.sock.close)
        self.assertEqual(made.connect(f"{host}:{self.keep(Echo()).port}").status, 200)
        self.assertEqual(made.send(b"ping").stream.exactly(4), b"ping")
        return made

    def assert_cut(self, tunnel, host):
        self.assertEqual(tunnel.rest(), b"")
        record = gateway.wait_until(lambda: self.gateway.search("--host", host), "the record")[-1]
        self.assertEqual((record["outcome"], record["reason"]), ("cut", "unsafe-destination"))

    def test_a_private_range(self):
        """Of a name: where it leads is not to be read from the target."""
        opened = city.POLICY.replace("[destinations]", '[destinations]\nprivate = ["127.0.0.0/8", "::1"]')
        self.start(policy=opened)
        tunnel = self.tunnel("printer.localhost")
        self.gateway.write("policy.toml", city.POLICY)
        self.gateway.ask("reload")
        self.assert_cut(tunnel, "printer.localhost")

    def test_an_entry_of_the_hosts_table(self):
        self.start(hosts={HOST: "127.0.0.1", "other.test": "127.0.0.1"})
        kept, tunnel = self.tunnel("other.test"), self.tunnel(HOST)
        text = self.gateway.config.read_text(encoding="utf-8")
        self.gateway.write("citygate.toml", text.replace(f'"{HOST}" = "127.0.0.1"\n', ""))
        self.gateway.ask("reload")
        self.assert_cut(tunnel, HOST)
        self.assertEqual(kept.send(b"ping").stream.exactly(4), b"ping")


if __name__ == "__main__":
    case.main()
