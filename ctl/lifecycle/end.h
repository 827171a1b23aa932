// What follows when the first process of a container has ended: the last of its processes, its cgroups and
// its record; then a restart, or the end of an ephemeral one.
#pragma once

#include <chrono>
#include <string>

#include "ctl/lifecycle/context.h"

namespace croft::ctl {

// Deals with one exit that the keeper told of. Blocks; never throws: what it cannot do is noted as the
// container's reason and tried again.
void handle_exit(Context& context, const runtime::ExitRecord& record);

// Takes apart what a run left on the host, whatever it is: processes, cgroups, link. Throws Error when
// something resists. Used after an exit, by destroy and by recovery alike.
void clear_run(Context& context, const ContainerRecord& record);

// Starts it when its restart is due. Blocks; never throws: a failed start is recorded as the container's.
void restart_if_due(Context& context, const std::string& uuid);
// The same in the background.
void restart_later(Context& context, const ContainerRecord& record, std::chrono::seconds pause);

// {"kind","status","time"}
Json exit_json(const runtime::ExitRecord& record);

}  // namespace croft::ctl
