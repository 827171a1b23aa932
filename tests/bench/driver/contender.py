"""Contenders: programs that stay up and do one cycle when told (tests/bench/contender.h), to take turns."""
import contextlib
import json
import random
import selectors
import subprocess
import time

from machine import Failed

# After a batch the kernel is still busy with it: net namespaces end asynchronously, those of lxc for 0.2 s. The next
# contender is not charged.
SETTLE_S = 0.3


class Contender:
    """One running contender. A context manager: leaving it ends the program, which removes what it made."""

    def __init__(self, name, command, log, timeout_s=60):
        self.name = name
        self.samples = []  # dictionaries as the program printed them
        self.timeout_s = timeout_s
        self.log = open(log, "w+", encoding="utf-8", errors="replace")
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.log)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        for end in (lambda: None, self.process.terminate, self.process.kill):
            end()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
                break
        self.selector.close()
        self.process.stdout.close()
        self.log.close()

    def fail(self, what):
        self.log.seek(0)
        raise Failed(f"{self.name} {what}: {self.log.read().strip()[-600:] or 'it said nothing'}")

    def cycles(self, count):
        """Does `count` cycles; their samples."""
        try:
            self.process.stdin.write(b"%d\n" % count)
            self.process.stdin.flush()
        except OSError:
            self.fail("ended")
        return [self.one_answer() for _ in range(count)]

    def one_answer(self):
        # The program flushes line by line and one line is asked for at a time, so a line is never split.
        if not self.selector.select(self.timeout_s):
            self.fail(f"did not finish a cycle in {self.timeout_s} s")
        line = self.process.stdout.readline()
        if not line:
            self.fail("ended")
        return json.loads(line)


def take_turns(contenders, rounds, batch, warm_up=2):
    """Every contender does `batch` cycles in each round, in an order that changes; the first cycles are dropped."""
    order = list(contenders)
    shuffle = random.Random(1).shuffle
    for contender in order:
        contender.cycles(warm_up)
    for _ in range(rounds):
        shuffle(order)
        for contender in order:
            time.sleep(SETTLE_S)
            contender.samples += contender.cycles(batch)
