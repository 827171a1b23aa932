// The lines of an invoice, from what was added up.
#include <algorithm>

#include "ctl/rating/pricing.h"
#include "ctl/rating/rater.h"
#include "runtime/error.h"

namespace croft::rating {
namespace {

using ledger::Period;
using runtime::Error;
using runtime::ErrorKind;

constexpr int kMicroDigits = 6;

// "2026-11-22T14:05:00Z": periods of a bill are of whole seconds.
std::string second_text(std::int64_t moment) {
  return ledger::time_text(moment).substr(0, 19) + "Z";
}

Json tiers_json(const Sku& sku) {
  Json tiers = Json::array();
  for (const Tier& tier : sku.tiers) {
    Json one = {{"each", short_text(tier.each, kPriceDigits)}};
    if (tier.to) one["to"] = short_text(*tier.to, kQuantityDigits);
    tiers.push_back(std::move(one));
  }
  return tiers;
}

Json price_json(const Sku& sku) {
  const std::string first = sku.tiers.empty() ? "" : short_text(sku.tiers.front().each, kPriceDigits);
  switch (sku.model) {
    case Model::kGraduated:
    case Model::kTiered:
      return tiers_json(sku);
    case Model::kPackage:
      return {{"size", short_text(sku.package, kQuantityDigits)}, {"price", first}};
    default:
      return first;
  }
}

std::string day_text(int day) {
  return std::string(std::string_view("montuewedthufrisatsun").substr(static_cast<std::size_t>(day) * 3, 3));
}

std::string clock_text(int minutes) {
  const auto two = [](int number) { return std::to_string(100 + number).substr(1); };
  return two(minutes / 60) + ":" + two(minutes % 60);
}

Json hours_json(const Sku& sku) {
  Json list = Json::array();
  for (const Hours& hours : sku.hours) {
    std::string text = day_text(hours.first_day);
    if (hours.last_day > hours.first_day) text += "-" + day_text(hours.last_day);
    list.push_back(text + " " + clock_text(hours.from) + "-" + clock_text(hours.to));
  }
  return list;
}

}  // namespace

Json to_json(const Sku& sku, int digits) {
  Json json = {{"sku", sku.id},
               {"text", sku.text},
               {"meter", sku.metered.name},
               {"of", to_text(sku.metered.of)},
               {"unit", sku.unit.name},
               {"per", sku.per_tenant ? "tenant" : "container"},
               {std::string(to_text(sku.model)), price_json(sku)}};
  if (sku.free > 0) json["free"] = short_text(sku.free, kQuantityDigits);
  if (sku.least) json["minimum"] = fixed_text(*sku.least, digits);
  if (sku.most) json["maximum"] = fixed_text(*sku.most, digits);
  if (!sku.hours.empty()) json["hours"] = hours_json(sku);
  const Selection& selection = sku.selection;
  if (!selection.plans.empty()) json["select"]["plan"] = selection.plans;
  if (!selection.tenants.empty()) json["select"]["tenant"] = selection.tenants;
  if (!selection.templates.empty()) json["select"]["template"] = selection.templates;
  return json;
}

std::vector<const Rater::Container*> Rater::ordered() const {
  std::vector<const Container*> all;
  for (const auto& [uuid, container] : containers_) all.push_back(&container);
  std::sort(all.begin(), all.end(), [](const Container* a, const Container* b) {
    return std::tie(a->tenant, a->name, a->uuid) < std::tie(b->tenant, b->name, b->uuid);
  });
  return all;
}

// A month of a container is never more than one, whatever its clocks said.
Wide Rater::raw_in(const Place& place, const Sum& sum) const {
  switch (place.sku->model) {
    case Model::kFlat:
      return sum.raw > 0 ? place.factor : 0;
    case Model::kProrated:
      return std::min(sum.raw, place.factor);
    default:
      return sum.samples ? sum.samples->percentile() : sum.raw;
  }
}

void Rater::put_lines(std::size_t index, Json& lines, Wide& total) const {
  const Place& place = places_[index];
  const bool shared = place.sku->per_tenant;
  Line whole{.place = &place, .whose = terms_.account.tenant, .containers = {}, .weights = {}};
  Samples samples(place.span);
  for (const Container* container : ordered()) {
    const Sum& sum = container->sums.at(index);
    if (!sum.matched) continue;
    Line line{.place = &place,
              .whose = container->uuid,
              .raw = raw_in(place, sum),
              .containers = {container},
              .weights = {}};
    line.weights = {line.raw};
    if (sum.samples) {
      line.samples = sum.samples->seen();
      line.missing = sum.samples->missing();
      if (shared) samples.add(*sum.samples);
    }
    if (!shared) {
      put_line(line, lines, total);
      continue;
    }
    whole.raw = rating::add(whole.raw, line.raw);
    whole.containers.push_back(container);
    whole.weights.push_back(line.raw);
  }
  if (whole.containers.empty()) return;
  const bool percentile =
      place.sku->metered.of == Of::kPercentile || place.sku->metered.of == Of::kPercentileSum;
  if (percentile) {
    whole.raw = samples.percentile();
    whole.samples = samples.seen();
    whole.missing = samples.missing();
  }
  put_line(whole, lines, total);
}

// Nothing that costs nothing is no line.
void Rater::put_line(const Line& line, Json& lines, Wide& total) const {
  const Place& place = *line.place;
  const Sku& sku = *place.sku;
  const int digits = place.tariff->digits;
  const std::string id = to_text(terms_.month) + "/" + place.tariff->id() + "/" + sku.id + "/" + line.whose;
  const auto quantity = [&](Wide raw) {
    return short_text(multiply_divide(raw, power_of_ten(kQuantityDigits), place.factor), kQuantityDigits);
  };
  Priced priced;
  try {
    priced = price(sku, line.raw, place.factor, digits);
    total = rating::add(total, priced.amount);
  } catch (Error& error) {
    throw error.wrap("cannot rate the line " + id);
  }
  if (line.raw == 0 && priced.amount == 0 && line.missing == 0) return;
  const std::vector<Wide> amounts = split(priced.amount, line.weights);
  Json parts = Json::array();
  for (std::size_t i = 0; i < amounts.size(); ++i)
    parts.push_back({{"uuid", line.containers[i]->uuid},
                     {"tenant", line.containers[i]->tenant},
                     {"name", line.containers[i]->name},
                     {"quantity", quantity(line.weights[i])},
                     {"amount", fixed_text(amounts[i], digits)}});
  Json json = {{"id", id},
               {"tariff", place.tariff->id()},
               {"price", to_json(sku, digits)},
               {"from", second_text(place.span.from)},
               {"to", second_text(place.span.to)},
               {"quantity", quantity(line.raw)},
               {"billed", short_text(priced.billed, kQuantityDigits)},
               {"exact", priced.exact},
               {"amount", fixed_text(priced.amount, digits)},
               {"parts", std::move(parts)}};
  if (line.samples + line.missing > 0) json["samples"] = {{"seen", line.samples}, {"missing", line.missing}};
  lines.push_back(std::move(json));
}

Json Rater::adjustments(Wide& total) const {
  const int digits = terms_.versions.front().digits;
  const Wide coin = power_of_ten(kPriceDigits - digits);
  Json rows = Json::array();
  for (const Adjustment& row : terms_.account.adjustments) {
    if (row.month != terms_.month) continue;
    if (row.amount % coin != 0)
      throw runtime::wrong_field(terms_.account.tenant + ".json: adjustments `" + row.id + "`",
                                 "the amount has more digits than " + terms_.versions.front().currency +
                                     " has, which are " + std::to_string(digits));
    total = rating::add(total, row.amount / coin);
    rows.push_back({{"id", row.id},
                    {"kind", row.kind},
                    {"of", row.of.empty() ? Json() : Json(row.of)},
                    {"text", row.text},
                    {"amount", fixed_text(row.amount / coin, digits)}});
  }
  return rows;
}

// When no version of the tariff holds, nothing has a price.
Json Rater::unrated() const {
  Json list = Json::array();
  std::int64_t at = span_.from;
  const auto missing = [&](std::int64_t to) {
    if (to > at) list.push_back({{"from", second_text(at)}, {"to", second_text(to)}});
  };
  for (const Place& place : places_) {
    missing(place.span.from);
    at = std::max(at, place.span.to);
  }
  missing(span_.to);
  return list;
}

Json Rater::tariffs() const {
  Json list = Json::array();
  const Tariff* before = nullptr;
  for (const Place& place : places_) {
    if (place.tariff != before)
      list.push_back({{"id", place.tariff->id()},
                      {"sha256", place.tariff->digest},
                      {"from", second_text(place.span.from)},
                      {"to", second_text(place.span.to)}});
    before = place.tariff;
  }
  return list;
}

Json Rater::containers() const {
  Json list = Json::array();
  for (const Container* one : ordered())
    list.push_back({{"uuid", one->uuid},
                    {"tenant", one->tenant},
                    {"name", one->name},
                    {"existing_s", short_text(one->existing, kMicroDigits)},
                    {"unknown_s", short_text(one->unknown, kMicroDigits)},
                    {"estimated_s", short_text(one->estimated, kMicroDigits)}});
  return list;
}

Json Rater::invoice() const {
  Wide total = 0;
  Json lines = Json::array();
  for (std::size_t i = 0; i < places_.size(); ++i) put_lines(i, lines, total);
  Json adjusted = adjustments(total);
  const Account& account = terms_.account;
  const int digits = terms_.versions.front().digits;
  return {{"tenant", account.tenant},
          {"name", account.name},
          {"address", account.address},
          {"zone", account.zone},
          {"month", to_text(terms_.month)},
          {"from", second_text(month_.from)},
          {"to", second_text(month_.to)},
          {"until", second_text(span_.to)},
          {"complete", span_.to == month_.to},
          {"currency", terms_.versions.front().currency},
          {"issuer", terms_.versions.back().issuer},
          {"digits", digits},
          {"tariffs", tariffs()},
          {"account", account.digest.empty() ? Json() : Json(account.digest)},
          {"unrated", unrated()},
          {"lines", std::move(lines)},
          {"adjustments", std::move(adjusted)},
          {"containers", containers()},
          {"records", {{"first", first_}, {"last", last_}, {"count", count_}, {"open", open_}}},
          {"total", fixed_text(total, digits)}};
}

}  // namespace croft::rating
