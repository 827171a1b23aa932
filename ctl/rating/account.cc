#include "ctl/rating/account.h"

#include <set>

#include "ctl/rating/fields.h"
#include "ctl/spec/names.h"
#include "runtime/error.h"
#include "templates/sha256.h"

namespace croft::rating {
namespace {

using ctl::Json;
using runtime::Error;
using runtime::ErrorKind;

constexpr std::size_t kMonthText = 7;  // "2026-10", which a line's name begins with

[[noreturn]] void fail(const std::string& why) {
  throw Error(ErrorKind::kInvalid, why);
}

Adjustment read_adjustment(const Json& json, const std::string& path, ctl::FieldErrors& errors) {
  const Fields fields(json, path, errors, {"id", "month", "kind", "of", "amount", "text"});
  Adjustment row;
  fields.required("id", [&](const Json& value) { row.id = text_in(value); });
  fields.required("text", [&](const Json& value) { row.text = text_in(value); });
  fields.required("month", [&](const Json& value) { row.month = parse_month(text_in(value)); });
  fields.required("kind", [&](const Json& value) {
    row.kind = text_in(value);
    if (row.kind != "credit" && row.kind != "correction") fail("must be credit or correction");
  });
  fields.required("amount", [&](const Json& value) {
    if (!value.is_string()) fail("must be a decimal number as text, as in \"-12.50\"");
    row.amount = parse_decimal(value.get<std::string>(), kPriceDigits);
    if (row.amount == 0) fail("must not be 0");
    if (row.kind == "credit" && row.amount > 0) fail("a credit is less than 0");
  });
  fields.each("of", [&](const Json& value) {
    row.of = text_in(value);
    if (row.of.size() <= kMonthText || row.of[kMonthText] != '/')
      fail("must be the name of an invoice's line, which begins with its month, as in `2026-10/`");
    if (!(parse_month(row.of.substr(0, kMonthText)) < row.month))
      fail("is not of an earlier month, which only a new rating can put right");
  });
  if (row.kind == "correction" && fields.find("of") == nullptr)
    fields.fail("of", "is missing: a correction names the line that it is of");
  return row;
}

}  // namespace

Account account_without_file(const std::string& tenant) {
  Account account;
  account.tenant = tenant;
  account.name = tenant;
  return account;
}

Account parse_account(const std::string& tenant, std::string_view text) {
  Account account = account_without_file(tenant);
  ctl::FieldErrors errors;
  const std::string file = tenant + ".json";
  try {
    const Json json = ctl::parse_json(text);
    const Fields fields(json, file + ": ", errors, {"name", "address", "zone", "tariff", "adjustments"});
    fields.each("name", [&](const Json& value) { account.name = text_in(value); });
    fields.each("address", [&](const Json& value) { account.address = texts_in(value, kMaxAddress); });
    fields.each("zone", [&](const Json& value) {
      account.zone = text_in(value);
      const Zone known(account.zone);
    });
    fields.each("tariff", [&](const Json& value) {
      account.tariff = text_in(value);
      ctl::check_plan_name(account.tariff);
    });
    fields.each("adjustments", [&](const Json& list) {
      if (!list.is_array() || list.size() > kMaxAdjustments)
        fail("must be a list of at most " + std::to_string(kMaxAdjustments) + " rows");
      std::set<std::string> ids;
      for (std::size_t i = 0; i < list.size(); ++i) {
        const std::string path = fields.path_of("adjustments[" + std::to_string(i) + "]");
        account.adjustments.push_back(read_adjustment(list[i], path, errors));
        if (const std::string& id = account.adjustments.back().id; !id.empty() && !ids.insert(id).second)
          errors.push_back({path + ".id", "`" + id + "` is there twice"});
      }
    });
  } catch (const Error& error) {
    errors.push_back({file, error.what()});
  }
  if (!errors.empty()) throw Error(std::move(errors));
  templates::Sha256 sum;
  sum.add(text);
  account.digest = templates::to_hex(sum.finish());
  return account;
}

}  // namespace croft::rating
