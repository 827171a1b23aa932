// Periods, sums over records, and the text for Prometheus.
#include "ctl/ledger/usage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl/ledger/exposition.h"
#include "ctl/ledger/period.h"
#include "runtime/error.h"

namespace croft::ledger {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kDay = 86400 * kSecond;

std::int64_t begin_of(const char* text) {
  return parse_period("period", text).from;
}

TEST(Period, is_a_year_or_less) {
  const Period month = parse_period("period", "2024-02");
  EXPECT_EQ(month.to - month.from, 29 * kDay);
  EXPECT_EQ(parse_period("period", "2026").to, begin_of("2027-01-01"));
  EXPECT_EQ(parse_period("period", "2026-12-31").to, begin_of("2027"));
  EXPECT_EQ(parse_period("period", "2026-11-22T14").to - begin_of("2026-11-22T14"), 3600 * kSecond);
  EXPECT_EQ(begin_of("2026-11-22T14:05:09Z") - begin_of("2026-11-22T14:05"), 9 * kSecond);
}

TEST(Period, wrong_ones_are_refused) {
  for (const char* text : {"", "2026-13", "2026-02-29", "26-01", "2026-1", "2026/11", "2026-11-22 14", "1969",
                           "2026-11-22T24", "2026-11-22T14:05:09.5", "-2026", "2026-11-"})
    EXPECT_THROW(parse_period("period", text), runtime::Error) << text;
  EXPECT_THROW(parse_period("", "2026-11-22", "2026-11-22", 0), runtime::Error);
  EXPECT_THROW(parse_period("2026", "2026", "", 0), runtime::Error);
}

TEST(Period, without_any_is_this_month) {
  const std::int64_t now = begin_of("2026-11-22T14:05");
  EXPECT_EQ(parse_period("", "", "", now).from, begin_of("2026-11-01"));
  EXPECT_EQ(parse_period("", "", "", now).to, now);
  EXPECT_EQ(parse_period("", "2026-10-03", "", now).from, begin_of("2026-10-03"));
}

Record record_of(const std::string& uuid, const std::string& tenant, std::int64_t from,
                 std::uint64_t seconds) {
  Record record;
  record.identity = {uuid, "boot", 1, 1};
  record.facts = {RunState::kRunning, R"({"tenant":")" + tenant + R"(","path":"top/)" + tenant +
                                          R"(","name":"n-)" + uuid +
                                          R"(","promise":{"memory":{"limit":1000}}})"};
  record.from = {from, 0};
  record.to = {from + static_cast<std::int64_t>(seconds) * kSecond, seconds * kSecond};
  record.covered = length_of(record);
  record.counted.set(0).set(index_of(Meter::kMemoryPeak));
  record.open[0] = 10;
  record.close[0] = 15;
  record.close[index_of(Meter::kMemoryPeak)] = seconds;
  return record;
}

TEST(Usage, is_summed_by_what_was_asked) {
  const std::int64_t day = begin_of("2026-11-22");
  std::vector<Record> records{record_of("a", "acme", day, 60), record_of("a", "acme", day + kDay, 40),
                              record_of("b", "acme", day, 10), record_of("c", "other", day, 5)};
  const auto count = [&](UsageBy by, const UsageFilter& filter) {
    Usage usage(by, filter);
    for (const Record& record : records) usage.add(record);
    return usage.items();
  };
  const Json containers = count(UsageBy::kContainer, {});
  ASSERT_EQ(containers.size(), 3U);
  EXPECT_EQ(containers[0]["meters"]["cpu"]["used"], 10);
  EXPECT_EQ(containers[0]["meters"]["memory.peak"]["used"], 60);
  EXPECT_EQ(containers[0]["promised"]["memory"]["limit"], 100'000);
  EXPECT_EQ(containers[0]["time"]["running_us"], 100 * kSecond);
  EXPECT_EQ(count(UsageBy::kTenant, {}).size(), 2U);
  EXPECT_EQ(count(UsageBy::kDay, {})[0]["key"], "2026-11-22");
  EXPECT_EQ(count(UsageBy::kAll, {.tenant = "top", .containers = {}})[0]["meters"]["cpu"]["used"], 20);
  EXPECT_EQ(count(UsageBy::kAll, {.tenant = "acme", .containers = {}})[0]["meters"]["cpu"]["used"], 15);
  EXPECT_EQ(count(UsageBy::kAll, {.tenant = "", .containers = {"acme/n-b"}})[0]["meters"]["cpu"]["used"], 5);
}

TEST(Usage, gaps_and_estimates_are_told) {
  Record gap = record_of("a", "acme", 0, 60);
  gap.kind = RecordKind::kGap;
  Record estimate = record_of("a", "acme", 60 * kSecond, 100);
  estimate.kind = RecordKind::kEstimate;
  estimate.covered = 30 * kSecond;
  Usage usage(UsageBy::kAll, {});
  usage.add(gap);
  usage.add(estimate);
  const Json time = usage.items()[0]["time"];
  EXPECT_EQ(time["unknown_us"], 60 * kSecond);
  EXPECT_EQ(time["estimated_us"], 70 * kSecond);
  EXPECT_EQ(time["existing_us"], 160 * kSecond);
}

TEST(Usage, numbers_of_more_than_64_bits_are_texts) {
  EXPECT_EQ(number_json(Usage::Wide{UINT64_MAX}), Json(UINT64_MAX));
  EXPECT_EQ(number_json(Usage::Wide{UINT64_MAX} + 1), Json("18446744073709551616"));
}

std::vector<Shown> containers(std::size_t count) {
  std::vector<Shown> all;
  for (std::size_t i = 0; i < count; ++i) {
    Shown shown;
    shown.tenant = "acme";
    shown.name = "web" + std::to_string(i);
    shown.uuid = "u";
    shown.template_name = "bb";
    shown.state = RunState::kRunning;
    for (std::size_t meter = 0; meter < 12; ++meter) shown.counted.set(meter);
    for (const NetPart part :
         {NetPart::kInBytes, NetPart::kInPackets, NetPart::kOutBytes, NetPart::kOutPackets})
      shown.counted.set(net_meter(0, part));
    shown.values[index_of(Meter::kCpuUser)] = 1'500'000;
    shown.level[0] = 4096;
    all.push_back(std::move(shown));
  }
  return all;
}

TEST(Exposition, two_formats_say_the_same) {
  const std::string older = expose(Format::kPrometheus, containers(1), {});
  EXPECT_THAT(older, testing::HasSubstr("# TYPE croft_cpu_seconds_total counter\n"));
  EXPECT_THAT(older,
              testing::HasSubstr(
                  "\ncroft_cpu_seconds_total{name=\"web0\",tenant=\"acme\",mode=\"user\"} 1.500000\n"));
  EXPECT_THAT(older, testing::Not(testing::HasSubstr("# EOF")));
  const std::string open = expose(Format::kOpenMetrics, containers(1), {});
  EXPECT_THAT(open,
              testing::HasSubstr("# TYPE croft_cpu_seconds counter\n# UNIT croft_cpu_seconds seconds\n"));
  EXPECT_THAT(open, testing::EndsWith("\n# EOF\n"));
}

TEST(Exposition, labels_are_escaped) {
  std::vector<Shown> all = containers(1);
  all[0].template_name = "a\"b\\c\nd";
  EXPECT_THAT(expose(Format::kPrometheus, all, {}), testing::HasSubstr(R"(template="a\"b\\c\nd")"));
}

TEST(Exposition, accept_chooses) {
  EXPECT_EQ(format_of("application/openmetrics-text;version=1.0.0,text/plain;q=0.5"), Format::kOpenMetrics);
  EXPECT_EQ(format_of("text/plain"), Format::kPrometheus);
  EXPECT_EQ(format_of(""), Format::kPrometheus);
}

}  // namespace
}  // namespace croft::ledger
