#include "ctl/cli/commands/commands.h"
#include "ctl/cli/each.h"
#include "ctl/spec/names.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  const std::string text = call.arguments.value("signal", "KILL");
  const std::optional<int> signal = signal_number(text);
  if (!signal) {
    throw runtime::Error(runtime::ErrorKind::kInvalid, "`" + text + "` is no signal")
        .cure("give a name or a number, as in -s TERM or -s 15");
  }
  const std::string done = *signal == 9 ? "killed" : signal_name(*signal) + " sent";
  return on_containers(call,
                       {.verb = "kill", .done = done, .part = "kill", .body = Json{{"signal", *signal}}});
}

}  // namespace

Command kill_command() {
  return {
      .name = "kill",
      .summary = "signal, or end at once",
      .operands = "CONTAINER...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kContainers,
      .chooses = true,
      .in_parallel = true,
      .description =
          "Sends a signal to the init of each container. SIGKILL, which is sent unless another is named, "
          "ends all "
          "its processes at once.",
      .options = {{"-s,--signal", "SIGNAL", "Name or number of the signal"}, kTenant, kDryRun, kJson, kQuiet},
      .examples = {{"croft kill web1", "End it at once"},
                   {"croft kill -s HUP web1", "Send SIGHUP to its init"}},
      .run = run,
  };
}

}  // namespace croft::ctl
