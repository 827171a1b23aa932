"""What a run takes from the machine and gives back: packages, programs, a scratch directory, cgroups, one lock."""
import atexit
import contextlib
import ctypes
import fcntl
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[3]
CACHE = pathlib.Path(os.environ.get("CROFT_CACHE", "/var/cache/croft-tests"))
NAME = "croft-test-bench"  # everything that a run makes is named NAME or NAME-*
CGROUPS = pathlib.Path("/sys/fs/cgroup")
CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
# Developers who share a machine may put a lock in front: CROFT_CMAKE="lock cmake".
CMAKE = os.environ.get("CROFT_CMAKE", "cmake").split()


class Failed(Exception):
    """A run cannot go on; the text is for the operator."""


def say(words):
    print(words, file=sys.stderr, flush=True)


def run(*command, **options):
    """Runs a command to its end; its standard output. Raises Failed with what it said."""
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=options.pop("timeout", 600), **options)
    if done.returncode:
        shown = " ".join(map(str, command[:4]))
        raise Failed(f"{shown} ... ended with {done.returncode}: {done.stderr.strip()[-600:]}")
    return done.stdout


def installed(package):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status}", package], capture_output=True, text=True)
    return done.returncode == 0 and done.stdout == "installed"


def install(packages):
    missing = [package for package in sorted(packages) if not installed(package)]
    if not missing:
        return
    say(f"installing {' '.join(missing)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    try:
        run(*command, env=environment)
    except Failed:
        run("apt-get", "update", env=environment)
        run(*command, env=environment)


def build(targets):
    """Directory of the release build with these targets up to date."""
    folder = SOURCE / "build" / "release"
    say(f"building {' '.join(targets)}")
    run(*CMAKE, "--preset", "release", "-DCROFT_TESTS=ON", cwd=SOURCE)  # ctl/quickstart leaves the tests out
    run(*CMAKE, "--build", "--preset", "release", "--target", *targets, cwd=SOURCE, timeout=3600)
    return folder


def only_run():
    """The lock that tests/run takes too: runs at the same time would measure, and find, each other's traces."""
    CACHE.mkdir(parents=True, exist_ok=True)
    lock = open(CACHE / ".this-machine.lock", "w", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("waiting for another run of the tests or benchmarks on this machine")
        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def isolate():
    """Own mount tree and own network for the rest of the run: what it mounts and links is seen nowhere else. Own /run,
    too: tools leave locks there, and the daemon shall not find the host's systemd and put its keeper under it."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS | CLONE_NEWNET) != 0:
        raise Failed(f"unshare: {os.strerror(ctypes.get_errno())}")
    run("mount", "--make-rprivate", "/")
    run("mount", "-t", "tmpfs", "-o", "mode=755", "run", "/run")
    run("ip", "link", "set", "lo", "up")


def hide(path):
    """A file that this run's tools are not to see; after isolate()."""
    if os.path.exists(path) and not os.path.samefile(path, "/dev/null"):
        run("mount", "--bind", "/dev/null", path)


def remove_cgroups():
    """Empty directories of ours, in every hierarchy; the kernel refuses those that are in use."""
    tops = [CGROUPS] if (CGROUPS / "cgroup.controllers").exists() else [p for p in CGROUPS.iterdir() if p.is_dir()]
    for top in tops:
        for ours in top.glob(NAME + "*"):
            for path, _, _ in os.walk(ours, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(path)


def scratch():
    """A directory for this run, removed at its end. On the file system where the daemon's data would be. What a killed
    run left goes first; only_run() says that nobody uses it."""
    for left in pathlib.Path("/var/tmp").glob(f"{NAME}-????????"):
        for place in left.glob("**/run"):
            with contextlib.suppress(Failed):
                run("umount", "--lazy", place)
        shutil.rmtree(left, ignore_errors=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix=NAME + "-", dir="/var/tmp"))
    folder.chmod(0o711)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
