"""lxc for a benchmark: containers over overlay roots that are mounted beforehand."""
import contextlib

import machine
import peers
from machine import Failed


class Lxc:
    def __init__(self, context, root):
        self.mounter = context.build / "tests/bench/bench_mount_root"
        self.folder = context.folder / "lxc"
        self.state = self.folder / "state"
        self.state.mkdir(parents=True, mode=0o711)
        self.folder.chmod(0o711)
        self.root = root
        for program in peers.HIDDEN["lxc"]:
            machine.hide(program)

    def words(self, name):
        return ["-P", self.state, "-n", name]

    def prepare(self, name, *lines):
        """Root and configuration, to which `lines` are added."""
        machine.run(self.mounter, self.folder, name, self.root, peers.ID_BASE)
        config = [*peers.lxc_base(), f"lxc.rootfs.path = dir:{self.folder / name / 'rootfs'}",
                  f"lxc.cgroup.dir = {machine.NAME}-lxc", *lines, ""]
        (self.folder / f"{name}.conf").write_text("\n".join(config), encoding="utf-8")

    def start(self, name):
        log = self.folder / "lxc.log"
        try:
            machine.run("lxc-start", *self.words(name), "-d", "-f", self.folder / f"{name}.conf", "-o", log,
                        "-l", "ERROR")
        except Failed as error:
            raise Failed(f"lxc: {log.read_text(encoding='utf-8', errors='replace')[-1000:] or error}") from error

    def pid(self, name):
        """Of its init."""
        return int(machine.run("lxc-info", *self.words(name), "-p", "-H"))

    def remove(self, name):
        with contextlib.suppress(Failed):
            machine.run("lxc-stop", *self.words(name), "-k")
        machine.run("umount", "--lazy", self.folder / name / "rootfs")
        machine.run("rm", "-rf", "--one-file-system", self.folder / name)
