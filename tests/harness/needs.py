"""A skip names the need that is missing: "needs FUSE: no /dev/fuse". tests/required-needs says which needs may not
be missing where it counts (CI, and the guests of the vm tier); a skip for one of those is a failure."""
import os
import re

import model

REASON = re.compile(r"^needs (\w+): \S")


def required(tier, path=model.SOURCE / "tests" / "required-needs"):
    for line in path.read_text(encoding="utf-8").splitlines():
        name, _, words = line.partition("#")[0].partition(":")
        if name.strip() == tier:
            return set(words.split())
    return set()


def enforce(outcome, always=False):
    if outcome.status != model.SKIPPED:
        return outcome
    match = REASON.match(outcome.reason)
    if not match:
        outcome.status = model.FAILED
        outcome.reason = f"skipped without naming a need (`needs X: why`): {outcome.reason}"
    elif f"{match[1].upper()}_" not in outcome.name:
        outcome.status = model.FAILED
        outcome.reason = f"skipped for a need that its name does not carry ({match[1].upper()}_): {outcome.reason}"
    elif (always or os.environ.get("CI")) and match[1].upper() in required(outcome.tier):
        outcome.status = model.FAILED
        outcome.reason = f"skipped, but this need is required here: {outcome.reason}"
    return outcome
