#include <ostream>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/commands/net_uplink.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  const Json uplink = call.client().call("GET", kUplinkPath);
  if (call.json())
    print_json(call.screen, uplink);
  else
    call.screen.out << describe_object(uplink, call.screen.colour);
  return kExitOk;
}

}  // namespace

Command net_uplink_show_command() {
  return {
      .name = "net uplink show",
      .summary = "the interface and its rates",
      .operands = "",
      .least = 0,
      .most = 0,
      .description =
          "Prints which interface leads to the world, how many bytes a second containers together may "
          "receive "
          "and send over it, and whether it is there. What has been promised of it shows `croft host show`.",
      .options = {kJson},
      .examples = {{"croft net uplink show", "What was stated"}},
      .run = run,
  };
}

}  // namespace croft::ctl
