"""The vm tier: the guests of both kernels side by side; each test in a guest counts as one here.

A guest is ten times slower than the machine it runs on, so what ends the same everywhere does not go there: live tests
whose names do not say that they need something of the kernel, and scripts that say so (see scripts.py). Of soak tests
there is a sample, as here. Scripts about cgroups and systemd run on both kernels, the others, and the live tests of
templates (files, more than kernel), on one of the two in turn; tests/vm/run runs any of them on either.
"""
import json
import re
import subprocess
import threading
import time

import gtest
import model
import needs
import scripts

KERNELS = ("6.1", "6.12")
REBOOT = "vm-6.12/reboot"  # tests/vm/reboot, in a guest of its own
ON_ALL = re.compile(r"[/_](CGROUP2?|SYSTEMD)_")
OF_THE_KERNEL = re.compile(r"[/.](ROOT|CGROUP2?|NET|FUSE|BTRFS|QUOTA)_")


def targets():
    """What the guests take of a build."""
    live = sorted(folder.name for folder in (model.SOURCE / "tests/live").iterdir())
    return ("croft", "croftd", "croft-keeper", "croft-view", "croft-copy", "croft-webhook", "croft_man",
            "croft_antagonist", *(f"live_{name}" for name in live))


def discover(build):
    """What will run in the guests, under the names of this tier."""
    live = [test for test in gtest.discover(build, "live") if OF_THE_KERNEL.search(test.name)]
    templates = [test for test in live if test.name.startswith("live/templates/")]
    live = [test for test in live if test not in templates]
    programs = [test for tier in ("system", "fault", "soak") for test in scripts.discover(tier) if test.in_guests]
    everywhere = [test for test in programs if ON_ALL.search(test.name)]
    in_turn = templates + [test for test in programs if not ON_ALL.search(test.name)]
    inside = [model.Test("vm", f"vm-{kernel}/{test.name}", []) for number, kernel in enumerate(KERNELS)
              for test in [*live, *everywhere, *in_turn[number::len(KERNELS)]]]
    return [*inside, model.Test("vm", REBOOT, [])]


class Guests:
    """Runs the guests of one kernel, one after the other, and reports their tests as they end."""

    def __init__(self, kernel, build, tests, seed, report, lock):
        self.kernel, self.build, self.tests, self.seed = kernel, build, tests, seed
        self.report, self.lock = report, lock
        self.process = None

    def add(self, outcome):
        with self.lock:
            self.report.add(outcome)

    def run(self):
        for systemd in (False, True):
            names = [test.name for test in self.tests if model.wants_systemd(test) == systemd and test.name != REBOOT]
            if names:
                self.run_one(systemd, names)
        if any(test.name == REBOOT for test in self.tests):
            self.run_reboot()

    def start(self, *words):
        command = [str(model.SOURCE / "tests/vm/run"), "--kernel", self.kernel, "--build", str(self.build), *words]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)

    def run_reboot(self):
        begin = time.monotonic()
        self.start("--reboot")
        output, errors = self.process.communicate()
        good = self.process.returncode == 0
        outcome = model.Outcome("vm", REBOOT, model.PASSED if good else model.FAILED, time.monotonic() - begin)
        if not good:
            outcome.reason, outcome.output = f"exit status {self.process.returncode}", output + errors
        self.add(outcome)

    def run_one(self, systemd, names):
        words = ["--raw", "--seed", str(self.seed), *(["--systemd"] if systemd else [])]
        for name in names:
            words += ["--filter", "=" + name.partition("/")[2]]
        begin = time.monotonic()
        self.start(*words)
        errors = []
        reader = threading.Thread(target=lambda: errors.append(self.process.stderr.read()))
        reader.start()
        awaited = self.collect(names)
        status = self.process.wait()
        reader.join()
        for name in awaited:
            self.add(model.Outcome("vm", name, model.FAILED, reason="the guest gave no result"))
        name = f"vm-{self.kernel}/{'systemd-' if systemd else ''}guest"
        outcome = model.Outcome("vm", name, model.PASSED if status == 0 else model.FAILED, time.monotonic() - begin)
        if status != 0:
            outcome.reason, outcome.output = "the guest did not come to its end", errors[0]
        self.add(outcome)

    def collect(self, names):
        """Reports what comes from the guest; gives the names of which nothing came."""
        awaited = set(names)
        for line in self.process.stdout:
            if line.startswith("{"):
                outcome = model.Outcome(**json.loads(line))
                outcome.tier, outcome.name = "vm", f"vm-{self.kernel}/{outcome.name}"
                awaited.remove(outcome.name)
                self.add(needs.enforce(outcome, always=True))
        return sorted(awaited)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()


def run(build, tests, seed, report):
    lock = threading.Lock()
    guests = [Guests(kernel, build, [t for t in tests if t.name.startswith(f"vm-{kernel}/")], seed, report,
                     lock)
              for kernel in KERNELS]
    threads = [threading.Thread(target=guest.run) for guest in guests]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    finally:
        for guest in guests:
            guest.stop()
