// The files in a container's root that say who it is and what its network is (fs/identity.h,
// fs/network_files.h): when they are written, and from what. At the first start, and whenever name or
// addresses have changed.
#pragma once

#include "ctl/lifecycle/context.h"
#include "ctl/lifecycle/inits.h"
#include "ctl/spec/spec.h"
#include "fs/network_files.h"
#include "runtime/launch.h"

namespace croft::ctl {

std::string hostname_of(const ContainerRecord& record, const Spec& spec);

struct Identity {
  const ContainerRecord& record;
  const Spec& spec;
  InitKind init = InitKind::kCommand;
  fs::NetworkManagers managers{};  // that its root has; those are told of its interfaces
};
// Steps of a list whose root is the container's.
void append_identity(const Host& host, const Identity& identity, runtime::LaunchList& list);

// Whether the files were last written from something else.
bool identity_changed(const Context& context, const ContainerRecord& record, const Spec& spec);
// Whether its run has another host name than it is to have.
bool is_named_differently(const Context& context, const ContainerRecord& record);
// They have just been written.
void keep_identity(const Context& context, const ContainerRecord& record);
// Gives a container that runs its host name, and writes them, where they have changed. What cannot be written
// now (it is frozen, or its root will not have it) is written at its next start.
void refresh_identity(Context& context, const ContainerRecord& record) noexcept;

}  // namespace croft::ctl
