#include "ctl/rating/metered.h"

#include <algorithm>
#include <array>

#include "cgroups/resources.h"
#include "ctl/spec/names.h"
#include "runtime/error.h"

namespace croft::rating {
namespace {

using ledger::index_of;
using ledger::Meter;
using ledger::NetPart;
using ledger::RunState;
using runtime::Error;
using runtime::ErrorKind;

constexpr Wide kSecond = 1'000'000;
constexpr Wide kSlotSeconds = 300;  // of a percentile, whose quantity is the bytes of one such time

constexpr std::array<std::pair<std::string_view, Of>, 8> kOfs{{{"use", Of::kUse},
                                                               {"guarantee", Of::kGuarantee},
                                                               {"barrier", Of::kBarrier},
                                                               {"limit", Of::kLimit},
                                                               {"above-guarantee", Of::kAboveGuarantee},
                                                               {"above-barrier", Of::kAboveBarrier},
                                                               {"percentile", Of::kPercentile},
                                                               {"percentile-sum", Of::kPercentileSum}}};

constexpr unsigned bit(RunState state) {
  return 1U << static_cast<unsigned>(state);
}

struct TimeRow {
  std::string_view name;
  unsigned states;
  bool gaps;
};
constexpr unsigned kAllStates = bit(RunState::kStopped) | bit(RunState::kRunning) | bit(RunState::kFrozen);
constexpr std::array kTimes{TimeRow{"time.existing", kAllStates, true},
                            TimeRow{"time.running", bit(RunState::kRunning), false},
                            TimeRow{"time.frozen", bit(RunState::kFrozen), false},
                            TimeRow{"time.stopped", bit(RunState::kStopped), false}};

struct NetRow {
  std::string_view name;
  std::optional<NetPart> first, second;
  Dimension dimension;
};
constexpr std::array kNets{
    NetRow{"net.in.bytes", NetPart::kInBytes, {}, Dimension::kBytes},
    NetRow{"net.out.bytes", NetPart::kOutBytes, {}, Dimension::kBytes},
    NetRow{"net.bytes", NetPart::kInBytes, NetPart::kOutBytes, Dimension::kBytes},
    NetRow{"net.in.packets", NetPart::kInPackets, {}, Dimension::kPieces},
    NetRow{"net.out.packets", NetPart::kOutPackets, {}, Dimension::kPieces},
    NetRow{"net.packets", NetPart::kInPackets, NetPart::kOutPackets, Dimension::kPieces},
};

// Of the host alone there is one of each name.
constexpr std::size_t kPlainMeters = index_of(Meter::kTasksPeak) + 1;

Dimension dimension_of(std::string_view unit) {
  if (unit == "microseconds") return Dimension::kCores;
  return unit.starts_with("byte") ? Dimension::kBytes : Dimension::kPieces;
}

Dimension dimension_of(cgroups::Resource resource) {
  switch (cgroups::unit_of(resource)) {
    case cgroups::Unit::kMilliCpu:
      return Dimension::kCores;
    case cgroups::Unit::kBytes:
      return Dimension::kBytes;
    case cgroups::Unit::kBytesPerSecond:
      return Dimension::kRate;
    default:
      return Dimension::kPieces;
  }
}

bool is_percentile(Of of) {
  return of == Of::kPercentile || of == Of::kPercentileSum;
}

// Nothing when it is none.
std::optional<Metered> net_metered(std::string_view name, Of of, const std::vector<std::size_t>& classes) {
  const auto* row =
      std::find_if(kNets.begin(), kNets.end(), [&](const NetRow& one) { return one.name == name; });
  if (row == kNets.end()) return std::nullopt;
  Metered metered{.name = std::string(name), .of = of, .dimension = row->dimension, .over_time = false};
  if (is_percentile(of)) {
    if (row->dimension != Dimension::kBytes)
      throw Error(ErrorKind::kInvalid, "a percentile is of bytes only, as of `net.bytes`");
    metered.dimension = Dimension::kRate;
  } else if (of != Of::kUse) {
    throw Error(ErrorKind::kInvalid, "of traffic there are `use`, `percentile` and `percentile-sum`");
  }
  for (std::size_t i = 0; i < ledger::kTrafficClasses; ++i) {
    if (!classes.empty() && std::find(classes.begin(), classes.end(), i) == classes.end()) continue;
    metered.meters.push_back(ledger::net_meter(i, *row->first));
    if (row->second)
      (of == Of::kPercentile ? metered.others : metered.meters).push_back(ledger::net_meter(i, *row->second));
  }
  return metered;
}

std::optional<Metered> time_metered(std::string_view name, Of of) {
  const auto* row =
      std::find_if(kTimes.begin(), kTimes.end(), [&](const TimeRow& one) { return one.name == name; });
  if (row == kTimes.end()) return std::nullopt;
  if (of != Of::kUse) throw Error(ErrorKind::kInvalid, "of time there is `use` only");
  return Metered{.name = std::string(name), .states = row->states, .gaps = row->gaps};
}

std::optional<std::size_t> plain_meter(std::string_view name) {
  for (std::size_t i = 0; i < kPlainMeters; ++i)
    if (ledger::row_of(i).name == name) return i;
  return std::nullopt;
}

Metered use_metered(std::size_t meter, Of of) {
  const ledger::MeterRow& row = ledger::row_of(meter);
  if (of != Of::kUse && row.resource.empty())
    throw Error(ErrorKind::kInvalid, "of this meter there is `use` only");
  const Dimension dimension = dimension_of(row.unit);
  return {.name = std::string(row.name),
          .of = of,
          .dimension = dimension,
          .over_time = row.kind == ledger::MeterKind::kLevel || dimension == Dimension::kCores,
          .peak = row.kind == ledger::MeterKind::kPeak,
          .meters = {meter},
          .resource = std::string(row.resource)};
}

Metered promise_metered(std::string_view name, Of of) {
  const auto resource = cgroups::resource_of(name);
  if (!resource) {
    const std::vector<std::string_view> known = meter_names();
    const std::string near = ctl::nearest(name, known);
    throw Error(ErrorKind::kInvalid,
                "is no meter of the ledger" + (near.empty() ? std::string(" (croft-rating(7) lists them)")
                                                            : "; did you mean `" + near + "`?"));
  }
  if (of != Of::kGuarantee && of != Of::kBarrier && of != Of::kLimit)
    throw Error(ErrorKind::kInvalid,
                "the ledger has no meter of its use: `of` must be `guarantee`, `barrier` or `limit`");
  return {.name = std::string(name),
          .of = of,
          .dimension = dimension_of(*resource),
          .resource = std::string(name)};
}

// --- units

struct BaseRow {
  std::string_view name;
  Dimension dimension;
  Wide factor;
};
constexpr Wide kK = 1000;
constexpr Wide kKi = 1024;
constexpr std::array kBases{
    BaseRow{"core", Dimension::kCores, kK},
    BaseRow{"MB", Dimension::kBytes, kK* kK},
    BaseRow{"MiB", Dimension::kBytes, kKi* kKi},
    BaseRow{"GB", Dimension::kBytes, kK* kK* kK},
    BaseRow{"GiB", Dimension::kBytes, kKi* kKi* kKi},
    BaseRow{"TB", Dimension::kBytes, kK* kK* kK* kK},
    BaseRow{"TiB", Dimension::kBytes, kKi* kKi* kKi* kKi},
    BaseRow{"piece", Dimension::kPieces, 1},
    BaseRow{"thousand", Dimension::kPieces, kK},
    BaseRow{"million", Dimension::kPieces, kK* kK},
    BaseRow{"Mbit/s", Dimension::kRate, kK* kK / 8},
    BaseRow{"Gbit/s", Dimension::kRate, kK* kK* kK / 8},
};
struct SpanRow {
  std::string_view name;
  Wide micros;  // 0: of the month
};
constexpr std::array kSpans{SpanRow{"second", kSecond}, SpanRow{"hour", 3600 * kSecond},
                            SpanRow{"day", 86400 * kSecond}, SpanRow{"month", 0}};

const SpanRow* span_named(std::string_view name) {
  const auto* row =
      std::find_if(kSpans.begin(), kSpans.end(), [&](const SpanRow& one) { return one.name == name; });
  return row == kSpans.end() ? nullptr : row;
}

Unit over(Unit unit, const SpanRow& span) {
  unit.over_time = true;
  unit.month = span.micros == 0;
  unit.factor *= unit.month ? 1 : span.micros;
  return unit;
}

std::string_view examples_of(const Metered& metered) {
  switch (metered.dimension) {
    case Dimension::kCores:
      return "core-hour";
    case Dimension::kBytes:
      return metered.over_time ? "GiB-hour, GiB-month, GB-hour" : "GB, GiB, TB";
    case Dimension::kPieces:
      return metered.over_time ? "piece-hour, thousand-month" : "piece, thousand, million";
    case Dimension::kRate:
      return metered.over_time ? "Mbit/s-hour, Mbit/s-month" : "Mbit/s, Gbit/s";
    default:
      return "hour, day, month";
  }
}

}  // namespace

std::string_view to_text(Of of) {
  return kOfs.at(static_cast<std::size_t>(of)).first;
}

std::optional<Of> of_named(std::string_view text) {
  for (const auto& [name, of] : kOfs)
    if (name == text) return of;
  return std::nullopt;
}

std::vector<std::string_view> meter_names() {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < kPlainMeters; ++i) names.push_back(ledger::row_of(i).name);
  for (const NetRow& row : kNets) names.push_back(row.name);
  for (const TimeRow& row : kTimes) names.push_back(row.name);
  for (std::size_t i = 0; i < cgroups::kResourceCount; ++i)
    names.push_back(cgroups::to_text(static_cast<cgroups::Resource>(i)));
  return names;
}

Metered metered_of(std::string_view meter, Of of, const std::vector<std::size_t>& classes) {
  if (auto net = net_metered(meter, of, classes)) return *net;
  if (!classes.empty()) throw Error(ErrorKind::kInvalid, "classes are of traffic, as of `net.out.bytes`");
  if (is_percentile(of)) throw Error(ErrorKind::kInvalid, "a percentile is of traffic, as of `net.bytes`");
  if (auto time = time_metered(meter, of)) return *time;
  const bool promise = of == Of::kGuarantee || of == Of::kBarrier || of == Of::kLimit;
  const auto plain = plain_meter(meter);
  return plain && !promise ? use_metered(*plain, of) : promise_metered(meter, of);
}

Unit unit_named(std::string_view name) {
  Unit unit{.name = std::string(name)};
  if (const SpanRow* span = span_named(name)) return over(unit, *span);
  const std::size_t dash = std::min(name.find('-'), name.size());
  const auto* base = std::find_if(kBases.begin(), kBases.end(),
                                  [&](const BaseRow& one) { return one.name == name.substr(0, dash); });
  const SpanRow* span = dash < name.size() ? span_named(name.substr(dash + 1)) : nullptr;
  if (base == kBases.end() || (dash < name.size() && span == nullptr))
    throw Error(ErrorKind::kInvalid, "is no unit, as `core-hour`, `GiB-hour`, `GB` or `month`");
  unit.dimension = base->dimension;
  unit.over_time = false;
  unit.factor = base->factor;
  return span == nullptr ? unit : over(unit, *span);
}

Unit unit_of(std::string_view name, const Metered& metered) {
  Unit unit = unit_named(name);
  if (unit.dimension != metered.dimension || unit.over_time != metered.over_time)
    throw Error(ErrorKind::kInvalid,
                "does not fit the meter, of which units are " + std::string(examples_of(metered)));
  if (is_percentile(metered.of)) unit.factor *= kSlotSeconds;
  return unit;
}

}  // namespace croft::rating
