"""What people of a city do, what is decided about them, and what is kept of it."""
import base64
import json

import pack_files
import client
from hello_test import hello
from pack_files import ELSEWHERE, PASSWORD


class Deeds:
    """For PackCase, which has the city, its desks and the day."""

    # --- what people do

    def browse(self, person, host, path="/"):
        """A page asked for as a browser does."""
        return client.browse(self.city.port, f"http://{host}{path}", self.desks[person])

    def get(self, person, host, path="/", *fields, method="GET"):
        return client.get(self.city.port, f"http://{host}{path}", *fields, source=self.desks[person], method=method)

    def from_own_device(self, person, host, source=ELSEWHERE):
        """The same person, signed in at a machine that is not the city's."""
        word = base64.b64encode(f"{person}:{PASSWORD}".encode()).decode()
        return client.get(self.city.port, f"http://{host}/", f"Proxy-Authorization: Basic {word}", source=source)

    def post(self, person, host, size):
        """Sends `size` bytes to a host."""
        with client.Client(self.city.port, self.desks[person]) as made:
            made.send(f"POST http://{host}/upload HTTP/1.1\r\nHost: {host}\r\nContent-Length: {size}\r\n\r\n")
            try:
                made.send(b"x" * size)
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused before all of it was sent
            return made.read("POST")

    def tunnel(self, person, host, port=443):
        """An open connection on which CONNECT has been answered, and that answer."""
        made = client.Client(self.city.port, self.desks[person])
        self.addCleanup(made.sock.close)
        return made, made.connect(f"{host}:{port}")

    def open_tunnel(self, person, host):
        """A tunnel that carries TLS for `host`, with its first bytes through."""
        made, answer = self.tunnel(person, host)
        self.assertEqual(answer.status, 200, answer.body)
        first = hello(host)
        self.assertEqual(made.send(first).stream.exactly(len(first)), first)
        return made

    def spend(self, person, host, minutes):
        """Reads there for `minutes`, another page every two: the same one again and again would be a page that refreshes
        itself. Returns the last answer."""
        answer = self.browse(person, host, "/0")
        for page in range(minutes // 2):
            self.city.advance("2min")
            answer = self.browse(person, host, f"/{page + 1}")
        return answer

    # --- what is decided about people

    def order(self, verb, name, *more, by="max.manager", reason="ordered in writing"):
        """An order about a person's access; what the command said."""
        return self.city.ask("access", verb, name, "--by", by, "--reason", reason, *more)

    def access(self, name, by=None):
        """The orders about a person's access; with what became of them only for whom may see it."""
        look = ("--by", by, "--reason", "test of a clause") if by else ()
        return json.loads(self.city.ask("access", "show", name, *look, "--json"))

    def assert_cut(self, made):
        """The other end of this connection is closed, and nothing more came."""
        self.assertTrue(made.closed())

    def ask_for(self, kind, by, *more, reason="the work needs it"):
        """Asks for a grant, as `grant request` does; what it tells about it."""
        return json.loads(self.city.ask("grant", "request", kind, "--by", by, "--reason", reason, *more, "--json"))

    def approve(self, grant, *approvers):
        """Each agrees in turn; what is told at last."""
        for by in approvers:
            grant = json.loads(self.city.ask("grant", "approve", grant["name"], "--by", by, "--json"))
        return grant

    def told(self, grant):
        """What `grant show` tells of it now."""
        return json.loads(self.city.ask("grant", "show", grant["name"], "--json"))

    def assert_not_done(self, *command, words=()):
        """A command that is refused, in these words."""
        result = self.city.run(*command)
        self.assertEqual(result.returncode, 1, result.stdout)
        for word in words:
            self.assertIn(word, result.stderr)

    def steps(self, grant):
        """Who may take each step of a grant's chain."""
        return [(step["role"], step["approvers"]) for step in grant["steps"]]

    # --- what is kept of it

    def reader(self, person):
        """Who may see what this person did, by the city's own terms. Subclasses say who that is."""
        return self.READER

    def search(self, person, *more):
        """What is recorded of a person, as a reader of the city's sees it."""
        return self.city.search("--user", person, "--by", self.reader(person), "--reason", "test of a clause", *more)

    def records(self, person, host=None):
        """Of this test's day; in the order of their end."""
        return [row for row in self.search(person, "--from", self.date) if host is None or row["host"] == host]

    def last(self, person, host=None):
        found = self.records(person, host)
        self.assertTrue(found, f"no record of {person} at {host}")
        return found[-1]

    def row(self, department, category):
        """The line of a department's report of this day."""
        rows = self.city.report(department, self.date)["rows"]
        return next((row for row in rows if row["category"] == category), None)
