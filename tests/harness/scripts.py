"""Tests that are executable files: exit status 0 is a pass, 77 a skip whose reason is the last line of output.

A comment `# timeout: SECONDS` near the beginning replaces the 60 seconds.
"""
import itertools
import os
import re

import model

SKIP_STATUS = 77
TIMEOUT = re.compile(r"^# timeout: (\d+)\b")


def timeout_of(path, default):
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in itertools.islice(file, 20):
            if match := TIMEOUT.match(line):
                return float(match[1])
    return default


def discover(tier, default_timeout=60.0):
    folder = model.SOURCE / "tests" / tier
    for path in sorted(folder.glob("*")):
        if path.is_file() and os.access(path, os.X_OK):
            yield model.Test(tier, f"{tier}/{path.name}", [str(path)], timeout=timeout_of(path, default_timeout),
                             isolated=tier != "style")


def judge(_, ended):
    if ended.status == 0:
        return model.PASSED, ""
    if ended.status == SKIP_STATUS:
        lines = ended.output.strip().splitlines()
        return model.SKIPPED, lines[-1].strip() if lines else ""
    return model.FAILED, ended.words()
