// Stopping a container: its init is asked to, then everything in it is killed.
#pragma once

#include <chrono>

#include "ctl/lifecycle/context.h"

namespace croft::ctl {

// Asks the init to shut down and waits; after `timeout` everything is killed. Returns when the run is taken
// apart, and no restart is due then. Throws Error kBusy when somebody else works on it for too long,
// kConflict when the call is cancelled.
void stop_container(Context& context, const ContainerRecord& record, std::chrono::seconds timeout,
                    const Call& call);
// Throws Error kConflict when it does not run.
void check_runs(Context& context, const ContainerRecord& record);
// Kills everything in it and waits until the run is taken apart.
void kill_and_wait(Context& context, const ContainerRecord& record, const Actor& actor);

}  // namespace croft::ctl
