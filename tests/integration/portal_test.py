"""The gateway's own pages: reached directly and through it, who gets in and who does not."""
import concurrent.futures
import os
import socket
import ssl
import struct
import subprocess

import case
import city
import client
import gateway
import origin
import portal
from portal import Browser


def people():
    return city.PEOPLE + f"""
[[person]]
name = "sue.signs"
title = "Sue <Signs>"
department = "clerk"
password = "{gateway.Gateway.hash_password('right horse')}"

[[person]]
name = "bob.borrows"
title = "Bob Borrows"
department = "police"
password = "{gateway.Gateway.hash_password('battery staple')}"
"""


# Addresses that are nobody's.
DESK, OTHER_DESK, THIRD_DESK = "127.0.0.60", "127.0.0.61", "127.0.0.62"


class PortalCase(case.Case):
    def start_portal(self, settings="", **options):
        self.start(people=people(), settings=portal.SETTINGS + settings, **options)
        self.find_portal()

    def find_portal(self):
        self.url = self.facts()["portal"].strip()
        self.port = int(self.url.rstrip("/").rpartition(":")[2])

    def browser(self, **options):
        return Browser(self.port, **options)


class Reaching(PortalCase):
    def test_directly(self):
        self.start_portal()
        answer = self.browser(source=DESK).get("/")
        self.assertEqual(answer.status, 200)
        self.assertIn("Sign in", answer.page.title)
        self.assertEqual(self.counter("portal_requests_total"), 0)

    def test_through_the_proxy_with_the_clients_own_address(self):
        self.start_portal()
        for connect_port in (self.port, 443):
            answer = self.browser(source=DESK, through=self.gateway.port, connect_port=connect_port).get("/")
            self.assertEqual(answer.status, 200)
            self.assertIn(f"sees you at the address {DESK}", answer.body)
        self.assertEqual(self.counter("portal_requests_total"), 2)

    def test_however_its_name_is_spelled(self):
        self.start_portal()
        for name in (portal.NAME.upper(), portal.NAME + ".", "Portal.testville.EXAMPLE."):
            with client.Client(self.gateway.port, DESK) as connection:
                self.assertEqual(connection.connect(f"{name}:443").status, 200)
                with portal.trusting_nobody().wrap_socket(connection.sock, server_hostname=portal.NAME) as stream:
                    stream.sendall(f"GET /style.css HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
                    self.assertTrue(stream.recv(100).startswith(b"HTTP/1.1 200"), name)
            answer = client.get(self.gateway.port, f"http://{name}/", source=DESK)
            self.assertEqual((answer.status, answer.value("Location")), (302, self.url))
        self.assertEqual(self.gateway.search(), [])

    def test_its_inner_address_is_reached_by_nobodys_request(self):
        self.start_portal()
        inner = inner_port(self.gateway.process.pid, {self.port, self.gateway.port})
        for name in ("127.0.0.1", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "localhost", portal.NAME):
            with client.Client(self.gateway.port, city.CLERK) as connection:
                self.assertNotEqual(connection.connect(f"{name}:{inner}").status, 200, name)
            answer = client.get(self.gateway.port, f"http://{name}:{inner}/", source=city.CLERK)
            self.assertNotIn(answer.status, (200, 302), name)
        self.assertEqual(self.counter("portal_strangers_total"), 0)

    def test_is_nobodys_browsing(self):
        self.start_portal()
        self.browser(source=city.CLERK, through=self.gateway.port).get("/")
        gateway.wait_until(lambda: self.counter("tunnels_open") == 0, "the tunnel to end")
        self.assertEqual(self.gateway.search(), [])

    def test_other_ports_of_its_name_are_not_the_portals(self):
        self.start_portal()
        with self.assertRaises(ConnectionError):
            self.browser(source=city.CLERK, through=self.gateway.port, connect_port=22).get("/")

    def test_plain_http_is_sent_on_to_tls(self):
        self.start_portal()
        for target in (f"http://{portal.NAME}/usage?x=1", "/usage"):
            with client.Client(self.gateway.port, DESK) as connection:
                answer = connection.send(f"GET {target} HTTP/1.1\r\nHost: {portal.NAME}\r\n\r\n").read()
            self.assertEqual((answer.status, answer.value("Location")), (302, self.url + "usage"))
        with client.Client(self.gateway.port, DESK) as connection:
            connection.send(f"POST http://{portal.NAME}/ HTTP/1.1\r\nHost: {portal.NAME}\r\nContent-Length: 1\r\n\r\nx")
            self.assertEqual(connection.read("POST").status, 307)
        self.assertEqual(self.gateway.search(), [])

    def test_another_name_is_led_to_its_own(self):
        self.start_portal()
        answer = self.browser(source=DESK).get("/", headers={"Host": "elsewhere.example"})
        self.assertEqual((answer.status, answer.location), (302, self.url))
        answer = self.browser(source=DESK).ask("POST", "/sign-in", "a=b", headers={"Host": "elsewhere.example"})
        self.assertEqual(answer.status, 421)

    def test_nobody_poses_as_a_client_on_the_inner_address(self):
        self.start_portal()
        inner = inner_port(self.gateway.process.pid, {self.port, self.gateway.port})
        header = (b"\r\n\r\n\0\r\nQUIT\n\x21\x11" + struct.pack("!H", 12) + socket.inet_aton(city.MAYOR) +
                  socket.inet_aton("127.0.0.1") + struct.pack("!HH", 5000, 443))
        with_guess = header[:14] + struct.pack("!H", 12 + 35) + header[16:] + b"\xe7\0\x20" + b"\0" * 32
        for first in (header, with_guess, b"", b"\x16\x03\x01\x00\x00", b"PROXY TCP4 127.0.0.10 127.0.0.1 1 2\r\n"):
            with socket.create_connection(("127.0.0.1", inner), timeout=30) as stream:
                stream.sendall(first)
                stream.shutdown(socket.SHUT_WR)
                try:
                    self.assertEqual(stream.recv(100), b"")
                except ConnectionResetError:
                    pass  # it did not even read all of it
        gateway.wait_until(lambda: self.counter("portal_strangers_total") == 5, "five strangers to be counted")

    def test_without_a_portal_its_name_is_a_site_like_others(self):
        self.start()
        answer = client.get(self.gateway.port, f"http://{portal.NAME}/")
        self.assertEqual(answer.status, 502)
        self.assertNotIn("portal", self.facts())


def inner_port(pid, known):
    """The process's other listening port, of those that are IPv4."""
    inodes = set()
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            inodes.add(os.readlink(f"/proc/{pid}/fd/{name}"))
        except FileNotFoundError:
            pass
    found = set()
    with open("/proc/net/tcp", encoding="ascii") as table:
        for line in list(table)[1:]:
            words = line.split()
            if words[3] == "0A" and f"socket:[{words[9]}]" in inodes:
                found.add(int(words[1].rpartition(":")[2], 16))
    (port,) = found - known
    return port


class Certificates(PortalCase):
    def files(self):
        return [self.gateway.state / "keys" / name for name in ("portal.crt", "portal.key")]

    def test_a_first_start_makes_one_that_names_the_portal(self):
        self.start_portal()
        certificate, key = self.files()
        self.assertEqual(key.stat().st_mode & 0o777, 0o600)
        self.assertIn("self-signed", self.gateway.log())
        self.assertIn("portal.certificate", self.gateway.log())
        # Who trusts it gets in under the portal's name.
        context = ssl.create_default_context(cafile=str(certificate))
        self.assertEqual(self.browser(source=DESK, context=context).get("/").status, 200)

    def test_a_restart_keeps_it(self):
        self.start_portal()
        before = [path.read_bytes() for path in self.files()]
        self.gateway.stop()
        self.gateway.start()
        self.assertEqual([path.read_bytes() for path in self.files()], before)

    def test_one_that_is_renewed_on_disk_is_taken_up(self):
        made = {}
        for which in ("first", "second"):
            made[which] = make_certificate()
            for path in made[which]:
                self.addCleanup(path.unlink)
        directory = made["first"][0].parent
        pair = [directory / f"portal-{os.getpid()}.{end}" for end in ("crt", "key")]
        for path in pair:
            self.addCleanup(path.unlink)

        def put(which):
            for source, to in zip(made[which], pair):
                fresh = to.with_suffix(".new")
                fresh.write_bytes(source.read_bytes())
                os.rename(fresh, to)

        put("first")
        self.start_portal(settings=f'certificate = "{pair[0]}"\nkey = "{pair[1]}"\n',
                          gateway='tls_watch_interval = "100ms"')

        def shown():
            with self.browser(source=DESK).connect() as stream:
                return ssl.DER_cert_to_PEM_cert(stream.getpeercert(binary_form=True)).strip()

        self.assertEqual(shown(), made["first"][0].read_text().strip())
        kept = self.browser(source=DESK).connect()  # goes on with the certificate that it began with
        self.addCleanup(kept.close)
        put("second")
        gateway.wait_until(lambda: shown() == made["second"][0].read_text().strip(), "the renewed certificate")
        kept.sendall(f"GET /style.css HTTP/1.1\r\nHost: {portal.NAME}\r\n\r\n".encode())
        self.assertTrue(kept.recv(100).startswith(b"HTTP/1.1 200"))

    def test_what_cannot_be_used_stops_the_start_in_words(self):
        self.make(people=people(), settings=portal.SETTINGS + 'certificate = "/nonexistent.crt"\nkey = "/nonexistent.key"\n')
        with self.assertRaises(AssertionError):
            self.gateway.start()
        self.assertIn("/nonexistent.crt", self.gateway.log())


def make_certificate():
    import pathlib
    import tempfile
    directory = pathlib.Path(tempfile.gettempdir())
    number = len(os.listdir(directory))
    paths = [directory / f"citygate-portal-{os.getpid()}-{number}.{end}" for end in ("crt", "key")]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                    "30", "-subj", "/CN=portal", "-addext", f"subjectAltName=DNS:{portal.NAME}", "-out", str(paths[0]),
                    "-keyout", str(paths[1])], check=True, capture_output=True)
    return paths


class SigningIn(PortalCase):
    def test_right(self):
        self.start_portal()
        browser = self.browser(source=DESK)
        answer = browser.sign_in("sue.signs", "right horse")
        self.assertEqual((answer.status, answer.location), (303, "/"))
        home = browser.get("/")
        self.assertEqual(home.page.headings, ["You and the web"])
        self.assertIn("Sue &lt;Signs&gt;", home.body, "her title is shown, and escaped")
        self.assertIn("with your password", home.body)
        self.assertEqual(self.counter("portal_sessions"), 1)
        field = answer.headers["Set-Cookie"]
        for word in ("__Host-", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            self.assertIn(word, field)

    def test_through_the_proxy(self):
        self.start_portal()
        browser = self.browser(source=DESK, through=self.gateway.port)
        self.assertEqual(browser.sign_in("sue.signs", "right horse").status, 303)
        self.assertIn("Sue", browser.get("/").body)
        # The same browser without the proxy: the same address, so the same session.
        direct = self.browser(source=DESK)
        direct.cookies = browser.cookies
        self.assertIn("with your password", direct.get("/").body)

    def test_wrong(self):
        self.start_portal()
        browser = self.browser(source=DESK)
        for name, password in (("sue.signs", "wrong"), ("nobody", "right horse"), ("sue.signs", ""), ("", "")):
            answer = browser.sign_in(name, password)
            self.assertEqual(answer.status, 403)
            self.assertIn("wrong", answer.body)
        self.assertEqual(self.counter("portal_sessions"), 0)
        self.assertGreater(self.counter("portal_wrong_passwords_total"), 0)

    def test_guessing_is_slowed(self):
        self.start_portal(settings="[limits]\nwrong_passwords = 3\nexempt = []\n")
        browser = self.browser(source=DESK)
        form = browser.get("/sign-in").page.form("/sign-in")
        statuses = [browser.send(form, name="sue.signs", password=f"guess {i}").status for i in range(8)]
        self.assertEqual(statuses[:3], [403, 403, 403])
        self.assertIn(429, statuses)
        # Nothing is told of the right one either, from there.
        self.assertEqual(browser.send(form, name="sue.signs", password="right horse").status, 429)
        self.assertGreater(self.counter("portal_slowed_passwords_total"), 0)
        # Others are not held up.
        self.assertEqual(self.browser(source=OTHER_DESK).sign_in("bob.borrows", "battery staple").status, 303)

    def test_a_session_is_bound_to_its_address(self):
        self.start_portal()
        browser = self.browser(source=DESK)
        browser.sign_in("sue.signs", "right horse")
        thief = self.browser(source=OTHER_DESK)
        thief.cookies = dict(browser.cookies)
        self.assertIn("Sign in", thief.get("/").page.title)
        thief.through = self.gateway.port
        self.assertIn("Sign in", thief.get("/").page.title)
        # And another browser at her address has the address, but not the cookie.
        self.assertIn("Sign in", self.browser(source=DESK).get("/").page.title)
        self.assertIn("You and the web", browser.get("/").page.title)

    def test_signing_in_changes_the_cookie(self):
        self.start_portal()
        browser = self.browser(source=DESK)
        browser.get("/sign-in")
        before = dict(browser.cookies)
        browser.sign_in("sue.signs", "right horse")
        self.assertNotEqual(browser.cookies, before)
        planted = self.browser(source=DESK)
        planted.cookies = before
        self.assertIn("Sign in", planted.get("/").page.title)

    def test_signing_out(self):
        self.start_portal()
        browser = self.browser(source=DESK)
        browser.sign_in("sue.signs", "right horse")
        kept = dict(browser.cookies)
        answer = browser.send(browser.get("/").page.form("/sign-out"))
        self.assertEqual((answer.status, answer.location), (303, "/sign-in"))
        browser.cookies = kept
        self.assertIn("Sign in", browser.get("/").page.title)
        self.assertEqual(self.counter("portal_sessions"), 0)

    def test_who_signs_in_next_at_an_address_takes_its_place(self):
        self.start_portal()
        first, second = self.browser(source=DESK), self.browser(source=DESK)
        first.sign_in("sue.signs", "right horse")
        second.sign_in("bob.borrows", "battery staple")
        self.assertIn("Sign in", first.get("/").page.title)
        self.assertIn("Bob Borrows", second.get("/").body)
        self.assertEqual(self.counter("portal_sessions_replaced_total"), 1)
        self.assertIn("where somebody else was signed in", self.gateway.log())

    def test_a_session_ends_by_the_citys_clock(self):
        self.start_portal(settings='session_lifetime = "1h"\n')
        browser = self.browser(source=DESK)
        browser.sign_in("sue.signs", "right horse")
        self.gateway.advance("59min")
        self.assertIn("You and the web", browser.get("/").page.title)
        self.gateway.advance("1min")
        self.assertIn("Sign in", browser.get("/").page.title)

    def test_a_kill_signs_everybody_out(self):
        self.start_portal()
        browser = self.browser(source=DESK)
        browser.sign_in("sue.signs", "right horse")
        self.gateway.kill()
        self.gateway.start()
        self.find_portal()
        browser.port = browser.connect_port = self.port
        self.assertIn("Sign in", browser.get("/").page.title)
        self.assertEqual(browser.sign_in("sue.signs", "right horse").status, 303)

    def test_known_by_the_address(self):
        self.start_portal()
        page = self.browser(source=city.MAYOR).get("/")
        self.assertIn("Ann Mayor", page.body)
        self.assertIn("by your address", page.body)
        # A device stands for nobody.
        self.assertIn("Sign in", self.browser(source=city.KIOSK).get("/").page.title)


class Forms(PortalCase):
    def test_only_our_own_are_taken(self):
        self.start_portal()
        browser = self.browser(source=DESK)
        form = browser.get("/sign-in").page.form("/sign-in")
        right = {"name": "sue.signs", "password": "right horse"}
        self.assertEqual(browser.send(form, **right, token="").status, 403)
        self.assertEqual(browser.send(form, **right, token="0" * 32).status, 403)
        other = self.browser(source=DESK)
        other.get("/")
        self.assertEqual(other.send(form, **right).status, 403, "of another browser")
        moved = self.browser(source=OTHER_DESK)
        moved.cookies = dict(browser.cookies)
        self.assertEqual(moved.send(form, **right).status, 403, "of another address")
        # As a browser sends the form of another site's page; it keeps the cookie that it has.
        stripped = self.browser(source=DESK).send(form, **right)
        self.assertEqual((stripped.status, stripped.headers["Set-Cookie"]), (403, None), "without a cookie")
        self.assertEqual(self.counter("portal_sessions"), 0)
        self.assertEqual(browser.send(form, **right).status, 303)

    def test_a_form_of_one_purpose_is_no_form_of_another(self):
        self.start_portal()
        browser = self.browser(source=DESK)
        token = browser.get("/sign-in").page.form("/sign-in")["fields"]["token"]
        browser.sign_in("sue.signs", "right horse")
        self.assertEqual(browser.ask("POST", "/sign-out", f"token={token}").status, 403)

    def test_too_much_is_refused(self):
        self.start_portal()
        answer = self.browser(source=DESK).ask("POST", "/sign-in", "a=" + "x" * 100_000)
        self.assertEqual(answer.status, 413)

    def test_other_methods_and_paths(self):
        self.start_portal()
        browser = self.browser(source=DESK)
        self.assertEqual(browser.ask("PUT", "/", "x").status, 405)
        self.assertEqual(browser.get("/etc/passwd").status, 404)
        self.assertEqual(browser.ask("HEAD", "/").body, "")


class Pages(PortalCase):
    def test_headers_keep_them_to_themselves(self):
        self.start_portal()
        answer = self.browser(source=DESK).get("/")
        policy = answer.headers["Content-Security-Policy"]
        for word in ("default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
            self.assertIn(word, policy)
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
        self.assertNotIn("<script", answer.body)
        self.assertNotIn("http://", answer.body)

    def test_what_comes_in_is_escaped(self):
        self.start_portal()
        for path in ("/?to=%22%3E%3Cscript%3E", "/sign-in?to=http://evil.example/&until=99999999999&key=0",
                     "/%3Cscript%3Ealert(1)%3C/script%3E"):
            answer = self.browser(source=DESK).get(path)
            self.assertNotIn("<script", answer.body)
            self.assertNotIn("evil.example", answer.body)


class SlowClients(PortalCase):
    def test_touch_neither_the_data_path_nor_others(self):
        web = self.keep(origin.HttpOrigin({"/": origin.reply(b"hello")}))
        self.start_portal(hosts={"site.example": "127.0.0.1"})
        streams = []
        self.addCleanup(lambda: [stream.close() for stream in streams])

        def slow(i):
            stream = socket.create_connection(("127.0.0.1", self.port), timeout=30, source_address=(f"127.0.3.{i % 7}", 0))
            stream.sendall(b"\x16\x03\x01")  # the beginning of a hello, and never more
            return stream

        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            streams += pool.map(slow, range(200))
        threads = len(os.listdir(f"/proc/{self.gateway.process.pid}/task"))
        answer = client.get(self.gateway.port, f"http://site.example:{web.port}/", source=city.CLERK)
        self.assertEqual(answer.status, 200)
        self.assertEqual(self.browser(source=DESK).get("/").status, 200)
        self.assertEqual(len(os.listdir(f"/proc/{self.gateway.process.pid}/task")), threads, "not a thread for each")
        self.assertLessEqual(self.counter("portal_connections_open"), 200)

    def test_one_address_has_a_bounded_share(self):
        self.start_portal()
        streams = [socket.create_connection(("127.0.0.1", self.port), timeout=30, source_address=(DESK, 0))
                   for _ in range(64)]
        self.addCleanup(lambda: [stream.close() for stream in streams])

        def open_ones():
            return self.counter("portal_connections_open")

        gateway.wait_until(lambda: self.counter("portal_connections_refused_total") + open_ones() >= 32,
                           "the connections to be looked at")
        gateway.wait_until(lambda: open_ones() <= 32, "those beyond the bound to be closed")
        self.assertEqual(self.browser(source=OTHER_DESK).get("/").status, 200)


if __name__ == "__main__":
    case.main()
