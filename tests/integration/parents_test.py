"""Through other proxies: which names take which way, what the parent is told, and that nothing leads around it."""
import base64
import socket

import case
import city
import client
import origin

SOMEWHERE = "www.only-the-parent-knows.test"
CITY = "intranet.city.test"


class ParentProxy(origin.Origin):
    """Answers plain requests itself and echoes in tunnels; keeps what it was told."""

    def __init__(self, *, header=None):
        self.header, self.headers, self.requests = header, [], []
        self.answer = None
        self.early = b""
        super().__init__()

    def serve(self, stream):
        if self.header == "v1":
            self.headers.append(stream.until(b"\r\n"))
        elif self.header == "v2":
            fixed = stream.exactly(16)
            self.headers.append(fixed + stream.exactly(int.from_bytes(fixed[14:], "big")))
        while True:
            request = origin.read_request(stream)
            with self.lock:
                self.requests.append(request)
            if self.answer is not None:
                stream.sock.sendall(self.answer)
                return
            if request.method == "CONNECT":
                stream.sock.sendall(b"HTTP/1.1 200 OK\r\nX-Parent: yes\r\n\r\n" + self.early)
                while data := stream.buffer or stream.sock.recv(65536):
                    stream.buffer = b""
                    stream.sock.sendall(data)
                return
            stream.sock.sendall(origin.reply(b"from the parent"))


def closed_port():
    """A port that nobody listens on, held so that it stays so."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    return sock


class Parents(case.Case):
    def serve(self, parents, routes, **options):
        table = "\n".join(f"{name} = {value}" for name, value in parents.items())
        ways = "\n".join(f'"{name}" = {value}' for name, value in routes.items())
        return self.start(settings=f"[parents]\n{table}\n\n[routes]\n{ways}\n", workers=1,
                          hosts={CITY: "127.0.0.1"}, **options)

    def parent(self, **options):
        return self.keep(ParentProxy(**options))

    def credentials(self, text, mode=0o600):
        made = self.make()
        path = made.write("parent.credentials", text)
        path.chmod(mode)
        return path

    def record(self, host):
        return self.gateway.search("--host", host)[-1]


class Ways(Parents):
    def test_plain_requests_go_in_absolute_form_and_the_parent_looks_the_name_up(self):
        path = self.credentials("gate way:se:cret\n")
        parent = self.parent()
        running = self.serve({"north": f'["127.0.0.1:{parent.port}", "credentials {path}"]'}, {"default": '"north"'})
        with client.Client(running.port) as browser:
            for host in (SOMEWHERE, "other.test"):
                answer = browser.get(f"http://{host}/a?b", "Proxy-Authorization: Basic eDp5")
                if answer.status == 407:
                    answer = browser.get(f"http://{host}/a?b")
                self.assertEqual(answer.body, b"from the parent")
        self.assertEqual([request.target for request in parent.requests],
                         [f"http://{SOMEWHERE}/a?b", "http://other.test/a?b"])
        wanted = "Basic " + base64.b64encode(b"gate way:se:cret").decode()
        for request in parent.requests:
            self.assertEqual(request.values("proxy-authorization"), [wanted])
        self.assertEqual(parent.connections, 1, "its connections serve all origins")
        self.assertEqual(self.record(SOMEWHERE)["outcome"], "completed")
        self.assertNotIn("se:cret", running.log() + running.ask("status"))

    def test_tunnels_go_by_connect(self):
        parent = self.parent()
        parent.early = b"220 hello\r\n"
        opened = city.POLICY + '[tunnels]\nnot_tls = "allow"\n'
        running = self.serve({"north": f'"127.0.0.1:{parent.port}"'}, {"default": '"north"'}, policy=opened)
        with client.Client(running.port) as made:
            answer = made.connect(f"{SOMEWHERE}:443")
            self.assertEqual((answer.status, answer.value("x-parent")), (200, None))
            self.assertEqual(made.stream.exactly(len(parent.early)), parent.early, "what came with the parent's answer")
            made.send(b"x" * 100_000)
            self.assertEqual(made.stream.exactly(100_000), b"x" * 100_000)
        self.assertEqual(parent.requests[0].target, f"{SOMEWHERE}:443")
        self.assertEqual(parent.requests[0].values("host"), [f"{SOMEWHERE}:443"])

    def test_the_longest_name_says_the_way(self):
        site = self.keep(origin.HttpOrigin())
        parent = self.parent()
        running = self.serve({"north": f'"127.0.0.1:{parent.port}"'}, {"default": '"north"', "*.city.test": '"direct"'})
        self.assertEqual(client.get(running.port, f"http://{CITY}:{site.port}/").body, b"origin\n")
        self.assertEqual(client.get(running.port, f"http://{SOMEWHERE}/").body, b"from the parent")

    def test_private_addresses_stay_refused(self):
        parent = self.parent()
        running = self.serve({"north": f'"127.0.0.1:{parent.port}"'}, {"default": '"north"'})
        for target in ("http://10.1.2.3/", "http://[::1]/", "http://127.0.0.1/"):
            self.assertEqual(client.get(running.port, target).status, 403)
        self.assertEqual(parent.requests, [])


class Failing(Parents):
    def test_the_next_parent_is_tried_when_one_cannot_be_reached(self):
        dead, parent = self.keep(closed_port()), self.parent()
        running = self.serve({"dead": f'"127.0.0.1:{dead.getsockname()[1]}"', "north": f'"127.0.0.1:{parent.port}"'},
                             {"default": '["dead", "north"]'})
        self.assertEqual(client.get(running.port, f"http://{SOMEWHERE}/").body, b"from the parent")
        with client.Client(running.port) as made:
            self.assertEqual(made.connect(f"{SOMEWHERE}:443").status, 200)

    def test_nothing_goes_around_a_parent_that_is_down(self):
        site, dead = self.keep(origin.HttpOrigin()), self.keep(closed_port())
        running = self.serve({"dead": f'"127.0.0.1:{dead.getsockname()[1]}"'}, {"default": '"dead"'})
        self.assertEqual(client.get(running.port, f"http://{CITY}:{site.port}/").status, 502)
        with client.Client(running.port) as made:
            self.assertEqual(made.connect(f"{CITY}:{site.port}").status, 502)
        self.assertEqual(site.connections, 0)
        self.assertEqual(self.record(CITY)["reason"], "parent-unreachable")

    def test_directly_only_where_the_route_says_so(self):
        site, dead = self.keep(origin.HttpOrigin()), self.keep(closed_port())
        running = self.serve({"dead": f'"127.0.0.1:{dead.getsockname()[1]}"'}, {"default": '["dead", "direct"]'})
        self.assertEqual(client.get(running.port, f"http://{CITY}:{site.port}/").body, b"origin\n")

    def test_a_refusal_of_the_parent_is_final(self):
        first, second = self.parent(), self.parent()
        first.answer = origin.reply(b"no", status="403 Forbidden")
        running = self.serve({"one": f'"127.0.0.1:{first.port}"', "two": f'"127.0.0.1:{second.port}"'},
                             {"default": '["one", "two", "direct"]'})
        with client.Client(running.port) as made:
            self.assertEqual(made.connect(f"{SOMEWHERE}:443").status, 502)
        self.assertEqual(second.requests, [])

    def test_the_parents_challenge_is_not_the_clients(self):
        parent = self.parent()
        parent.answer = origin.reply(b"who?", status="407 Proxy Authentication Required",
                                     extra='Proxy-Authenticate: Basic realm="parent"\r\n')
        running = self.serve({"north": f'"127.0.0.1:{parent.port}"'}, {"default": '"north"'})
        answer = client.get(running.port, f"http://{SOMEWHERE}/")
        self.assertEqual((answer.status, answer.value("proxy-authenticate")), (502, None))


class ProxyProtocol(Parents):
    def test_version_1_says_whom_a_connection_is_for(self):
        parent = self.parent(header="v1")
        running = self.serve({"north": f'["127.0.0.1:{parent.port}", "proxy-protocol v1"]'}, {"default": '"north"'})
        for number in range(2):
            with client.Client(running.port, "127.0.0.10") as browser:
                port = browser.sock.getsockname()[1]
                self.assertEqual(browser.get(f"http://{SOMEWHERE}/").body, b"from the parent")
            self.assertEqual(parent.headers[number],
                             f"PROXY TCP4 127.0.0.10 127.0.0.1 {port} {running.port}\r\n".encode())
        self.assertEqual(parent.connections, 2, "a connection that says whom it is for is nobody else's")

    def test_version_2_goes_before_a_connect_as_well(self):
        parent = self.parent(header="v2")
        running = self.serve({"north": f'["127.0.0.1:{parent.port}", "proxy-protocol v2"]'}, {"default": '"north"'})
        with client.Client(running.port, "127.0.0.11") as made:
            port = made.sock.getsockname()[1]
            self.assertEqual(made.connect(f"{SOMEWHERE}:443").status, 200)
        self.assertEqual(parent.headers[0], b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c" + bytes((127, 0, 0, 11, 127, 0, 0, 1)) +
                         port.to_bytes(2, "big") + running.port.to_bytes(2, "big"))


class Mistakes(Parents):
    def test_each_is_named(self):
        readable = self.credentials("a:b", 0o644)
        for settings, words in (
                ('[parents]\nn = "10.0.0.1"\n[routes]\ndefault = "n"', "must begin with its address"),
                ('[parents]\nn = ["10.0.0.1:1", "fast"]\n[routes]\ndefault = "n"', "has the word 'fast'"),
                ('[parents]\nn = "10.0.0.1:1"', "is used by no route"),
                ('[routes]\ndefault = "n"', "leads through 'n'"),
                ('[routes]\n"a b" = "direct"', "is no host name"),
                (f'[parents]\nn = ["10.0.0.1:1", "credentials {readable}"]\n[routes]\ndefault = "n"', "chmod o-r"),
                ('[parents]\nn = ["10.0.0.1:1", "credentials /nowhere"]\n[routes]\ndefault = "n"', "cannot be read")):
            result = self.make(settings=settings).run("check")
            self.assertEqual(result.returncode, 1, settings)
            self.assertIn(words, result.stdout + result.stderr)
            self.assertRegex(result.stdout + result.stderr, r"citygate\.toml:\d+")


if __name__ == "__main__":
    case.main()
