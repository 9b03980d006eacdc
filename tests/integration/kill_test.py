"""kill -9 under load, again and again on one state directory: what a client received in full is recorded exactly once."""
import collections
import os
import random
import threading
import time

import case
import city
import client
import gateway
import origin

ROUNDS = int(os.environ.get("CITYGATE_KILL_ROUNDS", case.reduced(10, 4)))
SEED = int(os.environ.get("CITYGATE_SEED", "20261121"))
CLIENTS = 6


class Kill(case.Case):
    def setUp(self):
        self.origin = self.keep(origin.HttpOrigin())
        self.origin.fallback = origin.reply(b"n" * 700)
        self.make(hosts={"www.bbc.com": "127.0.0.1", "site.test": "127.0.0.1"},
                  policy=city.POLICY.replace("minutes_per_day = 5", "minutes_per_day = 1400")).start()
        self.random = random.Random(SEED)

    def load(self, round_number, stop):
        """Clients that ask for paths of their own until the gateway dies; returns the paths received in full."""
        received, lock = [], threading.Lock()

        def work(worker):
            count = 0
            source = (city.CLERK, city.MAYOR, city.PATROL)[worker % 3]
            host = ("www.bbc.com", "site.test")[worker % 2]
            try:
                while not stop.is_set():
                    with client.Client(self.gateway.port, source) as browser:
                        for _ in range(50):
                            path = f"/r{round_number}/c{worker}/n{count}"
                            count += 1
                            answer = browser.browse(f"http://{host}:{self.origin.port}{path}")
                            if answer.status == 200 and answer.complete:
                                with lock:
                                    received.append(path)
            except (OSError, EOFError):
                pass

        threads = [threading.Thread(target=work, args=(worker,)) for worker in range(CLIENTS)]
        for thread in threads:
            thread.start()
        return received, threads

    def test_every_exchange_is_recorded_once(self):
        received = []
        for round_number in range(ROUNDS):
            stop = threading.Event()
            got, threads = self.load(round_number, stop)
            enough = self.random.randrange(20, 1500)
            gateway.wait_until(lambda: len(got) >= enough, f"{enough} exchanges")
            time.sleep(self.random.random() / 50)  # not a wait for anything: the moment is to be any
            self.gateway.kill()
            stop.set()
            for thread in threads:
                thread.join()
            received += got
            self.gateway.start()
            self.check(received)
        self.gateway.stop()
        self.gateway.start()
        self.check(received)

    def check(self, received):
        records = self.gateway.search()
        times = collections.Counter(record["path"] for record in records if record["last"])
        self.assertEqual([path for path in received if times[path] == 0], [], "lost")
        self.assertEqual([path for path, count in times.items() if count > 1], [], "doubled")
        served = collections.Counter(request.target for request in self.origin.requests)
        self.assertEqual([path for path in times if path not in served], [], "invented")
        ids = collections.Counter(record["id"] for record in records)
        self.assertEqual(max(ids.values()), 1)
        # Charges equal records: the roll-ups were written with them.
        for department in ("clerk", "police"):
            total = self.gateway.report(department, "2026-11-23")["total"]
            own = [record for record in records if record["department"] == department]
            self.assertEqual(total["requests"], sum(record["last"] for record in own))
            self.assertEqual(total["to_client_bytes"], sum(record["to_client_bytes"] for record in own))


if __name__ == "__main__":
    case.main()
