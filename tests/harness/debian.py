"""Debian trees from this machine's own package sources: the template that tests import, and what guests run on."""
import os
import subprocess

import cache
import model

RELEASE = "bookworm"
TEMPLATE_PACKAGES = ("systemd-sysv", "dbus", "iproute2", "procps")
MANAGERS = ("systemd-sysv", "dbus", "iproute2", "ifupdown", "network-manager")
# What asks how large its machine is. The Java runtime's is the largest of them; its alternatives link manual pages.
PROGRAMS = ("procps", "sysstat", "htop", "util-linux", "stress-ng", "default-jre-headless")
PODMAN = ("podman", "crun", "fuse-overlayfs", "netavark", "iptables", "iproute2", "busybox-static")
JAVA_HOOK = '--setup-hook=mkdir -p "$1/usr/share/man/man1"'
INITS = {"sysvinit": ("sysvinit-core",), "openrc": ("openrc",)}


def sources():
    """Lines of sources.list for Debian's release, its updates and its security updates, as this machine has them."""
    listing = subprocess.run(
        ["apt-get", "indextargets", "--format", "deb $(REPO_URI) $(CODENAME) $(COMPONENT) $(ORIGIN)",
         "Identifier: Packages"], capture_output=True, text=True, check=True).stdout
    rows = [line.rsplit(" ", 1) for line in listing.splitlines()]
    return sorted({row for row, origin in rows if origin == "Debian" and row.split()[2].startswith(RELEASE)
                   and row.split()[3] == "main"})


def bootstrap(target, packages, *hooks):
    """A minimal Debian with these packages; target is a folder or a .tar."""
    command = ["mmdebstrap", "--mode=root", "--variant=minbase", f"--include={','.join(packages)}",
               "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/man/*",
               "--dpkgopt=path-exclude=/usr/share/locale/*", *hooks, RELEASE, str(target), "-"]
    done = subprocess.run(command, input="\n".join(sources()) + "\n", text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, env={**os.environ, "TMPDIR": "/var/tmp"})
    if done.returncode != 0:
        raise RuntimeError("mmdebstrap failed:\n" + done.stdout[-3000:])


def made_once(what, name, key, make):
    """The folder of the cache; None, and why, where no package source answers."""
    def tell_and_make(folder):
        print(f"making {what} (once)", flush=True)
        make(folder)
    try:
        return cache.kept(name, cache.digest(RELEASE, *key), tell_and_make)
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
        print(f"no {what}: {error}", flush=True)
        return None


def template():
    """A tar of a small Debian with systemd."""
    def make(folder):
        bootstrap(folder / "debian.tar", TEMPLATE_PACKAGES)
    folder = made_once("Debian template", "template", TEMPLATE_PACKAGES, make)
    return folder / "debian.tar" if folder else None


def inits():
    """A folder with INIT.tar.zst of a small Debian for each of the other inits."""
    def make(folder):
        for init, packages in INITS.items():
            bootstrap(folder / f"{init}.tar.zst", packages)
    return made_once("Debian with other inits", "inits", [f"{init} {words}" for init, words in INITS.items()], make)


def archive(what, name, packages, *hooks):
    """NAME.tar.zst of a small Debian with these packages, made once; None without a package source."""
    def make(folder):
        bootstrap(folder / f"{name}.tar.zst", packages, *hooks)
    folder = made_once(f"Debian with {what}", name, (*packages, *hooks), make)
    return folder / f"{name}.tar.zst" if folder else None


def managers():
    """All network managers of Debian; systemd has one more."""
    return archive("network managers", "managers", MANAGERS)


def programs():
    return archive("programs that show the machine", "programs", PROGRAMS, JAVA_HOOK)


def podman():
    return archive("Podman", "podman", PODMAN)


def listed(path=model.SOURCE / "tests" / "vm" / "packages"):
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return sorted(filter(None, lines))
