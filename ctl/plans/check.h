// What a plan means on a host: whether a container with it could start there, what in it contradicts itself
// or the host, and how many of them fit, as vzcfgvalidate and vzcalc tell. Pure. What breaks the rules of
// specifications (rules.h) is no plan in the first place.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cgroups/admission.h"
#include "ctl/spec/json.h"

namespace croft::ctl::plans {

enum class Weight {
  kError,    // no container with this plan can start on this host
  kWarning,  // it is not what one would think
  kNote,     // what follows from it
};
std::string_view to_text(Weight weight);

struct Finding {
  Weight weight = Weight::kNote;
  std::string key;
  std::string says;
  bool operator==(const Finding&) const = default;
};

// One resource that the plan says something of.
struct Share {
  cgroups::Resource resource = cgroups::Resource::kCpu;
  cgroups::Words words;
  cgroups::Capacity host;
  std::optional<std::uint64_t> fit;        // containers whose guarantees fit; empty without guarantee
  std::optional<std::uint64_t> fit_worst;  // containers that may all be at their limit; empty: unlimited
};

struct Report {
  std::vector<Finding> findings;  // errors first
  std::vector<Share> shares;
};

// Kernel memory of one task that does nothing: its stack and its structures.
inline constexpr std::uint64_t kTaskBytes = std::uint64_t{24} << 10;

Report check(const Json& values, const cgroups::Capacities& host);

}  // namespace croft::ctl::plans
