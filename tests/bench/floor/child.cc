#include "tests/bench/floor/child.h"

#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <utility>

#include "tests/bench/floor/link.h"
#include "tests/bench/floor/seccomp.h"

namespace croft::bench {
namespace {

using Settings = std::vector<std::pair<const char*, const char*>>;
constexpr unsigned kQuiet = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

// Detached mounts that do not need the root: made while the parent is still busy with the overlay.
struct Ready {
  Fd proc;
  Fd sys;
  Fd dev;
  Fd pts;
  Fd shm;
  Fd queue;
  Fd empty;    // read-only tmpfs that hides directories
  Fd groups;   // tmpfs on /sys/fs/cgroup
  Fd systemd;  // name=systemd, which exists by being mounted, as the unified hierarchy does
  Fd unified;
  std::vector<std::pair<const char*, Fd>> nodes;
};

Fd make_filesystem(const char* type, const Settings& settings, unsigned attributes) {
  const Fd fs(check(fsopen(type, FSOPEN_CLOEXEC), std::string("fsopen ") + type));
  for (const auto& [key, value] : settings) {
    const unsigned command = value == nullptr ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING;
    check(fsconfig(fs.get(), command, key, value, 0), std::string(type) + " option " + key);
  }
  check(fsconfig(fs.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0), std::string("create ") + type);
  return Fd(check(fsmount(fs.get(), FSMOUNT_CLOEXEC, attributes), std::string("fsmount ") + type));
}

void attach(const Fd& mount, const std::string& target) {
  check(move_mount(mount.get(), "", AT_FDCWD, target.c_str(), MOVE_MOUNT_F_EMPTY_PATH), "mount at " + target);
}

Fd clone_tree(const std::string& path) {
  return Fd(
      check(open_tree(AT_FDCWD, path.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC), "open_tree " + path));
}

void attributes(const std::string& target, std::uint64_t set) {
  struct mount_attr attr {};
  attr.attr_set = set;
  check(mount_setattr(AT_FDCWD, target.c_str(), 0, &attr, sizeof attr), "mount_setattr " + target);
}

void make_file(const std::string& path) {
  open_or_fail(AT_FDCWD, path, O_WRONLY | O_CREAT, 0666);
}
void make_directory(const std::string& path) {
  check(mkdir(path.c_str(), 0755), "mkdir " + path);
}

void become_root(const ChildWork& work) {
  hear(work.channel, kMapped);
  check(setgroups(0, nullptr), "setgroups");
  check(setresgid(0, 0, 0), "setresgid");
  check(setresuid(0, 0, 0), "setresuid");
  work.track.done("become root");
}

void join_cgroups(const ChildWork& work) {
  for (const Fd& file : work.tasks) check(write(file.get(), "0", 1), "join cgroup");
  work.track.done("join cgroups");
  if (work.cgroups.hybrid()) check(unshare(CLONE_NEWCGROUP), "unshare cgroup");
  work.track.done("unshare cgroup ns");
}

Ready make_mounts(const ChildWork& work) {
  Track& track = work.track;
  Ready r;
  r.proc = make_filesystem("proc", {}, kQuiet);
  track.done("new proc");
  if (work.options.has("net")) r.sys = make_filesystem("sysfs", {}, kQuiet | MOUNT_ATTR_RDONLY);
  track.done("new sysfs");
  r.dev = make_filesystem("tmpfs", {{"source", "dev"}, {"mode", "755"}, {"size", "512k"}}, MOUNT_ATTR_NOSUID);
  r.shm =
      make_filesystem("tmpfs", {{"source", "shm"}, {"mode", "1777"}}, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
  r.empty = make_filesystem("tmpfs", {{"source", "mask"}, {"mode", "555"}}, kQuiet | MOUNT_ATTR_RDONLY);
  track.done("new tmpfs x3");
  r.pts = make_filesystem("devpts",
                          {{"newinstance", nullptr}, {"ptmxmode", "0666"}, {"mode", "0620"}, {"gid", "5"}},
                          MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
  track.done("new devpts");
  r.queue = make_filesystem("mqueue", {}, kQuiet);
  track.done("new mqueue");
  for (const char* node : {"null", "zero", "full", "random", "urandom", "tty"})
    r.nodes.emplace_back(node, clone_tree(std::string("/dev/") + node));
  track.done("clone 6 nodes");
  if (work.options.has("cgroup-mounts")) {
    r.unified = make_filesystem("cgroup2", {}, kQuiet);
    if (work.cgroups.hybrid()) {
      r.groups = make_filesystem("tmpfs", {{"source", "cgroup"}, {"mode", "755"}}, kQuiet);
      r.systemd = make_filesystem("cgroup", {{"none", nullptr}, {"name", "systemd"}}, kQuiet);
    }
    track.done("new cgroup mounts");
  }
  return r;
}

void fill_dev(const Ready& ready) {
  attach(ready.dev, "dev");
  for (const auto& [name, node] : ready.nodes) {
    const std::string target = std::string("dev/") + name;
    make_file(target);
    attach(node, target);
  }
  for (const char* dir : {"dev/pts", "dev/shm", "dev/mqueue"}) make_directory(dir);
  attach(ready.pts, "dev/pts");
  attach(ready.shm, "dev/shm");
  attach(ready.queue, "dev/mqueue");
  const std::array<std::pair<const char*, const char*>, 6> links = {{{"/proc/self/fd", "dev/fd"},
                                                                     {"/proc/self/fd/0", "dev/stdin"},
                                                                     {"/proc/self/fd/1", "dev/stdout"},
                                                                     {"/proc/self/fd/2", "dev/stderr"},
                                                                     {"pts/ptmx", "dev/ptmx"},
                                                                     {"/proc/kcore", "dev/core"}}};
  for (const auto& [content, link] : links) check(symlink(content, link), link);
}

void mount_cgroups(const Ready& ready) {
  if (!ready.groups) return attach(ready.unified, "sys/fs/cgroup");
  attach(ready.groups, "sys/fs/cgroup");
  make_directory("sys/fs/cgroup/systemd");
  make_directory("sys/fs/cgroup/unified");
  attributes("sys/fs/cgroup", MOUNT_ATTR_RDONLY);
  attach(ready.systemd, "sys/fs/cgroup/systemd");
  attach(ready.unified, "sys/fs/cgroup/unified");
}

void mask(const Ready& ready) {
  for (const char* file : {"proc/kcore", "proc/keys", "proc/timer_list", "proc/sched_debug",
                           "proc/latency_stats", "proc/interrupts"})
    if (access(file, F_OK) == 0) attach(clone_tree("dev/null"), file);
  std::string hidden;  // the first hidden directory; its mount is cloned for the others
  for (const char* dir : {"proc/acpi", "proc/scsi", "sys/firmware", "sys/devices/virtual/powercap",
                          "sys/kernel/debug", "sys/kernel/tracing", "sys/kernel/security"}) {
    if (access(dir, F_OK) != 0) continue;
    if (hidden.empty()) {
      attach(ready.empty, dir);
      hidden = dir;
    } else {
      attach(clone_tree(hidden), dir);
    }
  }
  for (const char* path : {"proc/bus", "proc/fs", "proc/irq", "proc/sysrq-trigger", "proc/asound"}) {
    if (access(path, F_OK) != 0) continue;
    attach(clone_tree(path), path);
    attributes(path, MOUNT_ATTR_RDONLY);
  }
}

// What tells the container who it is; new files in the upper directory.
void write_identity() {
  const std::array<std::pair<const char*, const char*>, 3> files = {
      {{"etc/hostname", "floor\n"},
       {"etc/hosts", "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n10.200.0.2\tfloor\n"},
       {"etc/resolv.conf", "nameserver 10.200.0.1\n"}}};
  for (const auto& [path, content] : files) {
    const Fd file = open_or_fail(AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL, 0644);
    check(write(file.get(), content, strlen(content)), path);
  }
}

void enter_root(const ChildWork& work, const Ready& ready) {
  Track& track = work.track;
  const Fd root = hear(work.channel, kRoot);
  track.done("(wait for root)");
  const std::string staging = work.options.data + "/staging";
  attach(root, staging);
  check(chdir(staging.c_str()), "chdir");
  attach(ready.proc, "proc");
  if (ready.sys) attach(ready.sys, "sys");
  track.done("attach root, proc, sys");
  fill_dev(ready);
  track.done("fill /dev");
  if (work.options.has("cgroup-mounts")) mount_cgroups(ready);
  track.done("attach cgroup mounts");
  if (work.options.has("masks")) mask(ready);
  track.done("masks");
  if (work.options.has("identity")) write_identity();
  track.done("identity files");
  check(syscall(SYS_pivot_root, ".", "."), "pivot_root");
  check(umount2(".", MNT_DETACH), "detach old root");
  check(chdir("/"), "chdir /");
  track.done("pivot_root");
}

void confine(const ChildWork& work) {
  const std::string name = "floor";
  check(sethostname(name.data(), name.size()), "sethostname");
  const rlimit files{1024, 4096};
  check(setrlimit(RLIMIT_NOFILE, &files), "setrlimit");
  for (const unsigned long capability :
       {CAP_SYS_MODULE, CAP_SYS_RAWIO, CAP_SYS_TIME, CAP_SYSLOG, CAP_WAKE_ALARM, CAP_BLOCK_SUSPEND,
        CAP_MAC_ADMIN, CAP_MAC_OVERRIDE, CAP_AUDIT_CONTROL, CAP_AUDIT_READ, CAP_PERFMON, CAP_BPF,
        CAP_CHECKPOINT_RESTORE})
    check(prctl(PR_CAPBSET_DROP, capability, 0, 0, 0), "capability bounding set");
  work.track.done("hostname, rlimit, capabilities");
  if (work.options.has("seccomp")) load_filter();
  work.track.done("seccomp");
}

void prepare(const ChildWork& work) {
  check(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "prctl");
  check(setsid(), "setsid");
  become_root(work);
  join_cgroups(work);
  const Ready ready = make_mounts(work);
  enter_root(work, ready);
  if (work.options.has("veth")) {
    hear(work.channel, kLinked);
    work.track.done("(wait for veth)");
    configure_inside(open_netlink(), work.number);
    work.track.done("configure eth0");
  }
  confine(work);
}

}  // namespace

void run_child(const ChildWork& work) noexcept {
  try {
    work.track.begin();
    prepare(work);
    const std::string program = work.options.command;
    std::array<char*, 2> argv = {const_cast<char*>(program.c_str()), nullptr};
    std::string container = "container=croft";
    std::string path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    std::array<char*, 3> env = {container.data(), path.data(), nullptr};
    execve(program.c_str(), argv.data(), env.data());
    fail("exec " + program);
  } catch (const std::exception& error) {
    fprintf(stderr, "floor: child: %s\n", error.what());
  }
  _exit(125);
}

}  // namespace croft::bench
