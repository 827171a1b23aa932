"""What the proofs of resource control share: containers with the antagonist in them, and what the kernel counts."""
import contextlib
import os
import pathlib
import subprocess
import time

import croft_test as t
from hostile import Image

MEGA = 1 << 20


def need_unified(need="CGROUP2", *controllers):
    """The unified hierarchy's mount point; skips without these controllers on it."""
    root = pathlib.Path(t.cgroup_roots().get("", "/nowhere"))
    have = (root / "cgroup.controllers").read_text("utf-8").split() if root.is_dir() else []
    for controller in controllers:
        if controller not in have:
            t.skip(need, f"the controller {controller} is not on the unified hierarchy")
    return root


def need_controllers(*controllers):
    """Each in a hierarchy of its own (v1) or on the unified one; skips where one is missing. By the names of v2."""
    roots = t.cgroup_roots()
    for controller in controllers:
        if ON_V1.get(controller, controller) not in roots:
            need_unified("CGROUP", controller)


ON_V1 = {"io": "blkio"}
CALM = "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"


def start_never_short(croft):
    """On a busy host who bursts is squeezed, which is another proof: the daemon opens what an idle one tells."""
    idle = {"loadavg": "0.00 0.00 0.00 1/1 1\n", "pressure/cpu": CALM, "pressure/memory": CALM, "pressure/io": CALM}
    with contextlib.ExitStack() as stack:
        for number, (name, text) in enumerate(idle.items()):
            if os.path.exists(target := f"/proc/{name}"):
                file = croft.folder / f"idle{number}"
                file.write_text(text, encoding="utf-8")
                subprocess.run(["mount", "--bind", file, target], check=True)
                stack.callback(subprocess.run, ["umount", "--lazy", target], check=True)
        croft.start_daemon()


def template(croft, name="antagonist"):
    build = os.environ.get("CROFT_BUILD", "build/release")
    program = pathlib.Path(build, "tests/system/croft_antagonist").read_bytes()
    image = Image().file("bin/antagonist", program, 0o755)
    croft.croft("template", "import", "-q", name, "-", data=image.bytes())
    return name


def launch(croft, name, *settings):
    croft.launch("antagonist", name, 'command=["/bin/sleep","100000"]', *settings)


def group(croft, name, controller="memory"):
    """The container's cgroup in the hierarchy of a controller."""
    shown = croft.show(name)
    return hierarchy(controller) / croft.name / shown["tenant"] / shown["uuid"]


def hierarchy(controller):
    """Where the controller's hierarchy, or else the unified one, is mounted."""
    roots = t.cgroup_roots()
    return pathlib.Path(roots.get(controller, roots.get("", "")))


def table(path):
    """A file of lines `name number`."""
    return {words[0]: int(words[1]) for words in map(str.split, t.lines(path)) if len(words) == 2}


def cpu_used(folder):
    """Seconds of CPU time used below a cgroup."""
    if (folder / "cpuacct.usage").exists():
        return int((folder / "cpuacct.usage").read_text("utf-8")) / 1e9
    return table(folder / "cpu.stat")["usage_usec"] / 1e6


def first_of(folder, *names):
    """The file that is there: v1 and v2 have names of their own."""
    return next(folder / name for name in names if (folder / name).exists())


def disk_bytes(croft, name):
    """Bytes that it read and wrote, over all disks."""
    file = first_of(group(croft, name, "blkio"), "io.stat", "blkio.throttle.io_service_bytes_recursive")
    names = ("rbytes", "wbytes") if file.name == "io.stat" else ("read", "write")
    return [field(file, one) for one in names]


def field(path, name):
    """Of a file of lines `DEVICE NAME NUMBER` (v1) or `DEVICE NAME=NUMBER ...` (v2): the sum over all devices."""
    total = 0
    for line in t.lines(path):
        words = line.replace("=", " ").split()
        total += sum(int(value) for key, value in zip(words, words[1:]) if key.lower() == name)
    return total


def row(croft, name, resource):
    rows = croft.croft("resources", "-j", name).json()
    rows = (rows[0] if isinstance(rows, list) else rows)["resources"]
    return next(one for one in rows if one["resource"] == resource)


def events(croft, name, kind):
    """What was told of a container, each with its detail."""
    page = croft.api("GET", "/v1/events?limit=1000")[2]
    return [one for one in page["items"] if one["object"].endswith("/" + name) and one["kind"] == "resource." + kind]


def available():
    """Megabytes that the host has left."""
    return next(int(line.split()[1]) for line in t.lines("/proc/meminfo") if line.startswith("MemAvailable")) // 1024


@contextlib.contextmanager
def swap(megabytes):
    """Compressed memory to swap to, in a guest: elsewhere it would be everybody's."""
    device = pathlib.Path("/sys/block/zram0")
    (device / "disksize").write_text(f"{megabytes}M", encoding="utf-8")
    for command in ("mkswap", "swapon"):
        subprocess.run([command, "/dev/zram0"], check=True, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        subprocess.run(["swapoff", "/dev/zram0"], check=True)
        (device / "reset").write_text("1", encoding="utf-8")


class Antagonist:
    """The program in a container; what it prints is collected in a file of the host's."""

    def __init__(self, croft, container, *words):
        self.output = croft.folder / f"{container}-{time.monotonic_ns()}.out"
        with open(self.output, "wb") as out:
            self.process = subprocess.Popen(["croft", "exec", container, "--", "antagonist", *map(str, words)],
                                            env=croft.env, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd="/")

    def numbers(self):
        return [int(line) for line in t.lines(self.output) if line.isdigit()]

    def wait_for(self, count, seconds=50):
        """Its numbers, at least so many of them."""
        def enough():
            if len(self.numbers()) >= count:
                return True
            if self.process.poll() is not None:
                raise AssertionError(f"the antagonist ended: {t.lines(self.output)[-3:]}")
            return False
        t.eventually(enough, lambda: f"{count} lines of {t.lines(self.output)[-3:]}", seconds)
        return self.numbers()

    def end(self):
        """Only the command: what it left in the container ends with the container."""
        self.process.terminate()
        self.process.wait(30 * t.SCALE)


@contextlib.contextmanager
def at_work(croft, work):
    """Antagonists for the time of the block: (container, words...) each. The containers are destroyed at its end."""
    running = [Antagonist(croft, *one) for one in work]
    try:
        yield running
    finally:
        croft.croft("destroy", "-q", "--force", *dict.fromkeys(one[0] for one in work), status=None)
        for one in running:
            one.end()


@contextlib.contextmanager
def at_work_and_killed(croft, name, *words):
    """One antagonist for the time of the block; behind it nothing but the container's init is left in there."""
    one = Antagonist(croft, name, *words)
    try:
        yield one
    finally:
        croft.inside(name, "kill -9 -1", status=None)
        one.end()
