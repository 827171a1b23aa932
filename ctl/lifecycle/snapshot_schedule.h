// Snapshots that are made by the clock, and those that expire (snapshot.schedule and snapshot.keep).
//
// Nothing is remembered but the snapshots themselves: one is due when a turn of the schedule came after the
// newest that was made on schedule. So it does not matter for how long the daemon was away; one snapshot is
// made for all the turns that were missed, and the first one at once.
#pragma once

#include "ctl/lifecycle/context.h"

namespace croft::ctl {

// Of Registry::keep: when one was tried in vain last, by the container's uuid.
inline constexpr const char* kSnapshotFailed = "snapshot-failed";

// From now on, once a minute.
void keep_snapshots(Context& context);
// Of one container, soon: its schedule has changed.
void look_at_schedule(Context& context, const std::string& uuid);

}  // namespace croft::ctl
