#include "ctl/rating/rater.h"

#include <algorithm>

#include "runtime/error.h"

namespace croft::rating {
namespace {

using ledger::About;
using ledger::Period;
using ledger::Record;
using ledger::RecordKind;
using runtime::Error;
using runtime::ErrorKind;

constexpr std::int64_t kDay = 86'400'000'000;

bool has(const std::vector<std::string>& names, const std::string& name) {
  return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

bool selects(const Selection& selection, const About& about) {
  const bool tenant =
      selection.tenants.empty() || std::any_of(selection.tenants.begin(), selection.tenants.end(),
                                               [&](const std::string& one) { return about.is_of(one); });
  return tenant && has(selection.plans, about.plan) && has(selection.templates, about.template_name);
}

bool is_percentile(const Metered& metered) {
  return metered.of == Of::kPercentile || metered.of == Of::kPercentileSum;
}

}  // namespace

std::vector<Tariff> versions_for(const Tariffs& tariffs, const Account& account) {
  ctl::FieldErrors errors;
  for (const runtime::FieldError& error : tariffs.errors) {
    const std::string id = error.path.substr(0, error.path.find(".json"));
    if (id.substr(0, id.rfind('-')) == account.tariff) errors.push_back(error);
  }
  if (!errors.empty()) throw Error(std::move(errors));
  std::vector<Tariff> versions;
  for (const auto& [id, tariff] : tariffs.by_id)
    if (tariff.name == account.tariff) versions.push_back(tariff);
  if (versions.empty())
    throw Error(ErrorKind::kNotFound,
                "there is no tariff `" + account.tariff + "`, which `" + account.tenant + "` has")
        .cure("write " + account.tariff + "-1.json into the directory of tariffs (croft-rating(7))");
  std::sort(versions.begin(), versions.end(),
            [](const Tariff& a, const Tariff& b) { return a.version < b.version; });
  return versions;
}

Rater::Rater(Terms terms) : terms_(std::move(terms)), zone_(terms_.account.zone) {
  month_ = zone_.span_of(terms_.month);
  span_ = {month_.from, std::min(month_.to, std::max(terms_.until, month_.from))};
  make_places();
}

void Rater::make_places() {
  for (const Tariff& tariff : terms_.versions) {
    const Period valid{zone_.at(tariff.from), tariff.to ? zone_.at(*tariff.to) : INT64_MAX};
    const Period span{std::max(span_.from, valid.from), std::min(span_.to, valid.to)};
    if (span.from >= span.to) continue;
    for (const Sku& sku : tariff.skus) {
      const Wide month = sku.unit.month ? Wide{month_.to} - month_.from : 1;
      places_.push_back({&tariff, &sku, span, windows_of(sku, span), sku.unit.factor * month});
    }
  }
}

std::vector<Period> Rater::windows_of(const Sku& sku, const Period& span) const {
  if (sku.hours.empty()) return {span};
  std::vector<Period> windows;
  for (Date day{terms_.month.year, terms_.month.month, 1}; zone_.at(day) < span.to; day = day_after(day)) {
    for (const Hours& hours : sku.hours) {
      if (weekday_of(day) < hours.first_day || weekday_of(day) > hours.last_day) continue;
      const Period window{std::max(span.from, zone_.at(day, hours.from)),
                          std::min(span.to, zone_.at(day, hours.to))};
      if (window.from < window.to) windows.push_back(window);
    }
  }
  std::sort(windows.begin(), windows.end(), [](const Period& a, const Period& b) { return a.from < b.from; });
  return windows;
}

Period Rater::reads() const {
  return {span_.from - kDay, span_.to};
}

void Rater::add(const Record& record) {
  if (record.kind == RecordKind::kStep || !overlaps(record, span_)) return;
  const About& about = abouts_.of(record.facts.about);
  if (!about.is_of(terms_.account.tenant)) return;
  ++count_;
  if (record.seq == 0) {
    ++open_;
  } else {
    first_ = first_ == 0 ? record.seq : std::min(first_, record.seq);
    last_ = std::max(last_, record.seq);
  }
  Container& container = containers_[record.identity.uuid];
  note(record, about, container);
  container.sums.resize(places_.size());
  for (std::size_t i = 0; i < places_.size(); ++i)
    if (overlaps(record, places_[i].span) && selects(places_[i].sku->selection, about))
      count(places_[i], record, about, container.sums[i]);
}

// It is called what it was last.
void Rater::note(const Record& record, const About& about, Container& container) const {
  const std::tuple named(record.to.real, record.seq, record.to.boot);
  if (container.uuid.empty() || named > container.named) {
    container.uuid = record.identity.uuid;
    container.tenant = about.tenant;
    container.name = about.name;
    container.named = named;
  }
  const Wide length = share_of(ledger::length_of(record), record, span_);
  container.existing += length;
  if (record.kind == RecordKind::kGap) container.unknown += length;
  if (record.kind == RecordKind::kEstimate)
    container.estimated += std::max<Wide>(length - share_of(record.covered, record, span_), 0);
}

void Rater::count(const Place& place, const Record& record, const About& about, Sum& sum) {
  const Metered& metered = place.sku->metered;
  sum.matched = true;
  if (is_percentile(metered)) {
    if (!sum.samples) sum.samples.emplace(place.span);
    return sum.samples->add(metered, record);
  }
  const Wide raw = raw_of(metered, record, about);
  if (metered.peak) {
    sum.raw = std::max(sum.raw, raw);
    return;
  }
  const auto after = std::partition_point(place.windows.begin(), place.windows.end(),
                                          [&](const Period& one) { return one.to <= record.from.real; });
  for (auto window = after; window != place.windows.end(); ++window) {
    if (!overlaps(record, *window)) break;
    sum.raw = rating::add(sum.raw, share_of(raw, record, *window));
  }
}

}  // namespace croft::rating
