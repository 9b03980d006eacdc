"""Transparent mode: real clients behind a router that captures their connections, by redirect and by tproxy."""
import shutil
import socket
import ssl
import subprocess
import tempfile

import case
import city
import client
import gateway
import origin
import portal
import router
from router import CLIENT, CLIENT6, OTHER, OTHER6, OUTSIDE, OUTSIDE6

NAME, OTHER_NAME, GAMBLING = "www.example.org", "other.example.org", "www.pokerstars.com"
# Only what the client's own resolver would say: the gateway looks names up in the same table.
HOSTS = {NAME: OUTSIDE, "six.example.org": OUTSIDE6, OTHER_NAME: OTHER, GAMBLING: OUTSIDE}
PEOPLE = city.PEOPLE.replace('addresses = ["127.0.0.10"]', f'addresses = ["127.0.0.10", "{CLIENT}", "{CLIENT6}"]')
# Names come from [hosts] here, which would open private addresses; the outside is public, so nothing hangs on that.
POLICY = city.POLICY.replace('connect_ports = ["1-65535"]', 'connect_ports = ["443"]')
PAGE = b"<!doctype html><title>Council</title><p>Minutes of the council</p>"
QUICK = '[proxy]\nfirst_bytes_timeout = "200ms"\n'


class OutsideOrigin(origin.HttpOrigin):
    """Listens on a fixed port of an address of the outside namespace."""

    def __init__(self, network, address, port, tls=None):
        self.network, self.fixed = network, port
        super().__init__({"/": origin.reply(PAGE)}, address, tls)

    def listen(self, family, address, port=0):
        with self.network.inside(self.network.outside):
            return super().listen(family, address, self.fixed)


class Captured(case.Case):
    mode = "redirect"
    any_addresses = ("0.0.0.0", "[::]")  # that the gateway listens on
    settings = QUICK
    people = PEOPLE

    @classmethod
    def setUpClass(cls):
        router.probe()
        case.tool("curl")
        cls.network = router.Router()
        cls.addClassCleanup(cls.network.close)
        tls = origin.self_signed(NAME)

        def listen(port, context):
            made = {address: OutsideOrigin(cls.network, address, port, context) for address in (OUTSIDE, OTHER, OUTSIDE6)}
            for one in made.values():
                cls.addClassCleanup(one.close)
            return made

        cls.http, cls.https = listen(80, None), listen(443, tls)

    def setUp(self):
        for one in (*self.http.values(), *self.https.values()):
            one.close_connections()
            one.requests, one.connections = [], 0
        captures = [f"{address}:3130 {self.mode}" for address in self.any_addresses]
        self.make(hosts=HOSTS, people=self.people, policy=POLICY, settings=self.settings, listen=("127.0.0.1:0", *captures))
        self.gateway.start(wrapper=("ip", "netns", "exec", self.network.router))
        rules = router.must(str(gateway.BINARY), "gateway-rules", "--config", str(self.gateway.config),
                            "--interface", "lan0")
        self.network.load(rules)

    # --- clients

    def curl(self, url, *options, resolve=None):
        """What a person at a desk gets, without any proxy in the settings."""
        port = 443 if url.startswith("https") else 80
        host = url.split("/")[2]
        extra = ["--resolve", f"{host}:{port}:{resolve if ':' not in resolve else f'[{resolve}]'}"] if resolve else []
        return subprocess.run(["ip", "netns", "exec", self.network.client, "curl", "-sS", "-k", "-m", "20", "--noproxy", "*",
                               "-w", "\n%{http_code} %{remote_ip}", *extra, *options, url],
                              capture_output=True, text=True, timeout=60, check=False)

    def connect(self, address, port):
        with self.network.inside(self.network.client):
            sock = socket.create_connection((address, port), timeout=client.TIMEOUT)
        self.addCleanup(sock.close)
        return sock

    def record(self, host):
        """The last record of the one exchange with this host; bytes of its slices summed."""
        def ended():
            rows = self.gateway.search("--host", host)
            return rows if rows and rows[-1]["last"] else None

        rows = gateway.wait_until(ended, f"the record of {host}")
        self.assertEqual({row["exchange"] for row in rows}, {rows[0]["exchange"]}, rows)
        return rows[-1] | {key: sum(row[key] for row in rows) for key in ("from_client_bytes", "to_client_bytes")}


class Ways:
    """What hangs on the way in which connections are captured."""

    def test_http_goes_to_the_chosen_address(self):
        for name, address in ((NAME, OUTSIDE), ("six.example.org", OUTSIDE6)):
            result = self.curl(f"http://{name}/minutes?q=1", resolve=address)
            self.assertIn("origin", result.stdout, result.stderr)
            request = self.http[address].seen("/minutes?q=1")[0]
            self.assertEqual(request.values("host"), [name])
            self.assertTrue(request.values("via"))
            row = self.record(name)
            self.assertEqual([row["named_by"], row["name_check"], row["chosen_address"]], ["host", "agrees", address])
            self.assertEqual([row["person"], row["port"], row["path"]], ["ann.mayor", 80, "/minutes"])

    def test_http_refusal_is_the_page(self):
        result = self.curl(f"http://{GAMBLING}/", resolve=OTHER)
        self.assertIn("Gambling sites are prohibited", result.stdout)
        self.assertIn("\n403 ", result.stdout)
        self.assertEqual(self.http[OTHER].connections, 0)
        row = self.record(GAMBLING)
        self.assertEqual([row["outcome"], row["attempt"], row["name_check"]], ["refused", True, "differs"])

    def test_tls_is_a_tunnel_to_the_chosen_address(self):
        for name, address in ((NAME, OUTSIDE), ("six.example.org", OUTSIDE6)):
            result = self.curl(f"https://{name}/", resolve=address)
            self.assertIn("Minutes of the council", result.stdout, result.stderr)
            row = self.record(name)
            self.assertEqual([row["scheme"], row["port"], row["stage"]], ["tunnel", 443, "hello"])
            self.assertEqual([row["named_by"], row["name_check"], row["chosen_address"]],
                             ["server-name", "agrees", address])
            self.assertEqual([row["outcome"], row["status"]], ["completed", 0])
            self.assertGreater(row["from_client_bytes"], 300)

    def test_tls_refusal_ends_before_the_hello_is_forwarded(self):
        result = self.curl(f"https://{GAMBLING}/", resolve=OUTSIDE)
        self.assertEqual(result.returncode, 35, result)
        self.assertIn("access denied", result.stderr)
        self.assertEqual(self.https[OUTSIDE].connections, 0)
        row = self.record(GAMBLING)
        self.assertEqual([row["outcome"], row["attempt"], row["reason"], row["status"]],
                         ["refused", True, "prohibited", 0])

    def test_the_listener_reached_directly_connects_to_nobody(self):
        for address in (router.ROUTER, router.ROUTER6, "11.22.33.1", router.SECOND):
            sock = self.connect(address, 3130)
            sock.sendall(b"GET / HTTP/1.1\r\nHost: " + NAME.encode() + b"\r\n\r\n")
            answer = client.origin.Stream(sock).until(b"\r\n\r\n")
            self.assertIn(b" 403 ", answer)
        rows = self.gateway.search()
        self.assertEqual({row["reason"] for row in rows}, {"own-address"}, rows)
        self.assertEqual(self.http[OUTSIDE].connections, 0)

    def test_quic_is_rejected_at_once(self):
        for address in (OUTSIDE, OUTSIDE6):
            with self.network.inside(self.network.client):
                sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
            self.addCleanup(sock.close)
            sock.settimeout(client.TIMEOUT)
            sock.connect((address, 443))
            sock.send(b"\xc0initial")
            with self.assertRaises(ConnectionRefusedError):
                sock.recv(100)

    def test_other_ports_pass_by(self):
        for port in (8080, 3130):  # also the one that the gateway has for its listener
            there = self.keep(OutsideOrigin(self.network, OUTSIDE, port))
            sock = self.connect(OUTSIDE, port)
            sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            client.origin.Stream(sock).until(b"</p>")
            self.assertEqual(len(there.requests), 1)
        self.assertEqual(self.gateway.search(), [])


class ByRedirect(Ways, Captured):
    pass


class ByTproxy(Ways, Captured):
    mode = "tproxy"


class Evidence(Captured):
    """What is made of the first bytes; the same in both ways."""

    def test_another_address_than_the_names_is_evidence_and_no_refusal(self):
        result = self.curl(f"http://{NAME}/", resolve=OTHER)
        self.assertIn("Minutes of the council", result.stdout, result.stderr)
        self.assertEqual([len(self.http[OTHER].requests), self.http[OUTSIDE].connections], [1, 0])
        row = self.record(NAME)
        self.assertEqual([row["outcome"], row["name_check"], row["chosen_address"]], ["completed", "differs", OTHER])
        self.assertEqual(self.counter("names_differ_total"), 1)
        self.assertIn("has other addresses", self.gateway.ask("explain", row["id"]))

    def test_idle_connections_belong_to_the_chosen_address(self):
        for address in (OUTSIDE, OTHER, OUTSIDE, OTHER):
            result = self.curl(f"http://{NAME}/", resolve=address)
            self.assertIn("Minutes of the council", result.stdout, result.stderr)
        for address in (OUTSIDE, OTHER):
            self.assertEqual(len(self.http[address].requests), 2)

    def test_without_a_host_the_address_is_the_target(self):
        sock = self.connect(OUTSIDE, 80)
        sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
        answer = client.origin.Stream(sock).until(b"</p>")
        self.assertIn(b"Minutes of the council", answer)
        row = self.record(OUTSIDE)
        self.assertEqual([row["named_by"], row["categories"]], ["address", ["bare-ip"]])

    def test_a_client_that_nobody_knows_gets_a_page_and_no_prompt(self):
        self.gateway.write("people.toml", city.PEOPLE)
        self.gateway.ask("reload")
        result = self.curl(f"http://{NAME}/", "-i", resolve=OUTSIDE)
        self.assertIn("does not know who is asking", result.stdout)
        self.assertIn("\n403 ", result.stdout)
        self.assertNotIn("Proxy-Authenticate", result.stdout)
        self.assertNotEqual(self.curl(f"https://{NAME}/", resolve=OUTSIDE).returncode, 0)
        self.assertEqual([self.http[OUTSIDE].connections, self.https[OUTSIDE].connections], [0, 0])

    def test_a_proxy_request_for_a_tunnel_is_not_served(self):
        sock = self.connect(OUTSIDE, 80)
        sock.sendall(f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
        stream = client.origin.Stream(sock)
        stream.until(b"</p>")
        sock.sendall(f"CONNECT {NAME}:443 HTTP/1.1\r\nHost: {NAME}:443\r\n\r\n".encode())
        self.assertIn(b" 501 ", stream.until(b"\r\n"))

    def test_server_name_of_another_address(self):
        result = self.curl(f"https://{NAME}/", resolve=OTHER)
        self.assertIn("Minutes of the council", result.stdout, result.stderr)
        self.assertEqual(self.https[OUTSIDE].connections, 0)
        self.assertEqual(self.record(NAME)["name_check"], "differs")

    def test_without_a_server_name_the_bare_address_is_refused(self):
        result = self.curl(f"https://{OUTSIDE}/")
        self.assertNotEqual(result.returncode, 0)
        self.assertEqual(self.https[OUTSIDE].connections, 0)
        row = self.record(OUTSIDE)
        self.assertEqual([row["named_by"], row["reason"], row["scheme"]], ["address", "circumvention", "tunnel"])
        self.assertEqual([row["decisive"], row["categories"]], ["bare-ip", ["bare-ip", "no-server-name"]])

    def test_what_is_neither_tls_nor_http_is_a_tunnel_to_a_bare_address(self):
        for port, words in ((443, b"SSH-2.0-x\r\n"), (443, b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"), (80, b"EHLO x\r\n")):
            sock = self.connect(OUTSIDE, port)
            sock.sendall(words)
            self.assertEqual(sock.recv(100), b"")
        # Each is another worker's, perhaps, so their order is open.
        rows = sorted(self.gateway.search(), key=lambda row: len(row["categories"]))
        self.assertEqual([[row["host"], row["named_by"], row["outcome"], row["categories"]] for row in rows],
                         [[OUTSIDE, "address", "refused", ["bare-ip", "not-tls"]]] * 2 +
                         [[OUTSIDE, "address", "refused", ["bare-ip", "tunnel-port", "not-tls"]]])
        self.assertEqual(sorted(row["reason"] for row in rows), ["circumvention", "circumvention", "forbidden-port"])

    def sanction(self, address, ports='"443"'):
        """Opens the bare address: what is nameless passes there."""
        policy = POLICY.replace('connect_ports = ["443"]', f"connect_ports = [{ports}]")
        self.gateway.write("policy.toml", policy + city.sanctioned(address))
        self.gateway.ask("reload")

    def test_a_hello_that_nobody_can_read_is_refused_where_nameless_ones_pass(self):
        self.sanction(OTHER)
        broken = b"\x16\x03\x01\x00\x04\x01\x00\x00\x00"  # a hello without anything
        long = b"\x16\x03\x01\x40\x00\x01\x00\xff\xff" + b"\x03" * (0x4000 - 4)  # the first of four records
        for words in (broken, long + (b"\x16\x03\x01\x40\x00" + b"\x03" * 0x4000) * 2):
            sock = self.connect(OTHER, 443)
            sock.sendall(words)
            sock.shutdown(socket.SHUT_WR)
            self.assertEqual(sock.recv(100), b"")
        self.assertEqual(self.https[OTHER].connections, 0)
        rows = self.gateway.search()
        self.assertEqual([[row["host"], row["outcome"], row["reason"]] for row in rows],
                         [[OTHER, "failed", "bad-request"], [OTHER, "failed", "too-large"]])

    def test_a_hello_after_silence_is_refused(self):
        self.sanction(OTHER)
        sock = self.connect(OTHER, 443)
        gateway.wait_until(lambda: self.counter("silent_clients_total") == 1, "the tunnel")
        sock.sendall(b"\x16\x03\x01")
        try:
            self.assertEqual(sock.recv(100), b"")
        except ConnectionResetError:
            pass
        row = self.record(OTHER)
        self.assertEqual([row["outcome"], row["reason"], row["from_client_bytes"]], ["cut", "bad-request", 0])

    def test_a_request_after_silence_is_refused(self):
        self.sanction(OTHER, '"80"')
        sock = self.connect(OTHER, 80)
        gateway.wait_until(lambda: self.counter("silent_clients_total") == 1, "the tunnel")
        sock.sendall(f"GET / HTTP/1.1\r\nHost: {GAMBLING}\r\n\r\n".encode())
        try:
            self.assertEqual(sock.recv(100), b"")
        except ConnectionResetError:
            pass
        self.assertEqual(self.http[OTHER].requests, [])
        row = self.record(OTHER)
        self.assertEqual([row["outcome"], row["reason"], row["from_client_bytes"]], ["cut", "bad-request", 0])

    def test_a_request_that_only_lenient_servers_read_is_not_nameless(self):
        self.sanction(OTHER, '"80"')
        for line in ("GET  / HTTP/1.1", "get / HTTP/1.1", "GET\t/ HTTP/1.1", "\nGET / HTTP/1.1", " GET / HTTP/1.1",
                     "GET ftp://x/ HTTP/1.1", f"CONNECT {GAMBLING}:443 HTTP/1.1"):
            sock = self.connect(OTHER, 80)
            sock.sendall(f"{line}\r\nHost: {GAMBLING}\r\n\r\n".encode())
            self.assertRegex(client.origin.Stream(sock).until(b"\r\n"), rb"HTTP/1\.1 (400|501) ", line)
        self.assertEqual(self.http[OTHER].connections, 0)

    def test_a_silent_client_is_taken_for_one_that_waits(self):
        self.sanction(OTHER)

        def greet(stream):
            stream.sock.sendall(b"220 hello\r\n")
            stream.until(b"\r\n")
            stream.sock.sendall(b"221 bye\r\n")

        server = self.https[OTHER]
        self.addCleanup(setattr, server, "tls", server.tls)
        self.addCleanup(server.__dict__.pop, "serve")
        server.tls, server.serve = None, greet
        sock = self.connect(OTHER, 443)
        self.assertEqual(sock.recv(100), b"220 hello\r\n")
        sock.sendall(b"QUIT\r\n")
        self.assertEqual(sock.recv(100), b"221 bye\r\n")
        sock.close()
        self.assertEqual(self.record(OTHER)["named_by"], "address")
        self.assertEqual(self.counter("silent_clients_total"), 1)


class SafeSearch(Captured):
    """Its client's resolver gave the engine's usual address; the gateway goes where the safe results are."""

    def test_the_chosen_address_gives_way_to_the_safe_name(self):
        engine, safe = "www.google.com", "forcesafesearch.google.com"
        self.gateway.write("policy.toml", POLICY + '[safe_search]\nengines = ["google"]\n')
        config = self.gateway.config.read_text(encoding="utf-8")
        self.gateway.write("citygate.toml", config.replace("[hosts]\n", f'[hosts]\n"{safe}" = "{OUTSIDE}"\n'))
        self.gateway.ask("reload")
        for scheme, web in (("http", self.http), ("https", self.https)):
            result = self.curl(f"{scheme}://{engine}/search?q=owls", resolve=OTHER)
            self.assertIn("origin", result.stdout, result.stderr)
            self.assertEqual([request.values("host") for request in web[OUTSIDE].seen("/search?q=owls")], [[engine]])
            self.assertEqual(web[OTHER].connections, 0)
        self.assertEqual({row["chosen_address"] for row in self.gateway.search("--host", engine)}, {OTHER})
        self.assertEqual(self.counter("safe_names_total"), 2)


class OutsideParent(origin.Origin):
    """A proxy on the outside: answers plain requests itself, echoes in tunnels, keeps what it was asked for."""
    before = b""  # the answer to a CONNECT

    def __init__(self, network):
        self.network, self.requests = network, []
        super().__init__(OUTSIDE)

    def listen(self, family, address, port=0):
        with self.network.inside(self.network.outside):
            return super().listen(family, address, port)

    def serve(self, stream):
        while True:
            request = origin.read_request(stream)
            with self.lock:
                self.requests.append(f"{request.method} {request.target}")
            if request.method != "CONNECT":
                stream.sock.sendall(origin.reply(b"from the parent"))
                continue
            stream.sock.sendall(self.before + b"HTTP/1.1 200 OK\r\n\r\n")
            while data := stream.buffer or stream.sock.recv(65536):
                stream.buffer = b""
                stream.sock.sendall(data)
            return


class ThroughAParent(Captured):
    """Where the outside is reached through another proxy alone, so it is for captured connections."""

    def setUp(self):
        self.parent = self.keep(OutsideParent(self.network))
        self.settings = QUICK + (f'[parents]\nnorth = "{OUTSIDE}:{self.parent.port}"\n'
                                 f'[routes]\ndefault = "north"\n"{OTHER_NAME}" = "direct"\n')
        super().setUp()

    def test_plain_requests_go_by_their_name(self):
        result = self.curl(f"http://{NAME}/minutes?q=1", resolve=OTHER)
        self.assertIn("from the parent", result.stdout, result.stderr)
        self.assertEqual(self.parent.requests, [f"GET http://{NAME}/minutes?q=1"])
        row = self.record(NAME)
        self.assertEqual([row["outcome"], row["chosen_address"]], ["completed", OTHER])

    def test_tls_goes_by_connect_to_the_name_of_the_hello(self):
        self.tunnel_by_name()

    def test_interim_answers_of_the_parent_are_not_for_the_captured_client(self):
        self.parent.before = b"HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n"
        self.tunnel_by_name()

    def tunnel_by_name(self):
        tls = ssl.create_default_context()
        there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
        with self.assertRaises(ssl.SSLWantReadError):
            tls.wrap_bio(there, back, server_hostname=NAME).do_handshake()
        hello = back.read()
        sock = self.connect(OTHER, 443)
        sock.sendall(hello)
        self.assertEqual(client.origin.Stream(sock).exactly(len(hello)), hello, "nothing of the parent's answer shows")
        sock.close()
        self.assertEqual(self.parent.requests, [f"CONNECT {NAME}:443"])
        self.assertEqual(self.record(NAME)["to_client_bytes"], len(hello))

    def test_a_route_that_says_direct_leads_to_the_chosen_address(self):
        result = self.curl(f"http://{OTHER_NAME}/", resolve=OTHER)
        self.assertIn("Minutes of the council", result.stdout, result.stderr)
        self.assertEqual(self.parent.requests, [])

    def test_a_parent_opens_nothing_that_is_refused(self):
        self.assertIn("Gambling sites are prohibited", self.curl(f"http://{GAMBLING}/", resolve=OUTSIDE).stdout)
        self.assertNotEqual(self.curl(f"https://{GAMBLING}/", resolve=OUTSIDE).returncode, 0)
        sock = self.connect(router.SECOND, 3130)  # the listener itself
        sock.sendall(f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
        self.assertIn(b" 403 ", client.origin.Stream(sock).until(b"\r\n\r\n"))
        self.assertEqual(self.parent.requests, [])


class OneFamily(Captured):
    """No listener for IPv6: it must not pass by the gateway."""
    any_addresses = ("0.0.0.0",)

    def test_the_other_family_is_rejected(self):
        with self.assertRaises(ConnectionRefusedError):
            self.connect(OUTSIDE6, 443)
        self.assertEqual(self.https[OUTSIDE6].connections, 0)


class Browser(Captured):
    def test_chromium_sees_pages_and_refusals(self):
        case.tool("chromium")
        for host, address, wanted in ((NAME, OUTSIDE, "Minutes of the council"),
                                      (GAMBLING, OTHER, "Gambling sites are prohibited")):
            self.assertIn(wanted, self.dom(f"http://{host}/", address))
        self.assertIn("Minutes of the council", self.dom(f"https://{NAME}/", OUTSIDE))
        self.assertNotIn("Minutes of the council", self.dom(f"https://{GAMBLING}/", OUTSIDE))
        self.assertEqual({row["named_by"] for row in self.gateway.search("--host", NAME)}, {"host", "server-name"})

    def dom(self, url, address):
        """The page as the browser understood it. Nothing but the site has an address."""
        profile = tempfile.mkdtemp(prefix="citygate-chromium-")
        try:
            return subprocess.run(
                ["ip", "netns", "exec", self.network.client, "chromium", "--headless", "--no-sandbox", "--disable-gpu",
                 "--no-first-run", "--disable-sync", "--disable-background-networking", "--disable-component-update",
                 "--disable-default-apps", "--disable-extensions", "--disable-dev-shm-usage", "--ignore-certificate-errors",
                 "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,OptimizationHints,MediaRouter",
                 "--no-proxy-server", f"--host-resolver-rules=MAP {url.split('/')[2]} {address}, MAP * ~NOTFOUND",
                 "--virtual-time-budget=8000", "--timeout=20000", f"--user-data-dir={profile}", "--dump-dom", url],
                capture_output=True, text=True, timeout=90, stdin=subprocess.DEVNULL, check=False).stdout
        finally:
            shutil.rmtree(profile, ignore_errors=True)


class NobodyKnown(Captured):
    """Nobody is asked for a password who has asked no proxy: the portal is where to sign in."""
    settings = QUICK + portal.SETTINGS

    def setUp(self):
        self.people = PEOPLE.replace(f', "{CLIENT}", "{CLIENT6}"', "").replace(
            'addresses = ["127.0.0.20"]', f'password = "{gateway.Gateway.hash_password("secret")}"')
        super().setUp()
        self.portal = self.facts()["portal"].strip()

    def test_a_page_leads_to_the_portal(self):
        result = self.curl(f"http://{NAME}/minutes?q=1", "-D", "-", "-H", "Accept: text/html", resolve=OUTSIDE)
        self.assertIn("\n302 ", result.stdout)
        self.assertIn(f"Location: {self.portal}?to=http://{NAME}/minutes%3Fq%3D1&", result.stdout)
        row = self.record(NAME)
        self.assertEqual([row["ruling"], row["reason"], row["person"], row["status"]],
                         ["authenticate", "unknown-person", "", 302])

    def test_all_else_is_told_so(self):
        result = self.curl(f"http://{NAME}/picture", "-D", "-", resolve=OUTSIDE)
        self.assertIn("\n511 ", result.stdout)
        self.assertIn(f"Link: <{self.portal}?to=", result.stdout)
        self.assertEqual(self.http[OUTSIDE].connections, 0)

    def test_tls_gets_an_alert(self):
        result = self.curl(f"https://{NAME}/", resolve=OUTSIDE)
        self.assertEqual(result.returncode, 35, result)
        self.assertIn("access denied", result.stderr)
        self.assertEqual(self.https[OUTSIDE].connections, 0)
        self.assertEqual([self.record(NAME)[key] for key in ("ruling", "reason")], ["authenticate", "unknown-person"])


if __name__ == "__main__":
    case.main()
