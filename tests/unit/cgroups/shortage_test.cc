#include <gmock/gmock.h>

#include "tests/unit/cgroups/subject.h"

namespace croft::cgroups {
namespace {

struct Host {
  HostReading reading;
  Shortage state;

  Host() {
    reading.at = Micros{kOne};
    reading.memory_total = Bytes{16 * kG};
    reading.memory_available = Bytes{8 * kG};
    reading.running = 1;
    reading.cpus = 4;
  }
  const Shortage& look(Bytes reserve = Bytes{kG}) {
    state = shortage(state, reading, reserve);
    reading.at.count += kOne;
    return state;
  }
};

TEST(Shortage, PressureMakesAHostShortAndCalmEndsIt) {
  Host host;
  host.reading.memory_stall = Micros{0};
  host.reading.io_stall = Micros{50 * kOne};
  EXPECT_FALSE(host.look().memory);
  host.reading.memory_stall->count += 200'000;
  host.reading.io_stall->count += 200'001;
  host.look();
  EXPECT_FALSE(host.state.memory);
  EXPECT_TRUE(host.state.io);
  EXPECT_EQ(host.state.since_io, Micros{2 * kOne});
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(host.look().io);
  EXPECT_FALSE(host.look().io);
  EXPECT_EQ(host.state.since_io, Micros{12 * kOne});
}

TEST(Shortage, AnotherSignBeginsTheCalmAnew) {
  Host host;
  host.reading.memory_available = Bytes{100};
  host.look();
  host.reading.memory_available = Bytes{8 * kG};
  for (int i = 0; i < 8; ++i) host.look();
  host.reading.memory_available = Bytes{100};
  host.look();
  host.reading.memory_available = Bytes{8 * kG};
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(host.look().memory);
  EXPECT_FALSE(host.look().memory);
  EXPECT_EQ(host.state.seen_memory, Micros{10 * kOne});
}

TEST(Shortage, OfMemoryIsLessThanTheReserve) {
  Host host;
  host.reading.memory_stall = Micros{0};
  host.reading.memory_available = Bytes{kG};
  EXPECT_FALSE(host.look().memory);
  EXPECT_TRUE(host.look(Bytes{kG + 1}).memory);
}

TEST(Shortage, WithoutPressureTotalsByWhatIsFree) {
  Host host;
  host.reading.memory_available = Bytes{16 * kG / 20};
  EXPECT_FALSE(host.look(Bytes{0}).memory);
  host.reading.memory_available = Bytes{16 * kG / 20 - 1};
  EXPECT_TRUE(host.look(Bytes{0}).memory);
  host.reading.running = 5;
  EXPECT_FALSE(host.look().cpu);
  host.reading.running = 6;
  EXPECT_TRUE(host.look().cpu);
  EXPECT_FALSE(host.state.io);
}

// Tasks that their own quota holds are counted as waiting.
TEST(Shortage, OfCpuNeedsTasksThatReallyWait) {
  Host host;
  host.reading.cpu_stall = Micros{0};
  host.reading.running = 4;
  host.look();
  host.reading.cpu_stall->count += 900'000;
  EXPECT_FALSE(host.look().cpu);
  host.reading.running = 5;
  EXPECT_FALSE(host.look().cpu);
  host.reading.cpu_stall->count += 900'000;
  EXPECT_TRUE(host.look().cpu);
}

// A group at its own memory.high is counted as stalled.
TEST(Shortage, OfMemoryNeedsReclaimForTheHost) {
  Host host;
  host.reading.memory_stall = Micros{0};
  host.reading.scanned = 7;
  host.look();
  host.reading.memory_stall->count += 900'000;
  EXPECT_FALSE(host.look().memory);
  host.reading.memory_stall->count += 900'000;
  host.reading.scanned = 8;
  EXPECT_TRUE(host.look().memory);
}

// So is one at its own io.max.
TEST(Shortage, OfIoNeedsABusyDisk) {
  Host host;
  host.reading.io_stall = Micros{0};
  host.reading.disks.count = 2;
  const auto look = [&](std::uint64_t busy) {
    host.reading.io_stall->count += 900'000;
    host.reading.disks.busy[1].count += busy;
    return host.look().io;
  };
  look(0);
  EXPECT_FALSE(look(0));
  EXPECT_FALSE(look(kOne / 2));
  host.reading.disks.count = 3;  // another set of disks: their totals say nothing yet
  EXPECT_FALSE(look(kOne));
  EXPECT_TRUE(look(kOne / 2 + 1));
}

TEST(Shortage, TotalsThatStartAnewOrStandStillSayNothing) {
  Host host;
  host.reading.memory_stall = Micros{kMost};
  host.look();
  host.reading.memory_stall = Micros{5};
  EXPECT_FALSE(host.look().memory);
  host.reading.at.count -= kOne;
  host.reading.memory_stall = Micros{kMost};
  EXPECT_FALSE(host.look().memory);
}

TEST(Squeeze, TakesTheLargestFirstAndLetsGoInTheReverseOrder) {
  std::vector<Bursting> all{
      {"a", 10, false}, {"b", 30, false}, {"c", 20, false}, {"d", 0, false}, {"e", 20, false}};
  std::vector<std::string> squeezed, released;
  while (const auto next = squeeze_next(true, all)) {
    squeezed.push_back(*next);
    std::find_if(all.begin(), all.end(), [&](const Bursting& one) { return one.key == *next; })->squeezed =
        true;
  }
  EXPECT_THAT(squeezed, testing::ElementsAre("b", "c", "e", "a"));
  while (const auto next = squeeze_next(false, all)) {
    released.push_back(*next);
    std::find_if(all.begin(), all.end(), [&](const Bursting& one) { return one.key == *next; })->squeezed =
        false;
  }
  EXPECT_THAT(released, testing::ElementsAre("a", "e", "c", "b"));
  EXPECT_EQ(squeeze_next(true, {}), std::nullopt);
}

}  // namespace
}  // namespace croft::cgroups
