#include "fs/view/clocks.h"

#include <algorithm>
#include <cmath>

namespace croft::view {
namespace {

// Adds `amount` in even parts, the odd microseconds to the first ones.
void spread(Clocks& clocks, std::uint64_t CpuTime::*what, std::uint64_t amount, unsigned cpus) {
  for (unsigned i = 0; i < cpus; ++i) clocks.cpus[i].*what += amount / cpus + (i < amount % cpus ? 1 : 0);
}

std::uint64_t since(std::uint64_t now, std::uint64_t before) {
  return now > before ? now - before : 0;
}

}  // namespace

void advance(Clocks& clocks, std::uint64_t now, std::uint64_t started, std::uint64_t user,
             std::uint64_t system, unsigned cpus) {
  if (cpus == 0 || cpus > kMaxCpus) return;
  if (clocks.at == 0) clocks.at = started;
  const std::uint64_t used = since(user, clocks.user);
  const std::uint64_t in_kernel = since(system, clocks.system);
  const std::uint64_t time = since(now, clocks.at) * cpus;
  spread(clocks, &CpuTime::user, used, cpus);
  spread(clocks, &CpuTime::system, in_kernel, cpus);
  spread(clocks, &CpuTime::idle, since(time, used + in_kernel), cpus);
  clocks.user = std::max(clocks.user, user);
  clocks.system = std::max(clocks.system, system);
  clocks.at = std::max(clocks.at, now);
}

void tick_load(Clocks& clocks, std::uint64_t now, std::uint64_t started, std::uint64_t usage) {
  constexpr std::array<double, 3> kMinutes{1, 5, 15};
  constexpr double kMicrosInMinute = 60e6;
  const bool first = clocks.ticked == 0;
  if (first) clocks.ticked = started;
  const std::uint64_t time = since(now, clocks.ticked);
  if (time < kLoadTick && !(first && time > 0)) return;
  clocks.running = static_cast<double>(since(usage, clocks.ticked_usage)) / static_cast<double>(time);
  for (std::size_t i = 0; i < kMinutes.size(); ++i) {
    const double keep = std::exp(-static_cast<double>(time) / (kMinutes[i] * kMicrosInMinute));
    clocks.load[i] = clocks.load[i] * keep + clocks.running * (1 - keep);
  }
  clocks.ticked = now;
  clocks.ticked_usage = std::max(usage, clocks.ticked_usage);
}

// Of the CPUs only those that were ever seen have anything in them: the first that has not ends them.
void Record::copy(const Clocks& from, Clocks& to, unsigned cpus) {
  to.at = from.at;
  to.user = from.user;
  to.system = from.system;
  to.ticked = from.ticked;
  to.ticked_usage = from.ticked_usage;
  to.load = from.load;
  to.running = from.running;
  for (unsigned i = 0; i < kMaxCpus; ++i) {
    if (i >= cpus && from.cpus[i] == CpuTime() && to.cpus[i] == CpuTime()) break;
    to.cpus[i] = from.cpus[i];
  }
}

}  // namespace croft::view
