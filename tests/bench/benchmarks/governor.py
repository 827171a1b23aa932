"""governor: CPU time of the daemon while 1,000 containers run and are governed, with a budget for CPU time and for
memory. Nothing else asks the daemon for anything meanwhile, so that all of its time is the governor's. Then how long
`croft top` takes to show them all."""
import time

import croft
import roots
from figure import Figure
from machine import Failed

SUMMARY = "CPU time of the governor, of one core, with 1,000 containers that are all governed; time of croft top"
PACKAGES = {"busybox-static"}
TARGETS = []
CROFT_TARGETS = ["croft", "croftd", "croft-keeper"]
SIDES = ("croft",)
GOAL = 1.0
COUNT, AT_ONCE = 1000, 50
TOP_GOAL, TOPS = 100, 15
SAMPLES, SAMPLE_S = 3, 30.0  # kRestTick, in which each is looked at closely once
SETTINGS = ["cpu=0.5:1", "cpu.burst=30min/1d", "memory=4M:64M:128M", "memory.burst=30min/1d", "tasks.limit=100"]

NOTES = ["Real containers, each with one sleeping process: while its CPU time stands still, the governor reads that"
         " every 5 s, and memory, swap, tasks, sockets and events every 30 s. Time is that of all of"
         " the daemon, in percent of wall time.",
         "top: a whole `croft top --count 1`, from the start of the command to its end, with every container in what it"
         " prints."]


def cpu_seconds(pid):
    """By the process's CPU clock (clock_getcpuclockid(3)), which keeps the time of threads that have ended."""
    return time.clock_gettime((~pid << 3) | 2)


def daemon_pid(daemon):
    """`unshare` and `sh` have become the daemon by exec."""
    with open(f"/proc/{daemon.daemon.pid}/comm", encoding="utf-8") as file:
        if file.read().strip() != "croftd":
            raise Failed("the daemon's process is not croftd")
    return daemon.daemon.pid


def start(daemon, count):
    for first in range(0, count, AT_ONCE):
        names = [f"governed-{i}" for i in range(first, min(first + AT_ONCE, count))]
        daemon.croft("create", "bench", *names, "init=command", 'command=["/bin/sleep","36000"]', "net.mode=none",
                     *SETTINGS)
        daemon.croft("start", *names)


def top_ms(daemon):
    begun = time.monotonic()
    shown = daemon.croft("top", "--count", "1")
    took = (time.monotonic() - begun) * 1000
    if shown.count("governed-") != COUNT:
        raise Failed(f"croft top shows {shown.count('governed-')} containers")
    return took


def run(context):
    folder = context.folder / "governor"
    folder.mkdir()
    with croft.Croft(context.build, folder) as daemon:
        daemon.croft("template", "import", "bench", roots.busybox(context.folder))
        start(daemon, COUNT)
        pid = daemon_pid(daemon)
        time.sleep(10)  # what the starts left to do is done
        samples = []
        for _ in range(SAMPLES):
            begun, used = time.monotonic(), cpu_seconds(pid)
            time.sleep(SAMPLE_S)
            samples.append((cpu_seconds(pid) - used) / (time.monotonic() - begun) * 100)
        tops = [top_ms(daemon) for _ in range(TOPS)]
    context.show_notes(NOTES)
    return [Figure("governor", f"cpu_percent_{COUNT}", samples, unit="%", goal=GOAL),
            Figure("governor", f"top_{COUNT}", tops, goal=TOP_GOAL)]
