#include "ctl/rating/measure.h"

#include <algorithm>

namespace croft::rating {
namespace {

using ledger::Period;
using ledger::Record;
using ledger::RecordKind;
using ledger::RunState;

constexpr std::int64_t kSlot = 300'000'000;
constexpr Wide kMicros = 1'000'000;
constexpr Wide kMilli = 1000;

// floor(value * part / whole) without a wider product; 0 <= part <= whole.
Wide portion(Wide value, Wide part, Wide whole) {
  return value / whole * part + value % whole * part / whole;
}

// The ledger's readings in what the dimension counts in.
Wide scale_of(const Metered& metered) {
  if (!metered.over_time) return 1;
  return metered.dimension == Dimension::kCores ? kMilli : kMicros;
}

Wide used_of(const std::vector<std::size_t>& meters, const Record& record) {
  Wide used = 0;
  for (const std::size_t meter : meters)
    if (record.counted[meter]) used = add(used, ledger::used(record, meter));
  return used;
}

// What a stopped container holds all the same.
bool is_kept(const std::string& resource) {
  return resource == "disk" || resource == "inodes";
}

Wide promised(const Metered& metered, std::string_view word, const Record& record,
              const ledger::About& about) {
  if (record.kind == RecordKind::kGap) return 0;
  if (record.facts.state == RunState::kStopped && !is_kept(metered.resource)) return 0;
  const auto resource = about.promise.find(metered.resource);
  if (resource == about.promise.end()) return 0;
  const auto value = resource->second.find(std::string(word));
  if (value == resource->second.end()) return 0;
  return multiply_divide(value->second, ledger::length_of(record), 1);
}

// Without a barrier that is the limit, and without a limit nothing is above it.
Wide above_barrier(const Metered& metered, Wide used, const Record& record, const ledger::About& about) {
  for (const char* word : {"barrier", "limit"})
    if (const Wide bound = promised(metered, word, record, about); bound > 0)
      return std::max<Wide>(used - bound, 0);
  return 0;
}

Wide time_of(const Metered& metered, const Record& record) {
  if (record.kind == RecordKind::kGap) return metered.gaps ? ledger::length_of(record) : 0;
  const bool counts = (metered.states & (1U << static_cast<unsigned>(record.facts.state))) != 0;
  return counts ? ledger::length_of(record) : 0;
}

std::int64_t slot_of(std::int64_t moment) {
  return moment / kSlot - (moment % kSlot < 0 ? 1 : 0);
}

}  // namespace

Wide raw_of(const Metered& metered, const Record& record, const ledger::About& about) {
  if (metered.states != 0) return time_of(metered, record);
  const Wide used = used_of(metered.meters, record) * scale_of(metered);
  switch (metered.of) {
    case Of::kGuarantee:
    case Of::kBarrier:
    case Of::kLimit:
      return promised(metered, to_text(metered.of), record, about);
    case Of::kAboveGuarantee:
      return std::max<Wide>(used - promised(metered, "guarantee", record, about), 0);
    case Of::kAboveBarrier:
      return above_barrier(metered, used, record, about);
    default:
      return used;
  }
}

bool overlaps(const Record& record, const Period& window) {
  const std::int64_t from = record.from.real;
  if (record.to.real <= from) return from >= window.from && from < window.to;
  return from < window.to && record.to.real > window.from;
}

Wide share_of(Wide value, const Record& record, const Period& window) {
  if (value == 0 || !overlaps(record, window)) return 0;
  const std::int64_t from = record.from.real;
  const std::int64_t to = record.to.real;
  if (to <= from || (from >= window.from && to <= window.to)) return value;
  const Wide whole = to - from;
  return portion(value, std::min(to, window.to) - from, whole) -
         portion(value, std::max(from, window.from) - from, whole);
}

Samples::Samples(const Period& span) : span_(span) {
  if (span.to > span.from)
    samples_.resize(static_cast<std::size_t>(slot_of(span.to - 1) - slot_of(span.from) + 1));
}

Period Samples::window(std::size_t index) const {
  const std::int64_t from = (slot_of(span_.from) + static_cast<std::int64_t>(index)) * kSlot;
  return {std::max(from, span_.from), std::min(from + kSlot, span_.to)};
}

void Samples::add(const Metered& metered, const Record& record) {
  if (!overlaps(record, span_)) return;
  const std::int64_t base = slot_of(span_.from);
  const std::int64_t first = slot_of(std::max(record.from.real, span_.from)) - base;
  const std::int64_t last =
      slot_of(std::max(std::min(record.to.real, span_.to) - 1, std::max(record.from.real, span_.from))) -
      base;
  const Wide one = used_of(metered.meters, record);
  const Wide other = used_of(metered.others, record);
  for (std::int64_t i = first; i <= last; ++i) {
    const auto index = static_cast<std::size_t>(i);
    Sample& sample = samples_.at(index);
    (record.kind == RecordKind::kGap ? sample.gap : sample.seen) = true;
    sample.first += share_of(one, record, window(index));
    sample.second += share_of(other, record, window(index));
  }
}

void Samples::add(const Samples& other) {
  for (std::size_t i = 0; i < samples_.size(); ++i) {
    const Sample& theirs = other.samples_.at(i);
    samples_[i].first += theirs.first;
    samples_[i].second += theirs.second;
    samples_[i].seen = samples_[i].seen || theirs.seen;
    samples_[i].gap = samples_[i].gap || theirs.gap;
  }
}

Wide Samples::percentile() const {
  std::vector<Wide> first;
  std::vector<Wide> second;
  for (const Sample& sample : samples_) {
    if (!sample.seen) continue;
    first.push_back(sample.first);
    second.push_back(sample.second);
  }
  if (first.empty()) return 0;
  const auto rank = static_cast<std::ptrdiff_t>(first.size() - first.size() / 20 - 1);
  for (auto* values : {&first, &second})
    std::nth_element(values->begin(), values->begin() + rank, values->end());
  return std::max(first[static_cast<std::size_t>(rank)], second[static_cast<std::size_t>(rank)]);
}

std::uint64_t Samples::seen() const {
  return static_cast<std::uint64_t>(
      std::count_if(samples_.begin(), samples_.end(), [](const Sample& one) { return one.seen; }));
}

std::uint64_t Samples::missing() const {
  return static_cast<std::uint64_t>(std::count_if(samples_.begin(), samples_.end(),
                                                  [](const Sample& one) { return one.gap && !one.seen; }));
}

}  // namespace croft::rating
