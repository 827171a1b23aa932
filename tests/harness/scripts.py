"""Tests that are executable files: exit status 0 is a pass, 77 a skip whose reason is the last line of output.

A comment `# timeout: SECONDS` near the beginning replaces the 60 seconds, and `# guests: none`
says that it proves nothing in the guests of the vm tier that it does not prove here.
"""
import itertools
import os
import re

import model

SKIP_STATUS = 77
COMMENT = re.compile(r"^# (timeout|guests): (.+)")


def comments_of(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return dict(match.groups() for line in itertools.islice(file, 20) if (match := COMMENT.match(line)))


def discover(tier, default_timeout=60.0):
    folder = model.SOURCE / "tests" / tier
    for path in sorted(folder.glob("*")):
        if path.is_file() and os.access(path, os.X_OK):
            test = model.Test(tier, f"{tier}/{path.name}", [str(path)], timeout=default_timeout,
                              isolated=tier != "style")
            comments = comments_of(path)
            if "timeout" in comments:
                test.timeout = float(comments["timeout"].split()[0])
            test.in_guests = comments.get("guests") != "none"
            yield test


def judge(_, ended):
    if ended.status == 0:
        return model.PASSED, ""
    if ended.status == SKIP_STATUS:
        lines = ended.output.strip().splitlines()
        return model.SKIPPED, lines[-1].strip() if lines else ""
    return model.FAILED, ended.words()
