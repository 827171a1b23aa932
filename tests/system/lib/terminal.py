"""A terminal as a person has one: a pty whose slave is the controlling terminal of one program."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

import croft_test


class Terminal:
    def __init__(self, croft, *words, rows=24, columns=80):
        self.text, self.status = "", None
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            try:
                os.chdir("/")
                os.execvpe("croft", ["croft", *map(str, words)], {**croft.env, "TERM": "vt100"})
            finally:
                os._exit(125)
        self.resize(rows, columns)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.master)

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def send(self, text):
        os.write(self.master, text.encode())

    def read(self, seconds):
        if select.select([self.master], [], [], seconds)[0]:
            try:
                data = os.read(self.master, 65536)
            except OSError:  # the other side is closed
                return False
            self.text += data.decode(errors="replace").replace("\r\n", "\n")
            return bool(data)
        return True

    def expect(self, pattern, seconds=10):
        """Waits until the pattern has come; gives the match and forgets what came before its end."""
        deadline = time.monotonic() + seconds * croft_test.SCALE
        while True:
            if match := re.search(pattern, self.text, re.MULTILINE):
                self.text = self.text[match.end():]
                return match
            if time.monotonic() > deadline:
                raise AssertionError(f"{pattern!r} did not come, but {self.text[-1000:]!r}")
            if not self.read(0.1) and not re.search(pattern, self.text, re.MULTILINE):
                raise AssertionError(f"{pattern!r} did not come before the end, but {self.text[-1000:]!r}")

    def end(self, seconds=10):
        """Exit status of the program, once it has ended by itself."""
        deadline = time.monotonic() + seconds * croft_test.SCALE
        while self.status is None:
            self.read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > deadline:
                raise AssertionError(f"did not end; the last it said: {self.text[-1000:]!r}")
        return self.status
