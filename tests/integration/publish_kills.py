"""kill -9 at any point of a publish, again and again on one state directory; for the test and for bench/load/behaviour.

After each: a good generation is in force, the old one or the new; the history ends with it; nothing lies about that the next
update does not take away; and that update succeeds.
"""
import json
import pathlib
import random
import subprocess
import time


def list_of(version, size):
    """Nine names in ten are those of all versions."""
    lines = [f"n{number}.bets.test" for number in range(size * 9 // 10)]
    lines += [f"v{version}-{number}.bets.test" for number in range(size - len(lines))]
    return "\n".join(lines) + "\n"


class Kills:
    """`binary` with `config`, whose sources file names a source 'bets' at the file `path`; no gateway runs."""

    def __init__(self, binary, config, state, path, *, size, seed):
        self.command = [str(binary), "lists"]
        self.options = ["--config", str(config), "--state", str(state)]
        self.lists, self.path, self.size = pathlib.Path(state) / "lists", pathlib.Path(path), size
        self.random = random.Random(seed)
        self.version = 0
        self.took_s = None  # one whole update
        self.updated = None  # the generation after the last one that was not killed
        self.outcomes = {"old": 0, "new": 0}

    def run(self, *arguments):
        done = subprocess.run([*self.command, *arguments, *self.options], capture_output=True, text=True, timeout=300,
                              check=False)
        if done.returncode != 0:
            raise AssertionError(f"lists {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def history(self):
        lines = (self.lists / "history.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line)["content"] for line in lines]

    def in_force(self):
        """By `lists status`, which verifies every byte of the image; and that the history ends with it."""
        status, history = json.loads(self.run("status", "--json")), self.history()
        assert history[-1]["generation"] == status["generation"], (history[-1], status["generation"])
        assert len({(entry["generation"], entry["at"], entry["verb"]) for entry in history}) == len(history), "doubled"
        return status["generation"]

    def first(self):
        """Two whole updates, the second of which is timed: moments to kill at are drawn from it."""
        for _ in range(2):
            self.path.write_text(list_of(self.version, self.size), encoding="ascii")
            self.version += 1
            self.timed_update()
        self.updated = self.in_force()

    def timed_update(self):
        began = time.monotonic()
        self.run("update")
        self.took_s = time.monotonic() - began

    def files(self):
        """All but the versions of the source, of which each update adds one."""
        found = [path for path in self.lists.rglob("*") if path.is_file() and "sources/bets" not in str(path)]
        return sorted(str(path.relative_to(self.lists)) for path in found)

    def versions(self):
        return len(list((self.lists / "sources/bets").iterdir()))

    def kill_once(self):
        before = self.updated
        self.path.write_text(list_of(self.version, self.size), encoding="ascii")
        self.version += 1
        process = subprocess.Popen([*self.command, "update", *self.options], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        time.sleep(self.random.random() * self.took_s * 1.2)  # not a wait for anything: the moment is to be any
        process.kill()
        process.wait()
        after = self.in_force()
        self.outcomes["old" if after == before else "new"] += 1
        self.timed_update()
        self.updated = self.history()[-1]["generation"]
        assert self.updated != before and after in (before, self.updated), (before, after, self.updated)

    def check_leftovers(self, kills):
        files = self.files()
        assert len([name for name in files if name.startswith("images/")]) <= 2 * 6, files
        assert not [name for name in files if ".new" in name or name.startswith(("past/", "staging/bets/whole/"))], files
        # One for each update that came to its end; none for those that did not.
        assert self.updated == self.in_force()
        history = {source[1] for entry in self.history() for source in entry["sources"] if source[0] == "bets"}
        assert self.versions() == len(history), (self.versions(), len(history))
        assert len(history) <= 2 + kills, "a killed update and the one after it bring the same version"
