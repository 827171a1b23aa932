// From a container's record to what is done to start it: the host's changes, and the list that its first
// process walks. Pure: asks nothing of the kernel but what Host knows already.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cgroups/group.h"
#include "cgroups/join.h"
#include "ctl/lifecycle/context.h"
#include "ctl/lifecycle/inits.h"
#include "ctl/lifecycle/steps.h"
#include "ctl/lifecycle/user.h"
#include "ctl/lifecycle/view.h"
#include "ctl/resources/control.h"
#include "fs/network_files.h"

namespace croft::ctl {

// Where the standard streams of process 1 go.
enum class Streams {
  kConsole,   // the console, which the keeper holds and logs
  kPassed,    // descriptors that the caller passed
  kTerminal,  // a terminal whose master goes to the caller
};

struct StartInput {
  ContainerRecord record;
  Spec spec;
  templates::Manifest manifest;
  fs::ContainerPaths paths;
  std::vector<std::string> layers;  // directories, top first
  bool shift = false;               // layers must be copied into the container's range first
  bool write_identity = true;       // /etc/hostname and such are to be written
  fs::NetworkManagers managers{};   // that its root has; those are told of its interface then
  Streams streams = Streams::kConsole;
  std::array<runtime::FdSlot, 3> passed{};  // for kPassed
  std::uint16_t rows = 0;                   // for kTerminal
  std::uint16_t columns = 0;
  std::optional<NoteView> note;  // where it is to see its own figures
  std::optional<User> user;      // who process 1 is, when the spec says so
  ResourceControl* control = nullptr;
  Traffic* traffic = nullptr;
  Shaping* shaping = nullptr;
};

struct StartPlan {
  runtime::Changes changes;
  std::size_t admission = 0;  // the change that admits it or refuses it: those behind it touch the host
  std::shared_ptr<LaunchState> state;
  InitKind init = InitKind::kCommand;
};

// Throws Error kInvalid for what only shows here (a sysctl that is not the container's, a template without
// init).
StartPlan plan_start(const Host& host, const StartInput& input);

// As resource control knows it.
Subject subject_of(const ContainerRecord& record, const Spec& spec, std::uint64_t generation);
// All of the plan, the host's changes first, then the steps inside.
std::vector<runtime::Description> describe(const StartPlan& plan);
// Environment of processes inside: PATH and container, then what the spec says.
std::vector<std::string> environment(const Spec& spec,
                                     const std::vector<std::pair<std::string, std::string>>& more);

}  // namespace croft::ctl
