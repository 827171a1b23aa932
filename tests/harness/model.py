"""What a test is, and what came of it."""
import dataclasses
import fnmatch
import json
import os
import pathlib

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


def time_scale():
    """Emulated machines are an order of magnitude slower; every limit of time is multiplied by this."""
    return float(os.environ.get("CROFT_TIME_SCALE", "1"))


@dataclasses.dataclass
class Test:
    tier: str
    name: str  # "unit/runtime/Error.NamesItsKind"; unique in a run
    command: list
    kind: str = "script"  # or "gtest"
    timeout: float = 60.0  # seconds on a quiet machine of its own
    env: dict = dataclasses.field(default_factory=dict)
    isolated: bool = False  # own mount namespace, and nothing may be left afterwards
    in_guests: bool = True  # the vm tier runs it too


@dataclasses.dataclass
class Outcome:
    tier: str
    name: str
    status: str
    seconds: float = 0.0
    reason: str = ""  # of a skip or a failure, one line
    output: str = ""  # of a failure, also of one that did not come again

    unsteady: bool = False  # passed, but not at the first attempt

    def after(self, first):
        """This outcome of a second attempt, with what came of the first."""
        again = dataclasses.replace(self, seconds=first.seconds + self.seconds, output=first.output)
        if self.status == PASSED:
            again.unsteady, again.reason = True, f"unsteady; at first: {first.reason}"
        elif self.status == FAILED:
            again.output += f"\n[second attempt]\n{self.output}"
        return again

    def to_json(self):
        return json.dumps(dataclasses.asdict(self))


def wants_systemd(test):
    """Or two CPUs, each with memory of its own: in the vm tier the same guests have both."""
    return any(need in test.name for need in ("/SYSTEMD_", "_SMP_", "_NUMA_"))


def selected(test, patterns):
    """No pattern selects all; otherwise one must match: =NAME, a glob of the whole name, or a word in it."""
    return not patterns or any("=" + test.name == p or fnmatch.fnmatchcase(test.name, p) or p in test.name
                               for p in patterns)
