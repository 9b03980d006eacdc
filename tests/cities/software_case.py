"""Software as a city's pack treats it: held at the gateway, asked for, agreed to by that city's chain, and given out to the byte.

The gateway fetches what is asked for by itself and directly, so here the files stand on an origin of the test's own: its host is
in [hosts], and the pack's ports are widened for its sake. Nothing else of the pack is changed.
"""
import re

import pack_case
from pack_case import client, origin
from web import PROGRAM

HOST = "files.test"


class SoftwareCase(pack_case.PackCase):
    CLAUSE = None

    @classmethod
    def setUpClass(cls):
        if cls.PACK is None:
            return
        cls.files = origin.HttpOrigin({"/setup.exe": origin.reply(PROGRAM, "application/octet-stream"),
                                       "/notes.txt": origin.reply(PROGRAM, "text/plain")})
        cls.addClassCleanup(cls.files.close)
        super().setUpClass()

    @classmethod
    def adapted(cls, policy):
        return re.sub(r'(?m)^(ports|connect_ports) = .*$', r'\1 = ["1-65535"]', policy)

    @classmethod
    def hosts(cls):
        return {HOST: "127.0.0.1"}

    @classmethod
    def url(cls, path):
        return f"http://{HOST}:{cls.files.port}{path}"

    def assert_held(self, person):
        """Whatever it is called, nothing of it comes through; the page names the rule's clause."""
        for path in ("/setup.exe", "/notes.txt"):
            answer = client.browse(self.city.port, self.url(path), self.desks[person])
            self.assertEqual(answer.status, 403)
            self.assertIn(self.CLAUSE, answer.body.decode("utf-8"))
            self.assertNotIn(PROGRAM[:32], answer.body)
        row = self.last(person, HOST)
        self.assertEqual((row["ruling"], row["reason"], row["decisive"]), ("hold", "held-for-approval", "software"))

    def ask_for_program(self, person):
        said = self.city.ask("download", "ask", self.url("/setup.exe"), "--for", person, "--by", person, "--reason",
                             "to read the plans of the water works")
        name = re.search(r"software-download/\d+", said).group()
        return self.told({"name": name})

    def save(self, grant, person):
        return self.city.run("download", "save", grant["name"], "--to", str(self.to), "--by", person)

    def assert_released_by(self, person, *approvers):
        """Not before the last of them has agreed; then it is the very bytes that were held."""
        self.to = self.city.directory / f"{self.id()}.{person}.exe"
        self.assert_held(person)
        grant = self.ask_for_program(person)
        self.assertEqual(grant["clause"], self.CLAUSE)
        for by in approvers:
            self.assertEqual(self.save(grant, person).returncode, 1)
            grant = self.approve(grant, by)
        self.assertEqual(grant["state"], "in-force")
        done = self.save(grant, person)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.to.read_bytes(), PROGRAM)
        return grant
