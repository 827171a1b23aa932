// What a plan for a fleet looks like, for people and for programs. Pure.
#pragma once

#include <string>

#include "ctl/cli/invocation.h"
#include "ctl/fleet/compare.h"

namespace croft::ctl {

// "+" is made, "~" changed, "-" removed, ">" started, "." stopped; the last line counts. Numbered ones
// that are alike are one line.
std::string fleet_text(const FleetPlan& plan, bool with_colour);
Json fleet_json(const FleetPlan& plan);
Json complaints_json(const std::vector<Complaint>& wrong);

}  // namespace croft::ctl
