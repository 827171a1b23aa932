"""boot: a Debian 12 container with systemd, from the tool's start command to the moment that systemd calls the system
running, with no failed unit. Croft and lxc take turns over one root file system with maps of 65536 ids.

The end of the boot is systemd's own time stamp (the monotonic clock is the host's), so asking costs the boot nothing.
"""
import contextlib
import pathlib
import subprocess
import time

import croft
import lxc
import roots
from figure import Figure
from machine import Failed

SUMMARY = "Debian 12 with systemd, from the start command to running with no failed unit"
PACKAGES = {"lxc", "mmdebstrap"}
TARGETS = ["bench_mount_root"]
CROFT_TARGETS = ["croft", "croftd", "croft-keeper"]
SIDES = ("croft", "lxc")
GOAL = 1.0
ROUNDS = 8
PATIENCE_S = 60
LXC_LINES = ["lxc.init.cmd = /sbin/init", "lxc.mount.entry = run run tmpfs nosuid,nodev,mode=755 0 0",
             "lxc.net.0.type = veth", "lxc.net.0.veth.mode = router", "lxc.net.0.name = eth0", "lxc.net.0.flags = up",
             "lxc.net.0.ipv4.address = 10.201.0.1/32", "lxc.net.0.ipv4.gateway = dev"]

NOTES = ["lxc: lxc-start -d, overlay root mounted beforehand (not timed), cgroup namespace, router mode veth.",
         "croft: croft start; create is not timed."]


def inside(pid, *words):
    """Output of a command in the container whose init is `pid`; not an error when it fails."""
    done = subprocess.run(["nsenter", "--target", str(pid), "--mount", "--uts", "--ipc", "--net", "--pid", "--user",
                           "--setuid", "0", "--setgid", "0", "--", *words], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=PATIENCE_S)
    return done.stdout.strip()


def wait_until_settled(pid):
    """What systemd says of the system once its boot is over."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if pathlib.Path(f"/proc/{pid}/root/run/systemd/private").exists():
            state = inside(pid, "systemctl", "is-system-running", "--wait")
            if state and state not in ("offline", "unknown", "starting", "initializing"):
                return state
        time.sleep(0.05)
    return "not settled"


def finished_ms(pid, begun_us):
    """Milliseconds from `begun_us` (monotonic) to the end of the boot. Raises Failed unless all is well."""
    state = wait_until_settled(pid)
    if state != "running":
        failed = inside(pid, "systemctl", "list-units", "--state=failed", "--no-legend", "--plain")
        raise Failed(f"the system is {state}: {failed or 'no unit failed'}")
    stamp = inside(pid, "systemctl", "show", "--property=FinishTimestampMonotonic", "--value")
    return (int(stamp) - begun_us) / 1000


def now_us():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000


class Lxc:
    """Boots under lxc."""

    def __init__(self, context, root):
        self.lxc = lxc.Lxc(context, root)
        self.name = context.name
        self.number = 0

    def once(self):
        self.number += 1
        name = f"{self.name}-boot-{self.number}"
        self.lxc.prepare(name, *LXC_LINES)
        try:
            begun = now_us()
            self.lxc.start(name)
            return finished_ms(self.lxc.pid(name), begun)
        finally:
            self.lxc.remove(name)


class Croft:
    def __init__(self, daemon, archive):
        self.daemon = daemon
        self.number = 0
        daemon.croft("template", "import", "debian", archive)

    def once(self):
        self.number += 1
        name = f"boot-{self.number}"
        self.daemon.croft("create", "debian", name, "init=systemd")
        try:
            begun = now_us()
            self.daemon.croft("start", name)
            return finished_ms(self.daemon.show(name)["init"]["pid"], begun)
        finally:
            self.daemon.croft("destroy", "--force", name)


def prepare():
    roots.make_debian()


def run(context):
    samples = {}
    with contextlib.ExitStack() as stack:
        sides = {}
        if "croft" in context.sides:
            folder = context.folder / "croft"
            folder.mkdir()
            sides["croft"] = Croft(stack.enter_context(croft.Croft(context.build, folder)), roots.make_debian())
        if "lxc" in context.sides:
            sides["lxc"] = Lxc(context, roots.debian(context.folder))
        for turn in range((context.rounds or ROUNDS) + 1):
            for name, side in sorted(sides.items(), reverse=turn % 2 == 1):
                samples.setdefault(name, []).append(side.once())
    samples = {name: taken[1:] for name, taken in samples.items()}  # the first reads the root from the disk
    context.show_samples(samples)
    context.show_notes(NOTES)
    if len(samples) < 2:
        return []
    return [Figure("boot", "vs_lxc", samples["croft"], versus="lxc", peer=samples["lxc"], goal=GOAL)]
