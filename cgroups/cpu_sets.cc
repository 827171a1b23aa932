#include "cgroups/cpu_sets.h"

#include <algorithm>
#include <charconv>

#include "cgroups/files.h"
#include "cgroups/wide.h"

namespace croft::cgroups {
namespace {

struct Bound {
  const Member* member = nullptr;
  CpuSet set;
};

std::optional<std::size_t> number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value >= kMostCpus) return std::nullopt;
  return value;
}

bool add_range(std::string_view text, CpuSet& set) {
  const std::size_t dash = text.find('-');
  const auto first = number(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : number(text.substr(dash + 1));
  if (!first || !last || *last < *first) return false;
  for (std::size_t i = *first; i <= *last; ++i) set.set(i);
  return true;
}

std::vector<Bound> bound_ones(const Members& members) {
  std::vector<Bound> bound;
  for (const auto& [key, member] : members) {
    if (!member.container || member.resources[Resource::kCpu].guarantee == 0) continue;
    if (const auto set = cpu_set_of(member.resources.cpus)) bound.push_back({&member, *set});
  }
  return bound;
}

// Each set once, and the unions of those that overlap.
std::vector<CpuSet> sets_of(const std::vector<Bound>& bound) {
  std::vector<CpuSet> sets;
  const auto add = [&](const CpuSet& set) {
    if (sets.size() < kMostCpuSets && std::find(sets.begin(), sets.end(), set) == sets.end())
      sets.push_back(set);
  };
  for (const Bound& one : bound) add(one.set);
  for (std::size_t i = 0; i < sets.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if ((sets[i] & sets[j]).any()) add(sets[i] | sets[j]);
  return sets;
}

Sum sum_within(const CpuSet& set, const std::vector<Bound>& bound) {
  Sum sum;
  sum.cpus = to_text(set);
  sum.capacity = set.count() * 1000;
  for (const Bound& one : bound) {
    if ((one.set & ~set).any()) continue;
    const std::uint64_t guarantee = one.member->resources[Resource::kCpu].guarantee;
    sum.terms.push_back({one.member->name, guarantee, 0});
    sum.total = plus(sum.total, guarantee);
  }
  std::sort(sum.terms.begin(), sum.terms.end(), [](const Term& a, const Term& b) {
    return a.value != b.value ? a.value > b.value : a.name < b.name;
  });
  return sum;
}

}  // namespace

std::optional<CpuSet> cpu_set_of(std::string_view list) {
  CpuSet set;
  for (const std::string& part : split(list, ','))
    if (!add_range(part, set)) return std::nullopt;
  if (set.none()) return std::nullopt;
  return set;
}

std::string to_text(const CpuSet& set) {
  std::string text;
  for (std::size_t first = set._Find_first(); first < set.size();) {
    std::size_t last = first;
    while (last + 1 < set.size() && set.test(last + 1)) ++last;
    text += (text.empty() ? "" : ",") + std::to_string(first);
    if (last > first) text += "-" + std::to_string(last);
    first = set._Find_next(last);
  }
  return text;
}

std::vector<Sum> cpu_set_shortages(const Members& members) {
  const std::vector<Bound> bound = bound_ones(members);
  std::vector<Sum> sums;
  for (const CpuSet& set : sets_of(bound)) {
    Sum sum = sum_within(set, bound);
    if (!sum.fits()) sums.push_back(std::move(sum));
  }
  return sums;
}

}  // namespace croft::cgroups
