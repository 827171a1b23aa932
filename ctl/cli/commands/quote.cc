#include <ostream>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/invoice_lines.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/invocation.h"
#include "ctl/cli/text.h"

namespace croft::ctl {
namespace {

std::string describe(const Invocation& call, const Json& quote) {
  const std::string currency = text_at(quote, "currency");
  const auto table = [&](const char* name) {
    return invoice_table(at_path(quote, {name}), text_at(quote, "tenant"), currency, true,
                         call.screen.colour);
  };
  std::string text = "Idle all of " + text_at(quote, "month") + ":\n" + table("idle") +
                     "\nAt its limits all of " + text_at(quote, "month") + ":\n" + table("full");
  const Json unbounded = at_path(quote, {"unbounded"});
  if (!unbounded.empty()) text += "\nWithout a limit, and not in it: " + visible(plain(unbounded)) + "\n";
  return text;
}

int run(Invocation& call) {
  std::map<std::string, std::string> query{{"tenant", call.tenant()}};
  for (const char* name : {"plan", "template", "period"})
    if (call.arguments.has(name)) query[name] = call.arguments.value(name);
  const Json quote = call.client().call("GET", with_query("/v1/quote", query));
  if (call.json())
    print_json(call.screen, quote);
  else
    call.screen.out << describe(call, quote);
  return kExitOk;
}

}  // namespace

Command quote_command() {
  return {
      .name = "quote",
      .summary = "what a plan would cost",
      .description =
          "Prints what a container of a plan would cost a tenant in a whole month: when it does nothing, and "
          "when it uses all the time what it may at most. What has a price but no limit in the plan is "
          "named.",
      .options = {{"--plan", "PLAN", "The plan that it would have"},
                  {"--template", "TEMPLATE", "The template, where prices ask for it"},
                  {"-p,--period", "MONTH", "As in 2026-11; otherwise this month"},
                  kTenant,
                  kJson},
      .examples = {{"croft quote --plan small", "By the tariff of the tenant default"},
                   {"croft quote --plan small -t acme", "By that of acme"}},
      .run = run,
  };
}

}  // namespace croft::ctl
