"""NTLM and Negotiate sign in a connection (RFC 4559 section 6): it stays with the client that signed in on it, and with no other."""
import base64
import re
import struct
import subprocess
import threading

import case
import city
import client
import gateway
import origin

HOST, OTHER = "intranet.test", "other.test"
CHALLENGE = base64.b64encode(
    b"NTLMSSP\0" + struct.pack("<IHHIIQQHHI", 2, 0, 0, 48, 0x00008201, 0x0123456789abcdef, 0, 0, 0, 48)).decode()


class SigningIn(origin.Origin):
    """Who has sent the third message of NTLM on a connection is signed in on it, and needs to say no more."""

    def __init__(self, offers=("NTLM",)):
        self.offers = offers
        self.lock = threading.Lock()
        self.seen = []  # (connection, what it was answered)
        self.gone = 0
        super().__init__()

    def serve(self, stream):
        signed_in, number = False, self.connections
        try:
            while True:
                request = origin.read_request(stream)
                said = " ".join(request.values("authorization"))
                kind = base64.b64decode(said.partition(" ")[2])[8:9] if said else b""
                signed_in = signed_in or kind == b"\x03"
                with self.lock:
                    self.seen.append((number, "in" if signed_in else "challenge" if kind else "401"))
                if signed_in:
                    stream.sock.sendall(origin.reply(b"signed in"))
                    continue
                offers = [f"NTLM {CHALLENGE}"] if kind == b"\x01" else self.offers
                fields = "".join(f"WWW-Authenticate: {offer}\r\n" for offer in offers)
                stream.sock.sendall(origin.reply(b"who are you?", status="401 Unauthorized", extra=fields))
        finally:
            with self.lock:
                self.gone += 1


def message(kind):
    return "Authorization: NTLM " + base64.b64encode(b"NTLMSSP\0" + struct.pack("<I", kind) + bytes(40)).decode()


class ConnectionSignIn(case.Case):
    def setUp(self):
        self.start(hosts={HOST: "127.0.0.1", OTHER: "127.0.0.1"}, workers=1)

    def sign_in(self, browser, url):
        first = browser.get(url)
        self.assertEqual((first.status, first.values("proxy-support")), (401, ["Session-Based-Authentication"]))
        self.assertEqual(browser.get(url, message(1)).value("www-authenticate"), f"NTLM {CHALLENGE}")
        self.assertEqual(browser.get(url, message(3)).body, b"signed in")

    def test_the_connection_stays_with_its_client(self):
        server, aside = self.keep(SigningIn()), self.keep(origin.HttpOrigin())
        url = f"http://{HOST}:{server.port}/"
        with client.Client(self.gateway.port, city.CLERK) as one, client.Client(self.gateway.port, city.CLERK) as two:
            self.sign_in(one, url)
            # Nothing more is said, and the sign-in holds; also after a look elsewhere.
            self.assertEqual(one.get(url).body, b"signed in")
            self.assertEqual(one.get(f"http://{OTHER}:{aside.port}/").body, b"origin\n")
            self.assertEqual(one.get(url).body, b"signed in")
            # Neither the same person's other connection nor anybody else's has part in it.
            self.assertEqual(two.get(url).status, 401)
            self.assertEqual(client.get(self.gateway.port, url, source=city.MAYOR).status, 401)
            self.sign_in(two, url)
            self.assertEqual(one.get(url).body, b"signed in")
            self.assertEqual(len({number for number, answer in server.seen if answer == "in"}), 2)
        gateway.wait_until(lambda: server.gone >= 2, "both connections to close with their clients'")
        self.assertEqual(client.get(self.gateway.port, url).status, 401)

    def test_two_people_on_one_connection_share_no_sign_in(self):
        """Whoever comes by another's connection (a proxy in front, say) is known by the password that comes along."""
        self.gateway.stop()
        made = self.gateway
        hashed = made.hash_password("right")
        people = city.PEOPLE.replace('addresses = ["127.0.0.10"]', f'password = "{hashed}"')
        made.write("people.toml", people.replace('addresses = ["127.0.0.20"]', f'password = "{hashed}"'))
        made.start()
        server = self.keep(SigningIn())
        url = f"http://{HOST}:{server.port}/"
        ann, dora = ("Proxy-Authorization: Basic " + base64.b64encode(name + b":right").decode()
                     for name in (b"ann.mayor", b"dora.detective"))
        with client.Client(made.port, "127.0.0.99") as browser:
            for kind in (1, 3):
                answer = browser.get(url, ann, message(kind))
            self.assertEqual(answer.body, b"signed in")
            self.assertEqual(browser.get(url, ann).body, b"signed in")
            self.assertEqual(browser.get(url, dora).status, 401)
            self.assertEqual(browser.get(url, ann).status, 401)

    def test_an_offer_among_others_counts(self):
        for offers in (("Negotiate", "NTLM"), ('Basic realm="a, b"', "NTLM"), ('Basic realm="a", NTLM',)):
            server = self.keep(SigningIn(offers))
            with client.Client(self.gateway.port, city.CLERK) as browser:
                self.sign_in(browser, f"http://{HOST}:{server.port}/")
            self.assertEqual(len({number for number, _ in server.seen}), 1, offers)

    def test_an_origin_that_ends_the_connection(self):
        server = self.keep(SigningIn())
        url = f"http://{HOST}:{server.port}/"
        with client.Client(self.gateway.port, city.CLERK) as browser:
            self.sign_in(browser, url)
            server.close_connections()
            gateway.wait_until(lambda: server.gone, "the connection to close")
            self.assertEqual(browser.get(url).status, 401)
            self.sign_in(browser, url)

    def test_curl_signs_in(self):
        version = subprocess.run([case.tool("curl"), "--version"], capture_output=True, text=True, check=True).stdout
        if not re.search(r"\bNTLM\b", version):
            self.skipTest("this curl has no NTLM")
        server = self.keep(SigningIn())
        url = f"http://{HOST}:{server.port}/"
        result = subprocess.run(["curl", "-q", "--silent", "--max-time", "60", "--ntlm", "--user", "ann:secret", "--proxy",
                                 f"http://127.0.0.1:{self.gateway.port}", url, url], capture_output=True, timeout=90, check=False)
        self.assertEqual((result.returncode, result.stdout), (0, b"signed in" * 2))
        self.assertEqual(len({number for number, answer in server.seen if answer == "in"}), 1)


if __name__ == "__main__":
    case.main()
