"""Images as an attacker would make them, and things of the host that they must not reach."""
import contextlib
import hashlib
import io
import pathlib
import shutil
import tarfile

import croft_test as t

APPLETS = ("cat chgrp chmod chown cp cut echo env false find grep head id kill ln ls mkdir mkfifo mknod mount mv "
           "nsenter pivot_root ps readlink rm sed sh sleep stat sync tail touch tr true umount unshare wc").split()
PASSWD = b"root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n"


def busybox():
    found = shutil.which("busybox")
    if not found or b"ld-linux" in pathlib.Path(found).read_bytes()[:65536]:
        t.skip("BUSYBOX", "package busybox-static")
    return pathlib.Path(found).read_bytes()


class Image:
    """A tar of a small root. What is added later replaces what was there."""

    def __init__(self):
        self.entries = {}
        for folder in ("bin", "dev", "etc", "proc", "root", "run", "sys", "tmp", "sbin"):
            self.directory(folder)
        self.file("bin/busybox", busybox(), 0o755)
        for name in APPLETS:
            self.symlink(f"bin/{name}", "busybox")
        self.file("etc/passwd", PASSWD)
        self.file("etc/group", b"root:x:0:\n")

    def add(self, path, kind, content=b"", mode=0o755, **fields):
        info = tarfile.TarInfo(path)
        info.type, info.mode, info.size = kind, mode, len(content)
        for name, value in fields.items():
            setattr(info, name, value)
        self.entries.pop(path, None)
        self.entries[path] = (info, content)
        return self

    def directory(self, path, mode=0o755):
        return self.add(path, tarfile.DIRTYPE, mode=mode)

    def file(self, path, content=b"", mode=0o644, **fields):
        return self.add(path, tarfile.REGTYPE, content, mode, **fields)

    def symlink(self, path, target):
        return self.add(path, tarfile.SYMTYPE, mode=0o777, linkname=str(target))

    def without(self, path):
        self.entries = {name: entry for name, entry in self.entries.items()
                        if name != path and not name.startswith(path + "/")}
        return self

    def bytes(self):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for info, content in self.entries.values():
                tar.addfile(info, io.BytesIO(content))
        return out.getvalue()


@contextlib.contextmanager
def container(croft, image, name="evil", *settings, status=0, command='["/bin/sleep","1000"]'):
    """Imports the image, starts a container of it, and removes both. The value is what `launch` said."""
    croft.croft("template", "import", "-q", f"t-{name}", "-", data=image.bytes())
    try:
        yield croft.croft("launch", "-q", f"t-{name}", name, f"command={command}", *settings, status=status)
    finally:
        croft.croft("destroy", "-q", "--force", name, status=None)
        croft.croft("template", "remove", f"t-{name}", status=None)


class Canary:
    """A directory and a file of the host's that nothing may change, and the programs of ours."""

    def __init__(self, croft):
        self.folder = croft.folder / "canary"
        self.folder.mkdir(exist_ok=True)
        self.folder.chmod(0o777)
        self.file = self.folder / "file"
        self.file.write_text("untouched\n", encoding="utf-8")
        self.file.chmod(0o666)
        self.programs = {path: digest(path) for path in
                         map(shutil.which, ("croft", "croftd", "croft-keeper", "busybox"))}

    def check(self, what=""):
        t.equal(sorted(path.name for path in self.folder.iterdir()), ["file"], f"canary directory {what}")
        t.equal(self.file.read_text("utf-8"), "untouched\n", f"canary file {what}")
        t.equal({path: digest(path) for path in self.programs}, self.programs, f"host programs {what}")


def digest(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()
