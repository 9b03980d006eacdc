"""What the client of a tunnel says first: whom it is for counts, and what hides that is refused before a byte passes."""
import ssl

import case
import city
import client
import gateway
import origin

SOMEWHERE, OTHER = "www.only-the-parent-knows.test", "cdn.only-the-parent-knows.test"
CITY = "intranet.city.test"
GAMBLING, NEWS = "www.pokerstars.com", "www.bbc.com"
ACCESS_DENIED = b"\x15\x03\x01\x00\x02\x02\x31"
PATIENT = 'first_bytes_timeout = "60s"\nheader_timeout = "60s"\n'


def hello(name):
    """What a TLS client sends first; without a name for None."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    sent = ssl.MemoryBIO()
    try:
        context.wrap_bio(ssl.MemoryBIO(), sent, server_hostname=name).do_handshake()
    except ssl.SSLWantReadError:
        pass
    return sent.read()


def with_extension(record, kind, content):
    """The same hello with one extension more."""
    message = record[9:]  # behind the headers of record and handshake
    at = 34
    at += 1 + message[at]
    at += 2 + int.from_bytes(message[at:at + 2], "big")
    at += 1 + message[at]
    extensions = message[at + 2:] + kind.to_bytes(2, "big") + len(content).to_bytes(2, "big") + content
    message = message[:at] + len(extensions).to_bytes(2, "big") + extensions
    return record[:3] + (len(message) + 4).to_bytes(2, "big") + b"\x01" + len(message).to_bytes(3, "big") + message


def in_records(record, size):
    """The same hello in records that carry `size` bytes each."""
    message = record[5:]
    pieces = [message[at:at + size] for at in range(0, len(message), size)]
    return b"".join(record[:3] + len(piece).to_bytes(2, "big") + piece for piece in pieces)


class EchoingOrigin(origin.Origin):
    """Keeps what comes and sends it back."""

    def __init__(self):
        self.heard = b""
        super().__init__()

    def serve(self, stream):
        while data := stream.buffer or stream.sock.recv(65536):
            stream.buffer = b""
            self.heard += data
            stream.sock.sendall(data)


class EchoingParent(EchoingOrigin):
    """The way to everywhere. `answer`: to all that is asked, instead of a tunnel."""

    def __init__(self):
        self.banner = b""
        self.answer = None
        super().__init__()

    def serve(self, stream):
        request = origin.read_request(stream)
        with self.lock:
            self.requests.append(request)
        stream.sock.sendall(self.answer or b"HTTP/1.1 200 OK\r\n\r\n" + self.banner)
        super().serve(stream)


class WithParent(case.Case):
    """Behind a parent nothing is known of a name but the name: it is nobody's own."""
    proxy = PATIENT
    policy = city.POLICY

    def setUp(self):
        self.parent = self.keep(EchoingParent())
        self.start(workers=1, hosts={CITY: "127.0.0.1"}, policy=self.policy,
                   settings=f'[proxy]\n{self.proxy}\n[parents]\nnorth = "127.0.0.1:{self.parent.port}"\n'
                            f'[routes]\ndefault = "north"\n"*.city.test" = "direct"\n')

    def tunnel(self, host=SOMEWHERE, port=443):
        made = client.Client(self.gateway.port, city.CLERK)
        self.addCleanup(made.sock.close)
        self.assertEqual(made.connect(f"{host}:{port}").status, 200)
        return made

    def assert_passes(self, made, data):
        self.assert_bytes(made.send(data).stream.exactly(len(data)), data)

    def record(self, host=SOMEWHERE):
        return gateway.wait_until(lambda: self.gateway.search("--host", host), "the record")[-1]

    def assert_refused(self, made, reason, category="", said=b""):
        self.assertEqual(made.rest(), said)
        self.assertEqual(self.parent.heard, b"")
        row = self.record()
        self.assertEqual((row["outcome"], row["stage"], row["reason"], row["decisive"], row["attempt"]),
                         ("refused", "hello", reason, category, True))
        self.assertEqual((row["from_client_bytes"], row["to_client_bytes"]), (0, 0))
        return row

    def assert_left(self, made, outcome, reason):
        """Over before anything could be decided: nothing passes, and nobody is charged with an attempt."""
        self.assertEqual(made.rest(), b"")
        self.assertEqual(self.parent.heard, b"")
        row = self.record()
        self.assertEqual((row["outcome"], row["reason"], row["attempt"], row["categories"], row["decisive"]),
                         (outcome, reason, False, [], ""))
        self.assertEqual((row["from_client_bytes"], row["to_client_bytes"]), (0, 0))


class Names(WithParent):
    def test_the_name_of_the_connect_passes(self):
        made = self.tunnel()
        self.assert_passes(made, hello(SOMEWHERE.upper()))
        self.assert_passes(made, b"and whatever comes then")
        made.sock.close()
        row = self.record()
        self.assertEqual((row["outcome"], row["stage"], row["categories"]), ("completed", "request", []))
        self.assertEqual(self.counter("other_server_names_total"), 0)

    def test_a_hello_may_come_in_any_pieces(self):
        whole = hello(SOMEWHERE)
        self.assert_passes(self.tunnel(), in_records(whole, 100))
        made = self.tunnel()
        for at in range(0, len(whole), 7):
            made.send(whole[at:at + 7])
            if at < 28:
                self.gateway.ask("status")  # the gateway has seen the first pieces one by one
        self.assert_bytes(made.stream.exactly(len(whole)), whole)

    def test_a_hello_may_come_with_the_connect(self):
        for name in (SOMEWHERE, GAMBLING):
            made = client.Client(self.gateway.port, city.CLERK)
            self.addCleanup(made.sock.close)
            made.send(f"CONNECT {SOMEWHERE}:443 HTTP/1.1\r\nHost: {SOMEWHERE}:443\r\n\r\n".encode() + hello(name))
            self.assertEqual(made.read("CONNECT").status, 200)
            if name == SOMEWHERE:
                made.stream.exactly(len(hello(name)))
            else:
                self.assertEqual(made.rest(), ACCESS_DENIED)

    def test_another_harmless_name_passes(self):
        self.assert_passes(self.tunnel(), hello(OTHER))
        self.assertEqual(self.counter("other_server_names_total"), 1)

    def test_another_name_counts_as_well(self):
        made = self.tunnel().send(hello(GAMBLING))
        row = self.assert_refused(made, "prohibited", "gambling", ACCESS_DENIED)
        self.assertEqual(row["rule"], "no-gambling")
        self.assertIn("pokerstars", self.gateway.ask("explain", row["id"]))

    def test_another_names_category_is_charged(self):
        made = self.tunnel()
        self.assert_passes(made, hello(NEWS))
        made.sock.close()
        row = self.record()
        self.assertEqual((row["outcome"], row["stage"], row["decisive"], row["quota"]),
                         ("completed", "hello", "news", "personal-time"))

    def test_another_name_counts_after_a_reload_too(self):
        made = self.tunnel()
        self.assert_passes(made, hello(NEWS))
        self.gateway.write("policy.toml", city.POLICY.replace('action = "personal"\nquota = "personal-time"',
                                                              'action = "block"'))
        self.gateway.ask("reload")
        self.assertEqual(made.rest(), b"")
        row = self.record()
        self.assertEqual((row["outcome"], row["reason"], row["decisive"]), ("cut", "blocked", "news"))

    def test_an_encrypted_hello_is_counted_and_its_cover_is_the_name(self):
        covered = with_extension(hello(SOMEWHERE), 0xfe0d, b"\0" * 40)
        self.assert_passes(self.tunnel(), covered)
        self.assertEqual(self.counter("encrypted_hellos_total"), 1)
        made = self.tunnel().send(with_extension(hello(GAMBLING), 0xfe0d, b"\0" * 40))
        self.assertEqual(made.rest(), ACCESS_DENIED)


class Hidden(WithParent):
    def test_no_name(self):
        for record in (hello(None), hello("93.184.216.34")):
            made = self.tunnel().send(record)
            self.assert_refused(made, "circumvention", "no-server-name", ACCESS_DENIED)

    def test_no_tls(self):
        for words in (b"SSH-2.0-x\r\n", b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n", b"\x80\x2e\x01\x03\x01", b"\0" * 40_000):
            self.assert_refused(self.tunnel().send(words), "circumvention", "not-tls")

    def test_a_client_that_ends_without_a_word_has_hidden_nothing(self):
        made = self.tunnel()
        made.finish()
        self.assert_left(made, "client-gone", "uncategorised")

    def test_an_origin_that_speaks_first(self):
        self.parent.banner = b"220 mail.test ESMTP\r\n"
        self.assert_refused(self.tunnel(), "circumvention", "not-tls")

    def test_two_readings_are_refused(self):
        record = hello(SOMEWHERE)
        entry = b"\0" + len(GAMBLING).to_bytes(2, "big") + GAMBLING.encode()
        for broken in (with_extension(record, 0, len(entry).to_bytes(2, "big") + entry),  # a second server_name
                       record[:5] + b"\x02" + record[6:], b"\x16\x03\x01\xff\xff" + b"\x01" * 40):
            made = self.tunnel().send(broken)
            self.assert_refused(made, "bad-request", said=ACCESS_DENIED)

    def test_a_hello_that_stops_short_is_no_attempt(self):
        made = self.tunnel().send(hello(SOMEWHERE)[:60])
        made.finish()
        self.assert_left(made, "client-gone", "bad-request")

    def test_what_allowed_the_tunnel_has_no_part_in_the_refusal_of_its_hello(self):
        record = hello(NEWS)
        made = self.tunnel(NEWS).send(record[:5] + b"\x02" + record[6:])
        self.assertEqual(made.rest(), ACCESS_DENIED)
        row = self.record(NEWS)
        self.assertEqual((row["outcome"], row["reason"], row["categories"]), ("refused", "bad-request", ["news"]))
        self.assertEqual((row["rule"], row["decisive"], row["quota"]), ("", "", ""))
        self.assertEqual(row["evidence"], {"source": "", "line": 0})
        explained = self.gateway.ask("explain", row["id"])
        self.assertNotIn("News in moderation", explained)
        self.assertNotIn("S1(i)", explained)

    def test_a_hello_without_end(self):
        endless = b"\x16\x03\x01\x40\x00\x01\x00\xf0\x00" + b"\0" * 16380 + (b"\x16\x03\x01\x40\x00" + b"\0" * 16384) * 3
        made = self.tunnel().send(endless)
        self.assert_refused(made, "bad-request", said=ACCESS_DENIED)


class Silent(WithParent):
    proxy = 'first_bytes_timeout = "200ms"\nheader_timeout = "60s"\n'

    def test_silence_is_no_tls(self):
        self.assert_refused(self.tunnel(), "circumvention", "not-tls")


class Slow(WithParent):
    proxy = 'first_bytes_timeout = "60s"\nheader_timeout = "200ms"\n'

    def test_a_hello_has_to_come_to_its_end(self):
        made = self.tunnel().send(hello(SOMEWHERE)[:60])
        self.assert_left(made, "timed-out", "timed-out")

    def test_a_hello_that_comes_too_slowly_is_not_recorded_under_what_allowed_the_tunnel(self):
        self.assertEqual(self.tunnel(NEWS).send(hello(NEWS)[:60]).rest(), b"")
        row = self.record(NEWS)
        self.assertEqual((row["outcome"], row["rule"], row["decisive"], row["attempt"]), ("timed-out", "", "", False))


class Own(WithParent):
    """What the city names itself may be anything; the record says what it was."""
    policy = city.POLICY + city.sanctioned(SOMEWHERE)

    def test_sanctioned(self):
        for words, category in ((b"SSH-2.0-x\r\n", "not-tls"), (hello(None), "no-server-name")):
            made = self.tunnel()
            self.assert_passes(made, words)
            made.sock.close()
            row = self.record()
            self.assertEqual((row["outcome"], row["reason"], row["stage"]), ("completed", "uncategorised", "hello"))
            self.assertEqual(row["categories"], [category])

    def test_what_hides_behind_a_sanctioned_name_counts(self):
        made = self.tunnel().send(hello(GAMBLING))
        self.assert_refused(made, "prohibited", "gambling", ACCESS_DENIED)

    def test_the_hosts_table(self):
        class Banner(origin.Origin):
            def serve(self, stream):
                stream.sock.sendall(b"220 ready\r\n")
                stream.sock.sendall(stream.exactly(4))

        made = self.tunnel(CITY, self.keep(Banner()).port)
        self.assertEqual(made.stream.exactly(11), b"220 ready\r\n")
        self.assert_passes(made, b"quit")
        self.assertEqual(self.record(CITY)["categories"], ["tunnel-port", "not-tls"])

    def test_a_client_that_only_listens(self):
        class Telling(origin.Origin):
            def serve(self, stream):
                stream.sock.sendall(b"it is noon\r\n")

        made = self.tunnel(CITY, self.keep(Telling()).port)
        made.finish()
        self.assertEqual(made.rest(), b"it is noon\r\n")
        row = self.record(CITY)
        self.assertEqual((row["outcome"], row["categories"]), ("completed", ["tunnel-port", "not-tls"]))


class Opened(WithParent):
    policy = city.POLICY + '[tunnels]\nnot_tls = "allow"\n'

    def test_by_the_policy_and_closed_again(self):
        made = self.tunnel()
        self.assert_passes(made, b"SSH-2.0-x\r\n")
        self.assertEqual(self.tunnel(OTHER).send(hello(None)).rest(), ACCESS_DENIED)
        self.gateway.write("policy.toml", city.POLICY)
        self.gateway.ask("reload")
        self.assertEqual(made.rest(), b"")
        row = self.record()
        self.assertEqual((row["outcome"], row["reason"], row["decisive"]), ("cut", "circumvention", "not-tls"))


if __name__ == "__main__":
    case.main()
