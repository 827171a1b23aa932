// The CPU times and the load that a container is shown. A cgroup knows the time that all its CPUs were used;
// each CPU that is seen gets an even part of what came since the last look, and is idle for the rest. So no
// number ever goes backwards, whatever the number of CPUs does meanwhile, and their sum is the cgroup's own.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "fs/view/sample.h"

namespace croft::view {

struct Clocks {
  std::uint64_t at = 0;  // of the last look, CLOCK_BOOTTIME
  std::uint64_t user = 0, system = 0;
  std::array<CpuTime, kMaxCpus> cpus{};
  // Load: since `ticked`, when `ticked_usage` had been used.
  std::uint64_t ticked = 0, ticked_usage = 0;
  std::array<double, 3> load{};
  double running = 0;  // CPUs in use, of the last tick
};

// What was used until `now`, in microseconds. `started`: when the container was. Less than before counts as
// nothing.
void advance(Clocks& clocks, std::uint64_t now, std::uint64_t started, std::uint64_t user,
             std::uint64_t system, unsigned cpus);

inline constexpr std::uint64_t kLoadTick = 5'000'000;  // as the kernel's
// One step of the load where a tick is over: the CPUs in use on average, smoothed as the kernel smooths the
// number of tasks that run. The first one starts from the average of the whole run.
void tick_load(Clocks& clocks, std::uint64_t now, std::uint64_t started, std::uint64_t usage);

// Two copies, of which one is whole at every instruction.
class Record {
 public:
  void begin() {
    halves_[0] = Clocks();
    current_.store(0, std::memory_order_release);
  }
  [[nodiscard]] const Clocks& now() const { return halves_[current_.load(std::memory_order_acquire) & 1U]; }
  // `change` gets the next state, which is in force when it returns.
  template <class Change>
  const Clocks& update(unsigned cpus, Change&& change) {
    const unsigned from = current_.load(std::memory_order_relaxed) & 1U;
    copy(halves_[from], halves_[from ^ 1U], cpus);
    change(halves_[from ^ 1U]);
    current_.store(from ^ 1U, std::memory_order_release);
    return halves_[from ^ 1U];
  }

 private:
  static void copy(const Clocks& from, Clocks& to, unsigned cpus);
  std::atomic<unsigned> current_;
  std::array<Clocks, 2> halves_;
};

}  // namespace croft::view
