// One container that is looked at, as the governor's loop would.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include "cgroups/governor.h"
#include "cgroups/wide.h"

namespace croft::cgroups {

inline constexpr std::uint64_t kM = std::uint64_t{1} << 20;
inline constexpr std::uint64_t kG = std::uint64_t{1} << 30;
inline constexpr std::uint64_t kOne = 1'000'000;  // a second, in microseconds

inline Words zone(std::uint64_t barrier, std::optional<std::uint64_t> limit, std::optional<Burst> burst) {
  Words words;
  words.barrier = barrier;
  words.limit = limit;
  words.burst = burst;
  return words;
}

struct Subject {
  Resources resources;
  Reading reading;
  Step last;

  Subject() { reading.at = Micros{100 * kOne}; }
  // Counters of a new group, and the first look at it.
  void open() { last = step(resources, last.account, reading); }
  // What changed in `reading` happened in this time.
  const Step& tick(std::uint64_t elapsed = kOne) {
    reading.at.count += elapsed;
    last = step(resources, last.account, reading);
    return last;
  }
  [[nodiscard]] std::size_t told(Notice::Kind kind) const {
    return static_cast<std::size_t>(std::count_if(last.notices.begin(), last.notices.end(),
                                                  [&](const Notice& one) { return one.kind == kind; }));
  }
  [[nodiscard]] std::uint64_t held(Resource resource) const {
    return last.account.held[static_cast<std::size_t>(resource)];
  }
  [[nodiscard]] std::uint64_t maxheld(Resource resource) const {
    return last.account.maxheld[static_cast<std::size_t>(resource)];
  }
  [[nodiscard]] std::uint64_t failcnt(Resource resource) const {
    return last.account.failcnt[static_cast<std::size_t>(resource)];
  }
};

}  // namespace croft::cgroups
