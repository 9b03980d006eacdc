"""Faults that reviews have found, each by the name of what went wrong."""
import base64
import threading

import case
import city
import client
import gateway
import origin

WORK = "intranet.testville.example"
BETS = "www.bets.example"
RACE = "a name stays signed in after its password check timed out"


class Holding(origin.Origin):
    """Answers with a head and a first piece, and holds the rest until it is told."""

    def __init__(self):
        self.go_on = threading.Event()
        super().__init__()

    def serve(self, stream):
        origin.read_request(stream)
        stream.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nhalf.")
        self.go_on.wait(client.TIMEOUT)
        stream.sock.sendall(b"half.")


class Silent(origin.Origin):
    def serve(self, stream):
        origin.read_request(stream)
        stream.sock.recv(1)


class Interim(origin.Origin):
    def serve(self, stream):
        origin.read_request(stream)
        for _ in range(100_000):
            stream.sock.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 20)


class Mended(case.Case):
    def close_list(self, host):
        path = self.gateway.write("more.txt", host + "\n")
        self.gateway.ask("lists", "import", str(path), "--as", "more", "--category", "gambling")

    def test_a_timed_out_password_check_signs_nobody_in(self):
        made = self.make(hosts={WORK: "127.0.0.1"}, settings='[proxy]\nheader_timeout = "10ms"\n')
        hashed = made.hash_password("right")
        people = city.PEOPLE.replace('addresses = ["127.0.0.10"]', f'password = "{hashed}"')
        self.assertIn(hashed, people)
        made.write("people.toml", people)
        made.start()
        site = self.keep(origin.HttpOrigin())
        field = "Proxy-Authorization: Basic " + base64.b64encode(b"ann.mayor:wrong").decode()
        for _ in range(3):
            with client.Client(made.port, "127.0.0.99") as browser:
                for _ in range(2):
                    try:
                        self.assertIn(browser.get(f"http://{WORK}:{site.port}/", field).status, (504, 407, 408), RACE)
                    except (ConnectionError, EOFError):
                        break  # closed after the 504: as it should be
        self.assertEqual(site.requests, [])

    def test_a_host_listed_while_its_tunnel_runs_is_cut_off(self):
        held = self.keep(Holding())
        self.start(hosts={WORK: "127.0.0.1"})
        with client.Client(self.gateway.port, city.CLERK) as browser:
            self.assertEqual(browser.connect(f"{WORK}:{held.port}").status, 200)
            browser.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            browser.stream.until(b"half.")
            self.close_list(WORK)
            self.assertEqual(browser.rest(), b"")
        held.go_on.set()
        records = gateway.wait_until(lambda: self.gateway.search("--host", WORK), "the record")
        self.assertEqual([(records[-1]["outcome"], records[-1]["reason"])], [("cut", "prohibited")])

    def test_a_refusal_while_the_origin_is_silent_is_a_page(self):
        silent = self.keep(Silent())
        self.start(hosts={WORK: "127.0.0.1"})
        with client.Client(self.gateway.port, city.CLERK) as browser:
            browser.send(f"GET http://{WORK}:{silent.port}/ HTTP/1.1\r\nHost: {WORK}\r\n\r\n".encode())
            gateway.wait_until(lambda: silent.connections, "the origin to be asked")
            self.close_list(WORK)
            self.assertEqual(browser.read().status, 403)

    def test_who_is_not_known_yet_leaves_no_trace_at_what_a_grant_covers(self):
        made = self.make(hosts={BETS: "127.0.0.1"})
        people = city.PEOPLE.replace('addresses = ["127.0.0.20"]', f'password = "{made.hash_password("right")}"')
        made.write("people.toml", people)
        made.start()
        self.close_list(BETS)
        answer = client.get(made.port, f"http://{BETS}/odds", source="127.0.0.99")
        self.assertEqual(answer.status, 407)
        self.assertEqual(made.search("--host", BETS), [])
        self.assertNotIn("odds", made.ask("records", "search"))

    def test_interim_answers_without_end_end(self):
        flood = self.keep(Interim())
        self.start(hosts={WORK: "127.0.0.1"})
        before = self.gateway.memory_kb()
        with client.Client(self.gateway.port, city.CLERK) as browser:
            browser.send(f"GET http://{WORK}:{flood.port}/ HTTP/1.1\r\nHost: {WORK}\r\n\r\n".encode())
            browser.stream.until(b"HTTP/1.1 502 ")
        self.assertLess(self.gateway.memory_kb() - before, 100_000)


if __name__ == "__main__":
    case.main()
