// What this host keeps of what Croft promises about cgroups, for `croft host check`. Nothing here refuses a
// start.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cgroups/hierarchy.h"

namespace croft::cgroups {

enum class KeptBy : std::uint8_t { kKernel, kGovernor, kBestEffort, kAbsent };
std::string_view to_text(KeptBy kept_by);  // "kernel", "governor", "best-effort", "absent"

struct CheckRow {
  std::string resource;  // "memory", "cpu", "tasks", "devices", "processes", "cgroups"
  std::string word;      // "limit", "access", "freeze", "kill", "delegation", "protection"
  KeptBy kept_by = KeptBy::kAbsent;
  std::string reason;
  std::string cure;  // empty when there is nothing to do
};

// Rows in a fixed order, one for each resource and word.
std::vector<CheckRow> check(const Layout& layout);

}  // namespace croft::cgroups
