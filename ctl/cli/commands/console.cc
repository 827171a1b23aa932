#include "ctl/cli/console_session.h"

#include <ostream>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/line_channel.h"
#include "ctl/cli/reference.h"
#include "ctl/cli/reporter.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

// The keeper's socket, which comes beside {"attached":true}.
runtime::Fd attach(LineChannel& channel) {
  while (channel.receive()) {
    const std::optional<Json> line = channel.next();
    if (!line) continue;
    if (line->contains("error")) throw error_of_problem(line->at("error"));
    runtime::Fd keeper = channel.take_descriptor();
    if (keeper) return keeper;
  }
  throw Error(ErrorKind::kUnavailable, "the daemon went away");
}

int run(Invocation& call) {
  const Target target = parse_target(call.operand(0), call.tenant());
  Client client = call.client();
  try {
    LineChannel channel(client.upgrade(container_path(target, "console"), Json::object()));
    runtime::Fd keeper = attach(channel);
    const bool told = !call.quiet() && is_terminal(call.stdio.in);
    const Left left = run_console(std::move(keeper), call.stdio, [&] {
      if (told) call.screen.err << "console of " << target.shown << "; Ctrl-] leaves it\r\n" << std::flush;
    });
    if (told)
      call.screen.err << (left == Left::kByEnd ? "\nconsole of " + target.shown + " was closed" : "\nleft")
                      << '\n';
    return kExitOk;
  } catch (const Error& error) {
    throw with_attempt(error, "cannot attach to the console of `" + target.shown + "`");
  }
}

}  // namespace

Command console_command() {
  return {
      .name = "console",
      .aliases = {"attach"},
      .summary = "attach to its console",
      .operands = "CONTAINER",
      .least = 1,
      .most = 1,
      .names = Names::kContainers,
      .description =
          "Joins this terminal to the console of a running container. Ctrl-] leaves; the container goes on "
          "as if "
          "nothing had been there. What was on the console before is in `croft logs`.",
      .options = {kTenant, {"-q,--quiet", "", "Say nothing about attaching and leaving"}},
      .examples = {{"croft console web1", "Until Ctrl-] is typed"},
                   {"croft console web1 </dev/null", "Look on only"}},
      .run = run,
  };
}

}  // namespace croft::ctl
