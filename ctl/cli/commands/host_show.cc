#include <ostream>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  const Json host = call.client().call("GET", "/v1/host");
  if (call.json()) {
    print_json(call.screen, host);
  } else {
    call.screen.out << describe_object(host, call.screen.colour);
  }
  return 0;
}

}  // namespace

Command host_show_command() {
  return {
      .name = "host show",
      .summary = "figures of this host",
      .description = "Prints what this host is and has: kernel, processors, memory, cgroups, pools.",
      .options = {kJson},
      .examples = {{"croft host show", "A summary"}},
      .run = run,
  };
}

}  // namespace croft::ctl
