#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

#include "cgroups/figures.h"
#include "cgroups/files.h"
#include "cgroups/lines.h"
#include "cgroups/reading.h"
#include "cgroups/v2/drivers.h"
#include "runtime/error.h"

namespace croft::cgroups::v2 {
namespace {

struct Bound {
  const char* file;
  std::optional<Bytes> now;
  std::optional<Bytes> next;
  bool may_lack;

  [[nodiscard]] bool rises() const {
    constexpr Bytes kNone{std::numeric_limits<std::uint64_t>::max()};
    return next.value_or(kNone) > now.value_or(kNone);
  }
};

// What falls is written before what rises, so that memory and swap never add up to more than in one of both
// states. There is no memory.swap.max without swap accounting (CONFIG_SWAP; swapaccount=0 before Linux 6.1).
std::vector<FileValue> lines(const MemoryKnobs& now, const MemoryKnobs& next) {
  std::vector<FileValue> result;
  if (now.kill_all != next.kill_all) result.push_back({"memory.oom.group", next.kill_all ? "1" : "0"});
  if (now.protect != next.protect) result.push_back({"memory.min", std::to_string(next.protect.count)});
  for (const bool rising : {false, true})
    for (const Bound& bound :
         {Bound{"memory.high", now.high, next.high, false}, Bound{"memory.max", now.max, next.max, false},
          Bound{"memory.swap.max", now.swap, next.swap, true}})
      if (bound.now != bound.next && bound.rises() == rising)
        result.push_back({bound.file, number_or(bound.next, "max"), bound.may_lack});
  return result;
}

void read_parts(std::string_view text, const Wanted&, Reading& reading) {
  Reading::MemoryParts& parts = reading.memory_parts;
  set(parts.anonymous, number_of_line(text, "anon"));
  set(parts.file, number_of_line(text, "file"));
  set(parts.shared, number_of_line(text, "shmem"));
  set(parts.locked, number_of_line(text, "unevictable"));
  set(parts.kernel, number_of_line(text, "kernel"));
  set(parts.slab, number_of_line(text, "slab_reclaimable"));
  set(parts.sockets, number_of_line(text, "sock"));
}

constexpr std::array kGauges{
    Gauge{"memory.current",
          {},
          [](std::string_view text, const Wanted&, Reading& reading) {
            set(reading.memory, leading_number(text));
          }},
    Gauge{"memory.peak", &Wanted::peaks,  // since Linux 5.19
          [](std::string_view text, const Wanted&, Reading& reading) {
            set(reading.memory_peak, leading_number(text));
          }},
    Gauge{"memory.swap.current", &Wanted::swap,
          [](std::string_view text, const Wanted&, Reading& reading) {
            set(reading.swap, leading_number(text));
          }},
    Gauge{"memory.events", &Wanted::events,
          [](std::string_view text, const Wanted&, Reading& reading) {
            reading.high_events = number_of_line(text, "high");
            reading.oom_events = number_of_line(text, "oom");
            reading.oom_kills = number_of_line(text, "oom_kill");
          }},
    Gauge{"memory.stat", &Wanted::memory_parts, read_parts},
    Gauge{"memory.pressure", &Wanted::stall, [](std::string_view text, const Wanted&, Reading& reading) {
            set(reading.memory_stall, stall_total(text, "full"));
          }}};

// Before Linux 5.19 there is no memory.reclaim: memory.high does it, for the moment.
void reclaim_by_high(const runtime::Fd& directory, std::uint64_t down_to) {
  const std::string before = read_value(directory, "memory.high");
  runtime::write_file_at(directory, "memory.high", std::to_string(down_to));
  runtime::write_file_at(directory, "memory.high", before);
}

Bytes reclaim(const runtime::Fd& directory, Bytes target, Bytes step) {
  const std::uint64_t used = read_number(directory, "memory.current");
  if (used <= target.count || step.count == 0) return {used};
  const std::uint64_t amount = std::min(used - target.count, step.count);
  try {
    runtime::write_file_at(directory, "memory.reclaim", std::to_string(amount));
  } catch (const runtime::Error& error) {
    if (error.error_number() == ENOENT)
      reclaim_by_high(directory, used - amount);
    else if (error.error_number() != EAGAIN)  // it got less than that
      throw;
  }
  return {read_number(directory, "memory.current")};
}

}  // namespace

constinit const MemoryDriver kMemory{lines, kGauges, reclaim, {}};

}  // namespace croft::cgroups::v2
