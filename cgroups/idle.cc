// At whom the governor may look more seldom, or less closely: most of a full host stays far below its
// barriers, or sleeps, most of the time, and each look costs.
#include <algorithm>
#include <array>

#include "cgroups/governor_parts.h"
#include "cgroups/wide.h"

namespace croft::cgroups {
namespace {

// What goes unseen between two looks is at most this part of a bucket.
constexpr std::uint64_t kUnseenPart = 100;

struct Bucket {
  Resource resource;
  std::uint64_t per_second;  // of the bucket's unit for one of the resource's
};
constexpr std::array kBuckets{
    Bucket{Resource::kCpu, 1000}, Bucket{Resource::kMemory, 0}, Bucket{Resource::kIo, 2},  // both ways
    Bucket{Resource::kIops, 2},   Bucket{Resource::kNetIn, 1},  Bucket{Resource::kNetOut, 1}};

bool deep_enough(const Words& words, const Bucket& bucket) {
  if (!words.limit) return false;
  const std::uint64_t zone = std::max(minus(*words.limit, *words.barrier), *words.barrier);
  const std::uint64_t excess = bucket.per_second == 0 ? 1'000'000 : scaled(zone, bucket.per_second, 1);
  return runs_dry_in({words.burst->amount / kUnseenPart, 0, false}, excess) >= kIdleTick;
}

bool is_above(const Resources& resources, const Step& step) {
  const auto bursts = [&](const Bucket& bucket) {
    const Words& words = resources[bucket.resource];
    return words.can_burst() && of(step.account.held, bucket.resource) > *words.barrier;
  };
  const auto high = memory_knobs(resources, step.allowance).high;
  return std::any_of(kBuckets.begin(), kBuckets.end(), bursts) ||
         (high && of(step.account.held, Resource::kMemory) > high->count);
}

bool all_deep_enough(const Resources& resources) {
  return std::all_of(kBuckets.begin(), kBuckets.end(), [&](const Bucket& bucket) {
    const Words& words = resources[bucket.resource];
    return !words.can_burst() || deep_enough(words, bucket);
  });
}

bool is_held(const Allowance& allowance) {
  return !allowance.cpu || !allowance.memory || !allowance.io || !allowance.iops || !allowance.net_in ||
         !allowance.net_out || allowance.relieved_at > 0;
}

// The sum of memory and swap is kept by moving both bounds with use.
bool keeps_a_sum(const Resources& resources) {
  const Words& sum = resources[Resource::kMemswap];
  return sum.limit || sum.barrier;
}

// Packets come without a container's asking.
bool judges_packets(const Resources& resources) {
  const auto is_net = [](Resource one) { return one == Resource::kNetIn || one == Resource::kNetOut; };
  return resources[Resource::kNetIn].can_burst() || resources[Resource::kNetOut].can_burst() ||
         std::any_of(resources.thresholds.begin(), resources.thresholds.end(),
                     [&](const Threshold& one) { return is_net(one.resource); });
}

}  // namespace

// The kernel reclaims from whoever is held or above a bound, and pushes out to swap, without asking him.
bool rests(const Resources& resources, const Step& step) {
  return !keeps_a_sum(resources) && !judges_packets(resources) && !has_zone(resources[Resource::kSwap]) &&
         !is_held(step.allowance) && !is_above(resources, step);
}

bool is_idle(const Resources& resources, const Step& step) {
  return rests(resources, step) && step.notices.empty() && resources.thresholds.empty() &&
         resources.oom != OomPolicy::kFreeze && all_deep_enough(resources);
}

}  // namespace croft::cgroups
