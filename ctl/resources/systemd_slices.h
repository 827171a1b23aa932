// Groups above Croft's own that belong to systemd: their knobs are set through its property interface, so
// that a reload does not undo them (org.freedesktop.systemd1, SetUnitProperties;
// systemd.resource-control(5)).
#pragma once

#include <string>
#include <vector>

#include "cgroups/units.h"

namespace croft::ctl {

// The units among the components of a group's path: "croft.slice/croft-payloads.service/x" has two.
std::vector<std::string> units_of(const std::string& path);

// Whether the last component of a group's path is a unit of a systemd that runs here.
bool is_systemds(const std::string& path);

// Sets MemoryMin= and CPUWeight= of a unit, until the next boot. Does nothing where systemd does not run.
// Throws Error kUnavailable when it does not answer, kSystem with its words when it refuses.
void set_unit_protection(const std::string& unit, cgroups::Bytes memory_min, std::uint32_t cpu_weight);

}  // namespace croft::ctl
