// What is particular to each kind of init: how it is told to shut down, how it says that it is up, and
// whether it manages cgroups of its own. One row per kind.
#pragma once

#include <string>
#include <vector>

#include "ctl/spec/spec.h"
#include "templates/manifest.h"

namespace croft::ctl {

struct InitWay {
  InitKind kind = InitKind::kCommand;
  int stop_signal = 0;                    // sent to the init; 0 when stop_command does it
  std::vector<std::string> stop_command;  // run inside
  std::vector<std::string> up_command;    // run inside; prints "running" or "degraded" when boot is over
  std::string up_wait{};                  // its option to wait until then
  bool delegate = false;                  // gets a cgroup subtree of its own
  bool whole_system = true;               // an init of a distribution, not a plain command
};

// The row of a kind; kAuto is an error of the caller.
const InitWay& way_of(InitKind kind);
// What kAuto stands for: a command when there is one, else what the template has. Throws Error kInvalid when
// it has neither.
InitKind resolve_init(const Spec& spec, const templates::Manifest& manifest);
// Program and arguments of process 1.
std::vector<std::string> init_command(const Spec& spec, const templates::Manifest& manifest, InitKind kind);

}  // namespace croft::ctl
