"""Test cases of GoogleTest binaries: each case is a test and runs in a process of its own."""
import re
import subprocess

import model

BINARY = re.compile(r"^(unit|live)_(\w+)$")
SKIP_REASON = re.compile(r": Skipped\n(.*?)(?:\n\s*\n|\n\[|\Z)", re.DOTALL)


def list_cases(binary):
    listing = subprocess.run([binary, "--gtest_list_tests"], check=True, capture_output=True, text=True,
                             timeout=60 * model.time_scale()).stdout
    suite = ""
    for line in listing.splitlines():
        name = line.split("#")[0].rstrip()
        if name.startswith("  "):
            yield suite + name.strip()
        elif name.endswith("."):
            suite = name


def discover(build, tier):
    for binary in sorted((build / "tests").glob(f"{tier}_*")):
        match = BINARY.match(binary.name)
        if not match or not binary.is_file():
            continue
        for case in list_cases(binary):
            yield model.Test(tier, f"{tier}/{match[2]}/{case}",
                             [str(binary), f"--gtest_filter={case}", "--gtest_color=no"], kind="gtest",
                             isolated=tier == "live")


def judge(test, ended):
    """A case passed only if it said so: a process that ended early with status 0 has not."""
    case = test.name.split("/", 2)[2]
    said = {word for word in ("OK", "SKIPPED", "FAILED")
            if re.search(rf"^\[ +{word} +\] {re.escape(case)}\b", ended.output, re.MULTILINE)}
    if ended.status == 0 and said == {"OK"}:
        return model.PASSED, ""
    if ended.status == 0 and said == {"SKIPPED"}:
        reason = SKIP_REASON.search(ended.output)
        return model.SKIPPED, " ".join(reason[1].split()) if reason else ""
    if ended.status == 0:
        return model.FAILED, "the case ended without a result"
    return model.FAILED, "" if ended.status == 1 and "FAILED" in said else ended.words()
