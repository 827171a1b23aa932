// What the kernel does not do by itself: burst credit, squeezing whoever bursts first when the host is short,
// keeping memory and swap within one sum, thresholds, and containers that memory.high has stopped. One pure
// step for each container and tick; time comes with the readings. Whoever runs it reads, calls step, writes
// the knobs that changed and keeps the account.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "cgroups/barrier.h"
#include "cgroups/burst.h"
#include "cgroups/reading.h"
#include "cgroups/resources.h"

namespace croft::cgroups {

inline constexpr Micros kTick{1'000'000};
inline constexpr Micros kIdleTick{5'000'000};     // while nothing is near any bound (idle.cc)
inline constexpr Micros kRestTick{30'000'000};    // for what others do to one that rests
inline constexpr Micros kLeastTick{100'000};      // when some credit is about to run out
inline constexpr Micros kStuckAfter{30'000'000};  // at memory.high without progress
inline constexpr Micros kCalm{10'000'000};        // without a sign of it, a state is over
inline constexpr Micros kTellEvery{10'000'000};   // refusals of one resource
inline constexpr std::uint64_t kShortStallPercent = 20;
inline constexpr std::uint64_t kShortBusyPercent = 50;
// Use that came to a value is below it again when it is a 16th of the value lower: noise at the value tells
// nobody twice. Use per second, which jumps, must stay there for kCalm as well (at most for twice that).
inline constexpr std::uint64_t kBandPart = 16;

// Which thresholds of one resource are exceeded, however many there are: those up to `level`. Whatever use
// does, no threshold is exceeded while a lower one is not.
struct Reach {
  std::uint64_t level = 0;
  std::uint64_t recent = 0,
                earlier = 0;  // rates: the highest that use kept, since `since` and in kCalm before
  Micros since;
};

// What is known of one container's run. Trivially copyable: it lies in a file that outlives the daemon
// (account_file.h), from which a new daemon goes on: the kernel's counters tell what happened in between.
struct Account {
  Credit cpu, memory, io, iops, net_in, net_out;
  Micros at;                   // of the last reading; 0: none yet
  std::uint64_t cpu_used = 0;  // counters then
  std::uint64_t read_bytes = 0, written_bytes = 0, reads = 0, writes = 0;
  std::uint64_t received = 0, sent = 0;
  std::uint64_t high_events = 0, oom_events = 0, oom_kills = 0, refused_tasks = 0, refused_tcp = 0,
                refused_other = 0;
  std::uint64_t throttled = 0;  // microseconds
  std::uint64_t memory_stall = 0;
  // Which of the counters that make rates the last reading had: one that is new says nothing of this tick.
  bool had_cpu = false, had_io = false, had_throttled = false, had_stall = false, had_net = false;
  std::uint64_t stuck_since = 0;      // Micros at which memory.high began to stop it; 0: it does not
  std::uint64_t memory_low_mark = 0;  // least use since then
  // By Resource. Of disk, inodes, files and the network, whoever runs step puts held there before it.
  std::array<std::uint64_t, kResourceCount> held{};     // at the last reading; rates: over the last tick
  std::array<std::uint64_t, kResourceCount> maxheld{};  // of this run
  std::array<std::uint64_t, kResourceCount> failcnt{};  // of this run, from kernel events only
  std::array<std::uint64_t, kResourceCount> untold{};   // refusals since the last notice
  std::array<Micros, kResourceCount> told_at{};
  std::array<Reach, kResourceCount> reach{};  // by Resource; clear it when thresholds are changed
  std::uint32_t above = 0;                    // bit of a Resource: above a barrier that nothing enforces
  Micros high_at, throttled_at;               // when memory.high, the CPU quota held it last; 0: never
  bool squeezed_cpu = false, squeezed_memory = false, squeezed_io = false;  // by the host's shortage
  bool full = false;  // kFull was told; until memory is below its limit, or it is thawed
  std::uint64_t relieved_at =
      0;  // bytes it held when memory.high was lifted because it stopped it; 0: it is not
};
static_assert(std::is_trivially_copyable_v<Account>);

// Bits of the Resources whose use a reading tells: of the others `held` and `maxheld` say nothing.
using Counted = std::bitset<kResourceCount>;
Counted counted_in(const Reading& reading);

// With full buckets. `first` is where counting begins; what it says was refused since the group was made
// counts.
Account open_account(const Resources& resources, const Reading& first);
// Of a group that was just made: it has counted nothing.
Account open_account(const Resources& resources, Micros made);
// What was held at most, by what is held and by the peaks of a reading that has them.
void raise_peaks(const Reading& now, Account& account);
// What is held by a reading, where rates over so short a time would say nothing.
void take_levels(const Reading& now, Account& account);

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
    kFull,   // memory is at its limit, and the policy is kFreeze: it is to be frozen now
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
  // Nothing about it changes but by its own processes: while these use no CPU time, the same reading at
  // another time will do, for kRestTick, after which what the kernel took from it for others is seen.
  bool rests = false;
};
// From one reading to the next, however long that took. An account that was never opened is opened.
//   - Credit is spent by what was used above the barrier, whatever the kernel was told meanwhile. One that is
//     held at its barrier counts as being there while it is no further above than the kernel lets it
//     (a 16th and two periods of its quota; memory: a 32nd and 1 MiB), so that it earns.
//   - io and iops: a way's use above the barrier spends, whatever the other way does; what is earned without
//   a
//     period is the smaller of what the two ways leave. held is the larger way.
//   - net.in and net.out: of more than the rate in force, only that went through.
//   - Memory was above its barrier for as long as a straight line between the two readings is. Swap and
//   memswap
//     above theirs spend memory's credit.
//   - memory's failcnt counts allocations that failed or led to an OOM kill.
// Allocates only for notices.
Step step(const Resources& resources, const Account& before, const Reading& now);

// What an account stands for.
Allowance allowance_of(const Resources& resources, const Account& account);
// Holds it at its barrier because the host is short of kCpu, kMemory or kIo, or lets it go, from its next
// step on. Says so.
Notice squeeze(Account& account, const Resources& resources, Resource resource, bool squeezed);

// --- the host's shortage

struct Shortage {
  bool cpu = false, memory = false, io = false;
  Micros since_cpu, since_memory, since_io;  // of the present state
  Micros seen_cpu, seen_memory, seen_io;     // when it was short last
  HostReading last;
};
// PSI where there is one: short when the stall in the last tick exceeds kShortStallPercent of it; memory also
// below `reserve` available. PSI takes tasks that their own bounds hold for waiting, so that more must be
// true: for CPU, that more tasks are runnable than there are CPUs; for memory, that the kernel reclaims for
// the whole host; for io, that a disk is busy for more than kShortBusyPercent of the tick. Without PSI:
// memory by what is available (less than the reserve or a 20th), CPU by tasks that wait (a quarter more than
// CPUs), io never. It ends when nothing was short for kCalm.
Shortage shortage(const Shortage& before, const HostReading& now, Bytes reserve);

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
