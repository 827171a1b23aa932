#include "ctl/cli/commands/commands.h"
#include "ctl/cli/each.h"
#include "ctl/spec/units.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  if (!call.arguments.has("for"))
    throw runtime::Error(runtime::ErrorKind::kInvalid, "a number of containers is needed")
        .cure("as in `croft host tune --for 2000`");
  const Json body{{"count", parse_count(call.arguments.value("for"))}};
  const std::string path = with_query("/v1/host/tune", changing_query(call));
  return do_one(call, "tune", "host", [&](Client& client, std::size_t, const OnProgress& progress) {
    const Json answer = client.perform("POST", path, body, progress);
    const std::string changes = format_changes(answer);
    return Outcome{"tuned\n" + changes.substr(0, changes.size() - 1), answer};
  });
}

}  // namespace

Command host_tune_command() {
  return {
      .name = "host tune",
      .summary = "make room for many containers",
      .description =
          "Raises the sysctls that `croft host check --for` finds too small, at once and, in "
          "/etc/sysctl.d/60-croft.conf, for the next boot. None is made smaller. It prints what it changes.",
      .options = {{"--for", "N", "For so many containers"}, kDryRun, kJson, kQuiet},
      .examples = {{"croft host tune --for 2000 --dry-run", "Only show what would be set"},
                   {"croft host tune --for 2000", "Set it"}},
      .run = run,
  };
}

}  // namespace croft::ctl
