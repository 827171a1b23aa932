#include "fs/inside.h"

#include <sys/mount.h>

#include <array>
#include <string>
#include <utility>

namespace croft::fs {
namespace {

using runtime::LaunchList;
using runtime::Slot;

constexpr std::uint64_t kQuiet = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

void mount_new(std::string_view type, const LaunchList::Options& options, std::uint64_t attributes,
               std::string_view target, LaunchList& list) {
  list.mount_at(list.new_filesystem(type, options, attributes), target);
}

// No hidepid: init systems and monitoring run as other users than root inside, and need the process list.
Slot plan_proc(LaunchList& list) {
  list.make_directory("/proc", 0555);
  const Slot proc = list.new_filesystem("proc", {}, kQuiet);
  list.mount_at(proc, "/proc");
  return proc;
}

// Read-only: init systems take a writable /sys for a machine whose devices they manage, and start udev and
// the like. The directory /sys/fs/cgroup in it is a mount point for what cgroups/ puts there.
void plan_sys(LaunchList& list) {
  list.make_directory("/sys", 0555);
  mount_new("sysfs", {}, kQuiet | MOUNT_ATTR_RDONLY, "/sys", list);
}

// The host's own nodes, bound one by one: none can be made in a user namespace, and none is taken from the
// image.
constexpr std::array<const char*, 6> kDevices{"null", "zero", "full", "random", "urandom", "tty"};

struct Link {
  const char* path;
  const char* content;
};
constexpr std::array<Link, 6> kLinks{{{"/dev/fd", "/proc/self/fd"},
                                      {"/dev/stdin", "/proc/self/fd/0"},
                                      {"/dev/stdout", "/proc/self/fd/1"},
                                      {"/dev/stderr", "/proc/self/fd/2"},
                                      {"/dev/core", "/proc/kcore"},
                                      {"/dev/ptmx", "pts/ptmx"}}};

void plan_devices(const InsideIntent& intent, LaunchList& list) {
  // The bounds are for what a container may put there itself: sockets and links, hardly ever content.
  if (intent.dev)
    list.mount_at(*intent.dev, "/dev");
  else
    mount_new("tmpfs", {{"mode", "755"}, {"size", "1m"}, {"nr_inodes", "4096"}},
              MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, "/dev", list);
  for (const char* name : kDevices) {
    const std::string path = std::string("/dev/") + name;
    list.make_file(path, "", 0600);
    list.mount_at(list.clone_tree(path, 0, false), path);
  }
  for (const Link& link : kLinks) list.make_symlink(link.path, link.content);
}

void plan_dev(const InsideIntent& intent, LaunchList& list) {
  list.make_directory("/dev", 0755);
  plan_devices(intent, list);
  list.make_directory("/dev/pts", 0755);
  // gid 5 is `tty` in every distribution. Terminals are counted against the host's kernel.pty.max too.
  mount_new("devpts", {{"ptmxmode", "0666"}, {"mode", "0620"}, {"gid", "5"}, {"max", "1024"}},
            MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, "/dev/pts", list);
  list.make_directory("/dev/shm", 0755);
  mount_new("tmpfs", {{"mode", "1777"}, {"size", std::to_string(intent.shm_bytes)}, {"nr_inodes", "65536"}},
            kQuiet, "/dev/shm", list);
  list.make_directory("/dev/mqueue", 0755);
  mount_new("mqueue", {}, kQuiet, "/dev/mqueue", list);
}

// Root's alone, who could take the masks off the others too.
void plan_whole(LaunchList& list) {
  list.make_directory("/dev/.croft", 0700);
  for (const auto& [type, path] :
       {std::pair{"proc", "/dev/.croft/proc"}, std::pair{"sysfs", "/dev/.croft/sys"}}) {
    list.make_directory(path, 0555);
    mount_new(type, {}, kQuiet, path, list);
  }
}

void plan_run(const InsideIntent& intent, LaunchList& list) {
  if (intent.run_bytes == 0) return;
  list.make_directory("/run", 0755);
  // Programs are started from /run by some services, so it is not noexec.
  mount_new("tmpfs", {{"mode", "755"}, {"size", std::to_string(intent.run_bytes)}, {"nr_inodes", "65536"}},
            MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, "/run", list);
}

}  // namespace

const std::vector<HiddenPath>& masked_paths() {
  static const std::vector<HiddenPath> kPaths{
      {"/proc/kcore", "the host's memory; readable by the host's root only, and to stay so"},
      {"/proc/keys", "keys and key rings of others, as far as their permissions show them"},
      {"/proc/timer_list", "timers of all processes of the host by name, and kernel addresses"},
      {"/proc/sched_debug", "every process of the host by name (before Linux 5.13)"},
      {"/proc/latency_stats", "where processes of the whole host wait"},
      {"/proc/interrupts", "counters so fine that other tenants' doings can be read from them"},
      {"/proc/acpi", "wakeup and power state of the host's hardware"},
      {"/proc/scsi", "the host's disks; a write removes one"},
      {"/sys/firmware", "firmware tables and variables: serial numbers, keys"},
      {"/sys/devices/virtual/powercap", "energy counters: a side channel on other tenants (CVE-2020-8694)"},
      {"/sys/kernel/debug",
       "empty in a new sysfs; as a mount point it tells init that there is nothing to mount"},
      {"/sys/kernel/tracing", "as debug"},
      {"/sys/kernel/security", "as debug"},
  };
  return kPaths;
}

const std::vector<HiddenPath>& read_only_paths() {
  static const std::vector<HiddenPath> kPaths{
      {"/proc/bus", "configuration space of the host's devices"},
      {"/proc/fs", "switches of the host's file systems"},
      {"/proc/irq", "which CPU serves which interrupt of the host"},
      {"/proc/sysrq-trigger", "reboots the host"},
      {"/proc/asound", "switches of the host's sound cards"},
  };
  return kPaths;
}

Slot plan_inside(const InsideIntent& intent, LaunchList& list) {
  const Slot proc = plan_proc(list);
  plan_sys(list);
  plan_dev(intent, list);
  if (intent.nested) plan_whole(list);
  plan_run(intent, list);
  for (const HiddenPath& hidden : masked_paths()) list.mask(hidden.path);
  for (const HiddenPath& hidden : read_only_paths()) list.read_only(hidden.path);
  return proc;
}

}  // namespace croft::fs
