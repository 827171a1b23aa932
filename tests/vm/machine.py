"""One guest: the emulator's process, and what comes out of it."""
import pathlib
import re
import subprocess
import tempfile
import time

import debian
import disks
import kernel

# Measured: without erms and fsrm a memset is 10 times faster under emulation, with norandmaps an exec 3 times; 6.1
# falls to the slow hpet clock without tsc=reliable; a virtio port is 200 times faster than the serial line.
CPU = "max,-erms,-fsrm"
APPEND = "console=ttyS0 panic=-1 quiet loglevel=4 mitigations=off nokaslr norandmaps tsc=reliable"
ENDED = re.compile(r'^{"ended": (\d+)}$')  # the last line that tests/vm/guest writes
AGAIN = '{"again": true}'  # or this one: the guest goes down, and is to boot again
UP = '{"up": true}'  # its first
# The emulator, with two CPUs, now and then stumbles over code that the kernel rewrites while it starts ("int3").
BOOTS = 3


class GuestError(Exception):
    pass


class Lines:
    """Passes lines on, and keeps the guest's word that it came to its end."""

    def __init__(self, on_line):
        self.on_line, self.ended, self.again, self.up = on_line, None, False, False

    def __call__(self, line):
        if match := ENDED.match(line):
            self.ended = int(match[1])
        elif line == AGAIN:
            self.again = True
        elif line == UP:
            self.up = True
        else:
            self.on_line(line)


# Two memory nodes, each with a CPU, for what chooses between them.
NODES = [word for node in (0, 1) for word in ("-object", f"memory-backend-ram,id=m{node},size=1G",
                                              "-numa", f"node,nodeid={node},cpus={node},memdev=m{node}")]


def command_line(folder, kernel_folder, root_folder, append, two_nodes):
    images = [(root_folder / "root.img", ",readonly=on"), (folder / "payload.img", ",readonly=on"),
              (kernel_folder / "modules.img", ",readonly=on"), (folder / "scratch.img", "")]
    command = ["qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", CPU, "-m", "2G",
               *(["-smp", "2", *NODES] if two_nodes else ["-smp", "1"]),
               "-nodefaults", "-no-user-config", "-no-reboot", "-vga", "none", "-display", "none", "-monitor", "none",
               "-serial", f"file:{folder}/console", "-append", append,
               "-device", "virtio-rng-pci", "-device", "virtio-serial-pci",
               "-kernel", str(kernel_folder / "vmlinux"), "-initrd", str(kernel_folder / "initramfs")]
    for name in ("results", "log"):
        command += ["-chardev", f"file,id={name},path={folder}/{name}",
                    "-device", f"virtserialport,chardev={name},name={name}"]
    for number, (path, mode) in enumerate(images):
        command += ["-drive", f"file={path},if=none,id=d{number},format=raw,cache=unsafe{mode}",
                    "-device", f"virtio-blk-pci,drive=d{number}"]
    return command


def follow(process, path, on_line, deadline):
    """Hands over each line as it appears in the file until the process has ended; false if the time was over first."""
    with open(path, "a+", encoding="utf-8", errors="replace") as file:
        file.seek(0)
        rest = ""
        while True:
            ended = process.poll() is not None
            rest += file.read()
            *lines, rest = rest.split("\n")
            for line in lines:
                on_line(line)
            if ended:
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(0.2)


def boot_once(command, folder, lines, deadline):
    (folder / "results").unlink(missing_ok=True)
    lines.up = lines.again = False
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        return follow(process, folder / "results", lines, deadline)
    finally:
        process.kill()
        process.wait()


def boot(command, folder, lines, deadline):
    """As often as it is to boot; and once more when the kernel died before anything of ours ran."""
    tries = 1
    while True:
        in_time = boot_once(command, folder, lines, deadline)
        if not in_time or lines.ended is not None or not (lines.again or tries < BOOTS and not lines.up):
            return in_time
        tries = 1 if lines.up else tries + 1


def tail(path, size=4000):
    return path.read_text(encoding="utf-8", errors="replace")[-size:] if path.exists() else ""


def run(version, build, arguments, on_line, systemd=False, time_limit=2400):
    """Boots one guest, which does what its arguments say (see tests/vm/guest), and gives their exit status. Raises
    GuestError, with the ends of console and log, if the guest did not come to its end."""
    kernel_folder = kernel.prepare(version)
    root_folder = disks.root(debian.template(), debian.inits())
    with tempfile.TemporaryDirectory(prefix="croft-vm-", dir="/var/tmp") as name:
        folder = pathlib.Path(name)
        disks.payload(build, folder / "payload.img", root_folder)
        disks.scratch(folder / "scratch.img", arguments)
        append = APPEND + (" croft.init=systemd" if systemd else "")
        command = command_line(folder, kernel_folder, root_folder, append, systemd)
        lines = Lines(on_line)
        in_time = boot(command, folder, lines, time.monotonic() + time_limit)
        if lines.ended is not None:
            return lines.ended
        words = "the guest stopped early" if in_time else f"the guest took longer than {time_limit:.0f} s"
        raise GuestError(f"{words}\n--- console\n{tail(folder / 'console')}\n--- log\n{tail(folder / 'log')}")
