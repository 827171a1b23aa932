#include <cerrno>
#include <csignal>

#include "cgroups/files.h"
#include "cgroups/v1/drivers.h"
#include "cgroups/walk.h"
#include "runtime/error.h"

namespace croft::cgroups::v1 {
namespace {

void set_freezer(const runtime::Fd& directory, const char* state) {
  try {
    runtime::write_file_at(directory, "freezer.state", state);
  } catch (const runtime::Error& error) {
    if (error.error_number() != ENOENT) throw;  // a hierarchy without the freezer
  }
}

// With the freezer nobody forks while the list is read; the signal is taken when thawed.
void kill(const runtime::Fd& directory) {
  set_freezer(directory, "FROZEN");
  signal_below(directory, SIGKILL);
  set_freezer(directory, "THAWED");
}

bool populated(const runtime::Fd& directory) {
  return !walk(directory, [](const runtime::Fd& group) { return read_value(group, "cgroup.procs").empty(); });
}

bool wait_empty(const runtime::Fd& directory, Milliseconds timeout) {
  Patience patience(deadline_in(timeout));
  while (populated(directory))
    if (!patience.wait()) return false;
  return true;
}

}  // namespace

constinit const KillDriver kKill{kill, populated, wait_empty};

}  // namespace croft::cgroups::v1
