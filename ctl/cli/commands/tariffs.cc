#include <ostream>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/invoice_page.h"
#include "ctl/cli/reference.h"
#include "ctl/cli/text.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

Row row_of(const Json& item) {
  const std::size_t wrong = at_path(item, {"errors"}).size();
  return {{text_at(item, "name")},
          {plain(at_path(item, {"currency"}))},
          {plain(at_path(item, {"from"}))},
          {plain(at_path(item, {"to"}))},
          {plain(at_path(item, {"prices"}))},
          {wrong == 0 ? "-" : std::to_string(wrong) + " errors", wrong == 0 ? Colour::kNone : Colour::kBad}};
}

int run_list(Invocation& call) {
  return print_named(call, kTariffKind,
                     {{"NAME"}, {"CURRENCY"}, {"FROM"}, {"TO"}, {"PRICES", true}, {"WRONG"}}, row_of);
}

std::string describe(const Json& tariff, bool colour) {
  const std::string currency = text_at(tariff, "currency");
  std::vector<Row> rows;
  for (const Json& sku : at_path(tariff, {"skus"}))
    rows.push_back({{text_at(sku, "sku")},
                    {text_at(sku, "meter")},
                    {text_at(sku, "of")},
                    {price_text(sku, currency)},
                    {plain(at_path(sku, {"free"}))},
                    {text_at(sku, "per")},
                    {at_path(sku, {"select"}).is_null() ? "-" : at_path(sku, {"select"}).dump()}});
  std::string text = "Tariff:   " + visible(text_at(tariff, "name")) + "\n";
  text += "Valid:    " + plain(at_path(tariff, {"from"})) + " to " + plain(at_path(tariff, {"to"})) + "\n";
  text += format_table({{"SKU"}, {"METER"}, {"OF"}, {"PRICE"}, {"FREE", true}, {"PER"}, {"SELECT"}}, rows,
                       true, colour);
  for (const Json& error : at_path(tariff, {"errors"}))
    text += visible(text_at(error, "path") + ": " + text_at(error, "message")) + "\n";
  return text;
}

int run_show(Invocation& call) {
  return show_named(call, kTariffKind, describe);
}

int run_check(Invocation& call) {
  Client client = call.client();
  const Json list = fetch_list(client, std::string(kTariffKind.path), {});
  Json errors = Json::array();
  for (const Json& item : list)
    for (const Json& error : at_path(item, {"errors"})) errors.push_back(error);
  if (call.json()) {
    print_json(call.screen, {{"tariffs", list.size()}, {"errors", errors}});
  } else {
    for (const Json& error : errors)
      call.screen.out << visible(text_at(error, "path") + ": " + text_at(error, "message")) << "\n";
    call.screen.out << list.size() << " files, " << errors.size() << " errors\n";
  }
  return errors.empty() ? kExitOk : exit_status_of(runtime::ErrorKind::kInvalid);
}

}  // namespace

Command tariff_list_command() {
  return {
      .name = "tariff list",
      .aliases = {"ls"},
      .summary = "all versions",
      .description =
          "Prints the versions of all tariffs of this host, from when to when each holds, how many prices it "
          "has, and whether something is wrong with it.",
      .options = {{"-H,--no-header", "", "Leave the head line out"}, kJson, kQuiet},
      .examples = {{"croft tariff list", "A table"}},
      .run = run_list,
  };
}

Command tariff_show_command() {
  return {
      .name = "tariff show",
      .summary = "the prices of one",
      .operands = "TARIFF-VERSION...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kTariffs,
      .description = "Prints what a version of a tariff has prices for, and what is wrong with it.",
      .options = {kJson},
      .examples = {{"croft tariff show default-1", "Its first version"}},
      .run = run_show,
  };
}

Command tariff_check_command() {
  return {
      .name = "tariff check",
      .summary = "look for errors",
      .description =
          "Prints everything that is wrong with the files of tariffs, each under its field: unknown meters, "
          "units and currencies, prices with too many digits, validities that overlap. The exit status is 2 "
          "when there is something.",
      .options = {kJson},
      .examples = {{"croft tariff check", "Before the month ends"}},
      .run = run_check,
  };
}

}  // namespace croft::ctl
