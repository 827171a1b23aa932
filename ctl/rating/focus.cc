#include "ctl/rating/focus.h"

#include <algorithm>
#include <array>

#include "ctl/rating/money.h"

namespace croft::rating {
namespace {

constexpr int kWholeDigits = 25;  // of what was worked out, before the point
constexpr int kShareDigits = 6;   // of a ratio

// Where the values of a row come from.
struct Source {
  const Json& invoice;
  const Json* line = nullptr;  // or `adjustment`
  const Json* part = nullptr;  // of the line
  const Json* adjustment = nullptr;
  std::string pricing_quantity;  // empty: null
  std::string pricing_unit, unit_price, list_cost;
};
using Value = std::optional<std::string>;

std::string text(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || !found->is_string() ? std::string() : found->get<std::string>();
}
Value or_null(std::string value) {
  if (value.empty()) return std::nullopt;
  return value;
}
const Json& price_of(const Source& from) {
  return (*from.line)["price"];
}
bool is_purchase(const Json& price) {
  return price.contains("flat") || price.contains("prorated");
}

// --- units as FOCUS writes them

struct Word {
  std::string_view ours, plural, singular;
};
constexpr std::array kWords{Word{"core", "Cores", "Core"},
                            Word{"piece", "Units", "Unit"},
                            Word{"thousand", "1000 Units", "1000 Unit"},
                            Word{"million", "1000000 Units", "1000000 Unit"},
                            Word{"Mbit/s", "Mb/Second", "Mb/Second"},
                            Word{"Gbit/s", "Gb/Second", "Gb/Second"},
                            Word{"second", "Seconds", "Seconds"},
                            Word{"hour", "Hours", "Hours"},
                            Word{"day", "Days", "Days"},
                            Word{"month", "Months", "Months"}};

std::string word_of(const std::string& ours, bool plural) {
  const auto* found =
      std::find_if(kWords.begin(), kWords.end(), [&](const Word& one) { return one.ours == ours; });
  if (found == kWords.end()) return ours;
  return std::string(plural ? found->plural : found->singular);
}

// "GiB-hour" is "GiB-Hours".
std::string focus_unit(const std::string& unit) {
  const std::size_t dash = unit.find('-');
  if (dash == std::string::npos) return word_of(unit, true);
  return word_of(unit.substr(0, dash), false) + "-" + word_of(unit.substr(dash + 1), true);
}

// --- what it is a service of

struct Service {
  std::string_view category, subcategory;
};

Service service_of(const Source& from) {
  if (from.line == nullptr) return {"Other", "Other (Other)"};
  const std::string meter = text(price_of(from), "meter");
  if (meter.starts_with("net.")) return {"Networking", "Network Connectivity"};
  if (meter == "disk" || meter == "inodes") return {"Storage", "File Storage"};
  if (meter.starts_with("io")) return {"Storage", "Other (Storage)"};
  return {"Compute", "Containers"};
}

// The share of its container's time that was measured.
Value coverage(const Source& from) {
  if (from.part == nullptr) return std::nullopt;
  for (const Json& one : from.invoice["containers"]) {
    if (one["uuid"] != (*from.part)["uuid"]) continue;
    const auto micros = [&](const char* name) {
      return parse_decimal(text(one, name), kShareDigits, kWholeDigits);
    };
    const Wide whole = micros("existing_s");
    const Wide good = whole - micros("unknown_s") - micros("estimated_s");
    if (whole == 0) break;
    return short_text(multiply_divide(good, power_of_ten(kShareDigits), whole), kShareDigits);
  }
  return std::nullopt;
}

// --- columns

using From = const Source&;

Value issuer(From from) {
  return text(from.invoice, "issuer");
}
Value amount(From from) {
  return text(from.line != nullptr ? *from.part : *from.adjustment, "amount");
}
Value list_cost(From from) {
  return from.list_cost.empty() ? amount(from) : from.list_cost;
}
Value charge_category(From from) {
  if (from.line == nullptr) return text(*from.adjustment, "kind") == "credit" ? "Credit" : "Adjustment";
  return is_purchase(price_of(from)) ? "Purchase" : "Usage";
}
Value charge_class(From from) {
  if (from.line == nullptr && text(*from.adjustment, "kind") == "correction") return "Correction";
  return std::nullopt;
}
Value charge_frequency(From from) {
  if (from.line == nullptr) return "One-Time";
  return is_purchase(price_of(from)) ? "Recurring" : "Usage-Based";
}
Value charge_start(From from) {
  return text(from.line != nullptr ? *from.line : from.invoice, "from");
}
Value charge_end(From from) {
  return text(from.line != nullptr ? *from.line : from.invoice, "to");
}
Value description(From from) {
  return text(from.line != nullptr ? price_of(from) : *from.adjustment, "text");
}
bool is_usage(From from) {
  return from.line != nullptr && !is_purchase(price_of(from));
}
Value consumed_quantity(From from) {
  if (!is_usage(from)) return std::nullopt;
  return text(*from.part, "quantity");
}
Value consumed_unit(From from) {
  if (!is_usage(from)) return std::nullopt;
  return focus_unit(text(price_of(from), "unit"));
}
Value node(From from) {
  return or_null(text(from.invoice["records"], "node"));
}
Value resource_id(From from) {
  if (from.part == nullptr) return std::nullopt;
  return node(from).value_or("node") + "/container/" + text(*from.part, "uuid");
}
Value resource_name(From from) {
  if (from.part == nullptr) return std::nullopt;
  return or_null(text(*from.part, "name"));
}
Value resource_type(From from) {
  return from.part == nullptr ? Value() : "System Container";
}
Value sub_account(From from) {
  return from.part == nullptr ? Value() : text(*from.part, "tenant");
}
Value sub_account_type(From from) {
  return from.part == nullptr ? Value() : "Tenant";
}
Value sku_id(From from) {
  if (from.line == nullptr) return std::nullopt;
  const std::string tariff = text(*from.line, "tariff");
  return tariff.substr(0, tariff.rfind('-')) + "/" + text(price_of(from), "sku");
}
Value sku_price_id(From from) {
  if (from.line == nullptr) return std::nullopt;
  return text(*from.line, "tariff") + "/" + text(price_of(from), "sku");
}
Value sku_meter(From from) {
  if (from.line == nullptr) return std::nullopt;
  return text(price_of(from), "meter") + " " + text(price_of(from), "of");
}
Value sku_price_details(From from) {
  if (from.line == nullptr) return std::nullopt;
  Json details = Json::object();
  for (const char* name : {"each", "graduated", "tiered", "package", "flat", "prorated"})
    if (price_of(from).contains(name)) details["x_Model"] = name;
  return details.dump();
}
// Before it is sent an invoice has no number.
Value invoice_id(From from) {
  if (from.invoice["complete"] != Json(true)) return std::nullopt;
  return text(from.invoice, "tenant") + "/" + text(from.invoice, "month");
}
Value of_records(From from, const char* name) {
  return std::to_string(from.invoice["records"].value(name, std::uint64_t{0}));
}

struct Column {
  const char* name;
  FocusVersion since;
  Value (*value)(From from);
};
constexpr FocusVersion k10 = FocusVersion::k10;
constexpr FocusVersion k11 = FocusVersion::k11;
constexpr FocusVersion k12 = FocusVersion::k12;

constexpr std::array kColumns{
    Column{"BilledCost", k10, amount},
    Column{"BillingAccountId", k10, [](From from) -> Value { return text(from.invoice, "tenant"); }},
    Column{"BillingAccountName", k10, [](From from) -> Value { return text(from.invoice, "name"); }},
    Column{"BillingAccountType", k12, [](From) -> Value { return "Tenant"; }},
    Column{"BillingCurrency", k10, [](From from) -> Value { return text(from.invoice, "currency"); }},
    Column{"BillingPeriodEnd", k10, [](From from) -> Value { return text(from.invoice, "to"); }},
    Column{"BillingPeriodStart", k10, [](From from) -> Value { return text(from.invoice, "from"); }},
    Column{"ChargeCategory", k10, charge_category},
    Column{"ChargeClass", k10, charge_class},
    Column{"ChargeDescription", k10, description},
    Column{"ChargeFrequency", k10, charge_frequency},
    Column{"ChargePeriodEnd", k10, charge_end},
    Column{"ChargePeriodStart", k10, charge_start},
    Column{"ConsumedQuantity", k10, consumed_quantity},
    Column{"ConsumedUnit", k10, consumed_unit},
    Column{"ContractedCost", k10, list_cost},
    Column{"ContractedUnitPrice", k10, [](From from) { return or_null(from.unit_price); }},
    Column{"EffectiveCost", k10, amount},
    Column{"InvoiceId", k12, invoice_id},
    Column{"InvoiceIssuer", k10, issuer},
    Column{"ListCost", k10, list_cost},
    Column{"ListUnitPrice", k10, [](From from) { return or_null(from.unit_price); }},
    Column{"PricingCategory", k10, [](From from) { return from.line == nullptr ? Value() : "Standard"; }},
    Column{"PricingQuantity", k10, [](From from) { return or_null(from.pricing_quantity); }},
    Column{"PricingUnit", k10, [](From from) { return or_null(from.pricing_unit); }},
    Column{"Provider", k10, issuer},
    Column{"Publisher", k10, issuer},
    Column{"ResourceId", k10, resource_id},
    Column{"ResourceName", k10, resource_name},
    Column{"ResourceType", k10, resource_type},
    Column{"ServiceCategory", k10, [](From from) -> Value { return std::string(service_of(from).category); }},
    Column{"ServiceName", k10, [](From) -> Value { return "Containers"; }},
    Column{"ServiceSubcategory", k11,
           [](From from) -> Value { return std::string(service_of(from).subcategory); }},
    Column{"SkuId", k10, sku_id},
    Column{"SkuMeter", k11, sku_meter},
    Column{"SkuPriceDetails", k11, sku_price_details},
    Column{"SkuPriceId", k10, sku_price_id},
    Column{"SubAccountId", k10, sub_account},
    Column{"SubAccountName", k10, sub_account},
    Column{"SubAccountType", k12, sub_account_type},
    Column{"x_CorrectsLineId", k10,
           [](From from) {
             return from.adjustment == nullptr ? Value() : or_null(text(*from.adjustment, "of"));
           }},
    Column{"x_CoverageRatio", k10, coverage},
    Column{
        "x_LineId", k10,
        [](From from) -> Value { return text(from.line != nullptr ? *from.line : *from.adjustment, "id"); }},
    Column{"x_NodeId", k10, node},
    Column{"x_RecordFirstSeq", k10, [](From from) { return of_records(from, "first"); }},
    Column{"x_RecordLastSeq", k10, [](From from) { return of_records(from, "last"); }},
};

// --- rows

std::string field(const Value& value) {
  if (!value) return "";
  if (!value->empty() && value->find_first_of(",\"\r\n") == std::string::npos) return *value;
  std::string quoted = "\"";
  for (const char c : *value) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

void put_row(std::string& csv, const Source& source, FocusVersion version) {
  bool first = true;
  for (const Column& column : kColumns) {
    if (column.since > version) continue;
    if (!first) csv += ",";
    csv += field(column.value(source));
    first = false;
  }
  csv += "\r\n";
}

Wide quantity_in(const std::string& decimal) {
  return parse_decimal(decimal, kQuantityDigits, kWholeDigits);
}

// Quantity and unit price of each part, whose product is what it costs by the list. What has no price for
// each unit (tiers, a minimum, all of it free) has the one that comes of it.
struct Pricing {
  std::string unit, price;
  std::vector<Wide> quantities;
};

Pricing pricing_of(const Json& line, int digits) {
  const Json& price = line["price"];
  std::vector<Wide> weights;
  for (const Json& part : line["parts"]) weights.push_back(quantity_in(text(part, "quantity")));
  const Wide billed = quantity_in(text(line, "billed"));
  const Wide exact = parse_decimal(text(line, "exact"), kPriceDigits, kWholeDigits);
  const Wide coin = power_of_ten(kPriceDigits - digits);
  const bool as_listed =
      fixed_text(multiply_divide(exact, 1, coin), digits) == text(line, "amount") && billed > 0;
  for (const char* model : {"each", "flat", "prorated"})
    if (as_listed && price.contains(model))
      return {focus_unit(text(price, "unit")), text(price, model), split(billed, weights)};
  const Wide whole =
      as_listed ? exact : multiply_divide(parse_decimal(text(line, "amount"), digits, kWholeDigits), coin, 1);
  if (!as_listed) {  // a fee
    return {"Units", short_text(whole, kPriceDigits), split(power_of_ten(kQuantityDigits), weights)};
  }
  return {focus_unit(text(price, "unit")),
          short_text(multiply_divide(whole, power_of_ten(kQuantityDigits), billed), kPriceDigits),
          split(billed, weights)};
}

void put_line(std::string& csv, const Json& invoice, const Json& line, FocusVersion version) {
  const Pricing pricing = pricing_of(line, invoice["digits"]);
  for (std::size_t i = 0; i < line["parts"].size(); ++i) {
    const Wide quantity = pricing.quantities.at(i);
    const Wide price = parse_decimal(pricing.price, kPriceDigits, kWholeDigits);
    Source source{.invoice = invoice,
                  .line = &line,
                  .part = &line["parts"][i],
                  .pricing_quantity = short_text(quantity, kQuantityDigits),
                  .pricing_unit = pricing.unit,
                  .unit_price = pricing.price,
                  .list_cost = short_text(multiply_divide(quantity, price, power_of_ten(kQuantityDigits)),
                                          kPriceDigits)};
    put_row(csv, source, version);
  }
}

}  // namespace

std::optional<FocusVersion> focus_version(std::string_view text) {
  if (text == "1.0") return k10;
  if (text == "1.1") return k11;
  if (text == "1.2") return k12;
  return std::nullopt;
}

std::vector<std::string> focus_columns(FocusVersion version) {
  std::vector<std::string> names;
  for (const Column& column : kColumns)
    if (column.since <= version) names.emplace_back(column.name);
  return names;
}

std::string focus_csv(const Json& invoice, FocusVersion version) {
  std::string csv;
  for (const std::string& name : focus_columns(version)) csv += (csv.empty() ? "" : ",") + name;
  csv += "\r\n";
  for (const Json& line : invoice["lines"]) put_line(csv, invoice, line, version);
  for (const Json& row : invoice["adjustments"])
    put_row(csv,
            {.invoice = invoice,
             .adjustment = &row,
             .pricing_quantity = "",
             .pricing_unit = "",
             .unit_price = "",
             .list_cost = ""},
            version);
  return csv;
}

}  // namespace croft::rating
