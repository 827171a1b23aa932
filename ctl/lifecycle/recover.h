// The normal start of the daemon: brings every container's record in line with what runs, hands to the keeper
// what a dead keeper left, finishes what was being destroyed, and removes what belongs to nobody.
#pragma once

#include "ctl/lifecycle/context.h"

namespace croft::ctl {

// Throws Error only when the keeper or the registry cannot be read; what goes wrong with one container is
// noted as its reason.
void recover(Context& context);
// Gives a new keeper everything that ran under the dead one.
void hand_over(Context& context);
// The same for the run of one container, if it has one; one that the keeper knows already is fine.
void hand_over_run(Context& context, const std::string& uuid);

}  // namespace croft::ctl
