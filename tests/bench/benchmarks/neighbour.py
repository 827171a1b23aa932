"""neighbour: what a bomb within its limits costs the container beside it."""
import json
import shutil
import time

import croft
from figure import Figure, quantile
from machine import Failed

SUMMARY = "p99 of a neighbour's small requests and reads beside bombs within their limits"
PACKAGES = {"busybox-static"}
TARGETS = ["croft_antagonist"]
CROFT_TARGETS = ["croft", "croftd", "croft-keeper"]
SIDES = ("croft",)
GOAL = 2
REQUESTS, TURNS = 400, 24
IO_LIMIT = 4 << 20
LIMITS = ("memory.limit=96M", "tasks.limit=64", "sockets.tcp.limit=32", "cpu.limit=0.25", f"io.limit={IO_LIMIT}")
BOMBS = {"forks": ("tasks", ["fork"]), "sockets": ("sockets.tcp", ["sockets"]),
         "memory": ("memory", ["again", "hold", "400", "/file", "1"]), "io": ("io", ["write", "/file"])}
READS = ("reads", REQUESTS, "/good")  # what the disk's bomb is measured by; all others by requests

NOTES = ["The bomb goes off and is frozen by turns; each turn's 99th percentile of a request and its answer between two"
         " processes counts once, in microseconds. `still` is the same with the bomb frozen.",
         f"io: the bomb writes and flushes without end, at {IO_LIMIT >> 20} MB/s at most; its neighbour reads single"
         " pages past the cache. A flush of the neighbour's own would wait for the bomb in the journal that both share,"
         " which no cgroup divides."]


def image(context):
    root = context.folder / "antagonist"
    (root / "bin").mkdir(parents=True)
    found = next(path for path in context.build.glob("**/croft_antagonist") if path.is_file())
    shutil.copy(found, root / "bin" / "antagonist")
    return root


def p99(daemon, words):
    took = [int(line) for line in daemon.croft("exec", "good", "--", "antagonist", *words).split()]
    return quantile(took, 0.99)


def is_at_its_limit(row):
    """Of what is a rate nothing is refused; it is held back."""
    return row["failcnt"] > 0 or row["resource"] == "io" and (row["held"] or 0) > IO_LIMIT * 3 // 4


def wait_for_limit(daemon, name, resource):
    for _ in range(400):
        rows = json.loads(daemon.croft("resources", "-j", name))
        rows = (rows[0] if isinstance(rows, list) else rows)["resources"]
        if is_at_its_limit(next(row for row in rows if row["resource"] == resource)):
            return
        time.sleep(0.1)
    raise Failed(f"{name} does not come to its limit: {daemon.croft('resources', name)}")


def is_bounded(daemon, resource):
    """Not where the files lie on no disk of their own, as in memory."""
    return any(row["resource"] == resource and row["word"] == "limit" and row["kept_by"] != "absent"
               for row in json.loads(daemon.croft("host", "check", "-j")))


def measure(daemon, name):
    resource, words = BOMBS[name]
    command = json.dumps(["/bin/antagonist", *words])
    daemon.croft("launch", "antagonist", name, "init=command", f"command={command}", *LIMITS)
    probe = READS if name == "io" else ("requests", REQUESTS)
    wait_for_limit(daemon, name, resource)
    beside, still = [], []
    for _ in range(TURNS):
        beside.append(p99(daemon, probe))
        daemon.croft("freeze", name)
        still.append(p99(daemon, probe))
        daemon.croft("thaw", name)
    daemon.croft("destroy", "--force", name)
    return Figure("neighbour", f"p99_{name}", beside, unit="us", versus="still", peer=still, goal=GOAL, ahead=True)


def run(context):
    folder = context.folder / "neighbour"
    folder.mkdir()
    with croft.Croft(context.build, folder) as daemon:
        daemon.croft("template", "import", "antagonist", image(context))
        busy = json.dumps(["/bin/antagonist", "requests", "2147483647"])
        daemon.croft("launch", "antagonist", "good", "init=command", f"command={busy}", "cpu.guarantee=0.5",
                     "memory.guarantee=32M")
        figures = [measure(daemon, name) for name, (resource, _) in BOMBS.items() if is_bounded(daemon, resource)]
    context.show_notes(NOTES)
    return figures
