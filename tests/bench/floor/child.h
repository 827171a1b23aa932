// What the cloned process does between clone and exec: the container's half of the cycle.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/bench/floor/cgroups.h"
#include "tests/bench/floor/marks.h"
#include "tests/bench/floor/options.h"

namespace croft::bench {

struct ChildWork {
  const Options& options;
  const Cgroups& cgroups;
  const std::vector<Fd>& tasks;  // v1 tasks files
  int channel;                   // its end of the SOCK_SEQPACKET pair
  std::uint32_t number;
  Track& track;
};

// Words of the parent on the channel.
inline constexpr char kMapped = 'm';  // the id maps are written
inline constexpr char kRoot = 'r';    // carries the root's detached mount
inline constexpr char kLinked = 'l';  // the veth peer is there

[[noreturn]] void run_child(const ChildWork& work) noexcept;

// One word, with a descriptor when `fd` is not negative.
void say(int channel, char word, int fd = -1);
// Waits for the next word and the descriptor that came with it. Throws unless it is `expected`.
Fd hear(int channel, char expected);

}  // namespace croft::bench
