// Which CPUs, memory nodes and sizes of huge pages a host has, and whether what a container asks for is among
// them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cgroups/resources.h"
#include "cgroups/units.h"
#include "runtime/error.h"

namespace croft::cgroups {

struct MemoryNode {
  std::uint32_t number = 0;
  std::string cpus;  // a kernel list; empty: memory alone
  Bytes free;
  bool operator==(const MemoryNode&) const = default;
};

struct Places {
  std::string cpus;                     // online, a kernel list
  std::string nodes;                    // likewise
  std::vector<MemoryNode> memory;       // the nodes one by one, by number
  std::vector<std::string> huge_pages;  // "2MB", as the kernel's hugetlb files are called
};

// `sys` is /sys. A kernel without CONFIG_NUMA has one node.
Places read_places(const std::string& sys);

// Whether it asks for any of them: for most containers the host need not be looked at.
bool asks_for_places(const Resources& resources);

// Every field that asks for what is not there.
std::vector<runtime::FieldError> misplaced(const Resources& resources, const Places& places);

// Of the nodes that have CPUs, the one with the most free memory, the first of equals; null without any.
const MemoryNode* roomiest(const std::vector<MemoryNode>& nodes);

// With the CPUs and the memory of that node where `numa_auto` asks for a choice.
Resources placed(Resources resources, const Places& places);

}  // namespace croft::cgroups
