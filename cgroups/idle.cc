// Whom the governor may look at more seldom: most of a full host stays far below its barriers most of the
// time, and each look costs.
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
constexpr std::array kBuckets{Bucket{Resource::kCpu, 1000}, Bucket{Resource::kMemory, 0},
                              Bucket{Resource::kIo, 2},  // both ways
                              Bucket{Resource::kIops, 2}};

bool deep_enough(const Words& words, const Bucket& bucket) {
  if (!words.limit) return false;
  const std::uint64_t zone = std::max(minus(*words.limit, *words.barrier), *words.barrier);
  const std::uint64_t excess = bucket.per_second == 0 ? 1'000'000 : scaled(zone, bucket.per_second, 1);
  return runs_dry_in({words.burst->amount / kUnseenPart, 0, false}, excess) >= kIdleTick;
}

bool bursts(const Resources& resources, const Account& account) {
  return std::any_of(kBuckets.begin(), kBuckets.end(), [&](const Bucket& bucket) {
    const Words& words = resources[bucket.resource];
    return words.can_burst() &&
           (of(account.held, bucket.resource) > *words.barrier || !deep_enough(words, bucket));
  });
}

bool is_held(const Allowance& allowance) {
  return !allowance.cpu || !allowance.memory || !allowance.io || !allowance.iops || allowance.relieved_at > 0;
}

// The sum of memory and swap is kept by moving both bounds with use.
bool keeps_a_sum(const Resources& resources) {
  const Words& sum = resources[Resource::kMemswap];
  return sum.limit || sum.barrier;
}

}  // namespace

bool is_idle(const Resources& resources, const Step& step) {
  return step.notices.empty() && resources.thresholds.empty() && resources.oom != OomPolicy::kFreeze &&
         !keeps_a_sum(resources) && !is_held(step.allowance) && !bursts(resources, step.account);
}

}  // namespace croft::cgroups
