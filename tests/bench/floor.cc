// The floor: one container's life with nothing around it. The same kernel work as a cycle of Croft (create,
// start, wait, destroy), every resource included, but no daemon, no database, no protocol. What it takes is
// what the kernel charges; Croft is measured as a multiple of it.
//
// usage: floor --data DIR --root TEMPLATE [--name NAME] [--without PART,...]
// Reads a number of cycles per line of standard input and answers each cycle with one JSON line.
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cstring>
#include <iostream>
#include <sstream>

#include "tests/bench/contender.h"
#include "tests/bench/floor/cgroups.h"
#include "tests/bench/floor/child.h"
#include "tests/bench/floor/devices.h"
#include "tests/bench/floor/filter.h"
#include "tests/bench/floor/idmap.h"
#include "tests/bench/floor/link.h"
#include "tests/bench/floor/marks.h"
#include "tests/bench/floor/overlay.h"
#include "tests/bench/floor/programs.h"

namespace croft::bench {
namespace {

constexpr std::uint32_t kFirstBase = 0x10000000;
constexpr std::uint32_t kRanges = 1000;

struct Floor {
  Options options;
  Cgroups cgroups;
  Fd netlink;
  Fd devices;  // the program
  Programs programs;
  Fd filter;
  Marks* marks;
  std::uint32_t number = 0;
};

struct Child {
  pid_t pid = -1;
  Fd pidfd;
  Fd channel;
};

std::uint64_t namespaces(const Floor& floor) {
  std::uint64_t flags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC;
  if (floor.options.has("net")) flags |= CLONE_NEWNET;
  // On v1 the child moves itself first, or its cgroup namespace would begin at the root.
  if (!floor.cgroups.hybrid()) flags |= CLONE_NEWCGROUP;
  return flags;
}

Child clone_child(Floor& floor, const std::string& id) {
  const std::vector<Fd> tasks = floor.cgroups.open_tasks(id);
  const Fd unified = floor.cgroups.open_unified(id);
  if (floor.devices && unified && floor.options.has("devices")) attach_device_program(floor.devices, unified);
  if (unified && floor.options.has("programs")) attach_socket_programs(floor.programs, unified);
  floor.marks->parent.done("open tasks, attach programs");
  int ends[2];
  check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), "socketpair");
  Child child;
  child.channel = Fd(ends[0]);
  const Fd theirs(ends[1]);
  int pidfd = -1;
  clone_args args{};
  args.flags = namespaces(floor) | CLONE_PIDFD | (unified ? std::uint64_t{CLONE_INTO_CGROUP} : 0);
  args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
  args.exit_signal = SIGCHLD;
  args.cgroup = static_cast<std::uint64_t>(unified.get());
  child.pid = check(syscall(SYS_clone3, &args, sizeof args), "clone3");
  if (child.pid == 0)
    run_child({floor.options, floor.cgroups, tasks, theirs.get(), floor.number, floor.marks->child});
  child.pidfd = Fd(pidfd);
  return child;
}

void give_root(const Floor& floor, const Child& child, const std::string& id) {
  const Fd users = open_or_fail(AT_FDCWD, "/proc/" + std::to_string(child.pid) + "/ns/user", O_RDONLY);
  const Fd lower = map_template(floor.options.root, users);
  floor.marks->parent.done("id-mapped template");
  const Fd root = mount_overlay(lower, floor.options.data, id, floor.options.data + "/staging");
  say(child.channel.get(), kRoot, root.get());
  floor.marks->parent.done("overlay");
}

// End of file on the channel is the exec, or the child's death.
void wait_exec(const Child& child) {
  pollfd channel{child.channel.get(), POLLIN, 0};
  while (poll(&channel, 1, -1) < 0)
    if (errno != EINTR) fail("poll");
}

void wait_exit(const Child& child) {
  siginfo_t info{};
  check(waitid(P_PIDFD, static_cast<id_t>(child.pidfd.get()), &info, WEXITED), "waitid");
  if (info.si_code == CLD_EXITED && info.si_status == 0) return;
  errno = ECHILD;
  fail("the container's command ended with " + std::to_string(info.si_status));
}

// The files, after the time was taken; and what a failed cycle leaves.
struct Sweep {
  Floor& floor;
  const std::string& id;
  const Child& child;
  ~Sweep() {
    if (child.pid > 0) {
      kill(child.pid, SIGKILL);
      waitpid(child.pid, nullptr, 0);
    }
    floor.cgroups.remove(id);
    remove_upper(floor.options.data, id);
  }
};

void start(Floor& floor, const std::string& id, Child& child) {
  Track& track = floor.marks->parent;
  const std::uint32_t base = kFirstBase + floor.number % kRanges * 65536;
  make_upper(floor.options.data, id, base);
  track.done("upper and work");
  if (floor.options.has("filter")) put_elements(floor.filter, floor.number);
  track.done("filter");
  floor.cgroups.make(id);
  track.done("mkdir cgroups");
  floor.cgroups.set_limits(id);
  track.done("set limits");
  child = clone_child(floor, id);
  track.done("clone3");
  write_maps(child.pid, base);
  say(child.channel.get(), kMapped);
  track.done("id maps");
  give_root(floor, child, id);
  if (floor.options.has("veth")) {
    make_veth(floor.netlink, child.pid, floor.number);
    say(child.channel.get(), kLinked);
    track.done("veth pair");
    make_routes(floor.netlink, floor.number);
    track.done("host addresses, routes");
    if (floor.options.has("programs"))
      attach_packet_programs(floor.programs, floor.netlink, host_index(floor.number));
    track.done("packet programs");
  }
  wait_exec(child);
  track.done("(wait for exec)");
}

std::string steps(const Track& track) {
  std::ostringstream out;
  for (std::size_t i = 1; i < track.size(); ++i)
    out << (i > 1 ? "," : "") << '"' << track[i].step
        << "\":" << static_cast<double>(track[i].ns - track[i - 1].ns) / 1e3;
  return out.str();
}

std::string report(const Floor& floor, std::uint64_t begun, std::uint64_t executed, std::uint64_t ended) {
  std::ostringstream out;
  out << R"({"cycle_us":)" << static_cast<double>(ended - begun) / 1e3 << R"(,"start_us":)"
      << static_cast<double>(executed - begun) / 1e3 << R"(,"parent":{)" << steps(floor.marks->parent)
      << R"(},"child":{)" << steps(floor.marks->child) << "}}";
  return out.str();
}

std::string cycle(Floor& floor) {
  const std::string id =
      floor.options.name + "-" + std::to_string(getpid()) + "-" + std::to_string(++floor.number);
  Track& track = floor.marks->parent;
  Child child;
  std::uint64_t executed = 0;
  std::uint64_t ended = 0;
  const std::uint64_t begun = now_ns();
  {
    const Sweep on_failure{floor, id, child};
    track.begin();
    start(floor, id, child);
    executed = now_ns();
    wait_exit(child);
    child.pid = -1;
    track.done("run and exit");
    floor.cgroups.remove(id);
    track.done("rmdir cgroups");
    set_upper_aside(floor.options.data, id);
    track.done("set upper and work aside");
    if (floor.options.has("filter")) remove_elements(floor.filter, floor.number);
    track.done("filter again");
    ended = now_ns();
  }
  return report(floor, begun, executed, ended);
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string key = argv[i];
    const std::string value = argv[i + 1];
    if (key == "--data") options.data = value;
    if (key == "--root") options.root = value;
    if (key == "--name") options.name = value;
    if (key == "--command") options.command = value;
    std::istringstream parts(key == "--without" ? value : "");
    for (std::string part; std::getline(parts, part, ',');) options.without.insert(part);
  }
  // sysfs shows a net namespace and wants one that the mounter owns; the cgroup mounts lie on it.
  if (!options.has("net")) options.without.insert({"veth", "cgroup-mounts"});
  if (options.data.empty() || options.root.empty()) {
    errno = EINVAL;
    fail("usage: floor --data DIR --root TEMPLATE [--name NAME] [--without PART,...]");
  }
  return options;
}

// Own mount tree (a private copy of the host's) and own network: nothing of this run is seen outside.
void isolate(const Options& options) {
  check(unshare(CLONE_NEWNS | CLONE_NEWNET), "unshare");
  check(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make mounts private");
  const std::string staging = options.data + "/staging";
  if (mkdir(staging.c_str(), 0755) != 0 && errno != EEXIST) fail("mkdir " + staging);
}

int run(int argc, char** argv) {
  const Options options = parse(argc, argv);
  isolate(options);
  Floor floor{options,         Cgroups(options.name), open_netlink(), load_device_program(),
              load_programs(), open_filter(),         share_marks()};
  const int status = serve([&] { return cycle(floor); });
  rmdir((options.data + "/staging").c_str());
  return status;
}

}  // namespace
}  // namespace croft::bench

int main(int argc, char** argv) {
  try {
    return croft::bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "floor: " << error.what() << '\n';
    return 1;
  }
}
