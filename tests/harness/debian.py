"""Debian trees from this machine's own package sources: the template that tests import, and what guests run on."""
import os
import subprocess

import cache
import model

RELEASE = "bookworm"
TEMPLATE_PACKAGES = ("systemd-sysv", "dbus", "iproute2", "procps")
MANAGERS = ("systemd-sysv", "dbus", "iproute2", "ifupdown", "network-manager")
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


def managers():
    """A tar of a small Debian with all of its network managers; systemd has one more."""
    def make(folder):
        bootstrap(folder / "managers.tar.zst", MANAGERS)
    folder = made_once("Debian with network managers", "managers", MANAGERS, make)
    return folder / "managers.tar.zst" if folder else None


def listed(path=model.SOURCE / "tests" / "vm" / "packages"):
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return sorted(filter(None, lines))
