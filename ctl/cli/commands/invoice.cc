#include <ostream>

#include "ctl/cli/columns.h"
#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/invoice_lines.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/invocation.h"
#include "ctl/cli/invoice_page.h"
#include "ctl/cli/text.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

std::string describe(const Invocation& call, const Json& invoice) {
  std::string text = "Invoice:  " + visible(text_at(invoice, "name")) + ", " + text_at(invoice, "month") +
                     " (" + visible(text_at(invoice, "zone")) + ")\n";
  text += invoice_table(invoice, text_at(invoice, "tenant"), text_at(invoice, "currency"),
                        !call.arguments.has("no-header"), call.screen.colour);
  if (at_path(invoice, {"complete"}) != Json(true))
    text += "The month is not over: until " + local_time(text_at(invoice, "until")) + " only.\n";
  for (const Json& part : at_path(invoice, {"unrated"}))
    text += "Without a price: " + text_at(part, "from") + " to " + text_at(part, "to") + "\n";
  return text;
}

// An answer that is no JSON.
std::string fetch_text(const Invocation& call, const std::string& target) {
  const Response response = call.client().request("GET", target);
  if (response.status != 200) throw error_of_problem(response.json());
  return response.text;
}

int run(Invocation& call) {
  const bool html = call.arguments.has("html");
  if (int{html} + int{call.json()} + int{call.arguments.has("focus")} > 1)
    throw runtime::wrong_field("--html", "only one of it, --focus and --json can be given");
  std::map<std::string, std::string> query;
  if (call.arguments.has("period")) query["period"] = call.arguments.value("period");
  const std::string path = "/v1/invoices/" + percent_encoded(call.operand(0));
  if (call.arguments.has("focus")) {
    query["focus"] = call.arguments.value("focus");
    call.screen.out << fetch_text(call, with_query(path + "/focus", query));
    return kExitOk;
  }
  const Json invoice = call.client().call("GET", with_query(path, query));
  if (call.json())
    print_json(call.screen, invoice);
  else
    call.screen.out << (html ? invoice_page(invoice) : describe(call, invoice));
  return kExitOk;
}

}  // namespace

Command invoice_command() {
  return {
      .name = "invoice",
      .summary = "what a tenant has to pay",
      .operands = "TENANT",
      .least = 1,
      .most = 1,
      .names = Names::kTenants,
      .description =
          "Works out from the ledger and the tariff what a tenant, with those below it, has to pay for a "
          "month "
          "of its time zone, and prints the lines. Asked again it says the same. See croft-rating(7).",
      .options = {{"-p,--period", "MONTH", "As in 2026-11; otherwise this month, as far as it went"},
                  {"--html", "", "Print a page of HTML, for reading and for paper"},
                  {"--focus", "VERSION", "Print CSV of FOCUS 1.0, 1.1 or 1.2, for tools on costs"},
                  {"-H,--no-header", "", "Leave the head line out"},
                  kJson},
      .examples = {{"croft invoice acme --period 2026-10", "The last month"},
                   {"croft invoice acme -p 2026-10 --html > acme.html", "To be printed"},
                   {"croft invoice acme -p 2026-10 --focus 1.2 > acme.csv", "For another program"}},
      .run = run,
  };
}

}  // namespace croft::ctl
