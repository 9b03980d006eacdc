"""The soak: many clients of every kind, origins and clients that die, reloads, lists, a slow disk; nothing may drift.

By itself it is short: so many turns for every client. scripts/soak runs the long form. From the environment:

    CITYGATE_SOAK_SECONDS    how long clients go on, instead of counting turns
    CITYGATE_SOAK_ROUNDS     turns per client (60)
    CITYGATE_SOAK_PROCESSES  processes of clients (2), and
    CITYGATE_SOAK_CLIENTS    how many are in each (8)
    CITYGATE_SOAK_UPGRADES   hand-overs to a new process, in the first half (0; long form: 4)
    CITYGATE_SEED            what chance begins with
"""
import array
import collections
import datetime
import json
import multiprocessing
import multiprocessing.connection
import os
import pathlib
import pickle
import random
import re
import shutil
import subprocess
import time

import case
import city
import gateway
import soak_load
import soak_origins

SECONDS = int(os.environ.get("CITYGATE_SOAK_SECONDS", "0"))
ROUNDS = int(os.environ.get("CITYGATE_SOAK_ROUNDS", case.reduced(60, 15)))
PROCESSES = int(os.environ.get("CITYGATE_SOAK_PROCESSES", "2"))
CLIENTS = int(os.environ.get("CITYGATE_SOAK_CLIENTS", "8"))
UPGRADES = int(os.environ.get("CITYGATE_SOAK_UPGRADES", "4" if SECONDS else "0"))
SEED = int(os.environ.get("CITYGATE_SEED", "20261122"))
RELOAD_EVERY = 10.0 if SECONDS else 1.0
IMPORT_EVERY = 17.0 if SECONDS else 1.5

# Above what stood there after the warm-up. The store's write buffers are 40 MiB when full, and fill by and by.
MEMORY_BOUND_KB = 48 << 10

HOSTS = {name: "127.0.0.1" for name in (soak_load.WORK, soak_load.CLOSED, soak_load.FLIP, "*." + soak_load.TUNNELS,
                                        "*." + soak_load.CLOSED_TUNNELS)}
SETTINGS = '[records]\nsync_interval = "100ms"\n[proxy]\norigin_idle_timeout = "1s"\nslice_interval = "1s"\n'
OTHER_SETTINGS = SETTINGS + "origin_idle_per_host = 32\n"
OTHER_POLICY = city.POLICY.replace("minutes_per_day = 5", "minutes_per_day = 6")

# What may stand on the last record of an exchange: words of `outcome`, by kind and by what the client saw.
ENDS = {"killed": {"client-gone", "completed"}, "cut-tunnel": {"client-gone"},
        "early": {"client-gone", "completed"}}


def outcomes_of(kind, status, complete):
    if kind in ENDS:
        return ENDS[kind]
    if status == 403:
        return {"refused"}
    if status != 200:
        return {"failed", "origin-gone", "timed-out"}
    if complete:
        return {"completed"}
    return {"cut"} if kind == "flip" else {"origin-gone"}


class Book:
    """One client's ledger, and beside it what the records say."""

    def __init__(self, columns):
        self.columns = columns
        count = len(columns["kind"])
        self.to_client, self.from_client = array.array("Q", bytes(8 * count)), array.array("Q", bytes(8 * count))
        self.last = array.array("B", bytes(count))

    def __len__(self):
        return len(self.last)


class Audit:
    """Every record against the ledgers; `wrong` says what does not agree."""

    NAMES = re.compile(r"/([a-z-]+)/(\d+)/(\d+)/\d+\Z|([a-z-]+?)-(\d+)-(\d+)\.tunnel\..*\Z")

    def __init__(self, ledgers):
        self.books = {number: Book(columns) for number, columns in ledgers.items()}
        self.wrong, self.records = [], 0
        self.ids = collections.defaultdict(bytearray)  # ring -> by number in it, whether a record has it
        self.outcomes, self.slices = collections.Counter(), 0
        self.people = collections.defaultdict(lambda: [0, 0])  # department -> last records, bytes to clients
        self.flips = collections.defaultdict(set)  # version of the lists -> rulings for FLIP

    def say(self, text):
        if len(self.wrong) < 20:
            self.wrong.append(text)

    def take(self, record):
        self.records += 1
        found = self.NAMES.match(record["path"] or record["host"])
        if not found:
            return self.say(f"a record of what nobody asked: {record}")
        kind, client, number = found.group(1) or found.group(4), int(found.group(2) or found.group(5)), \
            int(found.group(3) or found.group(6))
        book = self.books.get(client)
        if book is None or number >= len(book) or soak_load.KINDS[book.columns["kind"][number]] != kind:
            return self.say(f"a record of what nobody asked: {record}")
        self.take_id(int(record["id"], 16))
        self.people[record["department"]][0] += record["last"]
        self.people[record["department"]][1] += record["to_client_bytes"]
        book.to_client[number] += record["to_client_bytes"]
        book.from_client[number] += record["from_client_bytes"]
        if record["uncertain"]:
            self.say(f"uncertain without a kill: {record}")
        if record["last"]:
            self.check_last(record, book, kind, number)
        else:
            self.slices += 1
        return None

    def take_id(self, number):
        seen, at = self.ids[number >> 40], number & (1 << 40) - 1
        if at >= len(seen):
            seen.extend(bytes(at + 1 - len(seen) + (1 << 16)))
        if seen[at]:
            self.say(f"two records have the identifier {number:016x}")
        seen[at] = 1

    def check_last(self, record, book, kind, number):
        book.last[number] = min(book.last[number] + 1, 255)
        status, complete = book.columns["status"][number], book.columns["complete"][number]
        self.outcomes[kind, record["outcome"]] += 1
        if record["outcome"] not in outcomes_of(kind, status, complete):
            self.say(f"a client saw {status}, complete: {bool(complete)}, and the record says {record}")
        if kind != "early" and record["status"] != status:
            self.say(f"a client saw {status}, and the record says {record}")
        refused = status == 403
        if (record["ruling"] == "refuse") != refused or (record["rule"] == "no-gambling") != refused:
            self.say(f"the ruling is wrong: {record}")
        if kind == "flip":
            self.flips[record["lists"]].add(record["ruling"])

    def finish(self):
        for lists, rulings in self.flips.items():
            if len(rulings) != 1:
                self.say(f"one version of the lists ({lists}) ruled {sorted(rulings)}")
        for client, book in self.books.items():
            rows = zip(*(book.columns[name] for name in ("kind", "sent_low", "sent", "low", "high")))
            for number, (kind, sent_low, sent, low, high) in enumerate(rows):
                kind = soak_load.KINDS[kind]
                name = f"{kind} {number} of client {client}"
                count, to_client, from_client = book.last[number], book.to_client[number], book.from_client[number]
                if count != 1 and not (kind == "early" and count == 0):
                    self.say(f"{name} has {count} last records")
                if not low <= to_client <= high:
                    self.say(f"{name} was sent {low} to {high} bytes, and its records say {to_client}")
                if not sent_low <= from_client <= sent:
                    self.say(f"{name} sent {sent_low} to {sent} bytes, and its records say {from_client}")


def descriptors(pid):
    """How many a process has, by sort; files of the store are its own affair and left out."""
    counted = collections.Counter()
    for link in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            what = os.readlink(link)
        except FileNotFoundError:
            continue
        if not what.startswith("/"):
            counted[what.split(":")[0]] += 1
    return counted


def mapped_images(pid):
    """How many images of lists a process has mapped; what is gone from the disk counts while it is mapped."""
    maps = pathlib.Path(f"/proc/{pid}/maps").read_text(encoding="utf-8")
    return len(set(re.findall(r"/lists/images/([^/]+)/", maps)))


def threads(pid):
    return len(list(pathlib.Path(f"/proc/{pid}/task").iterdir()))


class Soak(case.Case):
    def setUp(self):
        self.make(hosts=HOSTS, settings=SETTINGS, clock=None)
        self.wrapper, self.delayed = self.slow_disk()
        self.lists = [self.gateway.write(f"closed-{flip}.txt", "\n".join(
            [soak_load.CLOSED] + [soak_load.FLIP] * flip + [f"w{flip}-{n}.casino.example" for n in range(500)]) + "\n")
            for flip in (0, 1)]
        self.gateway.start(wrapper=self.wrapper)
        self.import_list(0)
        self.origins = self.keep(soak_origins.Origins(SEED))
        self.ports = (self.origins.web, self.origins.echo, self.origins.mortal)
        self.random = random.Random(SEED)
        self.earlier, self.next_client, self.did = [], 0, collections.Counter()
        self.memory = []  # (seconds, kB) of the process that serves
        self.context = multiprocessing.get_context("spawn")

    def slow_disk(self):
        """A wrapper under which the gateway's disk is slow, and how many of its calls were delayed."""
        compiler, why = shutil.which("cc"), None
        if gateway.SANITIZED:
            why = "a sanitizer must be the first library"
        elif not compiler:
            why = "there is no cc to build it with"
        if why:
            print(f"skipped 'the slow disk: {why}'", flush=True)
            return (), None
        library, counter = self.gateway.directory / "slow_disk.so", self.gateway.directory / "delayed"
        counter.write_bytes(bytes(8))
        source = pathlib.Path(__file__).with_name("slow_disk.c")
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source)], check=True)
        return (("env", f"LD_PRELOAD={library}", f"CITYGATE_SLOW_DISK={counter}"),
                lambda: int.from_bytes(counter.read_bytes(), "little"))

    # --- what happens meanwhile

    def import_list(self, which):
        self.gateway.import_list(self.lists[which], "--confirm", name="closed", category="gambling")

    def reload(self):
        turn = self.did["reload"] % 2
        self.gateway.write("policy.toml", OTHER_POLICY if turn == 0 else city.POLICY)
        self.gateway.write("citygate.toml", city.config(
            directory=self.gateway.directory, root=gateway.ROOT, workers=2, hosts=HOSTS,
            settings=OTHER_SETTINGS if turn == 0 else SETTINGS))
        self.gateway.ask("reload")
        self.did["reload"] += 1

    def flip_list(self):
        self.import_list((self.did["import"] + 1) % 2)
        self.did["import"] += 1

    def upgrade(self):
        self.earlier.append(self.gateway.upgrade())
        self.memory.clear()
        self.did["upgrade"] += 1

    def load(self, rounds, seconds, upgrades=0):
        """Runs the clients to their end, disturbs the gateway meanwhile; returns their ledgers."""
        results, processes, ledgers, failures = [], [], {}, []
        for process in range(PROCESSES):
            numbers = range(self.next_client, self.next_client + CLIENTS)
            self.next_client += CLIENTS
            results.append(self.gateway.directory / f"ledgers-{numbers[0]}")
            processes.append(self.context.Process(
                target=soak_load.run, daemon=True,
                args=(self.gateway.port, self.ports, list(numbers), rounds, seconds, SEED, str(results[-1]))))
            processes[-1].start()
        begun = time.monotonic()
        due = [[begun + RELOAD_EVERY / 2, RELOAD_EVERY, self.reload], [begun + IMPORT_EVERY / 2, IMPORT_EVERY, self.flip_list]]
        due += [[begun + seconds / 2 * (turn + 1) / (upgrades + 1), float("inf"), self.upgrade] for turn in range(upgrades)]
        while alive := [process.sentinel for process in processes if process.is_alive()]:
            for one in due:
                if time.monotonic() >= one[0]:
                    one[2]()
                    one[0] = time.monotonic() + one[1]
            self.memory.append((time.monotonic() - begun, self.gateway.memory_kb()))
            multiprocessing.connection.wait(alive, 0.2 if seconds < 600 else 2)
        for process, result in zip(processes, results):
            process.join()
            self.assertEqual(process.exitcode, 0, "a process of clients")
            columns, failed = pickle.loads(result.read_bytes())
            result.unlink()
            ledgers.update(columns)
            failures += failed
        self.assertTrue(self.gateway.alive(), self.gateway.log()[-4000:])
        self.assertEqual(failures, [], "\n".join(failures))
        return ledgers

    # --- what must be so afterwards

    def quiet(self, before=None):
        """Waits until nothing is open any more; with `before`, until descriptors are as many. Returns them."""
        def settled():
            facts = dict(re.findall(r"(?m)^(\w+) +(.*)$", self.gateway.ask("status")))
            if facts["connections_open"] != "0" or facts["tunnels_open"] != "0" or not facts["spool_bytes"].startswith("0 "):
                return None
            now = descriptors(self.gateway.process.pid)
            return now if before is None or now["socket"] <= before["socket"] else None

        try:
            return gateway.wait_until(settled, "every connection to be closed")
        except AssertionError as error:
            raise AssertionError(f"{error}; of {before} there are {descriptors(self.gateway.process.pid)}\n"
                                 f"{self.gateway.ask('status')}") from None

    def audit(self, ledgers):
        audit = Audit(ledgers)
        command = [str(gateway.BINARY), "records", "search", "--format", "json", "--limit", "100000000",
                   "--config", str(self.gateway.config), "--state", str(self.gateway.state)]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as search:
            for line in search.stdout:
                audit.take(json.loads(line))
        self.assertEqual(search.returncode, 0)
        audit.finish()
        self.assertEqual(audit.wrong, [], "\n".join(audit.wrong))
        today = datetime.date.today()
        days = [str(today + datetime.timedelta(days=more)) for more in (-2, 1)]
        for department, (requests, to_client) in audit.people.items():
            total = self.gateway.report(department, *days)["total"]
            self.assertEqual((total["requests"], total["to_client_bytes"]), (requests, to_client), department)
        return audit

    def check_memory(self, warm):
        """At rest against at rest; in the long form also the last quarter of the load against the second."""
        at_rest = self.gateway.memory_kb()
        print(f"memory: {warm} kB after the warm-up, {at_rest} kB at the end")
        if gateway.SANITIZED:
            return
        if self.did["upgrade"] == 0:
            self.assertLess(at_rest, warm + MEMORY_BOUND_KB)
        if SECONDS:
            quarter = len(self.memory) // 4
            second, last = (max(kb for _, kb in part) for part in (self.memory[quarter:2 * quarter],
                                                                   self.memory[3 * quarter:]))
            for at in range(0, len(self.memory), max(1, len(self.memory) // 20)):
                print("  %5.0f s  %d kB" % self.memory[at])
            self.assertLess(last, second + MEMORY_BOUND_KB)

    def test_nothing_drifts(self):
        began = time.monotonic()
        before = self.quiet()
        ledgers = self.load(max(ROUNDS // 4, 1), min(SECONDS // 10, 300))
        warm_descriptors = self.quiet(before)
        warm, warm_threads = self.gateway.memory_kb(), threads(self.gateway.process.pid)
        self.memory.clear()
        started = time.monotonic()
        ledgers |= self.load(ROUNDS, SECONDS, UPGRADES)
        loaded = time.monotonic() - started
        for process in self.earlier:
            self.assertEqual(process.wait(gateway.PATIENCE), 0)
        after = self.quiet(before)
        self.check_memory(warm)
        # Mapped files are not counted there: lists that are in force no more must be let go all the same.
        self.assertIn(mapped_images(self.gateway.process.pid), (1, 2))
        # The store's own start when it first needs them.
        self.assertLessEqual(threads(self.gateway.process.pid), warm_threads + 2)
        audit = self.audit(ledgers)
        count = sum(len(columns["kind"]) for columns in ledgers.values())
        print(f"{count} exchanges, {audit.records} records ({audit.slices} of them slices), {loaded:.0f} s of load, "
              f"{time.monotonic() - began:.0f} s in all, {dict(self.did)}")
        print(f"descriptors: {dict(before)} before, {dict(warm_descriptors)} after the warm-up, {dict(after)} at the end")
        for (kind, outcome), times in sorted(audit.outcomes.items()):
            print(f"  {kind:15} {outcome:12} {times}")
        for outcome in ("client-gone", "origin-gone", "refused", "completed"):
            self.assertIn(outcome, {key[1] for key in audit.outcomes}, "the load is not what it should be")
        if self.delayed:
            print(f"disk: {self.delayed()} calls delayed")
            self.assertGreater(self.delayed(), 0)
        # Nothing more is opened once everything has been in use; a pool's pipes stay.
        for sort in set(after) | set(warm_descriptors):
            if sort != "pipe":
                self.assertLessEqual(after[sort], max(before[sort], warm_descriptors[sort]), sort)


if __name__ == "__main__":
    case.main()
