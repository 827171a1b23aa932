// Guarantees are never oversold: the sum of what running containers were promised, and of what tenants keep
// for themselves, stays within what the host has. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cgroups/resources.h"

namespace croft::cgroups {

// What the host has of a resource, and what it keeps for itself. Empty capacity: nobody said, so that nothing
// of it can be guaranteed.
struct Capacity {
  std::optional<std::uint64_t> total;
  std::uint64_t reserve = 0;
};
using Capacities = std::array<Capacity, kResourceCount>;

// A tenant or a running container. A tenant counts max(own guarantee, sum of its children).
struct Member {
  std::string name;    // "acme", "acme/web1": for messages
  std::string parent;  // key of the tenant above; empty or unknown: directly under the host
  bool container = false;
  Resources resources;
};
// By key: a tenant's name, a container's uuid. No tenant is above itself.
using Members = std::map<std::string, Member>;

// A container's guarantee, or one that a tenant has beyond what it gave to its children. A tenant that gave
// away all of it is told by its children.
struct Term {
  std::string name;
  std::uint64_t value = 0;
  std::uint64_t given = 0;  // of a tenant's, what its children were promised
  bool operator==(const Term&) const = default;
};
struct Sum {
  Resource resource = Resource::kCpu;
  std::string within;  // the tenant whose limit is too small for its children; empty: the host
  std::string cpus;    // of CPU sets: a kernel list, of those who may run nowhere else; empty: all
  std::optional<std::uint64_t> capacity;
  std::uint64_t reserve = 0;
  std::vector<Term> terms;  // largest first
  std::uint64_t total = 0;  // of the terms, saturating; without the reserve
  // A sum of nothing always fits.
  [[nodiscard]] bool fits() const;
};

// What `key` counts: max(own, sum of children) for a tenant. 0 when there is no such member.
std::uint64_t counted(const Members& members, const std::string& key, Resource resource);
// Of everybody at once, by key.
std::map<std::string, std::uint64_t> counted(const Members& members, Resource resource);

// All sums that do not fit: of the host, of tenants whose limit is less than their children's guarantees, and
// of CPU sets (cpu_sets.h).
std::vector<Sum> shortages(const Members& members, const Capacities& capacities);
// Those that a change from `before` to `after` is refused for: they do not fit, and `after` promises more in
// them than `before` did. Lowering is always allowed, also on a host that promised too much.
std::vector<Sum> refusals(const Members& before, const Members& after, const Capacities& capacities);
// One resource's sum over the host, whether it fits or not.
Sum host_sum(const Members& members, const Capacities& capacities, Resource resource);

// What a refused operator reads: every term of a sum, largest first, at most kShownTerms of them and the rest
// as one: "more memory is promised than there is: 2G default/db + 1G acme (600M of it given out) + 512M host
// reserve = 3.5G of 3G".
inline constexpr std::size_t kShownTerms = 8;
std::string to_text(const Sum& sum);

// What `croft host` shows of one resource; sums over running containers, saturating. Those in a tenant come
// to no more than its own limit, however much theirs are together. Unlimited values are counted apart.
struct Commitment {
  Resource resource = Resource::kCpu;
  Capacity capacity;
  std::uint64_t held = 0;        // utilisation: left to the caller, who has the readings
  std::uint64_t guaranteed = 0;  // commitment, with what tenants keep for themselves
  std::uint64_t promised = 0;    // sum of barriers
  std::uint64_t worst = 0;       // sum of limits
  std::uint64_t unlimited = 0;   // containers that no limit bounds, their own or a tenant's
};
std::array<Commitment, kResourceCount> commitments(const Members& members, const Capacities& capacities);

}  // namespace croft::cgroups
