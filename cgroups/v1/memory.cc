#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

#include "cgroups/figures.h"
#include "cgroups/files.h"
#include "cgroups/lines.h"
#include "cgroups/reading.h"
#include "cgroups/v1/drivers.h"
#include "runtime/error.h"

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

// The sum is read after the memory that is a part of it, which may have grown meanwhile.
void read_sum(std::string_view text, const Wanted&, Reading& reading) {
  const std::optional<std::uint64_t> sum = leading_number(text);
  if (sum && reading.memory) reading.swap = Bytes{*sum - std::min(*sum, reading.memory->count)};
}

// With what its own groups hold; of slabs nothing is told.
void read_parts(std::string_view text, const Wanted&, Reading& reading) {
  Reading::MemoryParts& parts = reading.memory_parts;
  set(parts.anonymous, number_of_line(text, "total_rss"));
  set(parts.file, number_of_line(text, "total_cache"));
  set(parts.shared, number_of_line(text, "total_shmem"));
  set(parts.locked, number_of_line(text, "total_unevictable"));
}

constexpr std::array kGauges{
    Gauge{"memory.usage_in_bytes",
          {},
          [](std::string_view text, const Wanted&, Reading& reading) {
            set(reading.memory, leading_number(text));
          }},
    Gauge{"memory.max_usage_in_bytes", &Wanted::peaks,
          [](std::string_view text, const Wanted&, Reading& reading) {
            set(reading.memory_peak, leading_number(text));
          }},
    Gauge{"memory.memsw.usage_in_bytes", &Wanted::swap, read_sum},
    Gauge{"memory.stat", &Wanted::memory_parts, read_parts},
    Gauge{"memory.kmem.usage_in_bytes", &Wanted::memory_parts,
          [](std::string_view text, const Wanted&, Reading& reading) {
            set(reading.memory_parts.kernel, leading_number(text));
          }},
    Gauge{"memory.kmem.tcp.usage_in_bytes", &Wanted::memory_parts,
          [](std::string_view text, const Wanted&, Reading& reading) {
            set(reading.memory_parts.sockets, leading_number(text));
          }},
    Gauge{"memory.oom_control", &Wanted::events, [](std::string_view text, const Wanted&, Reading& reading) {
            reading.oom_kills = number_of_line(text, "oom_kill");
          }}};

// Lowering the limit for a moment is the way to ask for it here. EBUSY: the kernel found less than that.
Bytes reclaim(const runtime::Fd& directory, Bytes target, Bytes step) {
  const std::uint64_t used = read_number(directory, "memory.usage_in_bytes");
  if (used <= target.count || step.count == 0) return {used};
  const std::string before = read_value(directory, "memory.limit_in_bytes");
  const std::uint64_t amount = std::min(used - target.count, step.count);
  try {
    runtime::write_file_at(directory, "memory.limit_in_bytes", std::to_string(used - amount));
    runtime::write_file_at(directory, "memory.limit_in_bytes", before);
  } catch (const runtime::Error& error) {
    if (error.error_number() != EBUSY) throw;
  }
  return {read_number(directory, "memory.usage_in_bytes")};
}

}  // namespace

// A new group's soft limit is none at all.
constinit const MemoryDriver kMemory{lines, kGauges, reclaim, {Bytes{kNone}, {}, {}, {}, false}};

}  // namespace croft::cgroups::v1
