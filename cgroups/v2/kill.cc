#include <cerrno>
#include <csignal>

#include "cgroups/v2/drivers.h"
#include "cgroups/v2/events.h"
#include "cgroups/walk.h"
#include "runtime/error.h"

namespace croft::cgroups::v2 {
namespace {

// Frozen processes fork no more, and die of SIGKILL all the same.
void kill_one_by_one(const runtime::Fd& directory) {
  runtime::write_file_at(directory, "cgroup.freeze", "1");
  signal_below(directory, SIGKILL);
  runtime::write_file_at(directory, "cgroup.freeze", "0");
}

void kill(const runtime::Fd& directory) {
  try {
    runtime::write_file_at(directory, "cgroup.kill", "1");
  } catch (const runtime::Error& error) {
    if (error.error_number() != ENOENT) throw;
    kill_one_by_one(directory);  // before Linux 5.14
  }
}

bool populated(const runtime::Fd& directory) {
  return event(directory, "populated") == 1;
}

bool wait_empty(const runtime::Fd& directory, Milliseconds timeout) {
  return wait_event(directory, "populated", 0, timeout);
}

}  // namespace

constinit const KillDriver kKill{kill, populated, wait_empty};

}  // namespace croft::cgroups::v2
