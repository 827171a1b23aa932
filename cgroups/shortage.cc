#include <algorithm>

#include "cgroups/governor.h"
#include "cgroups/wide.h"

namespace croft::cgroups {
namespace {

bool stalled(const std::optional<Micros>& before, const std::optional<Micros>& now, Micros elapsed) {
  if (!before || !now || elapsed.count == 0) return false;
  return Wide{minus(now->count, before->count)} * 100 > Wide{elapsed.count} * kShortStallPercent;
}

bool cpu_short(const HostReading& before, const HostReading& now, Micros elapsed) {
  if (now.cpu_stall) return stalled(before.cpu_stall, now.cpu_stall, elapsed) && now.running > now.cpus;
  return Wide{now.running} * 4 > Wide{now.cpus} * 5;
}

// What waits at its own bound is told as stalled too: only a disk with much to do makes the host short.
bool is_busy(const HostReading::Disks& before, const HostReading::Disks& now, Micros elapsed) {
  if (now.count != before.count) return false;
  for (std::size_t i = 0; i < now.count; ++i)
    if (Wide{minus(now.busy.at(i).count, before.busy.at(i).count)} * 100 >
        Wide{elapsed.count} * kShortBusyPercent)
      return true;
  return now.count == 0;
}

bool io_short(const HostReading& before, const HostReading& now, Micros elapsed) {
  return stalled(before.io_stall, now.io_stall, elapsed) && is_busy(before.disks, now.disks, elapsed);
}

bool memory_short(const HostReading& before, const HostReading& now, Micros elapsed, Bytes reserve) {
  if (now.memory_available < reserve) return true;
  const bool reclaims = !now.scanned || !before.scanned || *now.scanned > *before.scanned;
  if (now.memory_stall) return reclaims && stalled(before.memory_stall, now.memory_stall, elapsed);
  return now.memory_available.count < now.memory_total.count / 20;
}

void turn(bool is_short, Micros at, bool& state, Micros& since, Micros& seen) {
  if (is_short) seen = at;
  const bool next = is_short || (state && minus(at.count, seen.count) < kCalm.count);
  if (next != state) since = at;
  state = next;
}

// The one that is squeezed first of two, and let go last.
bool goes_first(const Bursting& a, const Bursting& b) {
  return a.overdraft != b.overdraft ? a.overdraft > b.overdraft : a.key < b.key;
}

}  // namespace

Shortage shortage(const Shortage& before, const HostReading& now, Bytes reserve) {
  const HostReading& last = before.last;
  const Micros elapsed{last.at.count == 0 ? 0 : minus(now.at.count, last.at.count)};
  Shortage next = before;
  next.last = now;
  turn(cpu_short(last, now, elapsed), now.at, next.cpu, next.since_cpu, next.seen_cpu);
  turn(memory_short(last, now, elapsed, reserve), now.at, next.memory, next.since_memory, next.seen_memory);
  turn(io_short(last, now, elapsed), now.at, next.io, next.since_io, next.seen_io);
  return next;
}

std::optional<std::string> squeeze_next(bool is_short, std::span<const Bursting> bursting) {
  const Bursting* chosen = nullptr;
  for (const Bursting& one : bursting) {
    if (one.squeezed == is_short || (is_short && one.overdraft == 0)) continue;
    if (chosen == nullptr || goes_first(one, *chosen) == is_short) chosen = &one;
  }
  if (chosen == nullptr) return std::nullopt;
  return chosen->key;
}

}  // namespace croft::cgroups
