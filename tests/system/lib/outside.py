"""What is beyond the host of a system test: a neighbour in a network namespace that knows no way to containers."""
import ctypes
import signal
import subprocess

import croft_test

V4, V6 = "192.0.2.", "2001:db8::"


PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


class Outside:
    """192.0.2.2 and 2001:db8::2; the host of `croft` has .1 and ::1 there. It ends with the script."""

    def __init__(self, croft):
        croft.links.add("croft-test-h")
        self.process = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo ready; exec sleep 600"],
                                        stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                                        preexec_fn=lambda: LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))
        self.process.stdout.readline()
        self.holder = self.process.pid
        self.command("ip", "link", "add", "croft-test-h", "type", "veth", "peer", "name", "croft-test-o", "netns",
                     f"/proc/{self.holder}/ns/net")
        self.configure("croft-test-h", 1, self.command)
        self.configure("croft-test-o", 2, self.run)
        # A link that has just come up may take a second to be told to IPv6.
        for address in (V4 + "1", V6 + "1"):
            croft_test.eventually(lambda to=address: self.reaches(to), f"{address} is reached from outside")

    @staticmethod
    def configure(link, number, command):
        command("ip", "address", "add", f"{V4}{number}/24", "dev", link)
        command("ip", "address", "add", f"{V6}{number}/64", "dev", link, "nodad")
        command("ip", "link", "set", link, "up")

    @staticmethod
    def command(*words):
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout

    def reaches(self, address):
        words = self.enter("busybox", "ping", "-c", "1", "-W", "1", address)
        return subprocess.run(words, check=False, capture_output=True).returncode == 0

    def enter(self, *words):
        """Words that run a command out there."""
        return ["nsenter", f"--net=/proc/{self.holder}/ns/net", "--", *words]

    def run(self, *words):
        return self.command(*self.enter(*words))
