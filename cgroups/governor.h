// What the kernel does not do by itself: burst credit, squeezing whoever bursts first when the host is short,
// keeping memory and swap within one sum, thresholds, and containers that memory.high has stopped. One pure
// step for each container and tick; time comes with the readings. Whoever runs it reads, calls step, writes
// the knobs that changed and keeps the account.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cgroups/barrier.h"
#include "cgroups/burst.h"
#include "cgroups/reading.h"
#include "cgroups/resources.h"

namespace croft::cgroups {

inline constexpr Micros kTick{1'000'000};
inline constexpr Micros kLeastTick{100'000};      // when some credit is about to run out
inline constexpr Micros kStuckAfter{30'000'000};  // at memory.high without progress

// What is known of one container's run. Trivially copyable: it lies in a file that outlives the daemon
// (account_file.h), from which a new daemon goes on: the kernel's counters tell what happened in between.
struct Account {
  Credit cpu, memory, io, iops;
  Micros at;                   // of the last reading; 0: none yet
  std::uint64_t cpu_used = 0;  // counters then
  std::uint64_t read_bytes = 0, written_bytes = 0, reads = 0, writes = 0;
  std::uint64_t high_events = 0, max_events = 0, oom_kills = 0, refused_tasks = 0, refused_tcp = 0,
                refused_other = 0;
  std::uint64_t throttled = 0;  // microseconds
  std::uint64_t memory_stall = 0;
  std::uint64_t stuck_since = 0;      // Micros at which memory.high began to stop it; 0: it does not
  std::uint64_t memory_low_mark = 0;  // least use since then
  std::array<std::uint64_t, kResourceCount> held{};     // at the last reading; rates: over the last tick
  std::array<std::uint64_t, kResourceCount> maxheld{};  // of this run
  std::array<std::uint64_t, kResourceCount> failcnt{};  // of this run, from kernel events only
  std::uint32_t crossed = 0;                            // bit i: threshold i is exceeded
  bool squeezed_cpu = false, squeezed_memory = false, squeezed_io = false;  // by the host's shortage
  bool relieved = false;  // memory.high was lifted because it stopped the container
};
static_assert(std::is_trivially_copyable_v<Account>);

Account open_account(const Resources& resources, const Reading& first);

// Something to tell the operator.
struct Notice {
  enum class Kind : std::uint8_t {
    kBurstEnded,  // out of credit: held at the barrier
    kBurstAgain,  // enough credit again
    kSqueezed,    // held at the barrier because the host is short
    kReleased,
    kBarrier,    // use rose above a barrier that nothing enforces (tasks, files, sockets)
    kThreshold,  // `threshold` says which
    kThrottled,  // the kernel held it at its quota or barrier, once until it stops
    kStuck,  // stopped at memory.high without progress; memory.high was lifted, an OOM kill is to be expected
    kOom,    // the kernel killed in it
    kRefused,  // a limit refused something: failcnt grew
  };
  Kind kind = Kind::kBarrier;
  Resource resource = Resource::kMemory;
  std::uint64_t held = 0;
  std::uint64_t bound = 0;    // the barrier, limit or threshold that it is about
  std::size_t threshold = 0;  // index in Resources::thresholds
  std::uint64_t count = 0;    // kOom, kRefused: how many since the last notice
  bool operator==(const Notice&) const = default;
};
std::string_view to_text(Notice::Kind kind);  // "burst-ended", ...

struct Step {
  Account account;
  Allowance allowance;
  std::vector<Notice> notices;
  Micros next{kTick};  // look again after this
};
Step step(const Resources& resources, const Account& before, const Reading& now);

// --- the host's shortage

enum class Short : std::uint8_t { kNo, kYes };
struct Shortage {
  bool cpu = false, memory = false, io = false;
  Micros since_cpu, since_memory, since_io;  // of the present state
  HostReading last;
};
// PSI where there is one: short when the stall in the last tick exceeds kShortStall of it; memory also below
// `reserve` available. Without PSI: memory by what is available, CPU by tasks that wait, io never. It ends
// when nothing was short for kCalm.
Shortage shortage(const Shortage& before, const HostReading& now, Bytes reserve);
inline constexpr std::uint64_t kShortStallPercent = 20;
inline constexpr Micros kCalm{10'000'000};

// Who is to be held at the barrier: of those above it, the one with the largest overdraft first, one more
// each tick while the host is short; when it is not, they are let go in the reverse order, one each tick.
struct Bursting {
  std::string key;
  std::uint64_t overdraft = 0;
  bool squeezed = false;
  bool operator==(const Bursting&) const = default;
};
// The key whose squeeze is to be changed by this tick, if any.
std::optional<std::string> squeeze_next(bool is_short, std::span<const Bursting> bursting);

}  // namespace croft::cgroups
