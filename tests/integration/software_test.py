"""Programs and installers are known before their first byte goes on: by bytes, type and name, however they come."""
import gzip
import hashlib
import json
import threading

import case
import city
import client
import gateway
import origin

PE = b"MZ\x90\x00\x03" + bytes(59) + b"the rest of a program" * 4000
POLICY = city.POLICY + """
[[rule]]
name = "no-software"
title = "Software is not fetched by hand"
clause = "S1(b)"
categories = ["software"]
action = "block"
loosenable = true

[[department]]
name = "police"
[[department.rule]]
name = "own-software"
title = "Held for the police's own technician"
categories = ["software"]
action = "hold"
"""


APPROVAL = """
[[approval]]
kind = "software-download"
title = "Programs"
clause = "S4(3.5-9)"
steps = ["supervisor", "it-director"]
order = "given"
longest_days = 14
"""
PEOPLE = city.PEOPLE.replace('name = "carl.clerk"', 'name = "carl.clerk"\nsupervisor = "ann.mayor"') + """
[[person]]
name = "ida.director"
title = "Ida Director"
department = "library"
roles = ["it-director"]
"""


class Software(case.Case):
    def setUp(self):
        self.web = self.keep(origin.HttpOrigin())
        self.start(policy=POLICY, workers=1, hosts={"files.example": "127.0.0.1"})

    def get(self, path, answer, *fields, source=city.CLERK):
        self.web.routes[path] = answer
        return client.get(self.gateway.port, f"http://files.example:{self.web.port}{path}", *fields, source=source)

    def assert_refused(self, answer, path):
        self.assertEqual(answer.status, 403)
        self.assertNotIn(PE[:5], answer.body)
        self.assertIn(b"Software is not fetched by hand", answer.body)
        row = self.gateway.search("--host", "files.example")[-1]
        self.assertEqual((row["outcome"], row["reason"], row["path"], row["stage"]),
                         ("refused", "blocked", path, "body"))
        self.assertIn("software", row["categories"])

    def test_a_program_is_refused_whatever_it_is_called(self):
        for number, kind in enumerate(("application/octet-stream", "image/png", "text/html", "video/mp4")):
            self.assert_refused(self.get(f"/holiday{number}.png", origin.reply(PE, kind)), f"/holiday{number}.png")

    def test_what_is_no_program_passes_whole(self):
        for path, body, kind in (("/film.mp4", bytes(3 << 19), "video/mp4"), ("/page", b"<!doctype html>", "text/html"),
                                 ("/empty", b"", "text/plain"), ("/one", b"x", "application/octet-stream"),
                                 ("/setup.exe", b"<!DOCTYPE html>choose a mirror", "text/html")):
            answer = self.get(path, origin.reply(body, kind))
            self.assertEqual(answer.status, 200, path)
            self.assert_bytes(answer.body, body)

    def test_compressed_programs_and_parts_of_programs(self):
        packed = origin.reply(gzip.compress(PE), "application/octet-stream", extra="Content-Encoding: gzip\r\n")
        self.assert_refused(self.get("/packed", packed), "/packed")
        part = origin.reply(PE[100:200], "application/octet-stream", "206 Partial Content",
                            f"Content-Range: bytes 100-199/{len(PE)}\r\n")
        self.assert_refused(self.get("/setup.exe", part, "Range: bytes=100-199"), "/setup.exe")

    def test_what_cannot_be_looked_at_and_says_nothing_is_refused(self):
        rest = origin.reply(PE[1:], "application/octet-stream", "206 Partial Content",
                            f"Content-Range: bytes 1-{len(PE) - 1}/{len(PE)}\r\n")
        self.assert_refused(self.get("/get", rest, "Range: bytes=1-"), "/get")
        parts = b"--x\r\nContent-Range: bytes 0-4/99\r\n\r\n" + PE + b"\r\n--x--\r\n"
        several = origin.reply(parts, "multipart/byteranges; boundary=x", "206 Partial Content")
        self.assert_refused(self.get("/several", several, "Range: bytes=0-4,5-"), "/several")
        twice = origin.reply(gzip.compress(gzip.compress(PE)), "application/x-thing",
                             extra="Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n")
        self.assert_refused(self.get("/twice", twice), "/twice")
        film = origin.reply(bytes(50), "video/mp4", "206 Partial Content", "Content-Range: bytes 50-99/100\r\n")
        self.assertEqual(self.get("/film", film, "Range: bytes=50-").status, 206)

    def test_a_program_is_refused_with_any_status(self):
        for status in ("201 Created", "404 Not Found", "500 Oh"):
            self.assert_refused(self.get("/" + status[:3], origin.reply(PE, "text/plain", status)), "/" + status[:3])

    def test_a_stream_of_events_goes_on_as_it_comes(self):
        seen = threading.Event()
        self.addCleanup(seen.set)

        def events(request, stream):
            del request
            stream.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
            seen.wait(client.TIMEOUT)
            return False

        self.web.routes["/events"] = events
        with client.Client(self.gateway.port, city.CLERK) as watching:
            watching.send(f"GET http://files.example:{self.web.port}/events HTTP/1.1\r\nHost: files.example\r\n\r\n")
            self.assertIn(b"text/event-stream", watching.stream.until(b"data: 1"))
            seen.set()

    def test_bytes_that_come_one_by_one_are_waited_for(self):
        def slowly(request, stream):
            del request
            stream.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n")
            for at in range(16):
                stream.sock.sendall(b"1\r\n" + PE[at:at + 1] + b"\r\n")
            return False

        self.assert_refused(self.get("/slow", slowly), "/slow")

        def end_early(request, stream):
            del request
            stream.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nMZ")
            return False

        self.assertEqual(self.get("/broken", end_early).status, 502)

        def until_close(request, stream):
            del request
            stream.sock.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nplain text")
            return False

        self.assertEqual(self.get("/plain", until_close).body, b"plain text")

    def test_an_origin_that_waits_before_its_body_does_not_hold_up_others(self):
        release = []

        def head_first(request, stream):
            del request
            stream.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 70\r\n\r\n")
            release.append(stream.sock)
            stream.fill()

        self.web.routes["/waits"] = head_first
        with client.Client(self.gateway.port, city.CLERK) as waiting:
            waiting.send(f"GET http://files.example:{self.web.port}/waits HTTP/1.1\r\nHost: files.example\r\n\r\n".encode())
            self.assertEqual(self.get("/page", origin.reply(b"here", "text/plain")).body, b"here")
            gateway.wait_until(lambda: release, "the origin to be asked")
            release[0].sendall(b"y" * 70)
            self.assertEqual(waiting.read().body, b"y" * 70)

    def test_a_department_may_have_another_rule(self):
        answer = self.get("/tool.exe", origin.reply(PE, "application/octet-stream"), source=city.PATROL)
        self.assertEqual(answer.status, 403)
        row = self.gateway.search("--host", "files.example")[-1]
        self.assertEqual((row["ruling"], row["reason"]), ("hold", "held-for-approval"))

    def test_heads_without_a_body_and_pages_of_errors_are_left_alone(self):
        page = origin.reply(b"<html>no such file", "text/html", "404 Not Found")
        self.assertEqual(self.get("/setup.exe", page).status, 404)
        self.web.routes["/head.exe"] = origin.reply(PE, "application/octet-stream")
        answer = client.get(self.gateway.port, f"http://files.example:{self.web.port}/head.exe", source=city.CLERK, method="HEAD")
        self.assertEqual(answer.status, 200)


class Held(case.Case):
    """A program is asked for, agreed to by those whom the policy names, and taken: the very bytes."""

    def setUp(self):
        self.web = self.keep(origin.HttpOrigin())
        self.web.routes["/tool.exe"] = origin.reply(PE, "application/octet-stream")
        self.start(policy=POLICY.replace('action = "block"', 'action = "hold"') + APPROVAL, people=PEOPLE, workers=1,
                   hosts={"files.example": "127.0.0.1", "www.pokerstars.com": "127.0.0.1"})
        self.url = f"http://files.example:{self.web.port}"

    def do(self, *words, fails=False):
        if not fails:
            return self.gateway.ask(*words)
        result = self.gateway.run(*words)
        self.assertNotEqual(result.returncode, 0, result.stdout)
        return result.stderr

    def ask(self, path="/tool.exe", host=None, person="carl.clerk", fails=False):
        url = (f"http://{host}:{self.web.port}" if host else self.url) + path
        return self.do("download", "ask", url, "--for", person, "--by", "carl.clerk", "--reason", "to open plans", fails=fails)

    def asked(self):
        return next(line.split()[-1] for line in self.ask().splitlines() if line.startswith("asked for as"))

    def approve(self, grant, by, fails=False):
        return self.do("grant", "approve", grant, "--by", by, fails=fails)

    def save(self, grant, by="carl.clerk", to="tool.exe", fails=False):
        return self.do("download", "save", grant, "--to", str(self.gateway.directory / to), "--by", by, fails=fails)

    def acts(self, kind):
        return [json.loads(line) for line in self.gateway.ask("acts", "list", "--kind", kind, "--json").splitlines()]

    def test_from_the_asking_to_the_bytes(self):
        said = self.ask()
        self.assertIn("Windows program", said)
        self.assertIn("supervisor: ann.mayor", said)
        digest = hashlib.sha256(PE).hexdigest()
        self.assertIn(digest, said)
        grant = next(line.split()[-1] for line in said.splitlines() if line.startswith("asked for as"))
        self.assertIn("waiting for supervisor (ann.mayor), then", self.save(grant, fails=True))
        self.approve(grant, "ida.director", fails=True)  # the supervisor comes first
        self.approve(grant, "ann.mayor")
        self.assertIn("waiting for it-director (ida.director)", self.save(grant, fails=True))
        self.web.routes["/tool.exe"] = origin.reply(b"MZ something else", "application/octet-stream")
        self.approve(grant, "ida.director")
        self.assertIn("asked for by somebody else", self.save(grant, by="ann.mayor", fails=True))
        self.save(grant)
        self.assert_bytes((self.gateway.directory / "tool.exe").read_bytes(), PE)
        self.assertIn("exists", self.save(grant, fails=True))
        self.assertEqual([act["fields"]["sha256"] for act in self.acts("download-release")], [digest])
        self.assertEqual(self.acts("download-held")[0]["fields"]["bytes"], str(len(PE)))
        self.gateway.ask("clock", "advance", "8d")
        self.assertIn("lapsed on", self.save(grant, to="late.exe", fails=True))
        self.assertIn("1 held file removed", self.gateway.ask("download", "sweep"))
        self.assertIn("no", self.gateway.ask("download", "list"))

    def test_what_was_changed_on_the_disk_is_not_given_out(self):
        grant = self.asked()
        self.approve(grant, "ann.mayor")
        self.approve(grant, "ida.director")
        held = next((self.gateway.directory / "state" / "held").iterdir())
        held.write_bytes(PE[:-1] + b"!")
        self.assertIn("not what was approved", self.save(grant, fails=True))
        self.assertFalse((self.gateway.directory / "tool.exe").exists())

    def test_nothing_is_fetched_that_the_person_may_not_have(self):
        self.assertIn("prohibited", self.ask(host="www.pokerstars.com", fails=True))
        self.assertIn("no program", self.ask("/page", fails=True))
        self.assertIn("404", self.ask_status("404 Not Found"))
        self.web.routes["/inner.exe"] = origin.reply(b"", status="302 Found", extra="Location: http://127.0.0.1:1/x\r\n")
        self.assertIn("is not open to carl.clerk", self.ask("/inner.exe", fails=True))
        for place, words in ((f"http://www.pokerstars.com:{self.web.port}/tool.exe", "prohibited"),
                             (f"//www.pokerstars.com:{self.web.port}/tool.exe", "prohibited"),
                             (f"http://u:p@files.example:{self.web.port}/tool.exe", "password in the URL"),
                             ("ftp://files.example/tool.exe", "is no URL")):
            self.web.routes["/moved.exe"] = origin.reply(b"", status="302 Found", extra=f"Location: {place}\r\n")
            self.assertIn(words, self.ask("/moved.exe", fails=True), place)
        self.web.routes["/round.exe"] = origin.reply(b"x" * 99, status="301 Moved", extra="Location: /round.exe\r\n")
        self.assertIn("redirects more than", self.ask("/round.exe", fails=True))
        self.assertIn("nobody", self.ask(person="nobody", fails=True))
        self.assertEqual(self.acts("grant-request"), [])
        self.assertEqual(self.web.seen("/tool.exe"), [])

    def test_where_a_site_leads_is_followed_if_it_may_be(self):
        self.web.routes["/moved.exe"] = origin.reply(b"x" * 99, status="302 Found", extra="Location: tool.exe?v=2\r\n")
        self.assertIn(hashlib.sha256(PE).hexdigest(), self.ask("/moved.exe"))

    def ask_status(self, status):
        self.web.routes["/gone.exe"] = origin.reply(PE, "application/octet-stream", status)
        return self.ask("/gone.exe", fails=True)


if __name__ == "__main__":
    case.main()
