"""Croft for a benchmark: a daemon and a keeper of its own, in their own mount and net namespaces, with their own data,
run directory and cgroups."""
import contextlib
import ctypes
import json
import os
import signal
import subprocess
import time

import machine
from machine import Failed

PR_SET_CHILD_SUBREAPER = 36


class Croft:
    """A context manager; leaving it destroys its containers and ends both programs."""

    def __init__(self, build, folder):
        self.build = build
        self.folder = folder
        self.run_dir = folder / "run"
        self.socket = self.run_dir / "api.sock"
        self.log = folder / "croftd.log"
        self.daemon = None
        # The keeper is nobody's child once it has detached; it becomes ours, to be waited for.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def program(self, name):
        found = [p for p in self.build.glob(f"**/{name}") if p.is_file() and os.access(p, os.X_OK)]
        if not found:
            raise Failed(f"the build has no {name}")
        return found[0]

    def __enter__(self):
        for name in ("run", "data"):
            (self.folder / name).mkdir(exist_ok=True)
        machine.run("mount", "-t", "tmpfs", "-o", "mode=755", machine.NAME, self.run_dir)  # as /run is everywhere
        shell = 'ip link set lo up; exec "$@"'
        self.begin(["unshare", "--mount", "--net", "--propagation", "private", "sh", "-c", shell, "croftd"])
        try:
            self.wait_until_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def begin(self, within):
        """Starts the daemon by the command `within`, which runs it in the right namespaces."""
        command = [self.program("croftd"), "--data", self.folder / "data", "--run", self.run_dir,
                   "--cgroup-root", machine.NAME, "--keeper", self.program("croft-keeper")]
        with open(self.log, "ab") as log:
            self.daemon = subprocess.Popen([*within, *map(str, command)], stdin=subprocess.DEVNULL, stdout=log,
                                           stderr=log)

    def restart(self):
        """The next daemon after one that was killed, beside the same keeper; does not wait for it."""
        self.daemon.wait(20)
        self.begin(["nsenter", "--target", str(self.keepers()[0]), "--mount", "--net", "--"])

    def wait_until_ready(self):
        for _ in range(300):
            if self.daemon.poll() is not None:
                raise Failed(f"croftd ended with {self.daemon.returncode}: {self.last_words()}")
            with contextlib.suppress(Failed):
                if self.socket.exists():
                    self.croft("version")
                    return
            time.sleep(0.1)
        raise Failed(f"croftd does not answer on its socket: {self.last_words()}")

    def last_words(self):
        return self.log.read_text(encoding="utf-8", errors="replace")[-800:].strip()

    def croft(self, *words, **options):
        return machine.run(self.program("croft"), "--socket", self.socket, *words, **options)

    def show(self, name):
        """The container's JSON."""
        shown = json.loads(self.croft("show", "-j", name))
        return shown[0] if isinstance(shown, list) else shown

    def keepers(self):
        """Process ids of the keepers that serve our run directory."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                words = open(f"/proc/{pid}/cmdline", "rb").read().split(b"\0")
                if words[0].endswith(b"croft-keeper") and str(self.run_dir).encode() in words:
                    found.append(int(pid))
        return found

    def views(self):
        """Those of croft-view, which outlive their keeper."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                words = open(f"/proc/{pid}/cmdline", "rb").read().split(b"\0")
                if words[0].endswith(b"croft-view") and f"{self.run_dir}/view.d".encode() in words:
                    found.append(int(pid))
        return found

    def processes(self):
        return [self.daemon.pid, *self.keepers()]

    def __exit__(self, *_):
        if self.daemon.poll() is None:
            with contextlib.suppress(Failed, subprocess.TimeoutExpired):
                names = [row["name"] for row in json.loads(self.croft("list", "-j", timeout=30))]
                if names:
                    self.croft("destroy", "--force", *names, timeout=300)
        keepers = self.keepers()
        end([self.daemon.pid] if self.daemon.poll() is None else [])
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.daemon.wait(20)
        end(keepers)
        end(self.views())
        machine.run("umount", "--lazy", self.run_dir)


def end(pids):
    """SIGTERM, and SIGKILL for those that do not mind it; waits for our children among them."""
    for ending, patience in ((signal.SIGTERM, 10), (signal.SIGKILL, 5)):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, ending)
        deadline = time.monotonic() + patience
        while pids and time.monotonic() < deadline:
            pids = [pid for pid in pids if alive(pid)]
            time.sleep(0.02)


def alive(pid):
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    with contextlib.suppress(OSError):
        return open(f"/proc/{pid}/stat", encoding="utf-8").read().rpartition(")")[2].split()[0] != "Z"
    return False
