#include "ctl/rating/quote.h"

#include <array>
#include <set>

namespace croft::rating {
namespace {

using ledger::About;
using ledger::index_of;
using ledger::Meter;
using ledger::NetPart;
using ledger::Record;

constexpr std::int64_t kHour = 3'600'000'000;
constexpr std::uint64_t kHourSeconds = 3600;
constexpr std::uint64_t kMostLimit = std::uint64_t{1} << 50U;  // more is as good as none

// What is counted in an hour when `resource` is used up to its limit.
struct Full {
  std::size_t meter;
  std::string_view resource;
  std::uint64_t each_hour;  // for each one of the limit
};
constexpr std::array kFull{
    Full{index_of(Meter::kCpu), "cpu", kHourSeconds * 1000},
    Full{index_of(Meter::kMemory), "memory", kHourSeconds},
    Full{index_of(Meter::kSwap), "swap", kHourSeconds},
    Full{index_of(Meter::kTasks), "tasks", kHourSeconds},
    Full{index_of(Meter::kMemoryPeak), "memory", 1},
    Full{index_of(Meter::kTasksPeak), "tasks", 1},
    Full{index_of(Meter::kIoRead), "io", kHourSeconds},
    Full{index_of(Meter::kIoWritten), "io", kHourSeconds},
    Full{index_of(Meter::kIoReads), "iops", kHourSeconds},
    Full{index_of(Meter::kIoWrites), "iops", kHourSeconds},
    Full{ledger::net_meter(0, NetPart::kInBytes), "net.in", kHourSeconds},
    Full{ledger::net_meter(0, NetPart::kOutBytes), "net.out", kHourSeconds},
};

std::uint64_t limit_of(const About& about, std::string_view resource) {
  const auto words = about.promise.find(std::string(resource));
  if (words == about.promise.end()) return 0;
  const auto limit = words->second.find("limit");
  return limit == words->second.end() || limit->second > kMostLimit ? 0 : limit->second;
}

ledger::MeterSet use_limits(const About& about, Record& record) {
  ledger::MeterSet bounded;
  for (const Full& full : kFull) {
    const std::uint64_t limit = limit_of(about, full.resource);
    if (limit == 0) continue;
    bounded.set(full.meter);
    record.counted.set(full.meter);
    record.close[full.meter] = limit * full.each_hour;
  }
  return bounded;
}

Json rated(const Terms& terms, const ledger::Period& month, Record record) {
  Rater rater(terms);
  for (std::int64_t at = month.from; at < month.to; at += kHour) {
    record.from = {at, static_cast<std::uint64_t>(at)};
    record.to = {at + kHour, static_cast<std::uint64_t>(at + kHour)};
    record.covered = kHour;
    ++record.seq;
    rater.add(record);
  }
  return rater.invoice();
}

// Traffic has a limit when one of its classes has: they share it.
bool is_bounded(const Metered& metered, const ledger::MeterSet& bounded) {
  for (const auto* meters : {&metered.meters, &metered.others})
    for (const std::size_t meter : *meters)
      if (bounded[meter]) return true;
  return metered.meters.empty();
}

Json lines_of(const Json& invoice) {
  return {{"lines", invoice.at("lines")}, {"total", invoice.at("total")}};
}

}  // namespace

Json quote(const Terms& terms, const Json& about) {
  Terms whole = terms;
  whole.until = INT64_MAX;
  whole.account.adjustments.clear();
  Record record;
  record.identity = {"quote", "", 1, 1};
  record.facts = {ledger::RunState::kRunning, about.dump()};
  const ledger::Period month = Zone(terms.account.zone).span_of(terms.month);
  const Json idle = rated(whole, month, record);
  ledger::Abouts abouts;
  const ledger::MeterSet bounded = use_limits(abouts.of(record.facts.about), record);
  const Json full = rated(whole, month, record);
  std::set<std::string> unbounded;
  for (const Tariff& tariff : terms.versions)
    for (const Sku& sku : tariff.skus)
      if (!is_bounded(sku.metered, bounded)) unbounded.insert(sku.metered.name);
  Json json = {{"idle", lines_of(idle)}, {"full", lines_of(full)}, {"unbounded", unbounded}};
  for (const char* name : {"month", "zone", "currency", "digits", "tariffs", "unrated"})
    json[name] = idle.at(name);
  return json;
}

}  // namespace croft::rating
