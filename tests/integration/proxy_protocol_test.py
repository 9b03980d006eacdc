"""Behind a load balancer: who the client is comes from the PROXY protocol's header, and from nowhere else."""
import ipaddress
import struct

import case
import city
import client
import origin
from tls_listener_test import FILES, TlsClient, make_certificate

HOST = "site.test"
BALANCER = "127.0.0.1"
FROM = 'proxy_protocol_from = ["127.0.0.1", "10.0.0.0/8"]'


def version_1(source, port=50000):
    return f"PROXY TCP4 {source} 192.0.2.1 {port} 3128\r\n".encode()


def version_2(source, port=50000, command=0x21, tlvs=b""):
    body = ipaddress.ip_address(source).packed + ipaddress.ip_address("192.0.2.1").packed + struct.pack("!HH", port, 3128) + tlvs
    return b"\r\n\r\n\0\r\nQUIT\n" + struct.pack("!BBH", command, 0x11, len(body)) + body


class ProxyProtocol(case.Case):
    def setUp(self):
        self.make(hosts={HOST: "127.0.0.1"}, listen=("127.0.0.1:0 proxy-protocol", "127.0.0.1:0 tls proxy-protocol"),
                  gateway=f"{FROM}\n{FILES}")
        make_certificate(self.gateway.directory, "gate.test")
        self.gateway.start()
        self.web = self.keep(origin.HttpOrigin({"/": origin.reply(b"here")}))
        self.url = f"http://{HOST}:{self.web.port}/"

    def who_is(self, header, rest=b""):
        """Whom the record of a request behind `header` names."""
        before = len(self.gateway.search())
        with client.Client(self.gateway.port, BALANCER) as made:
            made.send(header + rest)
            self.assertEqual(made.get(self.url).body, b"here")
        return self.gateway.search()[before]["person"]

    def refused(self, header, source=BALANCER):
        with client.Client(self.gateway.port, source) as made:
            try:
                made.send(header + f"GET {self.url} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
            except OSError:
                return True
            return made.closed()

    def test_the_header_names_the_client(self):
        for source, person in ((city.MAYOR, "ann.mayor"), (city.PATROL, "pat.patrol"), (BALANCER, "carl.clerk")):
            self.assertEqual(self.who_is(version_1(source)), person)
            self.assertEqual(self.who_is(version_2(source, tlvs=b"\x01\x00\x02h2")), person)

    def test_the_balancer_speaks_for_itself(self):
        self.assertEqual(self.who_is(version_2(city.MAYOR, command=0x20)), "carl.clerk")
        self.assertEqual(self.who_is(b"PROXY UNKNOWN\r\n"), "carl.clerk")

    def test_the_policy_is_the_clients(self):
        with client.Client(self.gateway.port, BALANCER) as made:
            made.send(version_1(city.DETECTIVE))
            # A grant of the detective's; in the balancer's name it would be refused.
            self.assertNotEqual(made.get("http://www.pokerstars.com/").status, 403)

    def test_header_and_request_cut_anywhere(self):
        header = version_2(city.MAYOR)
        request = f"GET {self.url} HTTP/1.1\r\nHost: {HOST}:{self.web.port}\r\n\r\n".encode()
        for data in (header + request, version_1(city.MAYOR) + request):
            with client.Client(self.gateway.port, BALANCER) as made:
                for at in range(len(data)):
                    made.send(data[at:at + 1])
                self.assertEqual(made.read().body, b"here")
            with client.Client(self.gateway.port, BALANCER) as made:
                self.assertEqual(made.send(data).read().body, b"here")
        self.assertEqual({record["person"] for record in self.gateway.search()}, {"ann.mayor"})

    def test_without_a_good_header_nothing_is_served(self):
        for header in (b"", b"PROXY TCP4 127.0.0.10 192.0.2.1 1\r\n", b"PROXY TCP4 999.0.0.1 192.0.2.1 1 2\r\n",
                       version_2(city.MAYOR, tlvs=b"\x03\x00\x04\x00\x00\x00\x00"), version_1(city.MAYOR)[:-2] + b"\n"):
            self.assertTrue(self.refused(header), header)
        self.assertEqual(self.web.requests, [])
        self.assertEqual(self.gateway.search(), [])

    def test_nobody_else_is_believed(self):
        self.assertTrue(self.refused(version_1(city.MAYOR), source=city.PATROL))
        self.assertEqual(self.web.requests, [])
        self.assertIn(f"{city.PATROL} is not in gateway.proxy_protocol_from", self.gateway.log())

    def test_a_second_header_is_a_bad_request(self):
        with client.Client(self.gateway.port, BALANCER) as made:
            made.send(version_1(city.MAYOR) + version_1(city.PATROL) + b"\r\n")
            self.assertIn(made.read().status, (400, 501))

    def test_behind_the_header_stands_tls(self):
        class Behind(TlsClient):
            def _repeat(self, function, *arguments):
                if not getattr(self, "introduced", False):
                    self.introduced = True
                    self.raw.sendall(version_1(city.MAYOR))
                return super()._repeat(function, *arguments)

        made = Behind(self.gateway.ports[1], BALANCER)
        self.addCleanup(made.close)
        self.assertEqual(made.get(self.url).body, b"here")
        self.assertEqual(self.gateway.search()[-1]["person"], "ann.mayor")

    def test_who_waits_is_closed_when_the_gateway_stops(self):
        with client.Client(self.gateway.port, BALANCER) as made:
            made.send(b"PROXY TCP4 127")
            self.gateway.stop()
            self.assertTrue(made.closed())


class OverTheLimit(case.Case):
    def test_the_client_behind_the_balancer_is_told(self):
        self.make(hosts={HOST: "127.0.0.1"}, listen=("127.0.0.1:0 proxy-protocol",), gateway=FROM,
                  settings="[limits]\nexempt = []\nconnections_per_address = 1\n")
        self.gateway.start()
        web = self.keep(origin.HttpOrigin({"/": origin.reply(b"here")}))
        url = f"http://{HOST}:{web.port}/"
        with client.Client(self.gateway.port, BALANCER) as first, client.Client(self.gateway.port, BALANCER) as second:
            first.send(version_1(city.MAYOR))
            self.assertEqual(first.get(url).body, b"here")
            second.send(version_1(city.MAYOR))
            answer = second.read()
            self.assertEqual((answer.status, answer.value("connection")), (429, "close"))
            self.assertGreater(int(answer.value("retry-after")), 0)
            self.assertTrue(second.closed())
        with client.Client(self.gateway.port, BALANCER) as other:
            other.send(version_1(city.PATROL))
            self.assertEqual(other.get(url).body, b"here")


class Configuration(case.Case):
    def test_whose_word_is_taken_must_be_said(self):
        made = self.make(listen=("127.0.0.1:0 proxy-protocol",))
        result = made.run("check")
        self.assertEqual(result.returncode, 1)
        self.assertIn("gateway.proxy_protocol_from", result.stderr)

    def test_a_range_that_is_none(self):
        made = self.make(listen=("127.0.0.1:0 proxy-protocol",), gateway='proxy_protocol_from = ["10.0.0.0/33"]')
        result = made.run("check")
        self.assertEqual(result.returncode, 1)
        self.assertIn("'10.0.0.0/33' is no address or range", result.stderr)

    def test_a_header_that_does_not_come(self):
        made = self.make(listen=("127.0.0.1:0 proxy-protocol",), gateway=FROM, settings='[proxy]\nheader_timeout = "200ms"')
        made.start()
        with client.Client(made.port, BALANCER) as waiting:
            self.assertTrue(waiting.closed())
        self.assertIn("it did not come in time", made.log())


if __name__ == "__main__":
    case.main()
