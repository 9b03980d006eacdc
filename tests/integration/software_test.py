"""Programs and installers are known before their first byte goes on: by bytes, type and name, however they come."""
import gzip

import case
import city
import client
import origin

PE = b"MZ\x90\x00\x03" + bytes(59) + b"the rest of a program" * 4000
POLICY = city.POLICY + """
[[rule]]
name = "no-software"
title = "Software is not fetched by hand"
clause = "S1(b)"
categories = ["software"]
action = "block"

[[department]]
name = "police"
[[department.rule]]
name = "own-software"
title = "Held for the police's own technician"
categories = ["software"]
action = "hold"
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
            while not release:
                pass
            release[0].sendall(b"y" * 70)
            self.assertEqual(waiting.read().body, b"y" * 70)

    def test_a_department_may_have_another_rule(self):
        answer = self.get("/tool.exe", origin.reply(PE, "application/octet-stream"), source=city.PATROL)
        self.assertEqual(answer.status, 403)
        row = self.gateway.search("--host", "files.example")[-1]
        self.assertEqual((row["ruling"], row["reason"]), ("hold", "held-for-approval"))

    def test_heads_without_a_body_and_other_statuses_are_left_alone(self):
        self.assertEqual(self.get("/setup.exe", origin.reply(b"no", "application/x-msdownload", "404 Not Found")).status, 404)
        self.web.routes["/head.exe"] = origin.reply(PE, "application/octet-stream")
        answer = client.get(self.gateway.port, f"http://files.example:{self.web.port}/head.exe", source=city.CLERK, method="HEAD")
        self.assertEqual(answer.status, 200)


if __name__ == "__main__":
    case.main()
