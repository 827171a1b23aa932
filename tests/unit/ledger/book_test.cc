// Records of random histories: nothing is lost, nothing is there twice, every hole is a row.
#include "ctl/ledger/book.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/ledger/simulation.h"

namespace croft::ledger {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;

Reading at(std::uint64_t second, std::uint64_t cpu, std::uint64_t memory) {
  Reading reading;
  reading.at = {static_cast<std::int64_t>(second * kSecond), second * kSecond};
  reading.counted.set(index_of(Meter::kCpu)).set(index_of(Meter::kMemory));
  reading.values[index_of(Meter::kCpu)] = cpu;
  reading.level[0] = memory;
  return reading;
}

const Identity kIdentity{"ct", "boot", 1, 7};
const Facts kRunning{RunState::kRunning, "{}"};

Book running_book(std::uint64_t second) {
  Book book({.grid = 300 * kSecond});
  book.look_at_clock(at(second, 0, 0).at);
  book.begin({"ct", "boot", 0, 0}, {RunState::kStopped, "{}"},
             Reading{.at = at(second, 0, 0).at, .counted = {}});
  book.run(kIdentity, kRunning, at(second, 0, 0).at);
  return book;
}

using Chain = std::vector<const Record*>;

std::map<std::string, Chain> chains_of(const std::vector<Record>& records) {
  std::map<std::string, Chain> chains;
  for (const Record& record : records)
    if (record.kind != RecordKind::kStep) chains[record.identity.uuid].push_back(&record);
  return chains;
}

void expect_joined(const Record& before, const Record& after, const std::set<std::uint64_t>& steps) {
  const bool restart = after.kind == RecordKind::kGap && after.cause == Cause::kHostRestart;
  if (!restart) {
    EXPECT_EQ(before.to.boot, after.from.boot);
  }
  if (before.to.real != after.from.real) {
    EXPECT_TRUE(steps.contains(static_cast<std::uint64_t>(after.from.real - before.to.real)))
        << "labels jump without a row that says so";
  }
  for (std::size_t i = 0; i < kMeters; ++i) {
    if (!is_meter(i) || row_of(i).kind == MeterKind::kPeak) continue;
    const bool goes_on = is_net(i) || (before.identity == after.identity && before.cause != Cause::kStop &&
                                       before.kind != RecordKind::kGap && after.kind != RecordKind::kGap);
    EXPECT_EQ(after.open[i], goes_on ? before.close[i] : 0) << name_of(i);
  }
}

std::uint64_t sum_of(const Chain& chain, std::size_t meter) {
  std::uint64_t sum = 0;
  for (const Record* record : chain) sum += used(*record, meter);
  return sum;
}

TEST(Book, random_histories_lose_nothing) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Simulation host(seed);
    for (int i = 0; i < 3000; ++i) host.step();
    host.finish();
    std::set<std::uint64_t> steps;
    for (const Record& record : host.records())
      if (record.kind == RecordKind::kStep)
        steps.insert(static_cast<std::uint64_t>(record.to.real - record.from.real));
    for (const auto& [uuid, chain] : chains_of(host.records())) {
      for (std::size_t i = 1; i < chain.size(); ++i) {
        expect_joined(*chain[i - 1], *chain[i], steps);
        if (HasFailure()) FAIL() << uuid << ", record " << i;
      }
      // What a host that lost its power had not told anybody is lost, and its row is a gap.
      bool lost = false;
      for (const Record* record : chain) lost = lost || record->kind == RecordKind::kGap;
      const Values& truth = host.truth().at(uuid);
      for (const Meter meter : {Meter::kCpu, Meter::kIoRead}) {
        const std::size_t i = index_of(meter);
        if (lost)
          EXPECT_LE(sum_of(chain, i), truth[i]);
        else
          EXPECT_EQ(sum_of(chain, i), truth[i]) << uuid << " " << name_of(i);
      }
      EXPECT_EQ(sum_of(chain, net_meter(0, NetPart::kInBytes)), truth[net_meter(0, NetPart::kInBytes)])
          << uuid;
      if (HasFailure()) return;
    }
  }
}

TEST(Book, a_level_is_a_trapezoid) {
  Book book = running_book(0);
  book.observe("ct", at(10, 0, 100));
  book.observe("ct", at(20, 0, 300));
  book.cut("ct", at(30, 0, 300), Cause::kGrid);
  const std::vector<Record> records = book.take();
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(used(records[0], index_of(Meter::kMemory)), 500U + 2000U + 3000U);
  EXPECT_EQ(used(records[0], index_of(Meter::kMemoryPeak)), 300U);
  EXPECT_EQ(records[0].kind, RecordKind::kMeasured);
  EXPECT_EQ(records[0].covered, 30 * kSecond);
}

TEST(Book, levels_that_nobody_looked_at_are_an_estimate) {
  Book book = running_book(0);
  book.observe("ct", at(10, 5, 100));
  book.cut("ct", at(110, 9, 100), Cause::kGrid);
  const std::vector<Record> records = book.take();
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].kind, RecordKind::kEstimate);
  EXPECT_EQ(records[0].covered, 10 * kSecond);
  EXPECT_EQ(used(records[0], index_of(Meter::kCpu)), 9U);
}

TEST(Book, records_end_at_the_grid) {
  Book book = running_book(299);
  EXPECT_FALSE(book.is_due("ct", at(299, 0, 0).at));
  EXPECT_TRUE(book.is_due("ct", at(300, 0, 0).at));
  book.cut("ct", at(300, 1, 0), Cause::kGrid);
  EXPECT_FALSE(book.is_due("ct", at(599, 0, 0).at));
  EXPECT_TRUE(book.is_due("ct", at(600, 0, 0).at));
}

TEST(Book, a_counter_that_goes_back_bills_nobody) {
  Book book = running_book(0);
  book.cut("ct", at(10, 1000, 0), Cause::kGrid);
  book.observe("ct", at(20, 400, 0));
  book.cut("ct", at(30, 450, 0), Cause::kGrid);
  const std::vector<Record> records = book.take();
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[1].cause, Cause::kAnomaly);
  EXPECT_EQ(used(records[1], index_of(Meter::kCpu)), 0U);
  EXPECT_EQ(used(records[2], index_of(Meter::kCpu)), 50U);
  EXPECT_EQ(records[1].close, records[2].open);
}

// As while the kernel takes its time to remove the cgroup of a run that is over.
TEST(Book, what_a_run_used_is_not_used_again_while_its_cgroup_is_still_read) {
  Book book = running_book(10);
  book.stop("ct", at(20, 500, 0));
  book.observe("ct", at(21, 500, 4096));
  ASSERT_EQ(book.open_records().size(), 1U);
  EXPECT_EQ(used(book.open_records()[0], index_of(Meter::kCpu)), 0U);
  book.cut("ct", at(22, 500, 4096), Cause::kChange);
  book.run({"ct", "boot", 2, 8}, kRunning, at(23, 0, 0).at);
  book.stop("ct", at(24, 30, 0));
  std::uint64_t cpu = 0;
  std::uint64_t memory = 0;
  for (const Record& record : book.take()) {
    cpu += used(record, index_of(Meter::kCpu));
    memory += used(record, index_of(Meter::kMemory));
  }
  EXPECT_EQ(cpu, 530U);
  EXPECT_EQ(memory, 0U);
}

TEST(Book, a_clock_that_is_set_ends_every_record) {
  Book book = running_book(1000);
  book.observe("ct", at(1010, 1, 0));
  Instant later = at(1020, 0, 0).at;
  later.real -= static_cast<std::int64_t>(3600 * kSecond);
  book.look_at_clock(later);
  const std::vector<Record> records = book.take();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].cause, Cause::kClockStep);
  EXPECT_EQ(records[0].to, at(1010, 0, 0).at);
  EXPECT_EQ(records[1].kind, RecordKind::kStep);
  EXPECT_EQ(records[1].to.real - records[1].from.real, -static_cast<std::int64_t>(3600 * kSecond));
  EXPECT_EQ(book.find("ct")->from.boot, 1010 * kSecond);
  EXPECT_EQ(book.find("ct")->from.real, static_cast<std::int64_t>(1010 * kSecond - 3600 * kSecond));
}

TEST(Book, readings_come_back_as_they_were_packed) {
  Record record;
  for (const std::size_t i :
       {std::size_t{0}, index_of(Meter::kMemory), net_meter(15, NetPart::kOutPackets)}) {
    record.counted.set(i);
    record.open[i] = UINT64_MAX - i;
    record.close[i] = i + 7;  // it wrapped
  }
  record.level[0] = UINT64_MAX;
  Record again;
  unpack_readings(pack_readings(record), again);
  EXPECT_EQ(again, record);
  EXPECT_EQ(used(again, 0), 8U);
  EXPECT_ANY_THROW(unpack_readings("\x1f\x01\x01", again));  // no such meter
  EXPECT_ANY_THROW(unpack_readings("\x01\x80", again));      // cut off
}

}  // namespace
}  // namespace croft::ledger
