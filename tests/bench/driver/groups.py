"""Cgroups of containers, whoever made them, on v1 hierarchies or the unified one."""
import pathlib

import machine
from machine import Failed

UNIFIED = (machine.CGROUPS / "cgroup.controllers").exists()


def of(pid, controller):
    """Directory of a process in the hierarchy of a controller."""
    for line in pathlib.Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8").splitlines():
        _, controllers, path = line.split(":", 2)
        if UNIFIED and controllers == "":
            return machine.CGROUPS / path.lstrip("/")
        if controller in controllers.split(","):
            return machine.CGROUPS / controller / path.lstrip("/")
    raise Failed(f"process {pid} is in no cgroup of {controller}")


def value(file, key):
    """Of a file of lines `key number`."""
    words = file.read_text(encoding="utf-8").split()
    return int(words[words.index(key) + 1])


def cpu_used(group):
    """Seconds."""
    if UNIFIED:
        return value(group / "cpu.stat", "usage_usec") / 1e6
    return int((group / "cpuacct.usage").read_text(encoding="utf-8")) / 1e9


def limit_memory(group, size):
    (group / ("memory.max" if UNIFIED else "memory.limit_in_bytes")).write_text(str(size), encoding="utf-8")


def times_full(group):
    """How often its own limit of memory was met, not one of a group below it."""
    if UNIFIED:
        return value(group / "memory.events.local", "max")
    return int((group / "memory.failcnt").read_text(encoding="utf-8"))
