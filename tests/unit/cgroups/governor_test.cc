#include "cgroups/governor.h"

#include <gmock/gmock.h>

#include "tests/unit/cgroups/subject.h"

namespace croft::cgroups {
namespace {

using testing::IsEmpty;
using Kind = Notice::Kind;

// Half a core for ever, two with credit: 3 CPU seconds, earned back in a minute.
Subject cpu_run() {
  Subject run;
  run.resources[Resource::kCpu] = zone(500, 2000, Burst{3 * kOne, 60 * kOne});
  run.reading.cpu = Micros{0};
  run.reading.throttled = Micros{0};
  run.open();
  return run;
}

TEST(Governor, OpensWithFullBuckets) {
  Subject run = cpu_run();
  EXPECT_EQ(run.last.account.cpu, (Credit{3 * kOne, 0, false}));
  EXPECT_EQ(run.last.account.at, run.reading.at);
  EXPECT_TRUE(run.last.allowance.cpu);
  EXPECT_THAT(run.last.notices, IsEmpty());
}

TEST(Governor, CpuAboveTheBarrierSpendsAndBelowItEarns) {
  Subject run = cpu_run();
  run.reading.cpu->count += 2 * kOne;
  run.tick();
  EXPECT_EQ(run.last.account.cpu.left, 3 * kOne - 3 * kOne / 2);
  EXPECT_EQ(run.held(Resource::kCpu), 2000U);
  EXPECT_EQ(run.last.next, Micros{kOne});
  run.reading.cpu->count += kOne / 2;
  run.tick();
  EXPECT_EQ(run.last.account.cpu.left, 3 * kOne / 2 + kOne / 20);
  EXPECT_EQ(run.maxheld(Resource::kCpu), 2000U);
  EXPECT_TRUE(run.last.allowance.cpu);
}

TEST(Governor, OutOfCreditItIsHeldUntilATwentiethIsBack) {
  Subject run = cpu_run();
  run.reading.cpu->count += 4 * kOne;
  run.tick(2 * kOne);
  EXPECT_TRUE(run.last.account.cpu.spent);
  EXPECT_FALSE(run.last.allowance.cpu);
  EXPECT_EQ(run.told(Kind::kBurstEnded), 1U);
  EXPECT_EQ(run.last.notices[0].bound, 500U);
  // At full throttle, where the kernel's periods let it be a little above and below: it earns all the same.
  int ticks = 0;
  for (; !run.last.allowance.cpu; ++ticks) {
    run.reading.cpu->count += ticks % 2 == 0 ? 550'000 : 450'000;
    run.tick();
    ASSERT_LT(ticks, 10);
  }
  EXPECT_EQ(ticks, 3);  // a twentieth of a minute
  EXPECT_EQ(run.told(Kind::kBurstAgain), 1U);
}

TEST(Governor, TheTickIsShortenedWhenCreditRunsOut) {
  Subject run = cpu_run();
  run.reading.cpu->count += 2 * kOne;
  run.tick();
  run.reading.cpu->count += kOne + kOne / 2;
  run.tick();  // half a CPU second is left, of which a whole one a second is spent
  EXPECT_EQ(run.last.account.cpu.left, kOne / 2);
  EXPECT_EQ(run.last.next, Micros{kOne / 2});
  run.reading.cpu->count += 700'000;
  run.tick(kOne / 2);
  EXPECT_EQ(run.last.account.cpu.left, 50'000U);
  EXPECT_EQ(run.last.next, kLeastTick);
}

TEST(Governor, AnHourWithoutLookingIsOneStep) {
  Subject run = cpu_run();
  run.reading.cpu->count += 3600 * kOne / 2 + kOne;  // a second more than the barrier gives
  run.tick(3600 * kOne);
  EXPECT_EQ(run.last.account.cpu.left, 2 * kOne);
  run.reading.cpu->count += 1000 * kOne;
  run.tick(3600 * kOne);
  EXPECT_EQ(run.last.account.cpu.left, 3 * kOne);
}

TEST(Governor, CountersThatBeginAnewOrAppearDoNotSpend) {
  Subject run = cpu_run();
  run.reading.cpu->count += 1000 * kOne;
  run.tick(2000 * kOne);
  const std::uint64_t left = run.last.account.cpu.left;
  run.reading.cpu->count = 100'000;  // a new group
  run.tick();
  EXPECT_EQ(run.last.account.cpu.left, left);
  EXPECT_EQ(run.held(Resource::kCpu), 100U);
  run.reading.cpu.reset();
  run.tick();
  run.reading.cpu = Micros{5000 * kOne};
  run.tick();
  EXPECT_EQ(run.last.account.cpu.left, left);
  run.reading.cpu->count += kOne;
  run.tick();
  EXPECT_EQ(run.last.account.cpu.left, left - kOne / 2);
}

TEST(Governor, ABudgetThatIsGivenLaterIsFull) {
  Subject run = cpu_run();
  run.resources[Resource::kCpu].burst.reset();
  run.reading.cpu->count += 100 * kOne;
  run.tick();
  EXPECT_TRUE(run.last.allowance.cpu);
  run.resources[Resource::kCpu].burst = Burst{10 * kOne, 60 * kOne};
  run.reading.cpu->count += kOne;
  run.tick();
  EXPECT_EQ(run.last.account.cpu.left, 10 * kOne - kOne / 2);
}

TEST(Governor, TimeThatStandsStillChangesNothing) {
  Subject run = cpu_run();
  run.reading.cpu->count += 2 * kOne;
  run.tick(0);
  EXPECT_EQ(run.last.account.cpu.left, 3 * kOne);
  run.reading.at.count -= kOne;
  run.tick(0);
  EXPECT_EQ(run.last.account.at, run.reading.at);
  EXPECT_THAT(run.last.notices, IsEmpty());
}

TEST(Governor, EachWayOfIoSpendsForItself) {
  Subject run;
  run.resources[Resource::kIo] = zone(100 * kM, 400 * kM, Burst{kG, std::nullopt});
  run.resources[Resource::kIops] = zone(1000, 5000, Burst{10'000, 100 * kOne});
  run.reading.io = Reading::Io{};
  run.open();
  run.reading.io = {300 * kM, 50 * kM, 2500, 1500};
  run.tick();
  EXPECT_EQ(run.last.account.io.left, kG - 200 * kM);
  EXPECT_EQ(run.last.account.iops.left, 8000U);
  EXPECT_EQ(run.held(Resource::kIo), 300 * kM);
  EXPECT_EQ(run.held(Resource::kIops), 2500U);
  // The smaller of what the two ways leave is earned; operations by time.
  run.reading.io = {340 * kM, 120 * kM, 3000, 2000};
  run.tick();
  EXPECT_EQ(run.last.account.io.left, kG - 200 * kM + 30 * kM);
  EXPECT_EQ(run.last.account.iops.left, 8100U);
  run.reading.io->written_bytes += 2 * kG;
  run.tick();
  EXPECT_FALSE(run.last.allowance.io);
  EXPECT_TRUE(run.last.allowance.iops);
}

// Each way of the network has a budget of its own.
TEST(Governor, OfTheNetworkOnlyWhatItsRateLetsThroughIsSpent) {
  Subject run;
  run.resources[Resource::kNetIn] = zone(10 * kM, 40 * kM, Burst{50 * kM, std::nullopt});
  run.resources[Resource::kNetOut] = zone(10 * kM, 40 * kM, Burst{50 * kM, std::nullopt});
  run.reading.net = Reading::Net{};
  run.open();
  run.reading.net = {900 * kM, 4 * kM};  // a flood, of which the rate let 40 M through
  run.tick();
  EXPECT_EQ(run.last.account.net_in.left, 20 * kM);
  EXPECT_EQ(run.held(Resource::kNetIn), 40 * kM);
  EXPECT_EQ(run.last.account.net_out.left, 50 * kM);
  EXPECT_EQ(run.held(Resource::kNetOut), 4 * kM);
  run.reading.net->received += 900 * kM;
  run.tick();
  EXPECT_FALSE(run.last.allowance.net_in);
  EXPECT_TRUE(run.last.allowance.net_out);
  // Who stays at the barrier earns nothing, however much more is sent to him.
  run.reading.net->received += 900 * kM;
  run.tick();
  EXPECT_EQ(run.last.account.net_in.left, 0U);
  EXPECT_EQ(run.held(Resource::kNetIn), 10 * kM);
  run.reading.net->received += 4 * kM;
  run.tick();
  EXPECT_EQ(run.last.account.net_in.left, 6 * kM);
  EXPECT_TRUE(run.last.allowance.net_in);
  EXPECT_FALSE(run.last.rests);
}

// 10 seconds above 1 G, earned back in 100 seconds.
Subject memory_run() {
  Subject run;
  run.resources[Resource::kMemory] = zone(kG, 2 * kG, Burst{10 * kOne, 100 * kOne});
  run.reading.memory = Bytes{512 * kM};
  run.open();
  return run;
}

TEST(Governor, MemorySpendsTheTimeAboveItsBarrier) {
  Subject run = memory_run();
  run.reading.memory = Bytes{kG + kG / 2};
  run.tick();  // half of this second was above, if it rose evenly
  EXPECT_EQ(run.last.account.memory.left, 9'500'000U);
  run.tick(9 * kOne);
  EXPECT_EQ(run.last.account.memory.left, kOne / 2);
  EXPECT_EQ(run.last.next, Micros{kOne / 2});
  run.tick(run.last.next.count);
  EXPECT_FALSE(run.last.allowance.memory);
  EXPECT_EQ(run.told(Kind::kBurstEnded), 1U);
  // Held at the barrier, and a batch above it, it earns.
  run.reading.memory = Bytes{kG + kM};
  run.tick();
  for (int i = 0; i < 5; ++i) run.tick();
  EXPECT_TRUE(run.last.allowance.memory);
}

TEST(Governor, SwapAboveItsBarrierSpendsMemorysTime) {
  Subject run = memory_run();
  run.resources[Resource::kSwap] = zone(100 * kM, 500 * kM, std::nullopt);
  run.reading.swap = Bytes{200 * kM};
  run.tick();
  run.tick();
  EXPECT_EQ(run.last.account.memory.left, 10 * kOne - kOne / 2 - kOne);
  EXPECT_EQ(run.held(Resource::kMemswap), 712 * kM);
  EXPECT_EQ(run.last.allowance.swap_used, 200 * kM);
  EXPECT_EQ(run.last.allowance.memory_used, 512 * kM);
}

TEST(Governor, SqueezingHoldsWhoHasCredit) {
  Subject run = memory_run();
  run.reading.memory = Bytes{kG + kG / 2};
  run.tick();
  const Notice told = squeeze(run.last.account, run.resources, Resource::kMemory, true);
  EXPECT_EQ(told, (Notice{Kind::kSqueezed, Resource::kMemory, kG + kG / 2, kG, 0, 0}));
  run.tick();
  EXPECT_FALSE(run.last.allowance.memory);
  EXPECT_EQ(squeeze(run.last.account, run.resources, Resource::kMemory, false).kind, Kind::kReleased);
  run.tick();
  EXPECT_TRUE(run.last.allowance.memory);
  squeeze(run.last.account, run.resources, Resource::kIo, true);
  EXPECT_FALSE(allowance_of(run.resources, run.last.account).iops);
}

// The first look at it may come late.
TEST(Governor, AllThatANewGroupCountsIsOfThisRun) {
  Resources resources;
  resources[Resource::kCpu] = zone(100, 2000, Burst{10 * kOne, {}});
  Reading now;
  now.at = Micros{101 * kOne};
  now.cpu = Micros{kOne};
  now.refused_tasks = 2;
  now.oom_kills = 1;
  const Step first = step(resources, open_account(resources, Micros{100 * kOne}), now);
  EXPECT_EQ(first.account.cpu.left, 10 * kOne - kOne * 9 / 10);
  EXPECT_EQ(first.account.failcnt[static_cast<std::size_t>(Resource::kTasks)], 2U);
  ASSERT_EQ(first.notices.size(), 2U);
  EXPECT_EQ(first.notices[0].kind, Kind::kOom);
  EXPECT_EQ(first.notices[1].kind, Kind::kRefused);
}

TEST(Governor, LevelsAreTakenWithoutRates) {
  Account account = open_account({}, Micros{100 * kOne});
  Reading now;
  now.at = Micros{100 * kOne + 10};
  now.cpu = Micros{9};
  now.memory = Bytes{100};
  take_levels(now, account);
  EXPECT_EQ(account.held[static_cast<std::size_t>(Resource::kMemory)], 100U);
  EXPECT_EQ(account.held[static_cast<std::size_t>(Resource::kCpu)], 0U);
  EXPECT_EQ(account.at.count, 100 * kOne);
}

TEST(Governor, PeaksAndHeld) {
  Subject run;
  run.reading.memory = Bytes{100};
  run.reading.memory_peak = Bytes{500};
  run.reading.tasks = 7;
  run.reading.tasks_peak = 9;
  run.reading.tcp_sockets = 3;
  run.open();
  EXPECT_EQ(run.held(Resource::kMemory), 100U);
  EXPECT_EQ(run.maxheld(Resource::kMemory), 500U);
  EXPECT_EQ(run.maxheld(Resource::kTasks), 9U);
  run.reading.tcp_sockets = 5;
  run.tick();
  run.reading.tcp_sockets = 4;
  run.last.account.held[static_cast<std::size_t>(Resource::kDisk)] = 77;
  run.tick();
  EXPECT_EQ(run.held(Resource::kTcpSockets), 4U);
  EXPECT_EQ(run.maxheld(Resource::kTcpSockets), 5U);
  EXPECT_EQ(run.maxheld(Resource::kDisk), 77U);
}

TEST(Governor, QuietTicksAllocateNothing) {
  Subject run = cpu_run();
  run.resources.thresholds.push_back({Resource::kCpu, 1'000'000, Action::kEvent, {}, 0});
  for (int i = 0; i < 10; ++i) {
    run.reading.cpu->count += kOne / 4;
    EXPECT_EQ(run.tick().notices.capacity(), 0U);
  }
}

TEST(Governor, LargestValuesNeitherWrapNorStop) {
  Subject run;
  for (Words& one : run.resources.words) one = zone(kMost / 2, kMost, Burst{kMost, kMost});
  run.reading.at = Micros{1};
  run.reading.cpu = Micros{0};
  run.reading.memory = Bytes{kMost};
  run.reading.swap = Bytes{kMost};
  run.reading.io = Reading::Io{kMost, 0, kMost, 0};
  run.reading.oom_kills = kMost;
  run.reading.refused_tasks = kMost;
  run.open();
  run.reading.cpu = Micros{kMost};
  run.reading.io = Reading::Io{0, kMost, 0, kMost};
  run.reading.oom_kills = 1;
  run.tick(kMost - 1);
  EXPECT_EQ(run.failcnt(Resource::kMemory), kMost);
  EXPECT_EQ(run.held(Resource::kMemswap), kMost);
  EXPECT_LE(run.last.account.cpu.left, kMost);
}

}  // namespace
}  // namespace croft::cgroups
