// What starts again by itself: a run that asked for it from inside, a run whose end `restart` is about, and
// what the boot of the host starts. What is due is the container's reason in the registry, so that it is
// still due when the daemon has died meanwhile.
#pragma once

#include <chrono>
#include <string>

#include "ctl/lifecycle/live.h"
#include "ctl/lifecycle/registry/registry.h"
#include "runtime/exit_record.h"

namespace croft::ctl {

// What follows the end of a run.
struct Next {
  std::string reason{};           // of the stopped container; empty: it stays as it is
  std::chrono::seconds pause{0};  // before it starts again
  bool due = false;               // it starts again
  bool given_up = false;          // it would, but its runs are too short
};

// Counts the run as short or not; `live` is not locked. The count is the daemon's own: a new one begins at
// none, which makes it more patient, never less.
Next next_after(Live& live, const ContainerRecord& record, const runtime::ExitRecord& exit);
// The same where nobody counted: the daemon was away when the run ended.
Next next_after(const ContainerRecord& record, const runtime::ExitRecord& exit);

// A restart after a run is still to come.
bool restart_due(const ContainerRecord& record);

// Whether it is to start with the host, when it was `running` when the host went down or not.
bool boots(const ContainerRecord& record, bool running);
inline constexpr std::string_view kBootDue = "it starts when the host has booted";
bool boot_due(const ContainerRecord& record);

// Either.
inline bool start_due(const ContainerRecord& record) {
  return restart_due(record) || boot_due(record);
}

}  // namespace croft::ctl
