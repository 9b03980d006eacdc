"""Every request head that real clients were recorded sending to a proxy is served by this one."""
import errno
import json
import os
import re
import unittest

import case
import city
import client
import origin

# An address of this process's own, so that its ports 80 and 443 are free.
ADDRESS = f"127.{8 + os.getpid() % 200}.{os.getpid() // 200 % 250}.9"
PEOPLE = """
[[department]]
name = "clerk"
title = "City Clerk"

[[person]]
name = "user"
title = "The one recorded"
department = "clerk"
password = "{hash}"

[[device]]
name = "desk"
department = "clerk"
addresses = ["127.0.0.1"]
"""
KNOWN, UNKNOWN = "127.0.0.1", "127.0.0.77"


class Web(origin.HttpOrigin):
    def __init__(self, port):
        self.fixed_port = port
        super().__init__(address=ADDRESS)

    def listen(self, family, address):
        return super().listen(family, address, self.fixed_port)


class Tunnel(origin.Origin):
    def __init__(self, port):
        self.fixed_port = port
        super().__init__(address=ADDRESS)

    def listen(self, family, address):
        return super().listen(family, address, self.fixed_port)

    def serve(self, stream):
        stream.sock.sendall(stream.sock.recv(65536))


class ClientTraces(case.Case):
    def setUp(self):
        lines = [json.loads(line) for line in case.unpack("traffic/client-traces.jsonl.zst").splitlines()]
        self.heads = [line for line in lines if line["what"] == "proxy-request"]
        try:
            self.web, self.tunnel = self.keep(Web(80)), self.keep(Tunnel(443))
        except OSError as error:
            if error.errno != errno.EACCES:
                raise
            raise unittest.SkipTest("the recorded heads name ports 80 and 443, and these need privileges here") from None
        names = {re.split(r"[/:]", head["head_latin1"].split(" ")[1].removeprefix("http://"))[0] for head in self.heads}
        policy = city.POLICY[:city.POLICY.index("[[grant]]")] + '[tunnels]\nnot_tls = "allow"\n'
        made = self.make(hosts={name: ADDRESS for name in names}, policy=policy)
        made.write("people.toml", PEOPLE.replace("{hash}", made.hash_password("secret")))
        made.start()

    def exchange(self, head, source):
        """Sends the head as recorded (and a body where it promises one); returns the answer."""
        method, target, *_ = head.split(" ")
        with client.Client(self.gateway.port, source) as connection:
            connection.send(head)
            length = re.search(r"(?i)\r\ncontent-length: (\d+)", head)
            if length and "100-continue" not in head:
                connection.send(b"b" * int(length.group(1)))
            elif length:
                self.assertIn(b" 100 ", connection.stream.until(b"\r\n\r\n"))
                connection.send(b"b" * int(length.group(1)))
            answer = connection.read(method)
            if method == "CONNECT" and answer.status == 200 and target.endswith(":443"):
                connection.send(b"hello you")
                self.assertEqual(connection.stream.exactly(9), b"hello you")
            return answer

    def test_heads_without_credentials(self):
        served = 0
        for recorded in self.heads:
            if recorded["proxy_credentials"]:
                continue
            with self.subTest(recorded["client"], head=recorded["head_latin1"][:120]):
                answer = self.exchange(recorded["head_latin1"], KNOWN)
                self.assertEqual(answer.status, 200)
                served += 1
        self.assertEqual(served, sum(not recorded["proxy_credentials"] for recorded in self.heads))

    def test_heads_of_clients_with_credentials(self):
        served = 0
        for recorded in self.heads:
            if not recorded["proxy_credentials"]:
                continue
            signed = "proxy-authorization:" in recorded["head_latin1"].lower()
            with self.subTest(recorded["client"], head=recorded["head_latin1"][:120]):
                answer = self.exchange(recorded["head_latin1"], UNKNOWN)
                self.assertEqual(answer.status, 200 if signed else 407)
                served += signed
        self.assertGreater(served, 0)
        people = {record["person"] for record in self.gateway.search() if record["outcome"] == "completed"}
        self.assertEqual(people, {"user"})


if __name__ == "__main__":
    case.main()
