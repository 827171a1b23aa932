"""view: what a read of /proc costs in a container, by croft-view and by Debian's lxcfs, of the same cgroups."""
import contextlib
import json
import os
import pathlib
import subprocess
import time
import uuid as ids

import croft
import machine
import roots
from figure import Figure
from machine import Failed

SUMMARY = ("reads of meminfo, cpuinfo, stat, loadavg and uptime by croft-view, lxcfs and the kernel, from one container"
           " and from many; memory of either; what answering sysinfo(2) would cost")
PACKAGES = {"busybox-static", "lxcfs"}
TARGETS = ["bench_notify"]
CROFT_TARGETS = ["croft", "croftd", "croft-keeper", "croft-view"]
SIDES = ("croft", "lxcfs")
FILES = ("meminfo", "cpuinfo", "stat", "loadavg", "uptime")
GOAL = 0.7
ROUNDS, READS, CATS = 9, 300, 40
MANY, MANY_READS = 100, 20
CROWD, TICKS = 1000, 3  # containers that have asked for their load; what they cost then, of ticks of 5 s
CALLERS, CALLS = 8, 4000

NOTES = ["A read is open, reads to the end, close, by a process in the container's cgroups that does nothing else; each"
         " sample is the median of a round, and servers take turns. The kernel's own file is read in the same turn.",
         "cpu figures are what the server itself used of a CPU for one such read, by its CPU clock.",
         "lxcfs is Debian's, run with load averages (-l), on the cgroups that Croft made.",
         "rss is VmRSS of the server after all reads of one container, rss_many after those of 100 at once.",
         "_cat: the whole of cat(1), its start included; many_: 100 readers at once, each in cgroups of its own.",
         "load_tick: the server's CPU for five seconds in which nobody reads, when 1,000 groups with a process each"
         " have read loadavg.",
         "sysinfo_notified: a call that a supervisor answers (seccomp), against the kernel's own; _many: the slowest of"
         " eight callers; getppid_notified: another call below that filter, against one that allows all."]

# Runs in the cgroups: reads a file so often as it is told to, and says the median in microseconds.
READER = r"""
import os, statistics, sys, time
for group in sys.argv[1:]:
    with open(group + "/cgroup.procs", "w") as procs:
        procs.write("0")
for line in sys.stdin:
    path, count, how = line.split()
    took = []
    for _ in range(int(count)):
        begun = time.perf_counter_ns()
        if how == "cat":
            away = (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)
            os.waitpid(os.posix_spawn("/bin/cat", ["cat", path], {}, file_actions=[away]), 0)
            took.append(time.perf_counter_ns() - begun)
            continue
        fd = os.open(path, os.O_RDONLY)
        while os.read(fd, 131072):
            pass
        os.close(fd)
        took.append(time.perf_counter_ns() - begun)
    print(statistics.median(took) / 1000, flush=True)
"""


# As many readers as groups, of which the first line tells, each in its own; all begin at a word of ours, and stay.
# Says the time of all in microseconds.
MANY_READERS = r"""
import json, os, sys, time
homes, count = json.loads(sys.stdin.readline()), int(sys.argv[1])
children, stay = [], None
def wait_for_all():
    if stay is not None:
        os.close(stay)
    return sum(os.waitpid(child, 0)[1] != 0 for child in children)
def hear_of_all(end):
    got = 0
    while got < len(homes):
        got += len(os.read(end, len(homes)))
for path in sys.stdin:
    wait_for_all()
    children = []
    (start, go), (ready, told), (leave, stay) = os.pipe(), os.pipe(), os.pipe()
    for home in homes:
        child = os.fork()
        if child == 0:
            os.close(go)
            os.close(stay)
            for group in home:
                with open(group + "/cgroup.procs", "w") as procs:
                    procs.write("0")
            os.write(told, b".")
            os.read(start, 1)
            for _ in range(count):
                fd = os.open(path.strip(), os.O_RDONLY)
                while os.read(fd, 131072):
                    pass
                os.close(fd)
            os.write(told, b".")
            os.read(leave, 1)
            os._exit(0)
        children.append(child)
    hear_of_all(ready)
    begun = time.perf_counter_ns()
    os.close(start)
    os.close(go)
    hear_of_all(ready)
    print((time.perf_counter_ns() - begun) / 1000, flush=True)
    for end in (ready, told, leave):
        os.close(end)
sys.exit(wait_for_all())
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


def ask(reader, path, count, how="read"):
    return float(ask_line(reader, f"{path} {count} {how}"))


@contextlib.contextmanager
def homes_beside(groups, count):
    """Groups beside a container's, as those of so many containers more: the servers know no difference."""
    made = []
    try:
        for _ in range(count):
            name = str(ids.uuid4())
            home = [str(pathlib.Path(group).with_name(name)) for group in groups]
            made.append(home)
            for group, path in zip(groups, home):
                os.mkdir(path)
                for file in ("cpuset.cpus", "cpuset.mems"):  # without them nobody enters on v1
                    if os.path.exists(f"{group}/cpuset.cpu_exclusive"):
                        pathlib.Path(path, file).write_text(pathlib.Path(group, file).read_text(encoding="ascii"),
                                                            encoding="ascii")
        yield made
    finally:
        for home in made:
            for path in home:
                with contextlib.suppress(OSError):
                    os.rmdir(path)


@contextlib.contextmanager
def many_readers(homes, count):
    readers = subprocess.Popen(["python3", "-c", MANY_READERS, str(count)], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    print(json.dumps(homes), file=readers.stdin, flush=True)
    try:
        yield lambda path: float(ask_line(readers, path))
    finally:
        readers.stdin.close()
        if readers.wait() != 0:
            raise Failed("a reader failed")


def ask_line(process, line):
    print(line, file=process.stdin, flush=True)
    return process.stdout.readline()


def measure_many(groups, sides, rounds):
    """The time and the server's CPU of a read while 100 containers read meminfo at once, and its memory then."""
    samples, rss = {}, {}
    with homes_beside(groups, MANY) as homes, many_readers(homes, MANY_READS) as read_all:
        for turn in range(rounds + 1):
            for side, (folder, pid) in sides.items():
                used = cpu_seconds(pid) if pid else 0
                took = read_all(f"{folder}/meminfo") / (MANY * MANY_READS)
                if turn == 0:
                    continue
                samples.setdefault((side, "many_meminfo"), []).append(took)
                if pid:
                    cost = (cpu_seconds(pid) - used) / (MANY * MANY_READS) * 1e6
                    samples.setdefault((side, "many_meminfo", "cpu"), []).append(cost)
        for side, (_, pid) in sides.items():
            if pid:
                rss[side] = [resident(pid)]
    return samples, rss


def measure_ticks(groups, sides):
    """What a server's tick costs when 1,000 containers have a load average, in microseconds of its CPU."""
    samples = {}
    servers = {side: where for side, where in sides.items() if where[1]}
    with homes_beside(groups, CROWD) as homes:
        for side, (folder, pid) in servers.items():
            with many_readers(homes, 1) as read_all:
                read_all(f"{folder}/loadavg")
                for _ in range(TICKS):
                    used = cpu_seconds(pid)
                    time.sleep(5)
                    samples.setdefault((side, "load_tick"), []).append((cpu_seconds(pid) - used) * 1e6)
    return samples


def measure_calls(context):
    """NAME -> nanoseconds of a call, by bench_notify."""
    program = next(context.build.glob("**/bench_notify"))
    samples = {}
    for line in machine.run(program, CALLERS, context.rounds or ROUNDS, CALLS).splitlines():
        name, nanoseconds = line.split()
        samples.setdefault(name, []).append(float(nanoseconds))
    return samples


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
        for side, (folder, pid) in sides.items():
            took = ask(reader, f"{folder}/meminfo", CATS, "cat")
            if turn > 0:
                samples.setdefault((side, "meminfo_cat"), []).append(took)
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
        groups = groups_of(uuid)
        reader = subprocess.Popen(["python3", "-c", READER, *groups], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)
        samples = measure(reader, sides)
        rss = {side: [resident(server)] for side, (_, server) in sides.items() if server}
        reader.stdin.close()
        reader.wait()
        many, rss_many = measure_many(groups, sides, context.rounds or ROUNDS)
        samples |= many | measure_ticks(groups, sides)
    calls = measure_calls(context)
    context.show_samples({f"{key[0]} {' '.join(key[1:])}": value for key, value in samples.items()}, "us")
    context.show_notes(NOTES)
    context.show_samples(calls, "ns")
    return [*figures(samples, rss), *figures_of_many(samples, rss_many), *figures_of_calls(calls)]


def figures_of_many(samples, rss):
    peer = "lxcfs" if "lxcfs" in rss else None
    goal = GOAL if peer else None
    made = [Figure("view", "meminfo_cat", samples["croft", "meminfo_cat"], unit="us", versus=peer,
                   peer=samples.get(("lxcfs", "meminfo_cat")))]
    for name, key in (("many_meminfo", ("many_meminfo",)), ("many_meminfo_cpu", ("many_meminfo", "cpu")),
                      ("load_tick", ("load_tick",))):
        made.append(Figure("view", name, samples[("croft", *key)], unit="us", versus=peer,
                           peer=samples.get(("lxcfs", *key)), goal=goal))
    made.append(Figure("view", "rss_many", rss["croft"], unit="bytes", versus=peer, peer=rss.get("lxcfs"),
                       goal=1.0 if peer else None, ahead=bool(peer)))
    return made


def figures_of_calls(calls):
    return [Figure("view", name, calls[name], unit="ns", versus=versus, peer=calls[versus])
            for name, versus in (("sysinfo_notified", "sysinfo"), ("sysinfo_notified_many", "sysinfo"),
                                 ("getppid_notified", "getppid_allowed"))]


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
