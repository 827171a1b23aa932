// What is exported as FOCUS obeys the specification's rules, of every invoice that was worked out by hand.
#include "ctl/rating/focus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/rating/case.h"
#include "tests/unit/rating/focus_rules.h"

namespace croft::rating {
namespace {

constexpr std::array<const char*, 3> kVersions{"1.0", "1.1", "1.2"};

std::vector<Json> invoices() {
  std::vector<Json> all;
  for (const Json& one : all_cases())
    if (!one.contains("refused")) {
      all.push_back(rate(terms_of(one), records_of(one)));
      all.back()["what"] = one["what"];
      all.back()["records"]["node"] = "node1";
    }
  return all;
}

std::string column(const std::vector<std::vector<CsvField>>& rows, std::size_t row, const std::string& name) {
  for (std::size_t i = 0; i < rows[0].size(); ++i)
    if (rows[0][i].text == name) return rows[row][i].text;
  return "no column " + name;
}

TEST(Focus, obeys_the_rules_of_every_version) {
  for (const Json& invoice : invoices())
    for (const char* version : kVersions) {
      SCOPED_TRACE(invoice["what"].get<std::string>() + ", FOCUS " + version);
      const std::string csv = focus_csv(invoice, *focus_version(version));
      EXPECT_THAT(focus_complaints(csv, version), testing::IsEmpty()) << csv;
    }
}

TEST(Focus, bills_what_the_invoice_says) {
  for (const Json& invoice : invoices()) {
    SCOPED_TRACE(invoice["what"].get<std::string>());
    const auto rows = parse_csv(focus_csv(invoice, FocusVersion::k12));
    const int digits = invoice["digits"];
    Wide sum = 0;
    for (std::size_t i = 1; i < rows.size(); ++i)
      sum += parse_decimal(column(rows, i, "BilledCost"), digits, 30);
    EXPECT_EQ(fixed_text(sum, digits), invoice["total"]);
  }
}

TEST(Focus, versions_have_their_own_columns) {
  using testing::Contains;
  using testing::Not;
  EXPECT_THAT(focus_columns(FocusVersion::k10), Not(Contains("SkuMeter")));
  EXPECT_THAT(focus_columns(FocusVersion::k11), Contains("SkuMeter"));
  EXPECT_THAT(focus_columns(FocusVersion::k11), Not(Contains("InvoiceId")));
  EXPECT_THAT(focus_columns(FocusVersion::k12), Contains("InvoiceId"));
  EXPECT_FALSE(focus_version("1.3"));
}

Json invoice_called(const char* what) {
  for (Json& invoice : invoices())
    if (invoice["what"] == what) return invoice;
  throw std::runtime_error("no such case");
}

TEST(Focus, rows_say_what_they_are) {
  Json invoice = invoice_called("a correction names what it is of");
  invoice["name"] = "ACME, \"the\" company";
  const auto rows = parse_csv(focus_csv(invoice, FocusVersion::k12));
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(column(rows, 1, "BillingAccountName"), "ACME, \"the\" company");
  EXPECT_EQ(column(rows, 1, "ChargeCategory"), "Purchase");
  EXPECT_EQ(column(rows, 1, "ResourceId"), "node1/container/a");
  EXPECT_EQ(column(rows, 1, "InvoiceId"), "acme/2026-11");
  EXPECT_EQ(column(rows, 1, "x_CoverageRatio"), "1");
  EXPECT_EQ(column(rows, 2, "ChargeClass"), "Correction");
  EXPECT_EQ(column(rows, 2, "x_CorrectsLineId"), "2026-10/default-1/fee/a");
  EXPECT_EQ(column(rows, 2, "PricingQuantity"), "");
  const auto cpu = parse_csv(focus_csv(invoice_called("a price for each unit"), FocusVersion::k12));
  EXPECT_EQ(column(cpu, 1, "PricingUnit"), "Core-Hours");
  EXPECT_EQ(column(cpu, 1, "ConsumedQuantity"), "3");
  EXPECT_EQ(column(cpu, 1, "ListUnitPrice"), "0.04");
}

TEST(Focus, a_month_that_goes_on_has_no_invoice_yet) {
  const auto rows = parse_csv(focus_csv(invoice_called("half a month so far"), FocusVersion::k12));
  EXPECT_EQ(column(rows, 1, "InvoiceId"), "");
}

// A check that finds nothing is none.
TEST(FocusRules, find_what_breaks_them) {
  const std::string good = focus_csv(invoice_called("a price for each unit"), FocusVersion::k12);
  const auto complaint = [&](const std::string& what, const std::string& with) {
    std::string wrong = good;
    const std::size_t at = wrong.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    wrong.replace(at, what.size(), with);
    const auto found = focus_complaints(wrong, "1.2");
    return found.empty() ? "nothing" : found.front();
  };
  using testing::HasSubstr;
  EXPECT_THAT(complaint("BilledCost", "BilledCosts"), HasSubstr("is no column"));
  EXPECT_THAT(complaint("BillingCurrency,", ""), HasSubstr("BillingCurrency is missing"));
  EXPECT_THAT(complaint("EUR", "euro"), HasSubstr("is no code"));
  EXPECT_THAT(complaint("EUR", ""), HasSubstr("is null"));
  EXPECT_THAT(complaint("Usage,", "Use,"), HasSubstr("ChargeCategory must not be"));
  EXPECT_THAT(complaint("Usage-Based", "Sometimes"), HasSubstr("ChargeFrequency"));
  EXPECT_THAT(complaint("2026-12-01T00:00:00Z", "2026-12-01"), HasSubstr("BillingPeriodEnd"));
  EXPECT_THAT(complaint("2026-12-01T00:00:00Z", "2026-10-01T00:00:00Z"),
              HasSubstr("billing period is empty"));
  EXPECT_THAT(complaint(",0.04,", ",0.05,"), HasSubstr("is not PricingQuantity"));
  EXPECT_THAT(complaint("node1/container/a", ""), HasSubstr("ResourceId is null"));
  EXPECT_THAT(complaint("Compute", "Computing"), HasSubstr("ServiceCategory"));
  EXPECT_THAT(focus_complaints(good, "1.1"), testing::Not(testing::IsEmpty()));
  EXPECT_THROW(parse_csv("a,\"b\r\n"), std::runtime_error);
}

}  // namespace
}  // namespace croft::rating
