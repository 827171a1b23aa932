"""memory: what croftd and croft-keeper hold together at rest, and how much more for each running container."""
import time

import croft
import roots
from figure import Figure

SUMMARY = "resident memory of daemon and keeper, at rest and per running container"
PACKAGES = {"busybox-static"}
TARGETS = []
CROFT_TARGETS = ["croft", "croftd", "croft-keeper"]
SIDES = ("croft",)
BASE_GOAL = 16 << 20
EACH_GOAL = 32 << 10
FEW, MANY = 50, 150
AT_ONCE = 25
PROBES = 5

NOTES = ["Memory is Pss of /proc/PID/smaps_rollup (shared pages divided by their users), daemon and keeper together;"
         " base_rss is the same with Rss, which counts shared pages in both."]


def resident(pids, kind):
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as table:
            total += sum(int(line.split()[1]) * 1024 for line in table if line.startswith(kind + ":"))
    return total


def probe(daemon, kind):
    """A few readings, apart in time."""
    readings = []
    for _ in range(PROBES):
        time.sleep(0.4)
        readings.append(resident(daemon.processes(), kind))
    return readings


def grow(daemon, have, want):
    for first in range(have, want, AT_ONCE):
        names = [f"sleeper-{i}" for i in range(first, min(first + AT_ONCE, want))]
        daemon.croft("create", "bench", *names, "init=command", 'command=["/bin/sleep","3600"]')
        daemon.croft("start", *names)


def run(context):
    folder = context.folder / "memory"
    folder.mkdir()
    root = roots.busybox(context.folder)
    with croft.Croft(context.build, folder) as daemon:
        daemon.croft("template", "import", "bench", root)
        rest = probe(daemon, "Pss")
        rest_rss = probe(daemon, "Rss")
        grow(daemon, 0, FEW)
        few = probe(daemon, "Pss")
        grow(daemon, FEW, MANY)
        many = probe(daemon, "Pss")
    each = [(m - f) / (MANY - FEW) for f, m in zip(sorted(few), sorted(many))]
    context.show_notes(NOTES)
    return [Figure("memory", "base", rest, unit="bytes", goal=BASE_GOAL),
            Figure("memory", "base_rss", rest_rss, unit="bytes"),
            Figure("memory", "per_container", each, unit="bytes", goal=EACH_GOAL)]
