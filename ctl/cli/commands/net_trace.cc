#include <ostream>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/net_tables.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reference.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

std::string describe(const Json& trace, bool colour) {
  std::vector<Row> rows;
  for (const Json& step : at_path(trace, {"steps"}))
    rows.push_back({{text_at(step, "at")},
                    {at_path(step, {"passes"}) == Json(true) ? "passes" : "dropped"},
                    {text_at(step, "why")}});
  const bool reaches = at_path(trace, {"reaches"}) == Json(true);
  return format_table({{"AT"}, {"VERDICT"}, {"WHY"}}, rows, true, colour) + "\n" + text_at(trace, "from") +
         (reaches ? " reaches " : " does not reach ") + text_at(trace, "to") +
         (reaches ? ", as far as this host decides\n" : ": " + text_at(trace, "decided_by") + "\n");
}

// CONTAINER [to] ADDRESS
std::string destination_of(const std::vector<std::string>& operands) {
  if (operands.size() == 3 && operands[1] != "to")
    throw runtime::Error(runtime::ErrorKind::kInvalid, "`" + operands[1] + "` is not expected there")
        .cure("croft net trace CONTAINER to ADDRESS");
  return operands.back();
}

int run(Invocation& call) {
  const std::vector<std::string>& operands = call.arguments.operands;
  const std::string to = destination_of(operands);
  Client client = call.client();
  for (const Target& target : expand_targets(client, {operands.front()}, call.tenant())) {
    const Json trace = client.call("GET", with_query(container_path(target, "net/trace"), {{"to", to}}));
    if (call.json())
      print_json(call.screen, trace);
    else
      call.screen.out << describe(trace, call.screen.colour);
  }
  return kExitOk;
}

}  // namespace

Command net_trace_command() {
  return {
      .name = "net trace",
      .summary = "why it reaches an address, or not",
      .operands = "CONTAINER [to] ADDRESS[:PORT][/tcp|udp|icmp]",
      .least = 2,
      .most = 3,
      .names = Names::kContainers,
      .description =
          "Walks what a container's first packet to an address would meet on this host, in the kernel's "
          "order: "
          "its own address at the guard against spoofing, a forwarded port, the route, isolation, its rules "
          "in "
          "net.firewall, those of the container that it is for, what net.host lets containers reach of the "
          "host, and the bound on connections. Says which rule drops it, or that none does: beyond the host "
          "Croft knows nothing. It asks the tables that the kernel's rules are made from, and sends nothing. "
          "A "
          "port alone is TCP's, an address alone is asked by ICMP; IPv6 addresses with a port stand in "
          "brackets. The container has to run.",
      .options = {kTenant, kJson},
      .examples = {{"croft net trace web1 to 10.207.0.9:5432", "May it speak to the database?"},
                   {"croft net trace web1 192.0.2.1:53/udp", "And ask for names?"},
                   {"croft net trace -j web1 to [2001:db8::1]:443", "For a program"}},
      .run = run,
  };
}

}  // namespace croft::ctl
