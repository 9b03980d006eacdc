"""TLS between client and gateway: what passes is the same as in the clear, and a certificate is replaced under way."""
import shutil
import ssl
import subprocess

import browser
import case
import city
import client
import gateway
import origin

HOST = "site.test"
LISTEN = ("127.0.0.1:0", "127.0.0.1:0 tls")
FILES = '''tls_certificate = "DIRECTORY/gate.pem"
tls_key = "DIRECTORY/gate.key"
tls_watch_interval = "100ms"'''


def make_certificate(folder, name, *, days=30, key="gate.key"):
    """A new key and a certificate for it, in `folder`."""
    subprocess.run([case.tool("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", str(days), "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name},IP:127.0.0.1",
                    "-keyout", str(folder / key), "-out", str(folder / "gate.pem")], check=True, capture_output=True)


class TlsClient(client.Client):
    """As Client, over TLS, with the half-close that Python's own TLS sockets lack."""

    def __init__(self, port, source=city.CLERK, receive_buffer=None, context=None):
        super().__init__(port, source, receive_buffer)
        if context is None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        self.raw, self.incoming, self.outgoing = self.sock, ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname="gate.test")
        self.sock = self
        self.stream = origin.Stream(self)
        self._repeat(self.tls.do_handshake)

    def _flush(self):
        if data := self.outgoing.read():
            self.raw.sendall(data)

    def _repeat(self, function, *arguments):
        while True:
            try:
                result = function(*arguments)
                self._flush()
                return result
            except ssl.SSLWantReadError:
                self._flush()
                data = self.raw.recv(65536)
                self.incoming.write(data) if data else self.incoming.write_eof()

    def recv(self, size):
        try:
            return self._repeat(self.tls.read, size)
        except ssl.SSLZeroReturnError:
            return b""

    def sendall(self, data):
        for at in range(0, len(data), 16384):
            self._repeat(self.tls.write, data[at:at + 16384])

    def finish(self):
        """close_notify; reading goes on."""
        try:
            self.tls.unwrap()
        except ssl.SSLWantReadError:
            pass
        self._flush()

    def certificate(self):
        return ssl.DER_cert_to_PEM_cert(self.tls.getpeercert(binary_form=True))

    def close(self):
        self.raw.close()


class Sink(origin.Origin):
    """Reads to the end, then says how much it was, in a tunnel."""

    def serve(self, stream):
        count = 0
        while data := stream.sock.recv(65536):
            count += len(data)
        stream.sock.sendall(f"{count} bytes".encode())


class TlsListener(case.Case):
    def setUp(self):
        self.make(hosts={HOST: "127.0.0.1", "*.google.com": "127.0.0.1"}, listen=LISTEN, gateway=FILES)
        make_certificate(self.gateway.directory, "gate.test")
        self.gateway.start()
        self.tls_port = self.gateway.ports[1]

    def client(self, **options):
        made = TlsClient(self.tls_port, **options)
        self.addCleanup(made.close)
        return made

    def test_requests_and_refusals(self):
        web = self.keep(origin.HttpOrigin({"/page": origin.reply(b"hello")}))
        made = self.client()
        self.assertEqual(made.tls.version(), "TLSv1.3")
        for _ in range(3):
            answer = made.get(f"http://{HOST}:{web.port}/page")
            self.assertEqual((answer.status, answer.body), (200, b"hello"))
        self.assertEqual(made.get("http://www.pokerstars.com/").status, 403)
        records = self.gateway.search("--user", "carl.clerk")
        self.assertEqual([record["status"] for record in records], [200, 200, 200, 403])

    def test_bodies_both_ways(self):
        data = bytes(range(256)) * 20_000
        web = self.keep(origin.HttpOrigin({"/up": origin.reply(b"thanks"), "/down": origin.reply(data, "application/zip")}))
        made = self.client()
        head = f"POST http://{HOST}:{web.port}/up HTTP/1.1\r\nHost: {HOST}:{web.port}\r\nContent-Length: {len(data)}\r\n\r\n"
        self.assertEqual(made.send(head).send(data).read("POST").body, b"thanks")
        self.assert_bytes(web.seen("/up")[0].body, data)
        self.assert_bytes(made.get(f"http://{HOST}:{web.port}/down").body, data)

    def test_a_slow_reader_gets_everything(self):
        size = 4_000_000
        web = self.keep(origin.HttpOrigin({"/long": origin.endless(size, "application/zip")}))
        made = self.client(receive_buffer=16384)
        made.send(f"GET http://{HOST}:{web.port}/long HTTP/1.1\r\nHost: {HOST}:{web.port}\r\n\r\n")
        # The other worker's clients, and this one's, are served while it waits.
        for _ in range(20):
            self.assertEqual(client.get(self.gateway.port, f"http://{HOST}:{web.port}/").status, 200)
        self.assertEqual(len(made.read().body), size)

    def test_half_close_passes_a_tunnel(self):
        sink = self.keep(Sink())
        made = self.client()
        self.assertEqual(made.connect(f"{HOST}:{sink.port}").status, 200)
        made.send(b"x" * 300_000)
        made.finish()
        self.assertEqual(made.rest(), b"300000 bytes")
        record = self.gateway.search("--host", HOST)[-1]
        self.assertEqual((record["outcome"], record["from_client_bytes"]), ("completed", 300_000))

    def test_tls_inside_tls(self):
        web = self.keep(origin.HttpOrigin({"/": origin.reply(b"secret")}, tls=origin.self_signed(HOST)))
        result = subprocess.run(
            [case.tool("curl"), "-sS", "--proxy", f"https://127.0.0.1:{self.tls_port}",
             "--proxy-cacert", str(self.gateway.directory / "gate.pem"), "--insecure", "--noproxy", "",
             f"https://{HOST}:{web.port}/"], capture_output=True, timeout=60, check=False)
        self.assertEqual((result.stdout, result.stderr), (b"secret", b""))

    def test_curl_verifies_the_certificate(self):
        web = self.keep(origin.HttpOrigin({"/": origin.reply(b"plain")}))
        for versions in ([], ["--tlsv1.2", "--tls-max", "1.2"]):
            command = [case.tool("curl"), "-sS", "--noproxy", "", "--proxy", f"https://127.0.0.1:{self.tls_port}", *versions]
            good = subprocess.run([*command, "--proxy-cacert", str(self.gateway.directory / "gate.pem"),
                                   f"http://{HOST}:{web.port}/"], capture_output=True, timeout=60, check=False)
            self.assertEqual((good.stdout, good.stderr), (b"plain", b""))
        bad = subprocess.run([*command, f"http://{HOST}:{web.port}/"], capture_output=True, timeout=60, check=False)
        self.assertEqual(bad.returncode, 60, "the certificate is nobody's")

    def test_who_does_not_speak_tls_is_closed_and_counted(self):
        before = self.counter("tls_failed_handshakes_total")
        with client.Client(self.tls_port) as made:
            made.send("GET http://site.test/ HTTP/1.1\r\nHost: site.test\r\n\r\n")
            made.closed()
        gateway.wait_until(lambda: self.counter("tls_failed_handshakes_total") == before + 1, "the failure to be counted")
        self.assertEqual(self.gateway.search(), [])

    def test_a_session_is_resumed(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_2  # whose ticket is there when the handshake ends
        first = self.client(context=context)
        for _ in range(4):  # whatever worker the kernel picks
            raw = client.Client(self.tls_port)
            raw.sock = context.wrap_socket(raw.sock, session=first.tls.session)
            self.assertTrue(raw.sock.session_reused)
            raw.sock.close()

    def test_a_new_certificate_is_taken_up_and_no_connection_is_lost(self):
        web = self.keep(origin.HttpOrigin({"/": origin.reply(b"here")}))
        url = f"http://{HOST}:{web.port}/"
        old = self.client()
        self.assertEqual(old.get(url).body, b"here")
        before = old.certificate()
        make_certificate(self.gateway.directory, "gate2.test")
        gateway.wait_until(lambda: self.client().certificate() != before, "the new certificate to be shown")
        self.assertEqual(old.get(url).body, b"here")
        self.assertEqual(self.client().get(url).body, b"here")

    def test_a_reload_that_fails_takes_no_certificate_up(self):
        """What is wrong is found after the pair was read: that one must not come into force with what comes next."""
        made = self.gateway
        made.import_list(made.write("one.txt", "casino.example\n"), name="one", category="gambling")
        config = made.config.read_text(encoding="utf-8")
        made.config.write_text(config.replace('"100ms"', '"1h"'), encoding="utf-8")
        made.ask("reload")
        before = self.client().certificate()
        make_certificate(made.directory, "gate2.test")
        lists = made.state / "lists"
        images = [*lists.glob("images/*/hosts.table"), *lists.glob("sources/*/*/*.zst")]
        for image in images:
            image.rename(image.with_suffix(".away"))
        failed = made.run("reload")
        self.assertNotEqual(failed.returncode, 0)
        for image in images:
            image.with_suffix(".away").rename(image)
        made.import_list(made.write("two.txt", "other.example\n"), name="two", category="gambling")
        self.assertEqual(self.client().certificate(), before)
        made.ask("reload")
        self.assertNotEqual(self.client().certificate(), before)

    def test_a_broken_pair_leaves_the_old_one_in_force(self):
        before = self.client().certificate()
        make_certificate(self.gateway.directory, "gate2.test", key="other.key")  # the key is still the old one
        gateway.wait_until(lambda: "cannot be used" in self.gateway.log(), "the broken pair to be noticed")
        self.assertEqual(self.client().certificate(), before)
        reload = self.gateway.run("reload")
        self.assertNotEqual(reload.returncode, 0)
        self.assertIn("gate.key: is not the key of the certificate", reload.stderr)
        self.assertEqual(self.client().certificate(), before)
        shutil.move(self.gateway.directory / "other.key", self.gateway.directory / "gate.key")
        self.gateway.ask("reload")
        gateway.wait_until(lambda: self.client().certificate() != before, "the mended pair to be shown")

    def test_a_browser_speaks_tls_to_it(self):
        web = self.keep(origin.HttpOrigin({"/": origin.reply(browser.PAGE)}))
        page = browser.dom(f"http://{HOST}:{web.port}/", "--ignore-certificate-errors",
                           f"--proxy-server=https://127.0.0.1:{self.tls_port}")
        self.assertIn("Minutes of the council", page)
        self.assertGreater(self.counter("tls_full_handshakes_total"), 0)


class Files(case.Case):
    def check(self, **options):
        made = self.make(listen=("127.0.0.1:0 tls",), **options)
        return made

    def test_a_listener_without_a_certificate_is_an_error(self):
        made = self.check()
        result = made.run("check")
        self.assertEqual(result.returncode, 1)
        self.assertIn("needs gateway.tls_certificate", result.stderr)
        self.assertIn("needs gateway.tls_key", result.stderr)

    def test_a_certificate_that_is_not_there_is_an_error(self):
        made = self.check(gateway=FILES)
        result = made.run("check")
        self.assertEqual(result.returncode, 1)
        self.assertIn("gate.pem", result.stderr)
        self.assertNotEqual(made.launch().wait(gateway.PATIENCE), 0)
        made.process = None
        self.assertIn("gate.pem", made.log())

    def test_what_check_says_of_a_good_one_and_of_one_that_ends_soon(self):
        made = self.check(gateway=FILES)
        make_certificate(made.directory, "gate.test")
        self.assertIn("gate.test, 127.0.0.1, valid until", made.ask("check"))
        make_certificate(made.directory, "gate.test", days=3)
        self.assertIn("the certificate expires on", made.ask("check"))


if __name__ == "__main__":
    case.main()
