"""Every clause that the five policies ask of a gateway, what carries it out, and which test shows it.

One entry for each clause and thing asked. `marks`: E is enforced, M is measured, V is evidence that can be shown. `carried` names
what of the pack does it: a rule by its name, a table in brackets, or the gateway itself. `tests` are methods of the test files
here, as file.method without "_test". `later` says honestly what is not there yet, and why; an entry without tests must have it.
docs/clauses.md is made of this by make_clauses.py.
"""
import dataclasses

PACKS = {"S0": "kentucky-2023", "S1": "kirkwood", "S2": "farmer-city", "S3": "acceptable-use", "S4": "monroe"}
SECTIONS = {
    "1a": "What may be visited",
    "1b": "Personal use",
    "1c": "Streaming, downloads, devices",
    "1d": "Identity, acknowledgement, start and end of access",
    "1e": "Monitoring, privacy, records",
}


@dataclasses.dataclass
class Clause:
    section: str
    name: str
    marks: str
    wants: str
    carried: list
    tests: list = dataclasses.field(default_factory=list)
    later: str = ""

    @property
    def pack(self):
        return PACKS[self.name[:2]]


def entries():
    from clauses_access import ACCESS
    from clauses_use import USE
    return USE + ACCESS
