"""mass: thousands of containers of one host: how quickly they are made and started, listed, taken over by a new daemon,
and what each costs; and a hundred Debian systems at once, beside lxc.

A busybox container here has its own network, addresses, firewall, limits and accounting, as every container has.
"""
import concurrent.futures
import contextlib
import datetime
import json
import os
import signal
import time

import boot
import croft
import lxc
import memory
import roots
from figure import Figure
from machine import Failed

SUMMARY = "a thousand containers made, started, listed, taken over; a hundred Debian systems"
PACKAGES = {"busybox-static", "lxc", "mmdebstrap"}
TARGETS = ["bench_mount_root"]
CROFT_TARGETS = ["croft", "croftd", "croft-keeper", "croft-view"]
SIDES = ("croft", "lxc")
FIRST, ALL = 1000, 2000
EDGE = 100  # containers at either end of a thousand, for the drift
SYSTEMS = 100
AT_ONCE = 8
SETTINGS = ["init=command", 'command=["/bin/sleep","100000"]', "memory.limit=64M", "cpu.limit=1",
            "tasks.limit=100"]

NOTES = ["start_rate is from the command to its end, by `croft start --state ready`; start_drift compares how long the"
         " last hundred of the first thousand took with the first hundred, by the times of their events.",
         "memory_per_container is Pss of croftd, croft-keeper and croft-view, 2,000 running against none, divided.",
         "recover_1000 is from SIGKILL of the daemon to the next one's first `croft list` with all running."]


def took(action):
    begun = time.monotonic()
    action()
    return time.monotonic() - begun


def started_times(daemon):
    """Seconds, in order, at which containers were started."""
    times = []
    for line in daemon.croft("events", "-j", "-k", "container.started", timeout=120).splitlines():
        times.append(datetime.datetime.fromisoformat(json.loads(line)["time"]).timestamp())
    return sorted(times)


def drift(times):
    first, last = times[EDGE - 1] - times[0], times[-1] - times[-EDGE]
    return last / first


def running(daemon):
    return len(daemon.croft("list", "-q", "--state", "running", timeout=120).split())


def make(daemon, first, count):
    daemon.croft("create", "-q", "--count", str(count), "--first", str(first), "bench", "w%05d", *SETTINGS, timeout=600)


def start(daemon):
    daemon.croft("start", "-q", "--state", "ready", timeout=600)


def processes(daemon):
    """Croft's own: daemon, keeper, view."""
    found = list(daemon.processes())
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            words = open(f"/proc/{pid}/cmdline", "rb").read().split(b"\0")
            if words[0].endswith(b"croft-view") and str(daemon.run_dir).encode() in b" ".join(words):
                found.append(int(pid))
    return found


def milliseconds(action, rounds):
    return [took(action) * 1000 for _ in range(rounds)]


def recover(daemon, want):
    os.kill(daemon.daemon.pid, signal.SIGKILL)
    begun = time.monotonic()
    daemon.restart()
    while time.monotonic() - begun < 60:
        with contextlib.suppress(Failed):
            if running(daemon) == want:
                return time.monotonic() - begun
        time.sleep(0.01)  # who asks all the time takes one of the processors
    raise Failed(f"{running(daemon)} of {want} are running after a restart of the daemon")


def busybox(context, folder):
    figures = []
    root = roots.busybox(folder)
    with croft.Croft(context.build, folder) as daemon:
        daemon.croft("template", "import", "bench", root)
        make(daemon, 0, 1)
        figures.append(Figure("mass", "cli_latency", milliseconds(lambda: daemon.croft("list"), 31), goal=10))
        rest = memory.resident(processes(daemon), "Pss")
        create = FIRST / took(lambda: make(daemon, 1, FIRST))
        daemon.croft("destroy", "w00000")
        begin = FIRST / took(lambda: start(daemon))
        figures += [Figure("mass", "create_rate", [create], unit="1/s"),
                    Figure("mass", "start_rate", [begin], unit="1/s", goal=150, more_is_better=True),
                    Figure("mass", "start_drift", [drift(started_times(daemon))], unit="ratio", goal=1.3)]
        figures.append(Figure("mass", "recover_1000", [recover(daemon, FIRST) for _ in range(3)], unit="s", goal=1))
        make(daemon, FIRST + 1, ALL - FIRST)
        start(daemon)
        figures.append(Figure("mass", "running_max", [running(daemon)], unit="", goal=ALL, more_is_better=True))
        figures.append(Figure("mass", "list_2000", milliseconds(lambda: daemon.croft("list"), 15), goal=30))
        time.sleep(2)
        each = (memory.resident(processes(daemon), "Pss") - rest) / running(daemon)
        figures.append(Figure("mass", "memory_per_container", [each], unit="bytes", goal=32 << 10))
        destroy = ALL / took(lambda: daemon.croft("destroy", "-q", "-f", "-y", "w*", timeout=600))
        figures.append(Figure("mass", "destroy_rate", [destroy], unit="1/s"))
    return figures


def systems_of_croft(context, folder):
    with croft.Croft(context.build, folder) as daemon:
        daemon.croft("template", "import", "debian", roots.make_debian(), timeout=300)
        names = "d%03d"
        begun = time.monotonic()
        daemon.croft("launch", "-q", "-w", "-T", "10min", "--parallel", str(AT_ONCE), "--count", str(SYSTEMS), "debian",
                     names, "init=systemd", timeout=900)
        return time.monotonic() - begun


def systems_of_lxc(context, folder):
    """Their roots are mounted, and their settings written, before the time begins."""
    peer = lxc.Lxc(context, roots.debian(folder))
    names = [f"{context.name}-mass-{i}" for i in range(SYSTEMS)]
    try:
        for i, name in enumerate(names):
            peer.prepare(name, *(line.replace("10.201.0.1", f"10.201.0.{i + 1}") for line in boot.LXC_LINES))

        def one(name):
            peer.start(name)
            return boot.wait_until_settled(peer.pid(name))

        begun = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            settled = list(pool.map(one, names))
        if settled.count("running") != SYSTEMS:
            raise Failed(f"of lxc's systems only {settled.count('running')} are running")
        return time.monotonic() - begun
    finally:
        for name in names:
            with contextlib.suppress(Failed):
                peer.remove(name)


def prepare():
    """While there is a network."""
    roots.make_debian()


def run(context):
    figures = []
    context.show_notes(NOTES)
    for name in ("croft", "systems", "lxc"):
        (context.folder / name).mkdir()
    if "croft" in context.sides:
        figures += busybox(context, context.folder / "croft")
        mine = systems_of_croft(context, context.folder / "systems")
        theirs = [systems_of_lxc(context, context.folder / "lxc")] if "lxc" in context.sides else None
        figures.append(Figure("mass", "debian_up_100", [mine], unit="s", versus="lxc" if theirs else None, peer=theirs))
    return figures
