// Counting a group's IPv4 and IPv6 sockets, and refusing those beyond a limit, by two BPF programs on its
// directory in the unified hierarchy (Linux >= 5.9: sock_create, sock_release). socket(2) fails with EPERM
// then.
//
// The programs are the same for all groups; what they count and the limits lie in storage that the kernel
// keeps for each group that they are attached to, and frees with it. So nothing is lost when the daemon ends:
// the next one finds the maps by the program on the group, whatever generation that is. Sockets that
// accept(2) gives were never created in the sense of the hooks, and are not counted; their end is told from
// that of others by a mark. Containers' groups only, not those of tenants above them: where two levels count,
// the one that refuses cannot take back what the other has counted.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "cgroups/knobs.h"
#include "runtime/fd.h"

namespace croft::cgroups {

struct SocketCounts {
  std::uint64_t tcp = 0;
  std::uint64_t other = 0;
  std::uint64_t refused_tcp = 0;
  std::uint64_t refused_other = 0;
};

// The maps of one group, by the program on it.
class GroupSockets {
 public:
  // Empty when no program of ours is on it. Throws Error.
  static std::optional<GroupSockets> open(const runtime::Fd& group);

  // Empty when the group is gone.
  [[nodiscard]] std::optional<SocketCounts> counts() const;
  [[nodiscard]] SocketKnobs limits() const;  // throws Error
  // Holds at once for new sockets; those that are there stay. Throws Error.
  void set_limits(const SocketKnobs& knobs) const;

 private:
  void take_maps(const runtime::Fd& program);

  std::shared_ptr<const runtime::Fd> counters_;  // as all groups of its generation of programs have them
  std::shared_ptr<const runtime::Fd> limits_;
  std::uint64_t id_ = 0;
};

// The programs, loaded when they are first needed. Thread-safe.
class SocketPrograms {
 public:
  // To a group: what it opens from now on is counted. Throws Error.
  void attach(const runtime::Fd& group);

 private:
  struct Loaded {
    runtime::Fd create;
    runtime::Fd release;
  };
  std::mutex mutex_;
  std::optional<Loaded> loaded_;
};

// Does this kernel load such programs? Asks it.
bool socket_programs_work();

}  // namespace croft::cgroups
