// Whether the services of a distribution's init have started, in its own words.
#pragma once

#include <chrono>
#include <string>

#include "ctl/lifecycle/context.h"
#include "ctl/lifecycle/inits.h"

namespace croft::ctl {

// What the registry keeps of each container's init, by its uuid.
inline constexpr const char* kKeptUp = "up";

// Asks the init and waits until its boot is over: "running" or "degraded", or nothing when it cannot answer
// yet, ended or took longer than `patience`.
std::string ask_up(Context& context, const ContainerRecord& record, const InitWay& way,
                   std::chrono::milliseconds patience);

// Notes what the init of the present run said; kept over restarts of the daemon.
void note_up(Context& context, const std::string& uuid, const std::string& word);

// Fills the entry of a run that has just begun, or was just found again; where the init has yet to speak, it
// is asked in the background, ever more rarely, until it has or the run is over.
void follow_up(Context& context, const std::string& uuid, const InitWay& way);

}  // namespace croft::ctl
