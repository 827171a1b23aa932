// An hour of three containers through step and knobs_of, against an ideal governor that looks every
// millisecond.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "tests/unit/cgroups/chance.h"
#include "tests/unit/cgroups/subject.h"

namespace croft::cgroups {
namespace {

constexpr std::uint64_t kMs = 1000;  // in microseconds
constexpr std::uint64_t kHour = 3600 * kOne;

// What a container wants at each time: low and high by turns, of 20 to 200 seconds.
class Script {
 public:
  Script(std::uint64_t seed, std::uint64_t low, std::uint64_t high) {
    Chance chance(seed);
    bool up = false;
    for (std::uint64_t at = 0; at <= kHour; up = !up) {
      at += (20'000 + chance.below(180'000)) * kMs;
      turns_.push_back({at, up ? high : low});
    }
  }
  [[nodiscard]] std::uint64_t at(std::uint64_t time) {
    while (time >= turns_[next_].first) ++next_;
    return turns_[next_].second;
  }

 private:
  std::vector<std::pair<std::uint64_t, std::uint64_t>> turns_;
  std::size_t next_ = 0;
};

// The budget in continuous time.
struct Ideal {
  const Words& words;
  double left = static_cast<double>(words.burst->amount);
  bool spent = false;
  int ended = 0;

  void pass(double above, double earned) {
    const auto amount = static_cast<double>(words.burst->amount);
    left = above > 0 ? std::max(0.0, left - above) : std::min(amount, left + earned);
    if (left <= 0 && !spent) ++ended;
    spent = left <= 0 || (spent && left < amount / kResumePart);
  }
  // Earned in a millisecond by waiting.
  [[nodiscard]] double refill() const {
    return static_cast<double>(words.burst->amount) * kMs / static_cast<double>(*words.burst->period_us);
  }
};

struct Outcome {
  double used = 0;   // CPU microseconds, bytes, or microseconds above the barrier
  double above = 0;  // of that, above the barrier
  int ended = 0;
};

void expect_near(const Outcome& real, const Outcome& ideal) {
  testing::Test::RecordProperty("used", std::to_string(real.used / ideal.used));
  testing::Test::RecordProperty("above", std::to_string(real.above / ideal.above));
  EXPECT_NEAR(real.used, ideal.used, ideal.used / 100);
  EXPECT_NEAR(real.above, ideal.above, ideal.above / 100);
  EXPECT_EQ(real.ended, ideal.ended);
  EXPECT_GT(ideal.ended, 2);
}

// What a governed container may have in the next millisecond, and what it had.
struct World {
  Subject subject;
  Knobs knobs;
  std::function<void(std::uint64_t time)> live = {};

  void obey() { knobs = knobs_of(subject.resources, subject.last.allowance, 100, 100, {}); }
  // Returns how often credit ran out.
  int hour() {
    subject.open();
    obey();
    const std::uint64_t start = subject.reading.at.count;
    int ended = 0;
    for (std::uint64_t time = 0, next = kOne; time < kHour; time += kMs) {
      live(time);
      if (time + kMs < next) continue;
      subject.tick(start + time + kMs - subject.reading.at.count);
      ended += static_cast<int>(subject.told(Notice::Kind::kBurstEnded));
      obey();
      next = time + kMs + subject.last.next.count;
    }
    return ended;
  }
};

// --- CPU: half a core, two with credit of five CPU minutes an hour

Words cpu_words() {
  return zone(500, 2000, Burst{300 * kOne, kHour});
}

Outcome ideal_cpu(Script script) {
  const Words words = cpu_words();
  Ideal ideal{words};
  Outcome outcome;
  for (std::uint64_t time = 0; time < kHour; time += kMs) {
    const auto use = static_cast<double>(std::min<std::uint64_t>(script.at(time), ideal.spent ? 500 : 2000));
    ideal.pass(use - 500, ideal.refill());
    outcome.used += use;
    outcome.above += std::max(0.0, use - 500);
  }
  outcome.ended = ideal.ended;
  return outcome;
}

Outcome real_cpu(Script script) {
  World world;
  Outcome outcome;
  std::uint64_t saved = 0;
  world.subject.resources[Resource::kCpu] = cpu_words();
  world.subject.reading.cpu = Micros{0};
  world.live = [&](std::uint64_t time) {
    // The bandwidth controller: a quota for each 100 ms, and what is saved of it up to the burst.
    const std::uint64_t quota = world.knobs.cpu.quota->count * 100;
    if (time % (100 * kMs) == 0) saved = std::min(saved + quota, quota + world.knobs.cpu.burst.count);
    const std::uint64_t use = std::min(script.at(time), saved);
    saved -= use;
    world.subject.reading.cpu->count += use;
    outcome.used += static_cast<double>(use);
    // At the barrier the kernel lets it run early in each period: that is not above.
    if (world.knobs.cpu.quota == MilliCpu{2000}) outcome.above += static_cast<double>(minus(use, 500));
  };
  outcome.ended = world.hour();
  return outcome;
}

TEST(Hour, OfCpu) {
  const Script script(7, 100, 1500);
  expect_near(real_cpu(script), ideal_cpu(script));
}

// --- memory: 1 G, 2 G for five minutes an hour

Words memory_words() {
  return zone(kG, 2 * kG, Burst{300 * kOne, kHour});
}

// A gigabyte takes two seconds to fill, and one to reclaim.
std::uint64_t moved(std::uint64_t now, std::uint64_t wanted) {
  return now < wanted ? std::min(wanted, now + kG / 2000) : std::max(wanted, minus(now, kG / 1000));
}

Outcome ideal_memory(Script script) {
  const Words words = memory_words();
  Ideal ideal{words};
  Outcome outcome;
  std::uint64_t memory = 0;
  for (std::uint64_t time = 0; time < kHour; time += kMs) {
    memory = moved(memory, std::min(script.at(time), ideal.spent ? kG : 2 * kG));
    const double above = !ideal.spent && memory > kG ? kMs : 0;
    ideal.pass(above, ideal.refill());
    outcome.used += static_cast<double>(memory);
    outcome.above += above;
  }
  outcome.ended = ideal.ended;
  return outcome;
}

Outcome real_memory(Script script) {
  World world;
  Outcome outcome;
  world.subject.resources[Resource::kMemory] = memory_words();
  world.subject.reading.memory = Bytes{0};
  world.live = [&](std::uint64_t time) {
    const MemoryKnobs& knobs = world.knobs.memory;
    const std::uint64_t most = (knobs.high ? knobs.high : knobs.max)->count;
    world.subject.reading.memory =
        Bytes{moved(world.subject.reading.memory->count, std::min(script.at(time), most))};
    outcome.used += static_cast<double>(world.subject.reading.memory->count);
    if (!knobs.high && world.subject.reading.memory->count > kG) outcome.above += kMs;
  };
  outcome.ended = world.hour();
  return outcome;
}

TEST(Hour, OfMemory) {
  const Script script(11, kG / 2, kG + kG / 2);
  expect_near(real_memory(script), ideal_memory(script));
}

// --- io: 100 M/s, 400 M/s for 10 G, earned by what is not used

Words io_words() {
  return zone(100 * kM, 400 * kM, Burst{10 * kG, std::nullopt});
}

Outcome ideal_io(Script script) {
  const Words words = io_words();
  Ideal ideal{words};
  Outcome outcome;
  for (std::uint64_t time = 0; time < kHour; time += kMs) {
    const std::uint64_t most = ideal.spent ? 100 * kM : 400 * kM;
    const double use = static_cast<double>(std::min(script.at(time), most)) / 1000;
    const double barrier = 100.0 * kM / 1000;
    ideal.pass(use - barrier, barrier - use);  // nothing is written
    outcome.used += use;
    outcome.above += std::max(0.0, use - barrier);
  }
  outcome.ended = ideal.ended;
  return outcome;
}

Outcome real_io(Script script) {
  World world;
  Outcome outcome;
  world.subject.resources[Resource::kIo] = io_words();
  world.subject.reading.io = Reading::Io{};
  world.live = [&](std::uint64_t time) {
    const std::uint64_t use = std::min(script.at(time), *world.knobs.io.bytes_per_second) / 1000;
    world.subject.reading.io->read_bytes += use;
    outcome.used += static_cast<double>(use);
    outcome.above += static_cast<double>(minus(use, 100 * kM / 1000));
  };
  outcome.ended = world.hour();
  return outcome;
}

TEST(Hour, OfIo) {
  const Script script(13, 10 * kM, 300 * kM);
  expect_near(real_io(script), ideal_io(script));
}

}  // namespace
}  // namespace croft::cgroups
