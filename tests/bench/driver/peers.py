"""The other tools' side of `cycle`: configuration and commands. Every tool gets the same root, the same namespaces, a
map of 65536 ids, limits on memory, cpu and tasks, and a seccomp list of the same calls."""
import json
import subprocess

import machine

MEMORY = 1 << 30
TASKS = 4096
CPU_QUOTA, CPU_PERIOD = 200_000, 100_000
ID_BASE = 0x6FFD0000  # kBase in tests/bench/peer.cc

# As in tests/bench/floor/seccomp.cc.
REFUSED = set("""acct add_key bpf delete_module finit_module init_module kexec_load keyctl request_key
    open_by_handle_at perf_event_open settimeofday clock_settime swapon swapoff userfaultfd vhangup quotactl
    nfsservctl lookup_dcookie""".split())
DROPPED = """SYS_MODULE SYS_RAWIO SYS_TIME SYSLOG WAKE_ALARM BLOCK_SUSPEND MAC_ADMIN MAC_OVERRIDE AUDIT_CONTROL
    AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE""".split()
KEPT = """CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE
    NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE
    SYS_RESOURCE SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE SETFCAP""".split()


def syscalls():
    """Names of the calls that the filter allows, from the headers that the build uses."""
    done = subprocess.run(["g++", "-E", "-dM", "-x", "c++", "-"], input="#include <sys/syscall.h>\n", check=True,
                          capture_output=True, text=True)
    names = {line.split()[1][4:] for line in done.stdout.splitlines() if line.startswith("#define SYS_")}
    return sorted(names - REFUSED)


def oci_config():
    capabilities = ["CAP_" + name for name in KEPT]
    quiet = ["nosuid", "noexec", "nodev"]
    ids = [{"containerID": 0, "hostID": ID_BASE, "size": 65536}]
    return json.dumps({
        "ociVersion": "1.0.0",
        "process": {"terminal": False, "user": {"uid": 0, "gid": 0}, "args": ["/bin/true"], "cwd": "/",
                    "env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"], "noNewPrivileges": False,
                    "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 4096, "soft": 1024}],
                    "capabilities": {name: capabilities for name in ("bounding", "effective", "permitted")}},
        "root": {"path": "rootfs", "readonly": False},
        "hostname": "peer",
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc", "options": quiet},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "size=512k"]},
            {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
             "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]},
            {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": ["nosuid", "nodev", "mode=1777"]},
            {"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": quiet},
            {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": [*quiet, "ro"]},
            {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": [*quiet, "ro"]}],
        "linux": {
            "cgroupsPath": f"/{machine.NAME}-oci/@ID@",
            "uidMappings": ids, "gidMappings": ids,
            "namespaces": [{"type": name} for name in ("user", "pid", "mount", "uts", "ipc", "network", "cgroup")],
            "resources": {"memory": {"limit": MEMORY}, "cpu": {"quota": CPU_QUOTA, "period": CPU_PERIOD},
                          "pids": {"limit": TASKS}},
            "seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38,
                        "syscalls": [{"names": syscalls(), "action": "SCMP_ACT_ALLOW"}]},
            "maskedPaths": ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/latency_stats", "/proc/sched_debug",
                            "/proc/scsi", "/proc/acpi", "/sys/firmware"],
            "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sysrq-trigger"]}})


def lxc_cgroup_lines():
    if (machine.CGROUPS / "cgroup.controllers").exists():
        return [f"lxc.cgroup2.memory.max = {MEMORY}", f"lxc.cgroup2.cpu.max = {CPU_QUOTA} {CPU_PERIOD}",
                f"lxc.cgroup2.pids.max = {TASKS}"]
    return [f"lxc.cgroup.memory.limit_in_bytes = {MEMORY}", f"lxc.cgroup.cpu.cfs_quota_us = {CPU_QUOTA}",
            f"lxc.cgroup.pids.max = {TASKS}"]


def lxc_seccomp(folder):
    path = folder / "lxc.seccomp"
    path.write_text("\n".join(["2", "allowlist", "[all]", *syscalls(), ""]), encoding="utf-8")
    return path


def lxc_base(ids=ID_BASE):
    return ["lxc.uts.name = peer", f"lxc.idmap = u 0 {ids} 65536", f"lxc.idmap = g 0 {ids} 65536",
            "lxc.mount.auto = proc:mixed sys:ro cgroup:mixed", "lxc.autodev = 1", "lxc.autodev.tmpfs.size = 524288",
            "lxc.mount.entry = shm dev/shm tmpfs nosuid,nodev,mode=1777,create=dir 0 0",
            "lxc.mount.entry = mqueue dev/mqueue mqueue nosuid,nodev,noexec,create=dir 0 0",
            "lxc.tty.max = 0", "lxc.pty.max = 1024", "lxc.console.path = none",
            "lxc.apparmor.profile = unconfined", f"lxc.cap.drop = {' '.join(DROPPED).lower()}",
            *lxc_cgroup_lines()]


def lxc_config(folder):
    return "\n".join([
        *lxc_base(), "lxc.rootfs.path = dir:@DIR@/rootfs", "lxc.init.cmd = /bin/true",
        f"lxc.cgroup.dir = {machine.NAME}-lxc/@ID@", "lxc.prlimit.nofile = 1024:4096",
        f"lxc.seccomp.profile = {lxc_seccomp(folder)}",
        "lxc.net.0.type = veth", "lxc.net.0.veth.mode = router", "lxc.net.0.name = eth0", "lxc.net.0.flags = up",
        "lxc.net.0.ipv4.address = 10.201.0.@N@/32", "lxc.net.0.ipv4.gateway = dev",
        "lxc.net.0.ipv6.address = fdc0:f8::@N@/128", "lxc.net.0.ipv6.gateway = dev", ""])


# What each tool is not to see. crun 1.8.1 refuses a hybrid layout. lxc would take newuidmap where it is installed,
# which wants /etc/subuid changed; without it, it writes the maps itself, which is also faster.
HIDDEN = {"crun": ["/sys/fs/cgroup/unified"], "runc": [], "lxc": ["/usr/bin/newuidmap", "/usr/bin/newgidmap"]}


def oci_commands(tool, state):
    base = [tool, "--root", state]
    long = [*base, "create", "--bundle", "@DIR@", "--pid-file", "@DIR@/pid", "@ID@", ";", *base, "start", "@ID@", ";",
            "@reap@", "@DIR@/pid", ";", *base, "delete", "@ID@"]
    short = [*base, "run", "--bundle", "@DIR@", "@ID@"]
    undo = ["!", *base, "delete", "--force", "@ID@"]
    return {"create-start-wait-delete": long + undo, "run": short + undo}


def lxc_commands(state):
    start = ["lxc-start", "-P", state, "-n", "@ID@"]
    wait = ["lxc-wait", "-P", state, "-n", "@ID@"]
    make = ["lxc-create", "-P", state, "-n", "@ID@", "-f", "@DIR@/config", "-t", "none"]
    destroy = ["lxc-destroy", "-P", state, "-n", "@ID@"]
    undo = ["!", "lxc-stop", "-P", state, "-n", "@ID@", "-k", ";", "lxc-destroy", "-P", state, "-n", "@ID@"]
    return {"create-start-wait-destroy": [*make, ";", *start, "-d", ";", *wait, "-s", "STOPPED", ";", "@unmount@", ";",
                                          *destroy, *undo],
            "start -F": [*start, "-F", "-f", "@DIR@/config", *undo]}
