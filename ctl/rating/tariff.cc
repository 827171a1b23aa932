#include "ctl/rating/tariff.h"

#include <algorithm>
#include <array>
#include <set>

#include "ctl/rating/fields.h"
#include "ctl/spec/bounds.h"
#include "ctl/spec/names.h"
#include "runtime/error.h"
#include "templates/sha256.h"

namespace croft::rating {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::array<std::string_view, 6> kModels{"each",    "graduated", "tiered",
                                                  "package", "flat",      "prorated"};
constexpr int kMostVersion = 1'000'000;

[[noreturn]] void fail(const std::string& why) {
  throw Error(ErrorKind::kInvalid, why);
}

// Nothing below zero: money goes back by a credit.
Wide decimal_in(const Json& value, int digits) {
  if (!value.is_string()) fail("must be a decimal number as text, as in \"12.50\"");
  const Wide scaled = parse_decimal(value.get<std::string>(), digits);
  if (scaled < 0) fail("must not be less than 0");
  return scaled;
}

Wide above_zero(const Json& value, int digits) {
  const Wide scaled = decimal_in(value, digits);
  if (scaled == 0) fail("must be more than 0");
  return scaled;
}

// --- prices

void read_tiers(const Json& list, const std::string& path, Sku& sku, ctl::FieldErrors& errors) {
  if (!list.is_array() || list.empty() || list.size() > kMaxTiers)
    fail("must be a list of 1 to " + std::to_string(kMaxTiers) + " tiers");
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Fields fields(list[i], path + "[" + std::to_string(i) + "]", errors, {"to", "each"});
    Tier tier;
    fields.required("each", [&](const Json& value) { tier.each = decimal_in(value, kPriceDigits); });
    const bool last = i + 1 == list.size();
    if (last && fields.find("to") != nullptr) fields.fail("to", "the last tier has no end");
    if (!last)
      fields.required("to", [&](const Json& value) {
        tier.to = above_zero(value, kQuantityDigits);
        if (!sku.tiers.empty() && sku.tiers.back().to && *tier.to <= *sku.tiers.back().to)
          fail("must be more than where the tier before it ends");
      });
    sku.tiers.push_back(tier);
  }
}

bool read_price(const Fields& fields, Sku& sku) {
  std::size_t given = 0;
  for (std::size_t i = 0; i < kModels.size(); ++i) {
    const Json* value = fields.find(kModels.at(i));
    if (value == nullptr) continue;
    ++given;
    sku.model = static_cast<Model>(i);
  }
  if (given != 1) {
    fields.fail("", "must have one of each, graduated, tiered, package, flat, prorated");
    return false;
  }
  const std::string_view name = to_text(sku.model);
  fields.each(name, [&](const Json& value) {
    if (sku.model == Model::kGraduated || sku.model == Model::kTiered)
      return read_tiers(value, fields.path_of(name), sku, fields.errors());
    if (sku.model != Model::kPackage) {
      sku.tiers.push_back({std::nullopt, decimal_in(value, kPriceDigits)});
      return;
    }
    const Fields package(value, fields.path_of(name), fields.errors(), {"size", "price"});
    package.required("size", [&](const Json& size) { sku.package = above_zero(size, kQuantityDigits); });
    package.required("price", [&](const Json& price) {
      sku.tiers.push_back({std::nullopt, decimal_in(price, kPriceDigits)});
    });
  });
  return true;
}

// --- what it is of

std::vector<std::size_t> classes_in(const Json& value) {
  if (!value.is_array() || value.empty() || value.size() > ledger::kTrafficClasses)
    fail("must be a list of traffic classes");
  std::set<std::size_t> classes;
  for (const Json& one : value) {
    if (!one.is_number_unsigned() || one.get<std::size_t>() >= ledger::kTrafficClasses)
      fail("must be a list of traffic classes, 0 to " + std::to_string(ledger::kTrafficClasses - 1));
    if (!classes.insert(one.get<std::size_t>()).second) fail("names a class twice");
  }
  return {classes.begin(), classes.end()};
}

// Of kFlat and kProrated it is time in which the container was there, unless another one is said.
void read_metered(const Fields& fields, Sku& sku) {
  const bool of_time = sku.model == Model::kFlat || sku.model == Model::kProrated;
  std::string meter = of_time ? "time.existing" : "";
  Of of = Of::kUse;
  std::vector<std::size_t> classes;
  bool good = true;
  const auto told = fields.errors().size();
  if (of_time)
    fields.each("meter", [&](const Json& value) { meter = text_in(value); });
  else
    fields.required("meter", [&](const Json& value) { meter = text_in(value); });
  fields.each("of", [&](const Json& value) {
    const auto named = of_named(text_in(value));
    if (!named)
      fail(
          "must be use, guarantee, barrier, limit, above-guarantee, above-barrier, percentile or "
          "percentile-sum");
    of = *named;
  });
  fields.each("classes", [&](const Json& value) { classes = classes_in(value); });
  good = fields.errors().size() == told && !meter.empty();
  if (!good) return;
  try {
    sku.metered = metered_of(meter, of, classes);
    if (of_time && sku.metered.dimension != Dimension::kTime)
      fail("a flat or prorated price is of time, as of `time.existing`");
  } catch (const Error& error) {
    return fields.fail("meter", error.what());
  }
  if (of_time) {
    sku.unit = unit_named("month");
    if (fields.find("unit") != nullptr) fields.fail("unit", "is a container's month of this price");
    return;
  }
  fields.required("unit", [&](const Json& value) { sku.unit = unit_of(text_in(value), sku.metered); });
}

// --- when, and whose

// "08:00", "24:00": minutes.
int minutes_in(std::string_view text) {
  const auto number = [](std::string_view part) {
    const bool digits = part.size() == 2 && part.find_first_not_of("0123456789") == std::string_view::npos;
    return digits ? (part[0] - '0') * 10 + (part[1] - '0') : 99;
  };
  const int hour = text.size() == 5 && text[2] == ':' ? number(text.substr(0, 2)) : 99;
  const int minute = hour <= 24 ? number(text.substr(3)) : 99;
  if (hour > 24 || minute > 59 || hour * 60 + minute > 24 * 60) return -1;
  return hour * 60 + minute;
}

// What stands before and behind the first `between`; without any, all and nothing.
std::pair<std::string, std::string> halves(const std::string& text, char between) {
  const std::size_t at = text.find(between);
  if (at == std::string::npos) return {text, ""};
  return {text.substr(0, at), text.substr(at + 1)};
}

// 0 is Monday, -1 none.
int day_named(const std::string& name) {
  static constexpr std::array<std::string_view, 7> kDays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  const auto* found = std::find(kDays.begin(), kDays.end(), name);
  return found == kDays.end() ? -1 : static_cast<int>(found - kDays.begin());
}

// "mon-fri 08:00-20:00", "sun 00:00-24:00".
Hours hours_in(const std::string& text) {
  const auto [days, times] = halves(text, ' ');
  const auto [first, last] = halves(days, '-');
  const auto [from, to] = halves(times, '-');
  const Hours hours{day_named(first), day_named(last.empty() ? first : last), minutes_in(from),
                    minutes_in(to)};
  if (hours.first_day < 0 || hours.last_day < hours.first_day || hours.from < 0 || hours.to <= hours.from)
    fail("must be as in \"mon-fri 08:00-20:00\", days and times in order");
  return hours;
}

bool overlap(const Hours& a, const Hours& b) {
  return a.first_day <= b.last_day && b.first_day <= a.last_day && a.from < b.to && b.from < a.to;
}

void read_when_and_whose(const Fields& fields, Sku& sku) {
  fields.each("hours", [&](const Json& value) {
    for (const std::string& text : texts_in(value, kMaxHours)) {
      const Hours hours = hours_in(text);
      if (std::any_of(sku.hours.begin(), sku.hours.end(),
                      [&](const Hours& one) { return overlap(one, hours); }))
        fail("`" + text + "` overlaps another one");
      sku.hours.push_back(hours);
    }
    if (sku.metered.peak || sku.model == Model::kFlat || sku.metered.of == Of::kPercentile ||
        sku.metered.of == Of::kPercentileSum)
      fail("a flat price, a peak and a percentile are of the whole time");
  });
  fields.each("select", [&](const Json& value) {
    const Fields select(value, fields.path_of("select"), fields.errors(), {"plan", "tenant", "template"});
    select.each("plan", [&](const Json& list) { sku.selection.plans = texts_in(list, kMaxSelected); });
    select.each("tenant", [&](const Json& list) { sku.selection.tenants = texts_in(list, kMaxSelected); });
    select.each("template",
                [&](const Json& list) { sku.selection.templates = texts_in(list, kMaxSelected); });
  });
  fields.each("per", [&](const Json& value) {
    const std::string per = text_in(value);
    if (per != "container" && per != "tenant") fail("must be container or tenant");
    sku.per_tenant = per == "tenant";
    if (sku.per_tenant && sku.metered.peak) fail("peaks of several containers have no sum");
  });
}

// --- the whole

bool is_id(std::string_view text) {
  try {
    ctl::check_plan_name(text);
    return true;
  } catch (const Error&) {
    return false;
  }
}

Sku read_sku(const Json& json, const std::string& path, int digits, ctl::FieldErrors& errors) {
  const Fields fields(
      json, path, errors,
      {"sku", "text", "meter", "of", "classes", "unit", "each", "graduated", "tiered", "package", "flat",
       "prorated", "free", "minimum", "maximum", "per", "select", "hours"});
  Sku sku;
  if (!json.is_object()) return sku;
  fields.required("sku", [&](const Json& value) {
    sku.id = text_in(value);
    if (!is_id(sku.id)) fail("must begin with a letter, and have letters, digits and `-` only");
  });
  sku.text = sku.id;
  fields.each("text", [&](const Json& value) { sku.text = text_in(value); });
  if (!read_price(fields, sku)) return sku;
  read_metered(fields, sku);
  read_when_and_whose(fields, sku);
  fields.each("free", [&](const Json& value) { sku.free = above_zero(value, kQuantityDigits); });
  fields.each("minimum", [&](const Json& value) { sku.least = above_zero(value, digits); });
  fields.each("maximum", [&](const Json& value) {
    sku.most = decimal_in(value, digits);
    if (sku.least && *sku.most < *sku.least) fail("must not be less than the minimum");
  });
  return sku;
}

void read_head(const Fields& fields, std::string_view id, Tariff& tariff) {
  fields.required("tariff", [&](const Json& value) {
    tariff.name = text_in(value);
    if (!is_id(tariff.name)) fail("must begin with a letter, and have letters, digits and `-` only");
  });
  fields.required("version", [&](const Json& value) {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() == 0 ||
        value.get<std::uint64_t>() > static_cast<std::uint64_t>(kMostVersion))
      fail("must be a number from 1 on");
    tariff.version = value;
    if (!tariff.name.empty() && tariff.id() != id)
      fail("the file of this version must be called " + tariff.id() + ".json");
  });
  fields.required("currency", [&](const Json& value) {
    tariff.currency = text_in(value);
    const auto digits = currency_digits(tariff.currency);
    if (!digits) fail("is no currency of ISO 4217, as `EUR`");
    tariff.digits = *digits;
  });
  fields.each("text", [&](const Json& value) { tariff.text = text_in(value); });
  fields.each("issuer", [&](const Json& value) { tariff.issuer = text_in(value); });
  fields.required("from", [&](const Json& value) { tariff.from = parse_date(text_in(value)); });
  fields.each("to", [&](const Json& value) {
    tariff.to = parse_date(text_in(value));
    if (*tariff.to <= tariff.from) fail("the validity would end before it begins");
  });
}

void check_between(const Tariff* before, const Tariff& tariff, ctl::FieldErrors& errors) {
  const std::string path = tariff.id() + ".json: ";
  if (before == nullptr || before->name != tariff.name) return;
  if (before->currency != tariff.currency)
    errors.push_back(
        {path + "currency", "is not that of " + before->id() + ", which is " + before->currency});
  if (!before->to)
    errors.push_back({path + "from", "overlaps " + before->id() + ", which has no end (`to`)"});
  else if (tariff.from < *before->to)
    errors.push_back(
        {path + "from", "overlaps " + before->id() + ", which holds until " + to_text(*before->to)});
}

}  // namespace

std::string_view to_text(Model model) {
  return kModels.at(static_cast<std::size_t>(model));
}

Tariff parse_tariff(std::string_view id, std::string_view text) {
  const std::string path = std::string(id) + ".json: ";
  ctl::FieldErrors errors;
  Tariff tariff;
  try {
    if (text.size() > kMaxTariffBytes) fail("is larger than " + std::to_string(kMaxTariffBytes) + " bytes");
    const Json json = ctl::parse_json(text);
    const Fields fields(json, path, errors,
                        {"tariff", "version", "currency", "text", "issuer", "from", "to", "skus"});
    read_head(fields, id, tariff);
    fields.required("skus", [&](const Json& list) {
      if (!list.is_array() || list.empty() || list.size() > kMaxSkus)
        fail("must be a list of 1 to " + std::to_string(kMaxSkus) + " prices");
      std::set<std::string> ids;
      for (std::size_t i = 0; i < list.size(); ++i) {
        const std::string at = fields.path_of("skus[" + std::to_string(i) + "]");
        tariff.skus.push_back(read_sku(list[i], at, tariff.digits, errors));
        if (const std::string& one = tariff.skus.back().id; !one.empty() && !ids.insert(one).second)
          errors.push_back({at + ".sku", "`" + one + "` is there twice"});
      }
    });
  } catch (const Error& error) {
    errors.push_back({std::string(id) + ".json", error.what()});
  }
  if (errors.size() > ctl::kMaxErrors) errors.resize(ctl::kMaxErrors);
  if (!errors.empty()) throw Error(std::move(errors));
  templates::Sha256 sum;
  sum.add(text);
  tariff.digest = templates::to_hex(sum.finish());
  return tariff;
}

Tariffs read_all(const TariffTexts& texts, const std::map<std::string, std::string>& used) {
  Tariffs all;
  for (const auto& [id, text] : texts) {
    try {
      all.by_id.emplace(id, parse_tariff(id, text));
    } catch (const Error& error) {
      all.errors.insert(all.errors.end(), error.fields().begin(), error.fields().end());
    }
  }
  std::vector<const Tariff*> ordered;
  for (const auto& [id, tariff] : all.by_id) ordered.push_back(&tariff);
  std::sort(ordered.begin(), ordered.end(), [](const Tariff* a, const Tariff* b) {
    return std::pair(a->name, a->version) < std::pair(b->name, b->version);
  });
  const Tariff* before = nullptr;
  for (const Tariff* tariff : ordered) {
    check_between(before, *tariff, all.errors);
    before = tariff;
  }
  for (const auto& [id, digest] : used) {
    const auto found = texts.find(id);
    if (found == texts.end()) {
      all.errors.push_back({id + ".json", "was used for an invoice, and is not there any more"});
      continue;
    }
    templates::Sha256 sum;
    sum.add(std::string_view(found->second));
    if (templates::to_hex(sum.finish()) != digest)
      all.errors.push_back({id + ".json",
                            "was changed after it was used for an invoice: put it back as it was, and make a "
                            "next version"});
  }
  return all;
}

}  // namespace croft::rating
