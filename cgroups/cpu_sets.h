// Guarantees of containers that may run on some CPUs only. All of the host may have room while one CPU has
// not: for every set of CPUs, those who may run nowhere else must not have been promised more than it has.
// Pure.
#pragma once

#include <bitset>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cgroups/admission.h"

namespace croft::cgroups {

inline constexpr std::size_t kMostCpus = 8192;  // CONFIG_NR_CPUS at most
using CpuSet = std::bitset<kMostCpus>;
// Sets of one sum; beyond that, unions of overlapping ones are not looked at.
inline constexpr std::size_t kMostCpuSets = 256;

// A kernel list, "0-3,8"; empty for what is none.
std::optional<CpuSet> cpu_set_of(std::string_view list);
std::string to_text(const CpuSet& set);

// The sums that do not fit, of each set that some container has and of unions of those that overlap: sets
// that do not, fit together when each of them does.
std::vector<Sum> cpu_set_shortages(const Members& members);

}  // namespace croft::cgroups
