"""Things that are expensive to make and depend on nothing in the tree but their key; kept outside of it."""
import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import sys
import tempfile

DEFAULT = "/var/cache" if os.geteuid() == 0 else os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache"))
FOLDER = pathlib.Path(os.environ.get("CROFT_CACHE", f"{DEFAULT}/croft-tests"))


def digest(*parts):
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:16]


@contextlib.contextmanager
def lock(name):
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open(FOLDER / f".{name}.lock", "w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"waiting for another run that uses {name}", file=sys.stderr, flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def kept(name, key, make):
    """Folder `name-key`, made by make(folder) unless it is there; folders of other keys go. Complete or not at all."""
    final = FOLDER / f"{name}-{key}"
    with lock(name):
        if final.exists():
            return final
        for old in FOLDER.glob(f"{name}-" + "?" * len(key)):
            shutil.rmtree(old)
        with tempfile.TemporaryDirectory(dir=FOLDER, prefix=".new-") as temporary:
            made = pathlib.Path(temporary) / "made"
            made.mkdir()
            make(made)
            made.rename(final)
    return final
