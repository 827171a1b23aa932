#include "ctl/cli/commands/commands.h"
#include "ctl/cli/each.h"
#include "ctl/cli/settings.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  const Json body{{"set", parse_assignments(call.arguments.operands)}};
  const std::string path = with_query("/v1/host", changing_query(call));
  return do_one(call, "change", "host", [&](Client& client, std::size_t, const OnProgress& progress) {
    return Outcome{"changed", client.perform("PATCH", path, body, progress)};
  });
}

}  // namespace

Command host_set_command() {
  return {
      .name = "host set",
      .summary = "what it keeps, what its disks carry",
      .operands = "KEY=VALUE...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kHostSettings,
      .description =
          "Sets what is kept of this host for itself, so that it is never guaranteed to containers: "
          "reserve.cpu in cores, reserve.memory and reserve.swap as sizes. And what its disks are taken to "
          "carry, which guarantees of containers are admitted against: capacity.io in bytes a second, "
          "capacity.iops in operations a second. net.host is what containers reach of the host itself over "
          "their routed links: all, none, or a list of icmp, tcp/PORT and udp/PORT, also with a range of "
          "ports; "
          "unset, icmp,tcp/53,udp/53. KEY= unsets one. All are set, or none when one is wrong. "
          "What "
          "has been guaranteed already is not taken away.",
      .options = {kDryRun, kJson, kQuiet},
      .examples = {{"croft host set reserve.memory=1G reserve.cpu=0.5", "Room for the host"},
                   {"croft host set capacity.io=500M capacity.iops=20000", "As measured"},
                   {"croft host set net.host=icmp,udp/53,tcp/53,tcp/3128", "A proxy of the host, too"},
                   {"croft host set capacity.io=", "Not stated any more"}},
      .run = run,
  };
}

}  // namespace croft::ctl
