"""neighbour: what a bomb within its limits costs the container beside it."""
import json
import shutil
import time

import croft
from figure import Figure, quantile
from machine import Failed

SUMMARY = "p99 of a neighbour's small requests beside bombs within their limits"
PACKAGES = {"busybox-static"}
TARGETS = ["croft_antagonist"]
CROFT_TARGETS = ["croft", "croftd", "croft-keeper"]
SIDES = ("croft",)
GOAL = 2
REQUESTS, TURNS = 400, 24
LIMITS = ("memory.limit=96M", "tasks.limit=64", "sockets.tcp.limit=32", "cpu.limit=0.25")
BOMBS = {"forks": ("tasks", ["fork"]), "sockets": ("sockets.tcp", ["sockets"]),
         "memory": ("memory", ["again", "hold", "400", "/file", "1"])}

NOTES = ["The bomb goes off and is frozen by turns; each turn's 99th percentile of a request and its answer between two"
         " processes counts once, in microseconds. `still` is the same with the bomb frozen."]


def image(context):
    root = context.folder / "antagonist"
    (root / "bin").mkdir(parents=True)
    found = next(path for path in context.build.glob("**/croft_antagonist") if path.is_file())
    shutil.copy(found, root / "bin" / "antagonist")
    return root


def p99(daemon):
    took = [int(line) for line in daemon.croft("exec", "good", "--", "antagonist", "requests", REQUESTS).split()]
    return quantile(took, 0.99)


def wait_refused(daemon, name, resource):
    for _ in range(400):
        rows = json.loads(daemon.croft("resources", "-j", name))
        rows = (rows[0] if isinstance(rows, list) else rows)["resources"]
        if next(row for row in rows if row["resource"] == resource)["failcnt"] > 0:
            return
        time.sleep(0.1)
    raise Failed(f"{name} is not refused anything: {daemon.croft('resources', name)}")


def measure(daemon, name):
    resource, words = BOMBS[name]
    command = json.dumps(["/bin/antagonist", *words])
    daemon.croft("launch", "antagonist", name, "init=command", f"command={command}", *LIMITS)
    wait_refused(daemon, name, resource)
    beside, still = [], []
    for _ in range(TURNS):
        beside.append(p99(daemon))
        daemon.croft("freeze", name)
        still.append(p99(daemon))
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
        figures = [measure(daemon, name) for name in BOMBS]
    context.show_notes(NOTES)
    return figures
