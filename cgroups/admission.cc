#include "cgroups/admission.h"

#include <algorithm>
#include <iterator>

#include "cgroups/cpu_sets.h"
#include "cgroups/wide.h"

namespace croft::cgroups {
namespace {

constexpr std::size_t kHost = static_cast<std::size_t>(-1);

// The members with what is below whom. What is above itself is in no order, and counts nowhere.
struct Forest {
  struct Node {
    const std::string* key = nullptr;
    const Member* member = nullptr;
    std::size_t parent = kHost;
    std::vector<std::size_t> children;
  };
  std::vector<Node> nodes;
  std::vector<std::size_t> roots;
  std::vector<std::size_t> order;  // children before their parents
};

std::vector<std::size_t> children_first(const std::vector<Forest::Node>& nodes) {
  std::vector<std::size_t> order, waiting(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    waiting[i] = nodes[i].children.size();
    if (waiting[i] == 0) order.push_back(i);
  }
  for (std::size_t next = 0; next < order.size(); ++next) {
    const std::size_t parent = nodes[order[next]].parent;
    if (parent != kHost && --waiting[parent] == 0) order.push_back(parent);
  }
  return order;
}

Forest forest_of(const Members& members) {
  Forest forest;
  std::map<std::string_view, std::size_t> places;
  for (const auto& [key, member] : members) {
    places[key] = forest.nodes.size();
    forest.nodes.push_back({&key, &member, kHost, {}});
  }
  for (std::size_t i = 0; i < forest.nodes.size(); ++i) {
    const auto above = places.find(forest.nodes[i].member->parent);
    if (above == places.end()) {
      forest.roots.push_back(i);
    } else {
      forest.nodes[i].parent = above->second;
      forest.nodes[above->second].children.push_back(i);
    }
  }
  forest.order = children_first(forest.nodes);
  return forest;
}

// Of one resource, by place.
struct Counts {
  std::vector<std::uint64_t> counted;
  std::vector<std::uint64_t> given;  // what its children count together
};

Counts counts_of(const Forest& forest, Resource resource) {
  Counts counts{std::vector<std::uint64_t>(forest.nodes.size()),
                std::vector<std::uint64_t>(forest.nodes.size())};
  for (const std::size_t i : forest.order) {
    counts.counted[i] = std::max(forest.nodes[i].member->resources[resource].guarantee, counts.given[i]);
    if (const std::size_t parent = forest.nodes[i].parent; parent != kHost)
      counts.given[parent] = plus(counts.given[parent], counts.counted[i]);
  }
  return counts;
}

// A sum's terms, of the members at `places` and below.
void add_terms(const Forest& forest, const Counts& counts, std::vector<std::size_t> places, Sum& sum) {
  while (!places.empty()) {
    const std::size_t i = places.back();
    places.pop_back();
    if (counts.counted[i] == 0) continue;
    if (counts.counted[i] > counts.given[i]) {
      sum.terms.push_back({forest.nodes[i].member->name, counts.counted[i], counts.given[i]});
      sum.total = plus(sum.total, counts.counted[i]);
    } else {
      places.insert(places.end(), forest.nodes[i].children.begin(), forest.nodes[i].children.end());
    }
  }
  std::sort(sum.terms.begin(), sum.terms.end(), [](const Term& a, const Term& b) {
    return a.value != b.value ? a.value > b.value : a.name < b.name;
  });
}

Sum host_sum(const Forest& forest, const Counts& counts, const Capacity& capacity, Resource resource) {
  Sum sum{resource, {}, {}, capacity.total, capacity.reserve, {}, 0};
  add_terms(forest, counts, forest.roots, sum);
  return sum;
}

void add_tenants(const Forest& forest, const Counts& counts, Resource resource, std::vector<Sum>& sums) {
  for (std::size_t i = 0; i < forest.nodes.size(); ++i) {
    const Forest::Node& node = forest.nodes[i];
    const std::optional<std::uint64_t> limit = node.member->resources[resource].limit;
    if (node.member->container || !limit || counts.given[i] <= *limit) continue;
    sums.push_back({resource, node.member->name, {}, limit, 0, {}, 0});
    add_terms(forest, counts, node.children, sums.back());
  }
}

// What some may come to together; those that nothing bounds are counted apart.
struct Reach {
  std::uint64_t sum = 0;
  std::uint64_t unbounded = 0;
  Reach& operator+=(const Reach& other) {
    sum = plus(sum, other.sum);
    unbounded += other.unbounded;
    return *this;
  }
};

Reach reach_of(const Member& member, const Reach& below, const std::optional<std::uint64_t>& bound) {
  if (member.container) return bound ? Reach{*bound, 0} : Reach{0, 1};
  if (bound && (below.unbounded > 0 || below.sum > *bound)) return {*bound, 0};
  return below;
}

void add_reach(const Forest& forest, Commitment& commitment) {
  std::vector<Reach> promised(forest.nodes.size()), worst(forest.nodes.size());
  Reach host_promised, host_worst;
  for (const std::size_t i : forest.order) {
    const Forest::Node& node = forest.nodes[i];
    const Words& words = node.member->resources[commitment.resource];
    (node.parent == kHost ? host_promised : promised[node.parent]) +=
        reach_of(*node.member, promised[i], words.sustained());
    (node.parent == kHost ? host_worst : worst[node.parent]) += reach_of(*node.member, worst[i], words.limit);
  }
  commitment.promised = host_promised.sum;
  commitment.worst = host_worst.sum;
  commitment.unlimited = host_worst.unbounded;
}

}  // namespace

bool Sum::fits() const {
  return total == 0 || (capacity && plus(total, reserve) <= *capacity);
}

std::uint64_t counted(const Members& members, const std::string& key, Resource resource) {
  const std::map<std::string, std::uint64_t> all = counted(members, resource);
  const auto found = all.find(key);
  return found == all.end() ? 0 : found->second;
}

std::map<std::string, std::uint64_t> counted(const Members& members, Resource resource) {
  const Forest forest = forest_of(members);
  const Counts counts = counts_of(forest, resource);
  std::map<std::string, std::uint64_t> all;
  for (std::size_t i = 0; i < forest.nodes.size(); ++i) all[*forest.nodes[i].key] = counts.counted[i];
  return all;
}

std::vector<Sum> shortages(const Members& members, const Capacities& capacities) {
  const Forest forest = forest_of(members);
  std::vector<Sum> sums;
  for (std::size_t i = 0; i < kResourceCount; ++i) {
    const auto resource = static_cast<Resource>(i);
    const Counts counts = counts_of(forest, resource);
    Sum host = host_sum(forest, counts, capacities[i], resource);
    if (!host.fits()) sums.push_back(std::move(host));
    add_tenants(forest, counts, resource, sums);
  }
  std::vector<Sum> sets = cpu_set_shortages(members);
  std::move(sets.begin(), sets.end(), std::back_inserter(sums));
  return sums;
}

std::vector<Sum> refusals(const Members& before, const Members& after, const Capacities& capacities) {
  const std::vector<Sum> earlier = shortages(before, capacities);
  std::vector<Sum> sums = shortages(after, capacities);
  std::erase_if(sums, [&](const Sum& sum) {
    return std::any_of(earlier.begin(), earlier.end(), [&](const Sum& one) {
      return one.resource == sum.resource && one.within == sum.within && one.cpus == sum.cpus &&
             sum.total <= one.total && sum.capacity >= one.capacity;
    });
  });
  return sums;
}

Sum host_sum(const Members& members, const Capacities& capacities, Resource resource) {
  const Forest forest = forest_of(members);
  return host_sum(forest, counts_of(forest, resource), capacities[static_cast<std::size_t>(resource)],
                  resource);
}

std::array<Commitment, kResourceCount> commitments(const Members& members, const Capacities& capacities) {
  const Forest forest = forest_of(members);
  std::array<Commitment, kResourceCount> all;
  for (std::size_t i = 0; i < kResourceCount; ++i) {
    const auto resource = static_cast<Resource>(i);
    all[i].resource = resource;
    all[i].capacity = capacities[i];
    all[i].guaranteed = host_sum(forest, counts_of(forest, resource), capacities[i], resource).total;
    add_reach(forest, all[i]);
  }
  return all;
}

}  // namespace croft::cgroups
