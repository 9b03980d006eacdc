"""A program that was held is asked for on the portal, agreed to, and taken there: the very bytes, or never all of them."""
import hashlib
import html
import http.client
import json
import re

import case
import city
import client
import gateway
import origin
import portal
import software_test

PROGRAM = b"MZ\x90\x00\x03" + bytes(range(256)) * 1000  # several pieces


class PortalDownloads(case.Case):
    def setUp(self):
        self.web = self.keep(origin.HttpOrigin())
        self.web.routes["/get"] = origin.reply(
            PROGRAM, "application/octet-stream",
            extra="Content-Disposition: attachment; filename*=UTF-8''pl%C3%A4ne%20zeigen.exe\r\n")
        self.start(policy=software_test.POLICY.replace('action = "block"', 'action = "hold"') + software_test.APPROVAL,
                   people=software_test.PEOPLE, workers=1, hosts={"files.example": "127.0.0.1"},
                   settings="[limits]\nexempt = []\n" + portal.SETTINGS)
        self.url = self.facts()["portal"].strip()
        self.browser = portal.Browser(int(self.url.rstrip("/").rpartition(":")[2]), source=city.CLERK)

    def link_of_the_held_page(self, path="/get"):
        page = client.browse(self.gateway.port, f"http://files.example:{self.web.port}{path}", source=city.CLERK)
        self.assertEqual(page.status, 403)
        (link,) = re.findall(rb'href="([^"]+)">Ask for it on the portal', page.body)
        link = html.unescape(link.decode())
        self.assertTrue(link.startswith(self.url), link)
        return "/" + link[len(self.url):]

    def ask(self, path="/get"):
        """Asks, and waits until the file is there or is given up; the page of downloads."""
        form = self.browser.get(self.link_of_the_held_page(path)).page.form("/downloads")
        answer = self.browser.send(form, reason="to read plans")
        self.assertEqual((answer.status, answer.location), (303, "/downloads"))
        gateway.wait_until(lambda: "is being fetched" not in self.browser.get("/downloads").body, "the file to be fetched")
        return self.browser.get("/downloads")

    def approved(self):
        text = self.ask().page.text
        self.assertIn("pläne zeigen.exe", text)
        (grant,) = set(re.findall(r"software-download/\d+", text))
        self.assertEqual(self.browser.get(f"/downloads/file?grant={grant}").status, 403, "not yet")
        for by in ("ann.mayor", "ida.director"):
            self.gateway.ask("grant", "approve", grant, "--by", by)
        (link,) = [link for link in self.browser.get("/downloads").page.links if link.startswith("/downloads/file")]
        self.assertEqual(link, f"/downloads/file?grant={grant}")
        return link

    def acts(self, kind):
        return [json.loads(line) for line in self.gateway.ask("acts", "list", "--kind", kind, "--json").splitlines()]

    def test_from_the_held_page_to_the_bytes(self):
        link = self.approved()
        self.assertEqual(self.browser.ask("HEAD", link).status, 405)
        self.assertEqual(self.acts("download-release"), [])
        answer = self.browser.get(link)
        self.assertEqual(answer.status, 200)
        self.assert_bytes(answer.bytes, PROGRAM)
        self.assertEqual(answer.headers["Content-Disposition"],
                         "attachment; filename=\"pl__ne_zeigen.exe\"; filename*=UTF-8''pl%C3%A4ne%20zeigen.exe")
        (act,) = self.acts("download-release")
        self.assertEqual((act["author"], act["via"], act["fields"]["sha256"]),
                         ("carl.clerk", f"portal, address, {city.CLERK}", hashlib.sha256(PROGRAM).hexdigest()))
        other = portal.Browser(self.browser.port, source=city.MAYOR).get(link)
        self.assertEqual(other.status, 403)
        self.assertIn("asked for by somebody else", other.body)

    def test_bytes_that_changed_on_the_disk_are_never_given_whole(self):
        link = self.approved()
        (held,) = (self.gateway.directory / "state" / "held").iterdir()
        held.write_bytes(PROGRAM[:5] + b"!" + PROGRAM[6:])
        with self.assertRaises(http.client.IncompleteRead) as broken:
            self.browser.get(link)
        self.assertLess(len(broken.exception.partial), len(PROGRAM))
        self.assertIn("is not what was approved any more", self.gateway.log())
        self.assertEqual(self.browser.get("/").status, 200)

    def test_what_is_no_program_after_all_leaves_nothing_behind(self):
        link = self.link_of_the_held_page()
        self.web.routes["/get"] = origin.reply(b"<!doctype html><title>Sign in first</title>")
        answer = self.browser.send(self.browser.get(link).page.form("/downloads"), reason="to read plans")
        self.assertEqual(answer.status, 303)
        gateway.wait_until(lambda: "is no program" in self.browser.get("/downloads").body, "the file to be looked at")
        self.assertEqual(list((self.gateway.directory / "state" / "held").iterdir()), [])
        self.assertEqual(self.acts("grant-request"), [])


if __name__ == "__main__":
    case.main()
