"""Croft as it is installed on a machine whose PID 1 is systemd: what an installation brings, at its places, and its
services."""
import os
import pathlib
import shutil
import subprocess

import croft_test as t

DATA, RUN = pathlib.Path("/var/lib/croft"), pathlib.Path("/run/croft")
OVERRIDE = pathlib.Path("/run/systemd/system/croftd.service.d/watchdog.conf")


def systemctl(*words):
    done = subprocess.run(["systemctl", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise AssertionError(f"systemctl {' '.join(words)}: status {done.returncode}: {done.stdout}")
    return done.stdout.rstrip("\n")


def shown(unit, name):
    return systemctl("show", "--value", "--property", name, unit)


def is_active(unit):
    return shown(unit, "ActiveState") == "active"


def main_pid(unit):
    return int(shown(unit, "MainPID"))


class Machine(t.Host):
    """Croft as it is installed, in the place of a daemon of the test's own."""

    def __init__(self, installed):  # pylint: disable=super-init-not-called
        self.data, self.run = DATA, RUN
        self.env = {**os.environ, "CROFT_SOCKET": str(RUN / "api.sock"), "LC_ALL": "C.UTF-8"}
        self.installed = [path for path in installed.rglob("*") if path.is_file()]
        self.places = [pathlib.Path("/") / path.relative_to(installed) for path in self.installed]

    def install(self):
        for source, place in zip(self.installed, self.places):
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, place)
        subprocess.run(["systemd-sysusers"], check=True)
        subprocess.run(["systemd-tmpfiles", "--create"], check=True)
        systemctl("daemon-reload")
        systemctl("start", "croftd.socket")

    def uninstall(self):
        OVERRIDE.unlink(missing_ok=True)
        systemctl("stop", "croft-containers")
        systemctl("stop", "croftd.socket", "croftd.service", "croft-keeper.service", "croft.slice")
        for place in self.places:
            place.unlink()
        systemctl("daemon-reload")
        systemctl("reset-failed")
        for line in reversed(t.lines("/proc/self/mounts")):
            if line.split()[1].startswith(f"{RUN}/"):
                subprocess.run(["umount", line.split()[1]], check=True)
        shutil.rmtree(RUN)
        for path in DATA.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def pid(self, name="a"):
        return self.show(name)["init"]["pid"]
