#include "ctl/ledger/usage.h"

#include <algorithm>
#include <limits>

namespace croft::ledger {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;
constexpr std::size_t kDayText = 10;   // "2026-11-22"
constexpr std::size_t kHourText = 13;  // "2026-11-22T14"

}  // namespace

std::optional<UsageBy> parse_usage_by(std::string_view text) {
  if (text == "all") return UsageBy::kAll;
  if (text == "container") return UsageBy::kContainer;
  if (text == "tenant") return UsageBy::kTenant;
  if (text == "day") return UsageBy::kDay;
  if (text == "hour") return UsageBy::kHour;
  return std::nullopt;
}

Json number_json(Usage::Wide number) {
  if (number <= std::numeric_limits<std::uint64_t>::max()) return static_cast<std::uint64_t>(number);
  std::string text;
  for (; number > 0; number /= 10) text += static_cast<char>('0' + static_cast<int>(number % 10));
  std::reverse(text.begin(), text.end());
  return text;
}

bool Usage::takes(const Record& record, const About& about) const {
  if (record.kind == RecordKind::kStep) return false;
  if (!filter_.tenant.empty() && !about.is_of(filter_.tenant)) return false;
  return filter_.containers.empty() || filter_.containers.contains(record.identity.uuid) ||
         filter_.containers.contains(about.tenant + "/" + about.name);
}

std::string Usage::key_of(const Record& record, const About& about) const {
  switch (by_) {
    case UsageBy::kContainer:
      return record.identity.uuid;
    case UsageBy::kTenant:
      return about.tenant;
    case UsageBy::kDay:
      return time_text(record.from.real).substr(0, kDayText);
    case UsageBy::kHour:
      return time_text(record.from.real).substr(0, kHourText);
    case UsageBy::kAll:
      break;
  }
  return "all";
}

void Usage::add(const Record& record) {
  const About& about = abouts_.of(record.facts.about);
  if (!takes(record, about)) return;
  Sum& sum = sums_[key_of(record, about)];
  sum.uuid = record.identity.uuid;
  sum.tenant = about.tenant;
  sum.name = about.name;
  const std::uint64_t length = length_of(record);
  if (record.kind == RecordKind::kGap) {
    sum.unknown += length;
  } else {
    sum.time.at(static_cast<std::size_t>(record.facts.state)) += length;
    if (record.kind == RecordKind::kEstimate) sum.estimated += length - std::min(length, record.covered);
    if (record.facts.state != RunState::kStopped)
      for (const auto& [resource, words] : about.promise)
        for (const auto& [word, value] : words) sum.promised[resource][word] += Wide{value} * length;
  }
  for (std::size_t i = 0; i < kMeters; ++i) {
    if (!record.counted[i]) continue;
    Wide& total = sum.used[i];
    total =
        row_of(i).kind == MeterKind::kPeak ? std::max<Wide>(total, used(record, i)) : total + used(record, i);
  }
}

Json Usage::items() const {
  Json items = Json::array();
  for (const auto& [key, sum] : sums_) {
    Json item = {{"key", key}, {"meters", Json::object()}, {"promised", Json::object()}};
    if (by_ == UsageBy::kContainer) item.update({{"uuid", sum.uuid}, {"name", sum.name}});
    if (by_ == UsageBy::kContainer || by_ == UsageBy::kTenant) item["tenant"] = sum.tenant;
    item["time"] = {{"stopped_us", number_json(sum.time[0])},
                    {"running_us", number_json(sum.time[1])},
                    {"frozen_us", number_json(sum.time[2])},
                    {"existing_us", number_json(sum.time[0] + sum.time[1] + sum.time[2] + sum.unknown)},
                    {"unknown_us", number_json(sum.unknown)},
                    {"estimated_us", number_json(sum.estimated)}};
    for (const auto& [meter, total] : sum.used)
      item["meters"][name_of(meter)] = {{"used", number_json(total)}, {"unit", row_of(meter).unit}};
    for (const auto& [resource, words] : sum.promised)
      for (const auto& [word, value] : words) item["promised"][resource][word] = number_json(value / kSecond);
    items.push_back(std::move(item));
  }
  return items;
}

}  // namespace croft::ledger
