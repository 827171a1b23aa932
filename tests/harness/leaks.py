"""What a test may leave on the machine: mounts, cgroups, links, namespaces, loop devices, files. Taken before and
after; whatever is new and stays is a leak."""
import glob
import os
import time

FILES = ("/tmp/croft*", "/run/croft*", "/run/netns/*", "/var/tmp/croft*", "/var/lib/croft*")


def mount_table():
    with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as table:
        for line in table:
            fields, _, source = line.partition(" - ")
            yield fields.split()[4], source.split()[0], line


def cgroups(table):
    for root in {point for point, kind, _ in table if kind in ("cgroup", "cgroup2")}:
        for path, names, _ in os.walk(root):
            yield from (os.path.join(path, name) for name in names if "croft" in name)


def loop_files():
    for path in glob.glob("/sys/block/loop*/loop/backing_file"):
        try:
            with open(path, encoding="utf-8") as file:
                yield file.read().strip()
        except OSError:
            continue  # detached in this moment


def snapshot():
    table = list(mount_table())
    found = {("mount", point) for point, _, line in table if "croft" in line}
    found |= {("cgroup", path) for path in cgroups(table)}
    found |= {("link", name) for name in os.listdir("/sys/class/net")}
    found |= {("loop device of", path) for path in loop_files()}
    found |= {("file", path) for pattern in FILES for path in glob.glob(pattern)}
    return found


def new_since(before, grace=3.0):
    """Sorted words for what is new and still there after `grace` seconds: links and mounts go asynchronously."""
    deadline = time.monotonic() + grace
    while True:
        left = snapshot() - before
        if not left or time.monotonic() > deadline:
            return sorted(f"{kind} {name}" for kind, name in left)
        time.sleep(0.1)
