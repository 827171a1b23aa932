// Files of tariffs: every error is told, under the path of its field.
#include "ctl/rating/tariff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl/rating/rater.h"
#include "runtime/error.h"

namespace croft::rating {
namespace {

Json good() {
  return Json::parse(R"({"tariff":"standard","version":1,"currency":"EUR","from":"2026-01-01","skus":[
    {"sku":"cpu","meter":"cpu","unit":"core-hour","each":"0.01"}]})");
}

std::vector<std::string> errors_of(const Json& json, std::string_view id = "standard-1") {
  std::vector<std::string> errors;
  try {
    parse_tariff(id, json.is_string() ? json.get<std::string>() : json.dump());
  } catch (const runtime::Error& error) {
    for (const runtime::FieldError& field : error.fields())
      errors.push_back(field.path + ": " + field.message);
  }
  return errors;
}

// The one error of a tariff with one price like this.
std::string error_of(const char* sku) {
  Json json = good();
  json["skus"] = Json::array({Json::parse(sku)});
  const std::vector<std::string> errors = errors_of(json);
  return errors.size() == 1 ? errors[0] : std::to_string(errors.size()) + " errors";
}

Account account_with(const char* tariff) {
  Account account = account_without_file("acme");
  account.tariff = tariff;
  return account;
}

TEST(Tariff, is_read) {
  const Tariff tariff = parse_tariff("standard-1", good().dump());
  EXPECT_EQ(tariff.id(), "standard-1");
  EXPECT_EQ(tariff.digits, 2);
  EXPECT_EQ(tariff.digest.size(), 64U);
  EXPECT_EQ(to_json(tariff.skus.at(0), 2)["each"], "0.01");
}

TEST(Tariff, tells_all_errors_at_once) {
  const Json wrong = Json::parse(R"({"tariff":"standard","version":2,"currency":"EURO","from":"2026-02-30",
    "to":"x","colour":1,"skus":[{"sku":"Cpu 1","meter":"cpus","unit":"core-hour","each":0.1},
    {"sku":"b","meter":"memory","unit":"GB","each":"0.0000000000001","free":"0"},
    {"sku":"b","meter":"net.out.bytes","unit":"GB","each":"1","flat":"1"}]})");
  EXPECT_THAT(errors_of(wrong),
              testing::ElementsAre(
                  "standard-1.json: colour: is not known here",
                  "standard-1.json: version: the file of this version must be called standard-2.json",
                  testing::StartsWith("standard-1.json: currency: is no currency"),
                  testing::StartsWith("standard-1.json: from: must be a day"),
                  testing::StartsWith("standard-1.json: to: must be a day"),
                  testing::StartsWith("standard-1.json: skus[0].sku: must begin"),
                  testing::StartsWith("standard-1.json: skus[0].each: must be a decimal number as text"),
                  "standard-1.json: skus[0].meter: is no meter of the ledger; did you mean `cpu`?",
                  testing::StartsWith("standard-1.json: skus[1].each: has more than 12 digits"),
                  testing::StartsWith("standard-1.json: skus[1].unit: does not fit the meter"),
                  "standard-1.json: skus[1].free: must be more than 0",
                  testing::StartsWith("standard-1.json: skus[2]: must have one of each"),
                  testing::HasSubstr("skus[2].sku: `b` is there twice")));
}

TEST(Tariff, refuses_what_makes_no_sense) {
  using testing::HasSubstr;
  EXPECT_THAT(error_of(R"({"sku":"a","meter":"disk","unit":"GiB-month","each":"1"})"),
              HasSubstr("no meter of its use"));
  EXPECT_THAT(error_of(R"({"sku":"a","meter":"io.read","of":"above-guarantee","unit":"GB","each":"1"})"),
              HasSubstr("`use` only"));
  EXPECT_THAT(error_of(R"({"sku":"a","meter":"cpu","of":"percentile","unit":"core-hour","each":"1"})"),
              HasSubstr("of traffic"));
  EXPECT_THAT(error_of(R"({"sku":"a","meter":"cpu","classes":[1],"unit":"core-hour","each":"1"})"),
              HasSubstr("classes are of traffic"));
  EXPECT_THAT(error_of(R"({"sku":"a","meter":"net.bytes","classes":[16],"unit":"GB","each":"1"})"),
              HasSubstr("0 to 15"));
  EXPECT_THAT(error_of(R"({"sku":"a","flat":"1","unit":"GB"})"), HasSubstr("unit"));
  EXPECT_THAT(error_of(R"({"sku":"a","flat":"1","meter":"cpu"})"), HasSubstr("is of time"));
  EXPECT_THAT(error_of(R"({"sku":"a","flat":"-1"})"), HasSubstr("less than 0"));
  EXPECT_THAT(error_of(R"({"sku":"a","flat":"1","hours":["mon 00:00-01:00"]})"), HasSubstr("whole time"));
  EXPECT_THAT(error_of(R"({"sku":"a","prorated":"1","hours":["mon 08:00-25:00"]})"),
              HasSubstr("must be as in"));
  EXPECT_THAT(error_of(R"({"sku":"a","prorated":"1","hours":["fri-mon 08:00-09:00"]})"),
              HasSubstr("must be as in"));
  EXPECT_THAT(error_of(R"({"sku":"a","prorated":"1","hours":["mon-fri 08:00-20:00","wed 19:00-21:00"]})"),
              HasSubstr("overlaps"));
  EXPECT_THAT(error_of(R"({"sku":"a","prorated":"1","minimum":"2.00","maximum":"1.00"})"),
              HasSubstr("less than the minimum"));
  EXPECT_THAT(error_of(R"({"sku":"a","prorated":"1","minimum":"2.005"})"), HasSubstr("more than 2 digits"));
  EXPECT_THAT(error_of(R"({"sku":"a","meter":"cpu","unit":"core-hour","package":{"size":"0","price":"1"}})"),
              HasSubstr("package.size"));
  EXPECT_THAT(error_of(
                  R"({"sku":"a","meter":"cpu","unit":"core-hour","graduated":[{"to":"5","each":"1"},{"to":"5",
      "each":"1"},{"each":"1"}]})"),
              HasSubstr("graduated[1].to"));
  EXPECT_THAT(
      error_of(R"({"sku":"a","meter":"cpu","unit":"core-hour","tiered":[{"each":"1"},{"each":"2"}]})"),
      HasSubstr("tiered[0].to: is missing"));
  EXPECT_THAT(error_of(R"({"sku":"a","meter":"cpu","unit":"core-hour","tiered":[{"to":"1","each":"1"}]})"),
              HasSubstr("has no end"));
  EXPECT_THAT(error_of(R"({"sku":"a","meter":"memory.peak","unit":"GiB","each":"1","per":"tenant"})"),
              HasSubstr("no sum"));
  EXPECT_THAT(error_of(R"({"sku":"a","flat":"1","select":{"plans":["a"]}})"),
              HasSubstr("select.plans: is not known; did you mean `plan`?"));
  EXPECT_THAT(error_of(R"([])"), HasSubstr("skus[0]: must be an object"));
  EXPECT_THAT(errors_of("nonsense"), testing::ElementsAre(HasSubstr("standard-1.json: is not valid JSON")));
}

TEST(Tariffs, are_looked_at_together) {
  Json first = good();
  first["to"] = "2026-07-01";
  Json second = good();
  second["version"] = 2;
  second["from"] = "2026-06-30";
  second["currency"] = "USD";
  const Tariffs all = read_all({{"standard-1", first.dump()}, {"standard-2", second.dump()}}, {});
  ASSERT_EQ(all.errors.size(), 2U);
  EXPECT_EQ(all.errors[0].path, "standard-2.json: currency");
  EXPECT_THAT(all.errors[1].message, testing::HasSubstr("overlaps standard-1, which holds until 2026-07-01"));
  EXPECT_THROW(versions_for(all, account_with("standard")), runtime::Error);
  second["from"] = "2026-07-01";
  second["currency"] = "EUR";
  EXPECT_TRUE(read_all({{"standard-1", first.dump()}, {"standard-2", second.dump()}}, {}).errors.empty());
}

TEST(Tariffs, that_were_used_do_not_change) {
  const std::string text = good().dump();
  const std::string digest = parse_tariff("standard-1", text).digest;
  EXPECT_TRUE(read_all({{"standard-1", text}}, {{"standard-1", digest}}).errors.empty());
  const auto changed =
      read_all({{"standard-1", text + " "}}, {{"standard-1", digest}, {"old-3", digest}}).errors;
  ASSERT_EQ(changed.size(), 2U);
  EXPECT_EQ(changed[0].path, "old-3.json");
  EXPECT_THAT(changed[0].message, testing::HasSubstr("not there any more"));
  EXPECT_THAT(changed[1].message, testing::HasSubstr("was changed after it was used"));
}

TEST(Tariffs, of_others_may_be_wrong) {
  const Tariffs all = read_all({{"standard-1", good().dump()}, {"other-1", "{"}}, {});
  EXPECT_EQ(all.errors.size(), 1U);
  EXPECT_EQ(versions_for(all, account_with("standard")).size(), 1U);
  EXPECT_THROW(versions_for(all, account_with("other")), runtime::Error);
  EXPECT_THROW(versions_for(all, account_with("nothing")), runtime::Error);
}

}  // namespace
}  // namespace croft::rating
