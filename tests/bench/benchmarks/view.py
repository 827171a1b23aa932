"""view: what a read of /proc costs in a container, by croft-view and by Debian's lxcfs, of the same cgroups."""
import contextlib
import json
import os
import pathlib
import subprocess
import time

import croft
import roots
from figure import Figure
from machine import Failed

SUMMARY = "reads of meminfo, cpuinfo, stat, loadavg and uptime by croft-view, lxcfs and the kernel; memory of either"
PACKAGES = {"busybox-static", "lxcfs"}
TARGETS = []
CROFT_TARGETS = ["croft", "croftd", "croft-keeper", "croft-view"]
SIDES = ("croft", "lxcfs")
FILES = ("meminfo", "cpuinfo", "stat", "loadavg", "uptime")
GOAL = 0.7
ROUNDS, READS = 9, 300

NOTES = ["A read is open, reads to the end, close, by a process in the container's cgroups that does nothing else; each"
         " sample is the median of a round, and servers take turns. The kernel's own file is read in the same turn.",
         "cpu figures are what the server itself used of a CPU for one such read, by its CPU clock.",
         "lxcfs is Debian's, run with load averages (-l), on the cgroups that Croft made.",
         "rss is VmRSS of the server after all reads, of one container."]

# Runs in the cgroups: reads a file so often as it is told to, and says the median in microseconds.
READER = r"""
import os, statistics, sys, time
for group in sys.argv[1:]:
    with open(group + "/cgroup.procs", "w") as procs:
        procs.write("0")
for line in sys.stdin:
    path, count = line.split()
    took = []
    for _ in range(int(count)):
        begun = time.perf_counter_ns()
        fd = os.open(path, os.O_RDONLY)
        while os.read(fd, 131072):
            pass
        os.close(fd)
        took.append(time.perf_counter_ns() - begun)
    print(statistics.median(took) / 1000, flush=True)
"""


def cpu_seconds(pid):
    return time.clock_gettime((~pid << 3) | 2)


def resident(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise Failed(f"process {pid} has no memory")


def process_named(name, word):
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = path.read_bytes().decode(errors="replace").split("\0")
            if words[0].endswith(name) and any(word in one for one in words):
                return int(path.parent.name)
    raise Failed(f"{name} does not run")


def groups_of(uuid):
    """The container's directory in every hierarchy that it has one in."""
    mounts = [line.split() for line in pathlib.Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()]
    found = []
    for mount in (words[1] for words in mounts if words[2] in ("cgroup", "cgroup2")):
        found += [path for path, _, _ in os.walk(mount) if path.endswith("/" + uuid)][:1]
    return found


def mount_of(pid, folder):
    """Where the daemon, which has mounts of its own, sees the view."""
    for line in pathlib.Path(f"/proc/{pid}/mounts").read_text(encoding="utf-8").splitlines():
        if " fuse.croft-view " in line and str(folder) in line:
            return f"/proc/{pid}/root{line.split()[1]}"
    raise Failed("the view is not mounted")


@contextlib.contextmanager
def lxcfs(folder):
    at = folder / "lxcfs"
    at.mkdir()
    server = subprocess.Popen(["lxcfs", "-l", "-f", "-p", str(folder / "lxcfs.pid"), str(at)],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while not (at / "proc" / "meminfo").exists():
            if time.monotonic() > deadline or server.poll() is not None:
                raise Failed("lxcfs does not start")
            time.sleep(0.05)
        yield at, server.pid
    finally:
        subprocess.run(["umount", "-l", str(at)], check=False)
        server.terminate()
        server.wait()


def ask(reader, path, count):
    print(path, count, file=reader.stdin, flush=True)
    return float(reader.stdout.readline())


def measure(reader, sides):
    """(side, file) -> microseconds a read, (side, file, "cpu") -> of the server's CPU."""
    samples = {}
    for turn in range(ROUNDS + 1):
        for file in FILES:
            for side, (folder, pid) in sides.items():
                used = cpu_seconds(pid) if pid else 0
                took = ask(reader, f"{folder}/{file}", READS)
                if turn == 0:
                    continue  # warms up
                samples.setdefault((side, file), []).append(took)
                if pid:
                    samples.setdefault((side, file, "cpu"), []).append((cpu_seconds(pid) - used) / READS * 1e6)
    return samples


def run(context):
    folder = context.folder / "view"
    folder.mkdir()
    with croft.Croft(context.build, folder) as daemon, contextlib.ExitStack() as stack:
        daemon.croft("template", "import", "bench", roots.busybox(context.folder))
        daemon.croft("create", "bench", "seen", "init=command", 'command=["/bin/sleep","36000"]', "memory=512M",
                     "cpu=1")
        daemon.croft("start", "seen")
        uuid = json.loads(daemon.croft("show", "-j", "seen"))["uuid"]
        pid = process_named("croft-view", str(folder))
        mount = mount_of(daemon.daemon.pid, folder)
        sides = {"croft": (f"{mount}/proc", pid), "kernel": ("/proc", None)}
        if "lxcfs" in context.sides:
            at, peer = stack.enter_context(lxcfs(folder))
            sides["lxcfs"] = (f"{at}/proc", peer)
        reader = subprocess.Popen(["python3", "-c", READER, *groups_of(uuid)], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)
        samples = measure(reader, sides)
        rss = {side: [resident(server)] for side, (_, server) in sides.items() if server}
        reader.stdin.close()
        reader.wait()
    context.show_samples({f"{key[0]} {' '.join(key[1:])}": value for key, value in samples.items()}, "us")
    context.show_notes(NOTES)
    return figures(samples, rss)


def figures(samples, rss):
    peer = "lxcfs" if "lxcfs" in rss else None
    made = []
    for file in FILES:
        made.append(Figure("view", file, samples["croft", file], unit="us", versus=peer,
                           peer=samples.get(("lxcfs", file)), goal=GOAL if peer else None))
        made.append(Figure("view", f"{file}_cpu", samples["croft", file, "cpu"], unit="us", versus=peer,
                           peer=samples.get(("lxcfs", file, "cpu")), goal=GOAL if peer else None))
        made.append(Figure("view", f"{file}_kernel", samples["croft", file], unit="us", versus="kernel",
                           peer=samples["kernel", file]))
    made.append(Figure("view", "rss", rss["croft"], unit="bytes", versus=peer, peer=rss.get("lxcfs"),
                       goal=1.0 if peer else None, ahead=bool(peer)))
    return made
