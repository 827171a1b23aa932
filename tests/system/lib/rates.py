"""How fast bytes go between network namespaces: senders and receivers held by the test, judged by bytes over time."""
import contextlib
import os
import pathlib
import signal
import socket
import struct
import threading
import time

import croft_test as t

CLONE_NEWNET, SO_RCVBUFFORCE = 0x40000000, 33
TCP_HEADERS, ETHERNET = 20 + 32, 14  # of IPv4 and of TCP with timestamps
DATAGRAM = 1400
UDP_PART = DATAGRAM / (DATAGRAM + 42)  # of the bytes on the link
WARM_UP = 0.4  # seconds, in which what was saved goes and TCP finds its pace


def init_of(croft, name):
    """Only the keeper's own children are asked who they are."""
    keeper = croft.keeper()
    told = f"container_uuid={croft.show(name)['uuid']}".encode()
    for pid in pathlib.Path(f"/proc/{keeper}/task/{keeper}/children").read_text().split():
        with contextlib.suppress(OSError):
            if told in pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                return int(pid)
    raise AssertionError(f"{name} has no init")


@contextlib.contextmanager
def network_of(pid):
    """The block's sockets are of that process's network."""
    own, there = (os.open(f"/proc/{one}/ns/net", os.O_RDONLY) for one in ("thread-self", pid))
    try:
        t.equal(t.LIBC.setns(there, CLONE_NEWNET), 0)
        yield
    finally:
        t.equal(t.LIBC.setns(own, CLONE_NEWNET), 0)
        os.close(own)
        os.close(there)


@contextlib.contextmanager
def closed(one):
    """A socket that is closed behind the block, also for threads that wait for it."""
    try:
        yield one
    finally:
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()


class Place:
    """A network with an address: of a container, or outside."""

    def __init__(self, pid, address):
        self.pid, self.address = pid, address

    def socket(self, kind, address=("0.0.0.0", 0)):
        with network_of(self.pid):
            made = socket.socket(socket.AF_INET, kind)
        made.bind(address)
        return made

    @property
    def total(self):
        """Bytes of TCP on the link that came here, also those that wait for one before them. Segments that came as
        one packet are as many frames."""
        ip, octets = counters(self.pid, "snmp", "Ip:"), counters(self.pid, "netstat", "IpExt:")
        segments = sum(octets[f"In{kind}Pkts"] for kind in ("NoECT", "ECT0", "ECT1", "CE"))
        return octets["InOctets"] + (segments - ip["InReceives"]) * TCP_HEADERS + segments * ETHERNET


def counters(pid, file, family):
    names, values = (line.split()[1:] for line in t.lines(f"/proc/{pid}/net/{file}") if line.startswith(family))
    return dict(zip(names, map(int, values)))


def container(croft, name):
    return Place(init_of(croft, name), croft.show(name)["addresses"][0])


def connected(source, target):
    """A TCP connection: (the source's end, the target's)."""
    with closed(target.socket(socket.SOCK_STREAM, (target.address, 0))) as listener:
        listener.listen(1)
        near = source.socket(socket.SOCK_STREAM)
        near.settimeout(20 * t.SCALE)
        # What it has not sent when it is closed is not to keep its network alive.
        near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        near.connect(listener.getsockname())
        far, _ = listener.accept()
    return near, far


class Receiver(threading.Thread):
    """Counts what comes to a socket while the test measures."""

    def __init__(self, source):
        super().__init__(daemon=True)
        self.source, self.total = source, 0
        self.start()

    def run(self):
        with contextlib.suppress(OSError):
            while got := self.source.recv(1 << 16):
                self.total += len(got)


def drained(source):
    """Somebody reads it all."""
    Receiver(source)


def speeds(receivers, seconds):
    """What the total of each grows by in a second, behind the warm-up."""
    time.sleep(WARM_UP)
    begin, before = time.monotonic(), [one.total for one in receivers]
    time.sleep(seconds)
    took, after = time.monotonic() - begin, [one.total for one in receivers]
    return [(now - then) / took for then, now in zip(before, after)]


@contextlib.contextmanager
def pouring(*pairs):
    """A process sends as fast as it can: (socket, address or None for a connection, bytes a second at most)."""
    pids = []
    for out, address, most in pairs:
        pid = os.fork()
        if pid == 0:
            pour(out, address, most)
        pids.append(pid)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def pour(out, address, most):
    with contextlib.suppress(BaseException):
        signal.alarm(120)
        out.settimeout(None)
        begin, sent = time.monotonic(), 0
        while True:
            if address is None:
                sent += out.send(b"x" * 16384)
            else:
                with contextlib.suppress(OSError):
                    out.sendto(b"x" * DATAGRAM, address)
                sent += DATAGRAM
            if (ahead := sent / most - (time.monotonic() - begin)) > 0.004:
                time.sleep(ahead)
    os._exit(1)


@contextlib.contextmanager
def streaming(source, target):
    """As much as TCP gets. More than one connection: while one waits for what was lost, the others go on."""
    with contextlib.ExitStack() as stack:
        ends = [tuple(stack.enter_context(closed(end)) for end in connected(source, target))
                for _ in range(4)]
        for _, far in ends:
            drained(far)
        stack.enter_context(pouring(*((near, None, 1 << 30) for near, _ in ends)))
        yield


def tcp_speed(source, target, seconds):
    """Bytes a second as they are on the link."""
    with streaming(source, target):
        return speeds([target], seconds)[0]


def near_to(got, expected, part, what):
    """An emulated machine may not get that far, but nowhere is a rate exceeded."""
    if t.SCALE > 1 and got < expected:
        return
    if abs(got - expected) > part * expected:
        raise AssertionError(f"{what}: {got:,.0f} bytes a second, expected {expected:,.0f} within {part:.0%}")
