"""Runs one command in a process group of its own and sees to it that nothing of it is left.

The calling process must be a child subreaper (become_subreaper): what the command leaves behind then becomes our
child, where it is found, ended by its id and reaped. Without that, orphans go to PID 1, which may reap them late.
"""
import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import tempfile
import time

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
OUTPUT_LIMIT = 64 * 1024


def exit_on_sigterm():
    """SIGTERM unwinds the stack, so that what runs is ended; a second one does not disturb that."""
    def handle(*_):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.exit(1)
    signal.signal(signal.SIGTERM, handle)


def become_subreaper():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "cannot become a child subreaper")
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def children():
    """Process ids of our children that are still alive, with their command lines; reaps those that are not."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
                state, parent = stat.read().rpartition(")")[2].split()[:2]
            if int(parent) != os.getpid():
                continue
            if state == "Z":
                os.waitpid(int(pid), os.WNOHANG)
                continue
            with open(f"/proc/{pid}/cmdline", "rb") as line:
                text = line.read().replace(b"\0", b" ").decode(errors="replace").strip()
            found[int(pid)] = text[:120] or "?"
    return found


def settle(grace):
    """Children that are alive after `grace` seconds; then ends them, and theirs, until there are none."""
    deadline = time.monotonic() + grace
    left = children()
    while left and time.monotonic() < deadline:
        time.sleep(0.02)
        left = children()
    deadline = time.monotonic() + 10
    remaining = left
    while remaining and time.monotonic() < deadline:
        for pid in remaining:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
        remaining = children()
    return left


def end_group(group):
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def read_tail(file):
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - OUTPUT_LIMIT))
    text = file.read().decode(errors="replace")
    return ("[beginning cut off]\n" if size > OUTPUT_LIMIT else "") + text


class Ended:
    """How a command ended: exit status (negative: the signal), output, time, and what it left running."""

    def __init__(self, status, output, seconds, timed_out, left):
        self.status, self.output, self.seconds = status, output, seconds
        self.timed_out, self.left = timed_out, left

    def words(self):
        if self.timed_out:
            return f"took longer than {self.seconds:.0f} s"
        if self.status < 0:
            return f"killed by {signal.Signals(-self.status).name}"
        return f"exit status {self.status}"


def run(command, timeout, env, cwd, grace=2.0):
    begin = time.monotonic()
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                 env=env, cwd=cwd, start_new_session=True)
        timed_out = True  # unless it is seen to end
        try:
            pidfd = os.pidfd_open(child.pid)
            try:
                timed_out = not select.select([pidfd], [], [], timeout)[0]
            finally:
                os.close(pidfd)
        finally:
            seconds = time.monotonic() - begin
            if timed_out:
                # While the leader is not reaped its id, and so the group's, belongs to nobody else.
                end_group(child.pid)
            status = child.wait()
            left = settle(0 if timed_out else grace)
        return Ended(status, read_tail(output), seconds, timed_out, left)
