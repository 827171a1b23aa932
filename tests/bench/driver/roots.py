"""Root file systems that all contenders share."""
import pathlib
import shutil

import machine

DIRECTORIES = ("bin", "dev", "etc", "proc", "root", "run", "sbin", "sys", "tmp", "usr/bin", "usr/sbin", "var")
SUITE = "bookworm"


def busybox(folder):
    """A root of one static program, owned by root: what `cycle` and `memory` run."""
    root = folder / "busybox"
    for name in DIRECTORIES:
        (root / name).mkdir(parents=True, exist_ok=True)
    shutil.copy("/bin/busybox", root / "bin" / "busybox")
    for applet in ("true", "sh", "sleep", "init", "cat", "ls"):
        (root / "bin" / applet).symlink_to("busybox")
    (root / "sbin" / "init").symlink_to("/bin/busybox")
    (root / "etc" / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\n", encoding="utf-8")
    (root / "etc" / "group").write_text("root:x:0:\n", encoding="utf-8")
    return root


def pack(root, archive):
    """A tar of the root, for importing as a template."""
    machine.run("tar", "--numeric-owner", "--xattrs", "-C", root, "-cf", archive, ".")
    return archive


def apt_arguments():
    """The host's own package sources for the release, and its proxy, for mmdebstrap, which reads no configuration."""
    sources = [path for path in (*pathlib.Path("/etc/apt/sources.list.d").glob("*.sources"),
                                 pathlib.Path("/etc/apt/sources.list"))
               if path.exists() and SUITE in path.read_text(encoding="utf-8")]
    proxies = machine.run("apt-config", "dump", "--format", '%F "%v";%n', "Acquire::http::Proxy",
                          "Acquire::https::Proxy").split("\n")
    return [f"--aptopt={line}" for line in proxies if '""' not in line and line], [str(path) for path in sources]


def make_debian():
    """Debian 12 with systemd and what it needs to come up completely: a tar, made once and kept."""
    archive = machine.CACHE / "bench-debian12-systemd.tar"
    if archive.exists():
        return archive
    machine.CACHE.mkdir(parents=True, exist_ok=True)
    machine.say("making a Debian 12 root with mmdebstrap (about half a minute)")
    partial = archive.with_suffix(".partial.tar")
    options, sources = apt_arguments()
    machine.run("mmdebstrap", "--variant=minbase", "--include=systemd,systemd-sysv,dbus", *options,
                "--customize-hook=rm -f $1/etc/resolv.conf; echo debian >$1/etc/hostname; : >$1/etc/machine-id",
                SUITE, partial, *sources, timeout=1200)
    shutil.move(partial, archive)
    return archive


def debian(folder):
    """The same, unpacked."""
    root = folder / "debian"
    root.mkdir()
    machine.run("tar", "--numeric-owner", "--xattrs", "--xattrs-include=*", "-C", root, "-xf", make_debian())
    return root
