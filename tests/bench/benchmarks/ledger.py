"""ledger: what a sample of 1,000 containers costs, of the thread that takes it, and how long the text for Prometheus
takes. The containers are those of the benchmark governor."""
import http.client
import pathlib
import socket
import time

import croft
import governor
import roots
from figure import Figure
from machine import Failed

SUMMARY = "CPU time of a sample of 1,000 containers for the ledger; time of an exposition of them"
PACKAGES = {"busybox-static"}
TARGETS = []
CROFT_TARGETS = ["croft", "croftd", "croft-keeper"]
SIDES = ("croft",)
COUNT, EVERY, SAMPLES, SCRAPES = governor.COUNT, 10, 5, 20
SAMPLE_GOAL, EXPOSITION_GOAL = 25, 2

NOTES = ["sample: what the ledger's thread had of a CPU in 10 s, in which it takes one sample of every container.",
         "exposition: from the request to the last byte of the answer, of 1,000 containers, divided by ten."]


def thread_of(pid):
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        if (task / "comm").read_text(encoding="utf-8").strip() == "ledger":
            return task
    raise Failed("the daemon has no thread called ledger")


def cpu_ms(task):
    """Time on a CPU (Documentation/scheduler/sched-stats.rst)."""
    return int((task / "schedstat").read_text(encoding="utf-8").split()[0]) / 1e6


def scrape_ms(path):
    connection = http.client.HTTPConnection("croft")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(path))
    begun = time.monotonic()
    connection.request("GET", "/v1/metrics")
    text = connection.getresponse().read()
    took = (time.monotonic() - begun) * 1000
    connection.close()
    if text.count(b"croft_container_running{") != COUNT:
        raise Failed("the exposition does not have every container")
    return took * 100 / COUNT


def run(context):
    folder = context.folder / "ledger"
    folder.mkdir()
    with croft.Croft(context.build, folder) as daemon:
        daemon.croft("template", "import", "bench", roots.busybox(context.folder))
        governor.start(daemon, COUNT)
        task = thread_of(governor.daemon_pid(daemon))
        time.sleep(2 * EVERY)  # what the starts left to do is done
        samples = []
        for _ in range(SAMPLES):
            used = cpu_ms(task)
            time.sleep(EVERY)
            samples.append(cpu_ms(task) - used)
        scrapes = [scrape_ms(daemon.socket) for _ in range(SCRAPES)]
    context.show_notes(NOTES)
    return [Figure("ledger", f"sample_{COUNT}", samples, goal=SAMPLE_GOAL),
            Figure("ledger", "exposition_100", scrapes, goal=EXPOSITION_GOAL)]
