"""guarantee: the part of its undisturbed rate that a container keeps beside others who want all there is. Croft with
a guarantee, and lxc with what it has instead: a quota, shares and limits.

CPU: the container wants half of the machine, to which it is limited, so that is its undisturbed rate; four others, of a
hundred times its share, have as many busy processes each as there are CPUs. What it keeps goes by what all of them get
together, not by a clock: other work of the machine counts for nobody. Memory: the container goes through a working set
in a group that holds 1 GiB at most (a tenant; for lxc the group above its containers), in which another one allocates
without end, and again whenever it is killed for that. First that one's own limit stops it while the group has room,
which is the undisturbed rate: caches and CPUs are shared already, memory is not short. Then it may have all of the
group, which is then full. The rate is that of the antagonist's `work`, no matter of CPU time.
"""
import contextlib
import os
import shutil
import subprocess
import time

import croft
import groups
import lxc
import roots
from figure import Figure
from machine import Failed

SUMMARY = "what a container keeps of its undisturbed rate beside others who want all there is"
PACKAGES = {"busybox-static", "lxc"}
TARGETS = ["bench_mount_root", "croft_antagonist"]
CROFT_TARGETS = ["croft", "croftd", "croft-keeper"]
SIDES = ("croft", "lxc")
KEPT_GOAL = 0.95
ROUNDS = 3
PATIENCE_S = 120

CPUS = len(os.sched_getaffinity(0))
LOUD, HUGE = 4, 100  # how many others, and how many times its share each has
SAMPLE_S = 3
MEGA = 1 << 20
WHOLE, ANONYMOUS, FILE = 1024, 64, 192  # MB: what the group holds, and the working set in it
GUARANTEE = ANONYMOUS + FILE + 64
GREED = WHOLE - ANONYMOUS - FILE // 2  # MB: leaves no room for the whole file
HELD = WHOLE // 2  # MB: what the greedy one may have at first; leaves room for all
TURNS = 15  # that the antagonist's `work` speaks of

NOTES = [
    f"CPU: limited to half of the machine; neighbours: {LOUD} with {CPUS} busy processes each and {HUGE} times the"
    " share. croft: cpu.guarantee; lxc: its share.",
    f"memory: {ANONYMOUS} MB anonymous and a file of {FILE} MB, written and read all the time, in a group of {WHOLE} MB"
    f" beside one that allocates {GREED} MB, against the same beside one that its own limit stops at {HELD} MB. croft:"
    " memory.guarantee; lxc: its memory limit.",
] + ([] if groups.UNIFIED else [
    "memory on cgroup v1 is best effort for both: the kernel protects nobody there, and its soft limit counts only when"
    " the whole host is short, not a group. What Croft promises it promises on cgroup v2."])


class Croft:
    def __init__(self, daemon):
        self.daemon = daemon
        daemon.croft("tenant", "create", "short", f"memory.limit={WHOLE}M")

    def launch(self, name, *settings):
        self.daemon.croft("launch", "--tenant", "short", "bench", name, "init=command",
                          'command=["/bin/sleep","36000"]', "net.mode=none", *settings)

    def launch_for_cpu(self, name, is_loud):
        self.launch(name, f"cpu.share={100 * HUGE}" if is_loud else "cpu={0}:{0}:{0}".format(CPUS / 2))

    def launch_for_memory(self, name, is_greedy):
        most = HELD if is_greedy else WHOLE
        self.launch(name, f"memory={0 if is_greedy else GUARANTEE}M:{most}M:{most}M")

    def let_go(self, name):
        self.daemon.croft("set", f"short/{name}", f"memory={WHOLE}M")

    def command(self, name):
        return [self.daemon.program("croft"), "--socket", self.daemon.socket, "exec", f"short/{name}", "--"]

    def pid(self, name):
        return self.daemon.show(f"short/{name}")["init"]["pid"]

    def remove(self, name):
        self.daemon.croft("destroy", "--force", f"short/{name}")


class Lxc:
    def __init__(self, context, root):
        self.lxc = lxc.Lxc(context, root)
        self.pid, self.remove = self.lxc.pid, self.lxc.remove

    def launch(self, name, *settings):
        self.lxc.prepare(name, "lxc.init.cmd = /bin/sleep 36000", "lxc.net.0.type = empty", *settings)
        self.lxc.start(name)
        groups.limit_memory(groups.of(self.pid(name), "memory").parent, WHOLE * MEGA)

    def launch_for_cpu(self, name, is_loud):
        times = HUGE if is_loud else 1
        quota = "max" if is_loud else CPUS * 50_000
        self.launch(name, *([f"lxc.cgroup2.cpu.max = {quota} 100000", f"lxc.cgroup2.cpu.weight = {100 * times}"]
                            if groups.UNIFIED else
                            [f"lxc.cgroup.cpu.cfs_quota_us = {str(quota).replace('max', '-1')}",
                             f"lxc.cgroup.cpu.shares = {1024 * times}"]))

    def launch_for_memory(self, name, is_greedy):
        most = (HELD if is_greedy else WHOLE) * MEGA
        self.launch(name, f"lxc.cgroup2.memory.max = {most}" if groups.UNIFIED else
                    f"lxc.cgroup.memory.limit_in_bytes = {most}")

    def let_go(self, name):
        groups.limit_memory(groups.of(self.pid(name), "memory"), WHOLE * MEGA)

    def command(self, name):
        return ["lxc-attach", *self.lxc.words(name), "--"]


class Stage:
    """Containers and the antagonists in them, for the time of one measurement. A context manager."""

    def __init__(self, side, folder):
        self.side, self.folder = side, folder
        self.names, self.running = [], []

    def __enter__(self):
        return self

    def run(self, launch, name, is_other, *words):
        """Launches a container with an antagonist in it, which prints into the file returned."""
        self.names.append(name)
        launch(name, is_other)
        output = self.folder / f"{name}.out"
        with open(output, "wb") as out:
            command = [*self.side.command(name), "/bin/antagonist", *words]
            self.running.append(subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=out,
                                                 stderr=out))
        return output

    def group(self, name, controller):
        return groups.of(self.side.pid(name), controller)

    def __exit__(self, *_):
        for name in self.names:
            with contextlib.suppress(Failed):
                self.side.remove(name)
        for one in self.running:
            one.terminate()
            one.wait(PATIENCE_S)


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise Failed(f"not in {PATIENCE_S} s: {what}")
        time.sleep(0.02)


def cpu_kept(side, folder):
    with Stage(side, folder) as stage:
        for name in ("kept", *(f"loud{number}" for number in range(LOUD))):
            stage.run(side.launch_for_cpu, name, name != "kept", "spin", CPUS)
        all_groups = [stage.group(name, "cpuacct") for name in stage.names]
        wait_until(lambda: all(groups.cpu_used(group) > 0.02 for group in all_groups), "all of them spin")
        before = [*map(groups.cpu_used, all_groups)]
        time.sleep(SAMPLE_S)
        used = [groups.cpu_used(group) - first for group, first in zip(all_groups, before)]
    return min(1.0, used[0] / (sum(used) / 2))


def rate(output):
    """That of its next rounds through the working set; the first of them has begun already."""
    def numbers():
        return [int(line) for line in output.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]
                if line.isdigit()]
    end = len(numbers()) + TURNS
    wait_until(lambda: len(numbers()) > end, f"{end + 1} rounds through the working set, but {numbers()[-3:]}")
    return numbers()[end]


def memory_kept(side, folder):
    with Stage(side, folder) as stage:
        kept = stage.run(side.launch_for_memory, "kept", False, "work", ANONYMOUS, "/set", FILE)
        stage.run(side.launch_for_memory, "greedy", True, "again", "hold", GREED, "/set", 1)
        greedy = stage.group("greedy", "memory")
        wait_until(lambda: groups.times_full(greedy) > 0, "its own limit stops the greedy one")
        with_room = rate(kept)
        before = groups.times_full(greedy.parent)
        side.let_go("greedy")
        wait_until(lambda: groups.times_full(greedy.parent) > before, "their group is full")
        return min(1.0, rate(kept) / with_room)


def sides(context, stack):
    root = roots.busybox(context.folder)
    shutil.copy(context.build / "tests/system/croft_antagonist", root / "bin" / "antagonist")
    if "croft" in context.sides:
        folder = context.folder / "croft"
        folder.mkdir()
        daemon = stack.enter_context(croft.Croft(context.build, folder))
        daemon.croft("template", "import", "bench", root)
        yield "croft", Croft(daemon)
    if "lxc" in context.sides:
        yield "lxc", Lxc(context, root)


def figures(name, samples, is_promised):
    if "croft" not in samples:
        return
    yield Figure("guarantee", name, samples["croft"], unit="part", goal=KEPT_GOAL if is_promised else None,
                 more_is_better=True)
    if "lxc" in samples:
        yield Figure("guarantee", name + "_vs_lxc", samples["croft"], unit="part", versus="lxc", peer=samples["lxc"],
                     goal=1.0 if is_promised else None, ahead=True, more_is_better=True)


def run(context):
    found = []
    with contextlib.ExitStack() as stack:
        taking_part = dict(sides(context, stack))
        for name, measure, is_promised in (("cpu_kept", cpu_kept, True), ("memory_kept", memory_kept, groups.UNIFIED)):
            samples = {}
            for turn in range(context.rounds or ROUNDS):
                for side in sorted(taking_part, reverse=turn % 2 == 1):
                    samples.setdefault(side, []).append(measure(taking_part[side], context.folder))
            context.show([f"  {name}"])
            context.show_samples(samples, "part")
            found += figures(name, samples, is_promised)
    context.show_notes(NOTES)
    return found
