"""One generation of lists in a scratch directory: the program `accuracy` behind a pipe."""
import pathlib
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench" / "lists"))
import shared_lists  # noqa: E402

OWN = ROOT / "categories" / "lists"
BLOCKED_GROUPS = ("prohibited", "threat", "circumvention")


class Generation:
    """Built by imports; asked in batches. Use it in a `with`: the directory goes with it."""

    def __init__(self, build):
        self.scratch = tempfile.TemporaryDirectory(prefix="citygate-accuracy-")
        self.program = subprocess.Popen([build / "accuracy", ROOT / "conf" / "taxonomy.toml", self.scratch.name],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
                                        errors="replace", bufsize=1 << 20)
        self.groups = pairs(self.one("categories"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.program.stdin.close()
        self.program.wait()
        self.program.stdout.close()
        self.scratch.cleanup()

    def ask(self, requests):
        """One answer for each request, in order. Written by a thread of its own, or both sides would wait for room."""
        def write():
            for request in requests:
                self.program.stdin.write(request + "\n")
            self.program.stdin.flush()

        requests = list(requests)
        writer = threading.Thread(target=write)
        writer.start()
        answers = [self.program.stdout.readline().rstrip("\n") for _ in requests]
        writer.join()
        if self.program.poll() is not None:
            raise SystemExit(f"accuracy ended with {self.program.returncode}")
        return answers

    def one(self, request):
        answer = self.ask([request])[0]
        if answer.startswith("error\t"):
            raise SystemExit(f"{request!r}: {answer[6:]}")
        return answer

    def add(self, data, one):
        """Imports a row of shared_lists."""
        print(f"importing {one.source} ...", file=sys.stderr)
        self.one(f"import\t{data / one.file}\t{one.source}\t{one.category}\t{one.format}")

    def add_own(self):
        self.one(f"import\t{OWN}\tstarter\t\tdetect")

    def entries(self):
        return {name: int(count) for name, count in pairs(self.one("status")).items()}

    def classify(self, urls):
        """A set of category names for each; None where the gateway would refuse the URL itself."""
        return [None if answer.startswith("error\t") else set(filter(None, answer.split(",")))
                for answer in self.ask(f"classify\t{clean(url)}" for url in urls)]

    def why(self, category, url):
        """The list line behind it: "ut1 gambling/domains:12 `line`"."""
        words = (self.one(f"why\t{category}\t{clean(url)}") + "\t\t\t").split("\t")
        return f"{words[0]} {words[1]}:{words[2]} `{words[3][:60]}`"

    def within(self, groups, categories):
        return {name for name in categories if self.groups.get(name) in groups}


def pairs(text):
    return dict(pair.split("=", 1) for pair in text.split(",") if pair)


def clean(url):
    return url.replace("\t", "%09").replace("\n", "%0A")


def build_all(build, data, without=()):
    """The three sets of lists that are compared, as they become ready: (name, generation)."""
    with Generation(build) as own:
        own.add_own()
        yield "own", own
    with Generation(build) as public:
        for one in shared_lists.LISTS:
            if one.source not in without:
                public.add(data, one)
        yield "public", public
        public.add_own()
        yield "both", public
