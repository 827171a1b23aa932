// What this host keeps of what Croft promises about cgroups, for `croft host check`. Nothing here refuses a
// start.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cgroups/disks.h"
#include "cgroups/hierarchy.h"

namespace croft::cgroups {

enum class KeptBy : std::uint8_t { kKernel, kGovernor, kBestEffort, kAbsent };
std::string_view to_text(KeptBy kept_by);  // "kernel", "governor", "best-effort", "absent"

struct CheckRow {
  std::string
      resource;      // as resources.h calls them; "hugetlb", "affinity", "devices", "processes", "cgroups"
  std::string word;  // "guarantee", "barrier", "limit", "burst", "share"; "access", "freeze", "kill", ...
  KeptBy kept_by = KeptBy::kAbsent;
  std::string reason;
  std::string cure;  // empty when there is nothing to do
};

// What is to be known of the host beside its cgroups.
struct HostFacts {
  bool swap = false;      // some is on
  bool pressure = false;  // PSI: /proc/pressure
  Disks disks;            // under the containers' files
  // Of those, where weights divide the device: its scheduler is bfq, or iocost is on (io.cost.qos, enable=1).
  std::vector<BlockDevice> weighted;
  bool in_root = false;  // its processes are in the root cgroup (root_processes.h)
};
// Throws Error when `files`, the directory that the containers' files lie in, cannot be looked at.
HostFacts host_facts(const Roots& roots, const Layout& layout, const std::string& files);

// Rows in a fixed order, one for each resource and word that has a meaning for it: the five words of each
// resource first.
std::vector<CheckRow> check(const Layout& layout, const HostFacts& facts);
// The part of it about the five words.
std::vector<CheckRow> check_resources(const Layout& layout, const HostFacts& facts);

}  // namespace croft::cgroups
