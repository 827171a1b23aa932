#include "ctl/cli/complete.h"

#include <ostream>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/commands/webhook.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/invocation.h"
#include "ctl/cli/reference.h"
#include "ctl/cli/table.h"

namespace croft::ctl {
namespace {

std::vector<std::string> live_names(const Invocation& call, Names names) {
  Client client = call.client();
  const bool containers = names == Names::kContainers || names == Names::kSettings;
  const NamedKind kind = names == Names::kTemplates   ? kTemplateKind
                         : names == Names::kTenants   ? kTenantKind
                         : names == Names::kPlans     ? kPlanKind
                         : names == Names::kTariffs   ? kTariffKind
                         : names == Names::kPools     ? kPoolKind
                         : names == Names::kDiskPools ? kDiskPoolKind
                         : names == Names::kClasses   ? kClassKind
                         : names == Names::kWebhooks  ? kWebhookKind
                                                      : kOperationKind;
  const std::map<std::string, std::string> query{{"tenant", call.tenant()}, {"fields", "name"}};
  const Json list = containers ? fetch_list(client, "/v1/containers", query)
                               : fetch_list(client, std::string(kind.path), {});
  std::vector<std::string> found;
  for (const Json& item : list) found.push_back(text_at(item, containers ? "name" : kind.key));
  return found;
}

int run(Invocation& call) {
  // Completion must never disturb the line that is being typed: without a daemon there are just no names.
  const auto fetch = [&](Names names) -> std::vector<std::string> {
    try {
      return live_names(call, names);
    } catch (const runtime::Error&) {
      return {};
    }
  };
  for (const std::string& word : complete(all_commands(), call.arguments.command, fetch))
    call.screen.out << word << '\n';
  return 0;
}

}  // namespace

Command complete_command() {
  return {
      .name = "__complete",
      .summary = "candidates for a line",
      .operands = "-- [WORD...]",
      .takes_command = true,
      .description = "Prints what the last of the words can become, one a line, for completion scripts.",
      .options = {kTenant},
      .examples = {{"croft __complete -- sta", "start and status"}},
      .run = run,
  };
}

}  // namespace croft::ctl
