#include <ostream>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/invocation.h"
#include "ctl/cli/text.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  const auto print = [&](const Json& daemon) {
    if (call.json()) {
      print_json(call.screen, {{"client", {{"version", CROFT_VERSION}}}, {"daemon", daemon}});
    } else {
      call.screen.out << "croft " << CROFT_VERSION << '\n';
      if (daemon.is_object()) call.screen.out << "croftd " << visible(text_at(daemon, "version")) << '\n';
    }
  };
  try {
    print(call.client().call("GET", "/v1"));
  } catch (const runtime::Error&) {
    // The client's own version does not depend on the daemon; the caller's handler says what is wrong with
    // that.
    print(nullptr);
    throw;
  }
  return 0;
}

}  // namespace

Command version_command() {
  return {
      .name = "version",
      .summary = "of client and daemon",
      .description =
          "Prints the versions of croft and of the daemon that answers. `croft --version` prints the first "
          "alone.",
      .options = {kJson},
      .examples = {{"croft version", "Both"}},
      .run = run,
  };
}

}  // namespace croft::ctl
