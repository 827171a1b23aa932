// A group that exists: its directories held open, and what can be done to it and read from it. Every function
// throws Error kNotFound when the group is gone, kUnsupported when the host has nothing that does it.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cgroups/group.h"
#include "cgroups/hierarchy.h"
#include "cgroups/units.h"
#include "runtime/fd.h"

namespace croft::cgroups {

class Group {
 public:
  // Opens the directories that exist. Throws Error kNotFound when none does. `layout` must outlive the group.
  Group(const Layout& layout, const GroupPath& path);

  [[nodiscard]] const Layout& layout() const { return *layout_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  // The open directory in a hierarchy, null where the group is not.
  [[nodiscard]] const runtime::Fd* directory(std::size_t hierarchy) const;

 private:
  const Layout* layout_;
  std::string name_;
  std::map<std::size_t, runtime::Fd> directories_;
};

// Stops every process; returns when all stand still. After `timeout` it thaws again and throws kTimeout.
void freeze(const Group& group, Milliseconds timeout);
void thaw(const Group& group);
// The same without opening all of its directories.
void thaw(const Layout& layout, const GroupPath& path);
bool frozen(const Group& group);

// SIGKILL to every process, and again until none is left or `timeout` is over (Error kTimeout).
void kill_all(const Group& group, Milliseconds timeout);
bool populated(const Group& group);
// True when no process is left, false after `timeout`.
bool wait_empty(const Group& group, Milliseconds timeout);

// Processes in it and below, as the caller's pid namespace numbers them; unsorted, at most kMaxProcesses.
std::vector<pid_t> processes(const Group& group);
// The first process (pid 1) of the container's own pid namespace, if it lives. Reads PROC/PID/status.
std::optional<pid_t> find_init(const Group& group, const std::string& proc);

struct Usage {
  std::optional<Bytes> memory;
  std::optional<Micros> cpu;
  std::optional<std::uint64_t> tasks;
};
// One read for each of them; what the host does not count is empty.
Usage usage(const Group& group);

}  // namespace croft::cgroups
