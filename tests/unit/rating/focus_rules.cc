#include "tests/unit/rating/focus_rules.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <stdexcept>

namespace croft::rating {
namespace {

enum class Type { kText, kDecimal, kTime, kJson };
enum class Null {
  kNever,
  kAny,
  kUnlessUsage,     // must be there of Usage and Purchase, unless it is a correction
  kOnlyUsage,       // must be there of Usage, and must not of Purchase
  kWithoutSku,      // as kUnlessUsage; the columns of SKUs
  kWithoutResource  // may only be null where the charge is of no resource
};
enum class Need { kMandatory, kConditional, kRecommended };

struct Rule {
  std::string since;
  Need need;
  Type type;
  Null null;
  std::set<std::string> values = {};  // empty: any
};

const std::set<std::string> kServices{"AI and Machine Learning",
                                      "Analytics",
                                      "Business Applications",
                                      "Compute",
                                      "Databases",
                                      "Developer Tools",
                                      "Multicloud",
                                      "Identity",
                                      "Integration",
                                      "Internet of Things",
                                      "Management and Governance",
                                      "Media",
                                      "Migration",
                                      "Mobile",
                                      "Networking",
                                      "Security",
                                      "Storage",
                                      "Web",
                                      "Other"};

const std::map<std::string, Rule>& rules() {
  using enum Need;
  using enum Type;
  static const std::map<std::string, Rule> all{
      {"BilledCost", {"1.0", kMandatory, kDecimal, Null::kNever}},
      {"EffectiveCost", {"1.0", kMandatory, kDecimal, Null::kNever}},
      {"ListCost", {"1.0", kMandatory, kDecimal, Null::kNever}},
      {"ContractedCost", {"1.0", kMandatory, kDecimal, Null::kNever}},
      {"BillingCurrency", {"1.0", kMandatory, kText, Null::kNever}},
      {"BillingAccountId", {"1.0", kMandatory, kText, Null::kNever}},
      {"BillingAccountName", {"1.0", kMandatory, kText, Null::kAny}},
      {"BillingAccountType", {"1.2", kConditional, kText, Null::kNever}},
      {"BillingPeriodStart", {"1.0", kMandatory, kTime, Null::kNever}},
      {"BillingPeriodEnd", {"1.0", kMandatory, kTime, Null::kNever}},
      {"ChargePeriodStart", {"1.0", kMandatory, kTime, Null::kNever}},
      {"ChargePeriodEnd", {"1.0", kMandatory, kTime, Null::kNever}},
      {"ChargeCategory",
       {"1.0", kMandatory, kText, Null::kNever, {"Usage", "Purchase", "Tax", "Credit", "Adjustment"}}},
      {"ChargeClass", {"1.0", kMandatory, kText, Null::kAny, {"Correction"}}},
      {"ChargeDescription", {"1.0", kMandatory, kText, Null::kAny}},
      {"ChargeFrequency",
       {"1.0", kRecommended, kText, Null::kNever, {"One-Time", "Recurring", "Usage-Based"}}},
      {"PricingQuantity", {"1.0", kMandatory, kDecimal, Null::kUnlessUsage}},
      {"PricingUnit", {"1.0", kMandatory, kText, Null::kUnlessUsage}},
      {"ServiceCategory", {"1.0", kMandatory, kText, Null::kNever, kServices}},
      {"ServiceSubcategory", {"1.1", kRecommended, kText, Null::kNever}},
      {"ServiceName", {"1.0", kMandatory, kText, Null::kNever}},
      {"Provider", {"1.0", kMandatory, kText, Null::kNever}},
      {"Publisher", {"1.0", kMandatory, kText, Null::kNever}},
      {"InvoiceIssuer", {"1.0", kMandatory, kText, Null::kNever}},
      {"InvoiceId", {"1.2", kRecommended, kText, Null::kAny}},
      {"ConsumedQuantity", {"1.0", kConditional, kDecimal, Null::kOnlyUsage}},
      {"ConsumedUnit", {"1.0", kConditional, kText, Null::kOnlyUsage}},
      {"ResourceId", {"1.0", kConditional, kText, Null::kWithoutResource}},
      {"ResourceName", {"1.0", kConditional, kText, Null::kWithoutResource}},
      {"ResourceType", {"1.0", kConditional, kText, Null::kWithoutResource}},
      {"SubAccountId", {"1.0", kConditional, kText, Null::kAny}},
      {"SubAccountName", {"1.0", kConditional, kText, Null::kAny}},
      {"SubAccountType", {"1.2", kConditional, kText, Null::kAny}},
      {"SkuId", {"1.0", kConditional, kText, Null::kWithoutSku}},
      {"SkuMeter", {"1.1", kConditional, kText, Null::kAny}},
      {"SkuPriceId", {"1.0", kConditional, kText, Null::kWithoutSku}},
      {"SkuPriceDetails", {"1.1", kConditional, kJson, Null::kAny}},
      {"ListUnitPrice", {"1.0", kConditional, kDecimal, Null::kUnlessUsage}},
      {"ContractedUnitPrice", {"1.0", kConditional, kDecimal, Null::kUnlessUsage}},
      {"PricingCategory",
       {"1.0", kConditional, kText, Null::kUnlessUsage, {"Standard", "Dynamic", "Committed", "Other"}}},
  };
  return all;
}

using Fields = std::map<std::string, CsvField>;

bool matches(const std::string& text, const char* pattern) {
  return std::regex_match(text, std::regex(pattern));
}

bool is_of(Type type, const std::string& text) {
  switch (type) {
    case Type::kDecimal:
      return matches(text, R"(-?[0-9]+(\.[0-9]+)?(E-?[0-9]+)?)");
    case Type::kTime:
      return matches(text, R"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)");
    case Type::kJson:
      return nlohmann::json::accept(text) && nlohmann::json::parse(text).is_object();
    default:
      return !text.empty();
  }
}

bool is_charge(const Fields& row) {
  const std::string& category = row.at("ChargeCategory").text;
  return (category == "Usage" || category == "Purchase") && row.at("ChargeClass").null;
}

bool may_be_null(Null rule, const Fields& row) {
  switch (rule) {
    case Null::kNever:
      return false;
    case Null::kUnlessUsage:
    case Null::kWithoutSku:
    case Null::kWithoutResource:
      return !is_charge(row);
    case Null::kOnlyUsage:
      return row.at("ChargeCategory").text != "Usage" || !row.at("ChargeClass").null;
    default:
      return true;
  }
}

double number(const Fields& row, const char* name) {
  return std::stod(row.at(name).text);
}

void check_columns(const std::vector<CsvField>& head, const std::string& version,
                   std::vector<std::string>& wrong) {
  std::set<std::string> names;
  bool own = false;
  for (const CsvField& field : head) {
    if (!names.insert(field.text).second) wrong.push_back(field.text + " is there twice");
    const bool is_own = field.text.starts_with("x_");
    if (own && !is_own) wrong.push_back(field.text + " comes behind an own column");
    own = own || is_own;
    const auto rule = rules().find(field.text);
    if (!is_own && (rule == rules().end() || rule->second.since > version))
      wrong.push_back(field.text + " is no column of FOCUS " + version);
    if (!matches(field.text, "(x_)?[A-Z][A-Za-z0-9]*")) wrong.push_back(field.text + " is not PascalCase");
  }
  for (const auto& [name, rule] : rules())
    if (rule.need == Need::kMandatory && rule.since <= version && !names.contains(name))
      wrong.push_back(name + " is missing");
}

void check_fields(const Fields& row, const std::string& where, std::vector<std::string>& wrong) {
  for (const auto& [name, field] : row) {
    const auto found = rules().find(name);
    if (found == rules().end()) continue;
    const Rule& rule = found->second;
    if (field.null) {
      if (!may_be_null(rule.null, row)) wrong.push_back(where + name + " is null");
      continue;
    }
    if (!is_of(rule.type, field.text)) wrong.push_back(where + name + " is `" + field.text + "`");
    if (!rule.values.empty() && !rule.values.contains(field.text))
      wrong.push_back(where + name + " must not be `" + field.text + "`");
    if (rule.null == Null::kOnlyUsage && row.at("ChargeCategory").text == "Purchase")
      wrong.push_back(where + name + " is of usage only");
  }
}

// Costs are what quantity and price make, to the last digits that are written.
void check_product(const Fields& row, const char* price, const char* cost, const std::string& where,
                   std::vector<std::string>& wrong) {
  if (row.at("PricingQuantity").null || row.at(price).null) return;
  const double product = number(row, "PricingQuantity") * number(row, price);
  if (std::abs(product - number(row, cost)) > 1e-9 * std::max(1.0, std::abs(product)))
    wrong.push_back(where + cost + " is not PricingQuantity * " + price);
}

void check_together(const Fields& row, const std::string& where, std::vector<std::string>& wrong) {
  check_product(row, "ListUnitPrice", "ListCost", where, wrong);
  check_product(row, "ContractedUnitPrice", "ContractedCost", where, wrong);
  const auto text = [&](const char* name) { return row.at(name).text; };
  if (text("BillingPeriodStart") >= text("BillingPeriodEnd"))
    wrong.push_back(where + "the billing period is empty");
  if (text("ChargePeriodStart") >= text("ChargePeriodEnd"))
    wrong.push_back(where + "the charge period is empty");
  if (text("ChargeCategory") == "Purchase" && text("ChargeFrequency") == "Usage-Based")
    wrong.push_back(where + "a purchase is not usage-based");
  if (!matches(text("BillingCurrency"), "[A-Z]{3}")) wrong.push_back(where + "BillingCurrency is no code");
  for (const auto& [id, name] :
       {std::pair("ResourceId", "ResourceName"), std::pair("SubAccountId", "SubAccountName")})
    if (row.at(id).null && !row.at(name).null) wrong.push_back(where + name + " without " + id);
  if (row.at("PricingQuantity").null != row.at("PricingUnit").null)
    wrong.push_back(where + "a quantity without unit");
  if (row.at("ConsumedQuantity").null != row.at("ConsumedUnit").null)
    wrong.push_back(where + "use without unit");
}

}  // namespace

std::vector<std::vector<CsvField>> parse_csv(const std::string& csv) {
  std::vector<std::vector<CsvField>> rows;
  std::size_t at = 0;
  while (at < csv.size()) {
    std::vector<CsvField> row;
    for (bool more = true; more;) {
      CsvField field;
      const bool quoted = csv.compare(at, 1, "\"") == 0;
      if (quoted) {
        for (++at;; ++at) {
          if (at >= csv.size()) throw std::runtime_error("a quote has no end");
          if (csv[at] != '"') {
            field.text += csv[at];
          } else if (csv.compare(at, 2, "\"\"") == 0) {
            field.text += csv[at++];
          } else {
            break;
          }
        }
        ++at;
      } else {
        const std::size_t end = csv.find_first_of(",\r", at);
        if (end == std::string::npos) throw std::runtime_error("the last row has no end");
        field.text = csv.substr(at, end - at);
        field.null = field.text.empty();
        if (field.text.find_first_of("\"\n") != std::string::npos)
          throw std::runtime_error("a field needs quotes");
        at = end;
      }
      row.push_back(std::move(field));
      more = csv.compare(at, 1, ",") == 0;
      if (more) ++at;
    }
    if (csv.compare(at, 2, "\r\n") != 0) throw std::runtime_error("a row does not end");
    at += 2;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<std::string> focus_complaints(const std::string& csv, const std::string& version) {
  std::vector<std::string> wrong;
  const auto rows = parse_csv(csv);
  if (rows.empty()) return {"there is no head"};
  check_columns(rows[0], version, wrong);
  if (!wrong.empty()) return wrong;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const std::string where = "row " + std::to_string(i) + ": ";
    if (rows[i].size() != rows[0].size()) {
      wrong.push_back(where + "has another number of fields");
      continue;
    }
    Fields row;
    for (std::size_t column = 0; column < rows[0].size(); ++column)
      row[rows[0][column].text] = rows[i][column];
    check_fields(row, where, wrong);
    if (wrong.empty()) check_together(row, where, wrong);
  }
  return wrong;
}

}  // namespace croft::rating
