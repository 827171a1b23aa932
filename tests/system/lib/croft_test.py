"""What the system tests share: a croftd of their own in a network and mount namespace of their own, the CLI and the
API to speak to it, and an end that leaves nothing behind, however the test went."""
import contextlib
import ctypes
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

import reaper

SCALE = float(os.environ.get("CROFT_TIME_SCALE", "1"))
LIMIT = 56  # seconds, a little less than the harness allows: the end must have its turn too
CLONE_NEWNS, CLONE_NEWNET, PR_SET_CHILD_SUBREAPER = 0x20000, 0x40000000, 36
MS_REC, MS_PRIVATE, MS_SHARED, MNT_DETACH = 0x4000, 0x40000, 0x100000, 2
KERNEL = tuple(map(int, os.uname().release.split("-")[0].split(".")[:2]))
SHARED_MOUNTS = ("stage", "bpf", "view")  # of the daemon's run directory; they stay
LIBC = ctypes.CDLL(None, use_errno=True)


def skip(need, why):
    print(f"needs {need}: {why}")
    sys.exit(77)


def eventually(condition, what, seconds=10.0):
    """The first true value of condition(); fails when there was none in time, with `what` or what it tells then."""
    deadline = time.monotonic() + seconds * SCALE
    while True:
        if value := condition():
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not in {seconds:.0f} s: {what() if callable(what) else what}")
        time.sleep(0.02)


def equal(got, expected, what=""):
    if got != expected:
        raise AssertionError(f"{what or 'value'}: {got!r}, expected {expected!r}")


def contains(text, *parts):
    for part in parts:
        if part not in text:
            raise AssertionError(f"{part!r} is not in {text!r}")


def lines(path):
    return pathlib.Path(path).read_text(encoding="utf-8", errors="replace").splitlines()


def processes():
    """(pid, parent, state, arguments) of every process that is still there when it is looked at."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            stat = pathlib.Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
            state, parent = stat.rpartition(")")[2].split()[:2]
            words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
            yield int(pid), int(parent), state, words


def cgroup_roots():
    """Mount points of all cgroup hierarchies by their controllers; v2 is ''."""
    found = {}
    for line in lines("/proc/self/mounts"):
        _, point, kind, options = line.split()[:4]
        if kind == "cgroup2":
            found.setdefault("", point)
        elif kind == "cgroup":
            for option in options.split(","):
                found.setdefault(option, point)
    names = {word for line in lines("/proc/self/cgroup") for word in line.split(":")[1].split(",")}
    return {name: point for name, point in found.items() if name in names}


# What a command tells of its progress, once a second has passed: it comes before its error, on slow machines only.
PROGRESS = re.compile(r"\A(?:[^\s:]+: [a-z][a-z ,]*(?: \d+%)?\n)+(?=croft: )")


class Done:
    """How a command ended and what it said; `err` is without progress."""

    def __init__(self, words, status, out, err):
        self.words, self.status, self.raw, self.err = words, status, out, PROGRESS.sub("", err)
        self.out = out.decode(errors="replace")

    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return f"{' '.join(self.words)}: status {self.status}\n  out: {self.out[-2000:]!r}\n  err: {self.err[-2000:]!r}"


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("croft", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Host:
    """croftd, its keeper and its directories under one temporary directory."""

    def __init__(self, *options, in_memory=False):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="croft-test-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.name = self.folder.name
        self.data, self.run, self.plans = self.folder / "data", self.folder / "run", self.folder / "plans"
        self.hooks = self.folder / "hooks"
        self.tariffs, self.accounts = self.folder / "tariffs", self.folder / "accounts"
        self.run.mkdir()
        if in_memory and KERNEL >= (6, 3):  # tmpfs cannot be id-mapped before
            self.mount_data(2048)
        self.log, self.options, self.daemon = self.folder / "log", options, None
        self.env = {**os.environ, "CROFT_SOCKET": str(self.run / "api.sock"), "LC_ALL": "C.UTF-8"}
        self.env.pop("CROFT_TENANT", None)
        self.links = {name for _, name in socket.if_nameindex()}

    def mount_data(self, megabytes):
        """A file system of its own for the data: small to be filled, or quick because no other work is flushed."""
        self.data.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"mode=700,size={megabytes}M", "croft-test", str(self.data)],
                       check=True)

    # --- daemon and keeper

    def start_daemon(self):
        command = ["croftd", "--data", self.data, "--run", self.run, "--cgroup-root", self.name, "--plans", self.plans,
                   "--hooks", self.hooks, "--tariffs", self.tariffs, "--accounts", self.accounts, "--keeper",
                   os.path.abspath(shutil.which("croft-keeper")), "--allow-faults", *self.options]
        with open(self.log, "ab") as log:
            self.daemon = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                           env=self.env, cwd="/")
        eventually(self.answers, "croftd answers", 20)

    def answers(self):
        if self.daemon.poll() is not None:
            raise AssertionError(f"croftd ended with {self.daemon.returncode}: {self.log.read_text()[-2000:]}")
        with contextlib.suppress(OSError):
            return self.api("GET", "/v1")[0] == 200

    def end_daemon(self, number=signal.SIGTERM):
        if self.daemon and self.daemon.poll() is None:
            self.daemon.send_signal(number)
            self.daemon.wait(30 * SCALE)
        self.daemon = None

    def keeper(self):
        """Process id of the keeper that serves our run directory, None without one."""
        found = {pid: parent for pid, parent, state, words in processes()
                 if words[0].endswith("croft-keeper") and str(self.run) in words and state != "Z"}
        # What it has cloned goes by its name until its exec, and has the lower id where ids began anew.
        return next((pid for pid, parent in found.items() if parent not in found), None)

    # --- speaking to it

    def croft(self, *words, status=0, data=None, env=None, timeout=50, cwd="/"):
        """Runs the CLI; fails when its exit status is another one (None: any)."""
        words = ["croft", *map(str, words)]
        source = {"stdin": subprocess.DEVNULL} if data is None else {"input": data}
        done = subprocess.run(words, **source, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={**self.env, **(env or {})}, timeout=timeout * SCALE, cwd=cwd)
        result = Done(words, done.returncode, done.stdout, done.stderr.decode(errors="replace"))
        if status is not None and result.status != status:
            raise AssertionError(f"expected status {status} of {result}")
        return result

    def begin(self, *words):
        """The CLI as a process that goes on; its output is text."""
        return subprocess.Popen(["croft", *map(str, words)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, env=self.env, cwd="/", text=True)

    def inside(self, container, command, **options):
        """Output of a shell command in a container, without the last line end."""
        return self.croft("exec", container, "--", "sh", "-c", command, **options).out.rstrip("\n")

    def show(self, container, *options):
        return self.croft("show", "-j", *options, container).json()

    def state(self, container):
        return self.show(container)["state"]

    def api(self, method, target, body=None, headers=None, timeout=50):
        connection = UnixConnection(self.env["CROFT_SOCKET"], timeout * SCALE)
        with contextlib.closing(connection):
            text = None if body is None else body if isinstance(body, (str, bytes)) else json.dumps(body)
            sent = {"Content-Type": "application/json"} if body is not None else {}
            connection.request(method, target, text, {**sent, **(headers or {})})
            answer = connection.getresponse()
            content = answer.read()
        return answer.status, dict(answer.getheaders()), json.loads(content) if content else None

    # --- what most tests begin with

    def busybox(self, name="bb"):
        status, _, operation = self.api("POST", f"/v1/templates/{name}/build?wait=50", {"recipe": "busybox"})
        if status != 200 or operation["status"] != "done":
            raise AssertionError(f"no busybox template: {operation}")
        return name

    def debian(self, name="d12"):
        archive = debian_archive() or skip("DEBIAN", "CROFT_TEST_TEMPLATE names no archive")
        self.croft("template", "import", "-q", name, archive)
        return name

    def launch(self, *words):
        self.croft("launch", "-q", *words)

    # --- the end

    def cgroup_folders(self):
        roots = {os.path.join(root, self.name) for root in cgroup_roots().values()}
        return sorted(path for path in roots if os.path.isdir(path))

    def leftovers(self):
        """What is there of containers when the registry says that there is none."""
        found = [str(p) for folder in (self.data / "containers", self.data / "tmp", self.run / "containers")
                 if folder.is_dir() for p in folder.iterdir()]
        for root in self.cgroup_folders():
            found += [path for path, _, _ in os.walk(root) if path.count("/") >= root.count("/") + 2]
        found += [f"link {name}" for _, name in socket.if_nameindex() if name not in self.links]
        found += [f"mount {line}" for line in lines("/proc/self/mounts") if self.name in line.split()[1]
                  and line.split()[1] not in (str(self.data), *(f"{self.run}/{name}" for name in SHARED_MOUNTS))]
        return found

    def destroy_all(self):
        self.croft("destroy", "-q", "-y", "--force", "*/*", status=None)
        left = self.croft("list", "-q", "-A").out.split()
        if left:
            raise AssertionError(f"cannot be destroyed: {left}")

    def none_left(self, seconds=5):
        eventually(lambda: not self.leftovers(), f"nothing left behind, but: {self.leftovers()}", seconds)

    def finish(self):
        """Takes all down in good order and fails for what that leaves."""
        try:
            if self.daemon:
                self.destroy_all()
                try:
                    self.none_left()
                except AssertionError:
                    raise AssertionError(f"left behind: {self.leftovers()}") from None
        finally:
            self.demolish()

    def demolish(self):
        """Whatever is still there goes, by process id and by path."""
        signal.alarm(0)
        with contextlib.suppress(Exception):
            self.end_daemon(signal.SIGKILL)
        while pid := self.keeper():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            reaper.reap_orphans()
        for root in self.cgroup_folders():
            remove_cgroup(root)
        for line in reversed(lines("/proc/self/mounts")):
            if self.name in line.split()[1]:
                LIBC.umount2(line.split()[1].encode(), MNT_DETACH)
        shutil.rmtree(self.folder)
        reaper.reap_orphans()


def cached(pattern):
    """A file of the harness's cache, for a script that is run by itself."""
    cache = pathlib.Path(os.environ.get("CROFT_CACHE", "/var/cache/croft-tests"))
    return next(map(str, sorted(cache.glob(pattern))), None)


def debian_archive():
    return os.environ.get("CROFT_TEST_TEMPLATE") or cached("template-*/debian.tar")


def init_archive(init):
    folder = os.environ.get("CROFT_TEST_INITS")
    path = f"{folder}/{init}.tar.zst" if folder else cached(f"inits-*/{init}.tar.zst")
    return path if path and os.path.exists(path) else None


def archive(name):
    """Of a Debian with more in it; skips without one."""
    variable = f"CROFT_TEST_{name.upper()}"
    found = os.environ.get(variable) or cached(f"{name}-*/{name}.tar.zst")
    return found or skip("DEBIAN", f"{variable} names no archive")


def remove_cgroup(root):
    folders = sorted((path for path, _, _ in os.walk(root)), key=len, reverse=True)

    def all_gone():
        for folder in folders:
            with contextlib.suppress(OSError, ValueError):
                for pid in map(int, lines(os.path.join(folder, "cgroup.procs"))):
                    os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(OSError):
                pathlib.Path(folder, "freezer.state").write_text("THAWED", encoding="utf-8")
            with contextlib.suppress(OSError):
                os.rmdir(folder)
        reaper.reap_orphans()
        return not os.path.isdir(root)
    eventually(all_gone, f"{root} can be removed")


HOSTS = []


def own_namespaces():
    if os.geteuid() != 0:
        skip("ROOT", "not root")
    if LIBC.unshare(CLONE_NEWNS | CLONE_NEWNET) != 0:
        skip("ROOT", f"cannot unshare: {os.strerror(ctypes.get_errno())}")
    LIBC.mount(None, b"/", None, MS_REC | MS_PRIVATE, None)
    LIBC.mount(None, b"/", None, MS_REC | MS_SHARED, None)  # as systemd leaves a host's mounts
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    os.umask(0o022)
    reaper.start()


def time_is_up(*_):
    raise AssertionError("took too long as a whole")


@contextlib.contextmanager
def host(*options, started=True, **arguments):
    """A Host for the time of the block."""
    if not HOSTS:
        own_namespaces()
        signal.signal(signal.SIGALRM, time_is_up)
        signal.alarm(int(LIMIT * SCALE))
    one = Host(*options, **arguments)
    HOSTS.append(one)
    try:
        if started:
            one.start_daemon()
        yield one
    except BaseException:
        one.demolish()
        raise
    else:
        one.finish()
    finally:
        HOSTS.remove(one)


def failures(scope, *arguments):
    """Runs every function test_* of the script in the order written; how many failed, each told with its reason."""
    failed = 0
    for name, function in list(scope.items()):
        if not name.startswith("test_"):
            continue
        begin = time.monotonic()
        try:
            function(*arguments)
            word = "ok  "
        except (Exception, SystemExit) as error:
            if isinstance(error, SystemExit) and error.code == 77:
                raise
            failed += 1
            word = "FAIL"
            traceback.print_exc(file=sys.stdout, limit=-3)
        print(f"{word} {time.monotonic() - begin:6.2f} s {name}", flush=True)
        if "took too long" in str(sys.exc_info()[1] or ""):
            break
    return failed


def main(scope, *options, prepare=None, **arguments):
    """The usual script: one daemon, what `prepare` makes in it, then every test of the scope with it."""
    only = sys.argv[1:]
    if only:
        scope = {name: value for name, value in scope.items() if name in only}
    with host(*options, **arguments) as croft:
        if prepare:
            prepare(croft)
        failed = failures(scope, croft)
        if failed and croft.log.exists():
            print("--- croftd's log:\n" + croft.log.read_text(encoding="utf-8", errors="replace")[-6000:])
    sys.exit(1 if failed else 0)
