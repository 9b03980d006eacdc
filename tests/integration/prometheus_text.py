"""A strict reader of the Prometheus text format 0.0.4: whatever it takes, every collector does."""
import math
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"')
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)\Z")
TYPES = {"counter", "gauge", "histogram"}


class Family:
    def __init__(self, name, help_text):
        self.name, self.help, self.type = name, help_text, None
        self.samples = {}  # (sample name, frozenset of labels) -> value, in the order of the text

    def value(self, suffix="", **labels):
        return self.samples[(self.name + suffix, frozenset(labels.items()))]

    def labels(self):
        """The names of labels, but for the one that histograms bring along."""
        return sorted({name for _, labels in self.samples for name, _ in labels} - {"le"})


def number(text):
    if text in ("+Inf", "-Inf", "NaN"):
        return float(text.replace("Inf", "inf"))
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?(e[+-][0-9]+)?", text):
        raise ValueError(f"{text!r} is no number")
    return float(text)


def read_labels(text):
    labels, at = {}, 0
    while at < len(text):
        found = LABEL.match(text, at)
        if not found:
            raise ValueError(f"labels {text!r} are not well formed at {at}")
        if found.group(1) in labels:
            raise ValueError(f"label {found.group(1)} stands twice in {text!r}")
        labels[found.group(1)] = re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m.group(1), m.group(1)), found.group(2))
        at = found.end()
        if at < len(text):
            if text[at] != "," or at + 1 == len(text):
                raise ValueError(f"labels {text!r} are not well formed at {at}")
            at += 1
    return labels


def read(text):
    """Families by name. ValueError names the line that breaks a rule."""
    if not text.endswith("\n") or "\r" in text:
        raise ValueError("lines end with a line feed, the last one too")
    families, current = {}, None
    for count, line in enumerate(text[:-1].split("\n"), 1):
        try:
            current = read_line(line, families, current)
        except ValueError as wrong:
            raise ValueError(f"line {count}: {wrong}") from None
    for family in families.values():
        if not family.samples:
            raise ValueError(f"{family.name} has no sample")
        if family.type == "histogram":
            check_histogram(family)
        elif family.type == "counter" and any(value < 0 or math.isnan(value) for value in family.samples.values()):
            raise ValueError(f"{family.name} counts below nothing")
    return families


def read_line(line, families, current):
    if line.startswith("# HELP "):
        found = re.fullmatch(rf"# HELP ({NAME}) (.+)", line)
        if not found or found.group(1) in families:
            raise ValueError(f"{line!r} is no new heading")
        families[found.group(1)] = Family(found.group(1), found.group(2))
        return families[found.group(1)]
    if line.startswith("# TYPE "):
        found = re.fullmatch(rf"# TYPE ({NAME}) (\w+)", line)
        if not found or current is None or found.group(1) != current.name or current.type:
            raise ValueError(f"{line!r} does not follow its HELP")
        if found.group(2) not in TYPES:
            raise ValueError(f"{found.group(2)} is no type")
        current.type = found.group(2)
        return current
    found = SAMPLE.fullmatch(line)
    if not found or current is None or not current.type:
        raise ValueError(f"{line!r} is no sample of a family with a type")
    name, labels, value = found.group(1), read_labels(found.group(2) or ""), number(found.group(3))
    endings = ("_bucket", "_sum", "_count") if current.type == "histogram" else ("",)
    if name not in [current.name + ending for ending in endings]:
        raise ValueError(f"{name} does not belong to {current.name}")
    key = (name, frozenset(labels.items()))
    if key in current.samples:
        raise ValueError(f"{line!r} stands twice")
    current.samples[key] = value
    return current


def check_histogram(family):
    series = {}
    for (name, labels), value in family.samples.items():
        rest = frozenset(pair for pair in labels if pair[0] != "le")
        series.setdefault(rest, {}).setdefault(name.removeprefix(family.name), []).append((dict(labels).get("le"), value))
    for labels, parts in series.items():
        if set(parts) != {"_bucket", "_sum", "_count"} or len(parts["_sum"]) != 1 or len(parts["_count"]) != 1:
            raise ValueError(f"{family.name}{dict(labels)} is not whole")
        bounds = [number(bound) for bound, _ in parts["_bucket"]]
        counts = [count for _, count in parts["_bucket"]]
        if bounds != sorted(set(bounds)) or not math.isinf(bounds[-1]):
            raise ValueError(f"{family.name}: bounds must rise and end with +Inf")
        if counts != sorted(counts) or counts[-1] != parts["_count"][0][1]:
            raise ValueError(f"{family.name}: counts must add up")
