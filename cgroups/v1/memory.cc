#include <algorithm>
#include <limits>

#include "cgroups/files.h"
#include "cgroups/lines.h"
#include "cgroups/v1/drivers.h"

namespace croft::cgroups::v1 {
namespace {

constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();

// What v1 has: one limit, and one for memory and swap together, which is never the smaller.
struct Limits {
  std::uint64_t memory = kNone;
  std::uint64_t sum = kNone;
};

Limits limits_of(const MemoryKnobs& knobs) {
  Limits limits;
  limits.memory = std::min(knobs.high.value_or(Bytes{kNone}), knobs.max.value_or(Bytes{kNone})).count;
  if (knobs.max && knobs.swap && knobs.max->count < kNone - knobs.swap->count)
    limits.sum = knobs.max->count + knobs.swap->count;
  return limits;
}

std::string limit_text(std::uint64_t value) {
  return value == kNone ? "-1" : std::to_string(value);
}

// The soft limit is what global reclaim leaves for last: 0 for who has no guarantee, so that those go first.
// Nothing here kills all of a group (`kill_all`).
std::vector<FileValue> lines(const MemoryKnobs& now, const MemoryKnobs& next) {
  std::vector<FileValue> result;
  if (now.protect != next.protect)
    result.push_back({"memory.soft_limit_in_bytes", std::to_string(next.protect.count)});
  const Limits before = limits_of(now);
  const Limits after = limits_of(next);
  std::vector<FileValue> limits;
  if (before.memory != after.memory) limits.push_back({"memory.limit_in_bytes", limit_text(after.memory)});
  if (before.sum != after.sum) {
    // Without swap accounting (swapaccount=0, before Linux 6.1) there is no such file.
    const FileValue sum{"memory.memsw.limit_in_bytes", limit_text(after.sum), true};
    const bool memory_first = after.memory <= before.sum;
    limits.insert(memory_first ? limits.end() : limits.begin(), sum);
  }
  result.insert(result.end(), limits.begin(), limits.end());
  return result;
}

Bytes used(const runtime::Fd& directory) {
  return {read_number(directory, "memory.usage_in_bytes")};
}

}  // namespace

// A new group's soft limit is none at all.
constinit const MemoryDriver kMemory{lines, used, {Bytes{kNone}, {}, {}, {}, false}};

}  // namespace croft::cgroups::v1
