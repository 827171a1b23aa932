"""Builds Croft and runs its tests. Without options: every tier but `soak`, of which a seeded sample is run.

A tier is a kind of test: unit (no privileges), style (the tree itself), live (root, this machine's kernel), system
(the programs, as an operator uses them), fault (failures forced), soak (long), vm (live and system on Debian's
kernels with cgroup v2, emulated). The last line is `N passed, N failed, N skipped`; the exit status is 0 only if
nothing failed and something passed.
"""
import argparse
import os
import pathlib
import random
import subprocess
import sys
import time

import build
import cache
import debian
import execute
import gtest
import model
import process
import report
import scripts
import vm

SLOWER = {"asan": "3", "tsan": "5"}  # CROFT_TIME_SCALE of sanitizers
TREES = {"TEMPLATE": debian.template, "INITS": debian.inits, "MANAGERS": debian.managers, "PROGRAMS": debian.programs,
         "PODMAN": debian.podman}
TIERS = ("unit", "style", "live", "system", "fault", "soak", "vm")


def arguments():
    parser = argparse.ArgumentParser(prog="tests/run", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tier", action="append", choices=TIERS, help="run only this tier; may be repeated")
    parser.add_argument("--without", action="append", choices=TIERS, default=[],
                        help="leave this tier out; may be repeated")
    parser.add_argument("--filter", action="append", metavar="GLOB",
                        help="run only tests whose name matches, or contains this word, or with =NAME is this; "
                             "may be repeated")
    parser.add_argument("--list", action="store_true", help="print the names of the selected tests, run none")
    parser.add_argument("--preset", default="release", help="what to build for all tiers but vm, which is release")
    parser.add_argument("--build", type=pathlib.Path, metavar="DIR", help="use this build as it is")
    parser.add_argument("--soak", choices=("sample", "full"),
                        help="how much of the soak tier; full where that tier is named, else a sample")
    parser.add_argument("--seed", type=int, help="of the soak sample; a printed one repeats that sample")
    parser.add_argument("--systemd", choices=("with", "without", "only"), default="with",
                        help="whether to run tests that want systemd as PID 1 of the host")
    parser.add_argument("-j", "--json", metavar="FILE", help="also write one JSON object per result to FILE")
    return parser.parse_args()


def discover(tier, folder, options):
    if tier == "vm":
        return vm.discover(folder)
    if tier in ("unit", "live"):
        return list(gtest.discover(folder, tier))
    if tier == "soak":
        tests = list(scripts.discover(tier, 60.0 if options.sample else 3600.0))
        for test in tests:
            test.env = {"CROFT_SOAK": "sample" if options.sample else "full", "CROFT_SEED": str(options.seed)}
            test.timeout = 60.0 if options.sample else test.timeout
        return tests
    return list(scripts.discover(tier))


def wanted(test, options):
    if options.systemd != "with" and model.wants_systemd(test) != (options.systemd == "only"):
        return False
    return model.selected(test, options.filter)


def run_tier(tier, folder, options, results):
    tests = [test for test in discover(tier, folder, options) if wanted(test, options)]
    if options.list:
        print("\n".join(t.name for t in tests), end="\n" if tests else "")
        return
    if not tests:
        return
    print(f"\n== {tier}: {len(tests)} tests", flush=True)
    if tier == "vm":
        vm.run(folder, tests, options.seed, results)
    elif tests[0].isolated:
        # What another run makes at the same time would look like something left behind.
        with cache.lock("this-machine"):
            execute.run_all(tests, 1, results)
    else:
        execute.run_all(tests, os.cpu_count() if tier == "unit" else 1, results)


def build_for(tier, options):
    """Build directory for a tier, up to date; standard output belongs to the results."""
    if options.build:
        return options.build.resolve()
    with os.fdopen(os.dup(2), "w") as log:
        return build.build("release", log, vm.targets()) if tier == "vm" else build.build(options.preset, log)


def set_environment(tier, folder, options):
    os.environ.update(build.environment(folder))
    if options.preset in SLOWER:
        os.environ.setdefault("CROFT_TIME_SCALE", SLOWER[options.preset])
    takes_template = tier in ("system", "fault", "soak") and os.geteuid() == 0 and not options.list
    for name, make in TREES.items():
        wanted = takes_template and (tier == "system" or name == "TEMPLATE")
        if wanted and f"CROFT_TEST_{name}" not in os.environ and (found := make()):
            os.environ[f"CROFT_TEST_{name}"] = str(found)


def main():
    options = arguments()
    named = options.tier and "soak" in options.tier
    options.sample = options.soak == "sample" if options.soak else not named
    options.seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 31)
    process.exit_on_sigterm()
    begin = time.monotonic()
    results = report.Report(options.json)
    for tier in TIERS:
        if tier in (options.tier or TIERS) and tier not in options.without:
            folder = build_for(tier, options)
            set_environment(tier, folder, options)
            run_tier(tier, folder, options, results)
    if options.list:
        return 0
    print(f"\nseed of the soak sample: {options.seed}; {time.monotonic() - begin:.0f} s in all")
    return 0 if results.finish() else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        print(f"tests/run: {' '.join(map(str, error.cmd))}: exit status {error.returncode}", file=sys.stderr)
        sys.exit(1)
