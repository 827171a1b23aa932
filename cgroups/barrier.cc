#include "cgroups/barrier.h"

#include <algorithm>

#include "cgroups/cpu_quota.h"
#include "cgroups/wide.h"

namespace croft::cgroups {
namespace {

using Bound = std::optional<std::uint64_t>;  // empty: unlimited

constexpr std::uint64_t kParts = 16;
constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

Bound least(Bound a, Bound b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

Bound bound_of(const Words& words, bool may_burst) {
  return may_burst && words.can_burst() ? words.limit : least(words.barrier, words.limit);
}

Bound at_least_one(Bound bound) {
  return bound ? Bound{std::max<std::uint64_t>(1, *bound)} : bound;
}

std::uint32_t weight(std::uint32_t wanted) {
  return std::clamp(wanted, kLeastWeight, kMostWeight);
}

// Of the quota of a period, as much as fits between barrier and limit.
Micros burst_at(std::uint64_t barrier, Bound limit) {
  const CpuQuota quota = quota_of(MilliCpu{barrier});
  if (!quota.quota) return Micros{0};
  const std::uint64_t room = limit ? scaled(minus(*limit, barrier), quota.period.count, 1000) : kMost;
  return Micros{std::min(quota.quota->count, room)};
}

CpuKnobs cpu_knobs(const Words& words, const Allowance& allowance, std::uint32_t cpu_weight) {
  CpuKnobs knobs;
  knobs.weight = weight(cpu_weight);
  const Bound quota = at_least_one(bound_of(words, allowance.cpu));
  if (!quota) return knobs;
  knobs.quota = MilliCpu{*quota};
  if (words.can_burst() && !allowance.cpu) knobs.burst = burst_at(*quota, words.limit);
  return knobs;
}

// Memory and swap within `sum`, as described at knobs_of.
struct Split {
  std::uint64_t memory = 0;
  std::uint64_t swap = 0;
};

Split split(std::uint64_t sum, Bound memory, Bound swap, std::uint64_t protect, const Allowance& used) {
  const std::uint64_t part = std::max<std::uint64_t>(1, sum / kParts);
  const std::uint64_t most = std::min(memory.value_or(sum), sum);
  const std::uint64_t kept =
      std::min(most, std::max(protect, plus(rounded_up(used.memory_used, part), part)));
  const std::uint64_t wanted =
      std::max(sum - most, std::min(sum, plus(rounded_up(used.swap_used, part), part)));
  const std::uint64_t room = std::min({wanted, sum - kept, swap.value_or(sum)});
  const std::uint64_t taken = std::max(room, used.swap_used);
  return {minus(sum, taken), std::min(taken, swap.value_or(taken))};
}

// What is left of the bounds `high`, `max` and `swap` when memory and swap are one sum.
void keep_sum(const Resources& resources, const Allowance& allowance, bool may_burst, Bound& high, Bound& max,
              Bound& swap) {
  const Words& sum = resources[Resource::kMemswap];
  const std::uint64_t protect = resources[Resource::kMemory].guarantee;
  if (!may_burst && has_zone(sum)) {
    const Split parts = split(*sum.barrier, max, swap, protect, allowance);
    high = least(high, parts.memory);
    swap = parts.swap;
  }
  if (!sum.limit) return;
  const Split parts = split(*sum.limit, max, swap, protect, allowance);
  max = least(max, std::max(parts.memory, allowance.memory_used));
  swap = parts.swap;
}

// Under kFreeze high stays below max, which the sum may have lowered.
Bound frozen_high(Bound high, Bound limit, std::uint64_t max) {
  const std::uint64_t headroom = std::min(frozen_headroom(max), max / 4);
  return least(high, limit && *limit < max ? limit : Bound{max - headroom});
}

IoKnobs io_knobs(const Resources& resources, const Allowance& allowance, std::uint32_t io_weight,
                 const std::vector<BlockDevice>& devices) {
  return {at_least_one(bound_of(resources[Resource::kIo], allowance.io)),
          at_least_one(bound_of(resources[Resource::kIops], allowance.iops)), weight(io_weight), devices};
}

}  // namespace

MemoryKnobs memory_knobs(const Resources& resources, const Allowance& allowance) {
  const Words& memory = resources[Resource::kMemory];
  const Words& swap = resources[Resource::kSwap];
  const bool relieved = allowance.relieved_at > 0;
  const bool may_burst = relieved || (allowance.memory && memory.burst);

  Bound high = !may_burst && has_zone(memory) ? memory.barrier : std::nullopt;
  Bound max = memory.limit;
  const bool freezes = resources.oom == OomPolicy::kFreeze;
  if (max && freezes) {
    max = plus(*max, frozen_headroom(*max));
  } else if (!max && relieved) {
    max = plus(allowance.relieved_at, frozen_headroom(allowance.relieved_at));
  }
  Bound swap_most = !may_burst && has_zone(swap) ? swap.barrier : swap.limit;
  keep_sum(resources, allowance, may_burst, high, max, swap_most);
  if (max && freezes) high = frozen_high(high, memory.limit, *max);

  MemoryKnobs knobs;
  knobs.protect = Bytes{std::min(memory.guarantee, max.value_or(memory.guarantee))};
  if (high && (!max || *high < *max)) knobs.high = Bytes{std::max(*high, knobs.protect.count)};
  if (max) knobs.max = Bytes{*max};
  if (swap_most) knobs.swap = Bytes{*swap_most};
  knobs.kill_all = resources.oom == OomPolicy::kKillContainer;
  return knobs;
}

Knobs knobs_of(const Resources& resources, const Allowance& allowance, std::uint32_t cpu_weight,
               std::uint32_t io_weight, const std::vector<BlockDevice>& devices) {
  Knobs knobs;
  knobs.cpu = cpu_knobs(resources[Resource::kCpu], allowance, cpu_weight);
  knobs.memory = memory_knobs(resources, allowance);
  knobs.io = io_knobs(resources, allowance, io_weight, devices);
  knobs.tasks = resources[Resource::kTasks].limit;
  knobs.cpuset = {resources.cpus, resources.nodes};
  for (const auto& [size, most] : resources.hugetlb) knobs.hugetlb[size] = Bytes{most};
  knobs.sockets = {resources[Resource::kTcpSockets].limit, resources[Resource::kOtherSockets].limit};
  return knobs;
}

std::uint64_t frozen_headroom(std::uint64_t limit) {
  return std::clamp(limit / kParts, 16 * kMiB, 1024 * kMiB);
}

bool has_zone(const Words& words) {
  return words.barrier && (!words.limit || *words.barrier < *words.limit);
}

std::uint64_t overdraft(const Words& words, std::uint64_t held) {
  return words.barrier ? minus(held, *words.barrier) : 0;
}

}  // namespace croft::cgroups
