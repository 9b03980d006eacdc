"""The end in order, the end out of order, and a start on what is damaged: what is said, and what is kept."""
import signal
import socket
import subprocess

import case
import city
import client
import gateway
import origin

WORK = "intranet.testville.example"
TUNNEL = "tunnel.testville.example"
HOSTS = {WORK: "127.0.0.1", TUNNEL: "127.0.0.1"}


class Echo(origin.Origin):
    def serve(self, stream):
        while data := stream.sock.recv(65536):
            stream.sock.sendall(data)


class Stop(case.Case):
    def begin(self, settings=""):
        self.start(hosts=HOSTS, settings=settings)
        self.web = self.keep(origin.HttpOrigin())

    def url(self, path="/"):
        return f"http://{WORK}:{self.web.port}{path}"

    def client(self):
        made = client.Client(self.gateway.port, city.CLERK)
        self.addCleanup(made.sock.close)
        return made

    def tunnel(self):
        through = self.client()
        self.assertEqual(through.connect(f"{TUNNEL}:{self.keep(Echo()).port}").status, 200)
        through.send(b"hello")
        self.assertEqual(through.stream.exactly(5), b"hello")
        return through

    def refuses(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.gateway.port)) != 0

    def test_what_runs_is_finished_and_what_idles_is_closed(self):
        self.begin(settings='[proxy]\ndrain_timeout = "60s"\n')

        def slowly(request, stream):
            del request
            stream.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha")
            gateway.wait_until(self.refuses, "the gateway to stop listening")
            stream.sock.sendall(b"lf")

        self.web.routes["/slow"] = slowly
        idle = self.client()
        self.assertEqual(idle.get(self.url()).status, 200)
        busy = self.client().send(f"GET {self.url('/slow')} HTTP/1.1\r\nHost: {WORK}\r\n\r\n")
        busy.stream.until(b"\r\n\r\n")
        self.gateway.process.send_signal(signal.SIGTERM)
        self.assertTrue(idle.closed())
        self.assertEqual(busy.stream.exactly(4), b"half")
        self.assertTrue(busy.closed())
        self.gateway.process.wait(gateway.PATIENCE)
        self.gateway.stop()  # asks for its status, which must be 0
        self.gateway.start()
        self.assertEqual([record["outcome"] for record in self.gateway.search("--host", WORK)], ["completed"] * 2)
        self.assertNotIn("not stopped in order", self.gateway.log())

    def test_a_second_signal_ends_it_at_once_and_the_next_start_says_so(self):
        self.begin(settings='[proxy]\ndrain_timeout = "60s"\n')
        self.assertEqual(self.client().get(self.url()).status, 200)
        through = self.tunnel()
        process = self.gateway.process
        process.send_signal(signal.SIGTERM)
        gateway.wait_until(self.refuses, "the gateway to stop listening")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(gateway.PATIENCE), -signal.SIGTERM)
        self.assertTrue(through.closed())
        self.gateway.process = None
        self.gateway.start()
        self.assertRegex(self.gateway.log(), r"not stopped in order .*: \d+ records were taken from its spool")
        self.assertEqual(len(self.gateway.search("--host", WORK)), 1)

    def test_tunnels_are_cut_at_the_deadline_and_recorded(self):
        self.begin(settings='[proxy]\ndrain_timeout = "50ms"\n')
        through = self.tunnel()
        self.gateway.stop()
        self.assertTrue(through.closed())
        self.gateway.start()
        (record,) = self.gateway.search("--host", TUNNEL)
        self.assertEqual((record["last"], record["to_client_bytes"], record["uncertain"]), (True, 5, False))

    def test_who_follows_is_told(self):
        self.begin()
        follow = subprocess.Popen(
            [str(gateway.BINARY), "records", "follow", "--config", str(self.gateway.config), "--state",
             str(self.gateway.state)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(follow.wait)
        self.addCleanup(follow.kill)

        def seen():
            self.assertEqual(self.client().get(self.url()).status, 200)
            return len(self.gateway.search("--host", WORK)) > 3

        gateway.wait_until(seen, "some records")
        self.assertTrue(follow.stdout.readline())  # it follows
        self.gateway.stop()
        _, told = follow.communicate(timeout=gateway.PATIENCE)
        self.assertEqual(follow.returncode, 0)
        self.assertIn("stops, or hands over", told)

    def test_a_damaged_database_is_named_and_left_alone(self):
        self.begin()
        self.assertEqual(self.client().get(self.url()).status, 200)
        self.gateway.stop()
        current = self.gateway.state / "db/CURRENT"
        text = current.read_bytes()
        for damage in (b"MANIFEST-999999\n", b"", None):
            if damage is None:
                current.unlink()
            else:
                current.write_bytes(damage)
            said = self.gateway.run("serve")
            self.assertEqual(said.returncode, 1, damage)
            self.assertRegex(said.stderr, r"/db.*put a backup back, or move this directory away")
        current.write_bytes(text)
        self.gateway.start()
        self.assertEqual(len(self.gateway.search("--host", WORK)), 1)


if __name__ == "__main__":
    case.main()
