"""Long plain bodies, which pass through a pipe: every byte arrives, is counted, and ends where the quota ends."""
import threading

import case
import city
import client
import origin

HOST, FILM = "bulk.test", "www.youtube.com"
SIZE = 5_000_003
DATA = bytes(range(251)) * (SIZE // 251 + 1)


FILE = origin.reply(DATA[:SIZE], "application/octet-stream")


def put(request, stream):
    stream.sock.sendall(origin.reply(b"%d %d" % (len(request.body), request.body == DATA[:SIZE]), "text/plain"))


def broken(request, stream):
    del request
    stream.sock.sendall(FILE[:SIZE // 2])
    return False


class Bulk(case.Case):
    def setUp(self):
        self.start(hosts={HOST: "127.0.0.1", FILM: "127.0.0.1"})
        self.origin = self.keep(origin.HttpOrigin({"/file": FILE, "/put": put, "/broken": broken}))

    def url(self, path, host=HOST):
        return f"http://{host}:{self.origin.port}{path}"

    def test_down_then_the_next_request_on_the_same_connection(self):
        with client.Client(self.gateway.port, city.CLERK) as made:
            for _ in range(3):
                self.assert_bytes(made.get(self.url("/file")).body, DATA[:SIZE])
        records = self.gateway.search("--host", HOST)[-3:]
        self.assertEqual([record["to_client_bytes"] for record in records], [SIZE] * 3)
        self.assertEqual([record["outcome"] for record in records], ["completed"] * 3)

    def test_up(self):
        with client.Client(self.gateway.port, city.CLERK) as made:
            for _ in range(2):
                made.send(f"PUT {self.url('/put')} HTTP/1.1\r\nHost: {HOST}:{self.origin.port}\r\n"
                          f"Content-Length: {SIZE}\r\n\r\n")
                sender = threading.Thread(target=made.send, args=(DATA[:SIZE],))
                sender.start()
                self.assertEqual(made.read("PUT").body, b"%d 1" % SIZE)
                sender.join()
        self.assertEqual([record["from_client_bytes"] for record in self.gateway.search("--host", HOST)[-2:]], [SIZE] * 2)

    def test_a_slow_reader_gets_it_all(self):
        with client.Client(self.gateway.port, city.CLERK, receive_buffer=4096) as made:
            self.assert_bytes(made.get(self.url("/file")).body, DATA[:SIZE])

    def test_an_origin_that_breaks_off_is_seen_to(self):
        with client.Client(self.gateway.port, city.CLERK) as made:
            answer = made.get(self.url("/broken"))
        self.assertFalse(answer.complete)
        self.assert_bytes(answer.body, DATA[:len(answer.body)])
        record = self.gateway.search("--host", HOST)[-1]
        self.assertEqual((record["outcome"], record["to_client_bytes"]), ("origin-gone", len(answer.body)))

    def test_the_quota_ends_inside_to_the_byte(self):
        with client.Client(self.gateway.port, city.CLERK) as made:
            answer = made.get(self.url("/file", FILM))
        self.assertFalse(answer.complete)
        self.assert_bytes(answer.body, DATA[:3_000_000])
        record = self.gateway.search("--host", FILM)[-1]
        self.assertEqual((record["outcome"], record["to_client_bytes"]), ("cut", 3_000_000))


if __name__ == "__main__":
    case.main()
