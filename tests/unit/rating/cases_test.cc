// Invoices that were worked out by hand, and what is true of all of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "runtime/error.h"
#include "tests/unit/rating/case.h"

namespace croft::rating {
namespace {

// What a case says of a line: "SKU" or "SKU WHOSE" -> "QUANTITY = AMOUNT".
Json lines_of(const Json& invoice) {
  Json lines = Json::object();
  std::map<std::string, int> count;
  for (const Json& line : invoice.at("lines")) ++count[line.at("price").at("sku").get<std::string>()];
  for (const Json& line : invoice.at("lines")) {
    const std::string sku = line.at("price").at("sku");
    const std::string id = line.at("id");
    const std::string tariff = line.at("tariff");
    std::string key = sku;
    if (count[sku] > 1) key += " " + id.substr(id.rfind('/') + 1);
    if (lines.contains(key)) key += " " + tariff;
    lines[key] = line.at("quantity").get<std::string>() + " = " + line.at("amount").get<std::string>();
  }
  return lines;
}

void expect_refusal(const Json& one) {
  try {
    rate(terms_of(one), records_of(one));
    ADD_FAILURE() << "was not refused";
  } catch (const runtime::Error& error) {
    EXPECT_NE(std::string(error.what()).find(one["refused"]), std::string::npos) << error.what();
  }
}

Json parts_of(const Json& invoice) {
  Json parts = Json::object();
  for (const Json& line : invoice["lines"])
    for (const Json& part : line["parts"]) parts[part["uuid"].get<std::string>()] = part["amount"];
  return parts;
}

// What a case says nothing of is as it may be.
void expect_invoice(const Json& one, const Json& invoice) {
  EXPECT_EQ(lines_of(invoice), one.at("lines")) << invoice.dump(1);
  EXPECT_EQ(invoice["total"], one.at("total"));
  EXPECT_EQ(parts_of(invoice), one.value("parts", parts_of(invoice)));
  EXPECT_EQ(invoice["unrated"], one.value("unrated", Json::array()));
  EXPECT_EQ(invoice["adjustments"].size(), one.value("adjustments", std::size_t{0}));
  if (one.contains("samples")) {
    EXPECT_EQ(invoice["lines"][0]["samples"], one["samples"]);
  }
}

TEST(Cases, are_as_worked_out_by_hand) {
  const std::vector<Json> cases = all_cases();
  EXPECT_GE(cases.size(), 40U);
  for (const Json& one : cases) {
    SCOPED_TRACE(one["file"].get<std::string>() + ": " + one["what"].get<std::string>());
    EXPECT_FALSE(one.at("computation").empty());
    if (one.contains("refused"))
      expect_refusal(one);
    else
      expect_invoice(one, rate(terms_of(one), records_of(one)));
  }
}

// Also of more digits than a file may have.
Wide coins(const Json& amount) {
  Wide coins = 0;
  const std::string text = amount;
  for (const char c : text)
    if (c >= '0' && c <= '9') coins = coins * 10 + (c - '0');
  return text.starts_with('-') ? -coins : coins;
}

TEST(Cases, parts_add_up_to_lines_and_lines_to_the_total) {
  for (const Json& one : all_cases()) {
    if (one.contains("refused")) continue;
    SCOPED_TRACE(one["file"].get<std::string>() + ": " + one["what"].get<std::string>());
    const Json invoice = rate(terms_of(one), records_of(one));
    Wide total = 0;
    for (const Json& line : invoice["lines"]) {
      Wide sum = 0;
      for (const Json& part : line["parts"]) sum += coins(part["amount"]);
      EXPECT_EQ(fixed_text(sum, 0), fixed_text(coins(line["amount"]), 0));
      total += sum;
    }
    for (const Json& row : invoice["adjustments"]) total += coins(row["amount"]);
    EXPECT_EQ(fixed_text(total, invoice["digits"].get<int>()), invoice["total"]);
  }
}

TEST(Cases, neither_order_nor_repetition_changes_a_byte) {
  std::mt19937_64 random(20261122);
  for (const Json& one : all_cases()) {
    if (one.contains("refused")) continue;
    SCOPED_TRACE(one["file"].get<std::string>() + ": " + one["what"].get<std::string>());
    std::vector<ledger::Record> records = records_of(one);
    const std::string first = rate(terms_of(one), records).dump();
    EXPECT_EQ(rate(terms_of(one), records).dump(), first);
    std::shuffle(records.begin(), records.end(), random);
    EXPECT_EQ(rate(terms_of(one), records).dump(), first);
  }
}

}  // namespace
}  // namespace croft::rating
