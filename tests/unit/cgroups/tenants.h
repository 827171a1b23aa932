// Trees of tenants and containers by chance.
#pragma once

#include "cgroups/admission.h"
#include "cgroups/wide.h"
#include "tests/unit/cgroups/chance.h"

namespace croft::cgroups {

inline Member member(std::string name, std::string parent, bool container, Resource resource,
                     std::uint64_t guarantee) {
  Member member{std::move(name), std::move(parent), container, {}};
  member.resources[resource].guarantee = guarantee;
  return member;
}

// Up to 12 tenants, some inside others, and 40 containers; guarantees of one resource up to `most` each.
inline Members any_members(Chance& chance, Resource resource, std::uint64_t most) {
  Members members;
  const std::uint64_t tenants = chance.below(13);
  const auto above = [&](std::uint64_t end) {
    return end == 0 || chance.one_in(4) ? std::string() : "t" + std::to_string(chance.below(end));
  };
  for (std::uint64_t i = 0; i < tenants; ++i) {
    const std::string key = "t" + std::to_string(i);
    members[key] = member(key, above(i), false, resource, chance.one_in(2) ? 0 : chance.below(most * 3 + 1));
    if (chance.one_in(3)) members[key].resources[resource].limit = chance.below(most * 10 + 1);
  }
  for (std::uint64_t i = chance.below(41); i > 0; --i) {
    const std::string key = "c" + std::to_string(i);
    members[key] = member(key, above(tenants), true, resource, chance.one_in(3) ? 0 : chance.below(most + 1));
  }
  for (auto& [key, one] : members)
    one.resources[resource].share = static_cast<std::uint32_t>(1 + chance.below(1000));
  return members;
}

// What `key` counts, from the words of the rule alone.
inline std::uint64_t counted_by_rule(const Members& members, const std::string& key, Resource resource) {
  std::uint64_t children = 0;
  for (const auto& [below, one] : members)
    if (one.parent == key) children = plus(children, counted_by_rule(members, below, resource));
  return std::max(members.at(key).resources[resource].guarantee, children);
}

}  // namespace croft::cgroups
