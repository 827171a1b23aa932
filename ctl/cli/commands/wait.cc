#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/making.h"
#include "ctl/cli/each.h"
#include "ctl/cli/select.h"

namespace croft::ctl {
namespace {

// What "as long as it takes" is sent as: ten years.
constexpr std::uint64_t kForEver = std::uint64_t{10} * 365 * 86400;

int run(Invocation& call) {
  const std::string state = call.arguments.value("for", "stopped");
  if (state != "running" && state != "up" && state != "stopped") {
    throw runtime::Error(runtime::ErrorKind::kInvalid, "`" + state + "` cannot be waited for")
        .cure("use --for running, up or stopped");
  }
  const std::uint64_t timeout = timeout_of(call, kForEver);
  Client first = call.client();
  const std::vector<Target> targets = chosen_targets(first, call);
  std::vector<std::string> shown;
  for (const Target& target : targets) shown.push_back(target.shown);
  return for_each(call, "wait for", shown, [&](Client& client, std::size_t i, const OnProgress&) {
    return Outcome{state, wait_for(client, targets[i], state, timeout)};
  });
}

}  // namespace

Command wait_command() {
  return {
      .name = "wait",
      .summary = "until up or stopped",
      .operands = "CONTAINER...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kContainers,
      .chooses = true,
      .in_parallel = true,
      .description =
          "Waits until every container is in a state: running, up (its init says that its services are "
          "started) or "
          "stopped. The exit status is 10 when the time is over first.",
      .options = {{"--for", "STATE", "running, up or stopped; stopped unless said"},
                  {"-T,--timeout", "TIME", "Give up after TIME; otherwise it waits for ever"},
                  kTenant,
                  kJson,
                  kQuiet},
      .examples = {{"croft wait --for up -T 1min web1", "Until its services run, a minute at most"},
                   {"croft wait job7", "Until it has stopped"}},
      .run = run,
  };
}

}  // namespace croft::ctl
