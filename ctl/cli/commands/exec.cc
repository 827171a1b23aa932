#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/execution.h"
#include "ctl/cli/reference.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  const Target target = parse_target(call.operand(0), call.tenant());
  const std::vector<std::string>& command = call.arguments.command;
  if (command.empty()) {
    throw runtime::Error(runtime::ErrorKind::kInvalid, "there is no command to execute")
        .cure("as in `croft exec " + target.shown + " -- uname -a`");
  }
  return run_exec(call, {.target = container_path(target, "exec"),
                         .body = exec_body(call, command),
                         .tty = call.arguments.has("tty"),
                         .input = input_of(call),
                         .attempt = "cannot execute `" + command.front() + "` in `" + target.shown + "`"});
}

}  // namespace

Command exec_command() {
  return {
      .name = "exec",
      .summary = "run a command in one",
      .operands = "CONTAINER [--] COMMAND [ARGUMENT...]",
      .least = 1,
      .most = 1,
      .names = Names::kContainers,
      .takes_command = true,
      .passes_status = true,
      .description =
          "Runs a command inside a running container and leaves with its exit status, 128 plus the signal's "
          "number "
          "when a signal ended it, 125 when croft failed, 126 when the command cannot be executed and 127 "
          "when it "
          "is not there.\n"
          "Standard input is passed on unless it is a terminal. Pipes, sockets and /dev/null are handed over "
          "as they "
          "are; for terminals and files croft moves the bytes, so that the container never holds them. "
          "SIGINT, "
          "SIGTERM, SIGHUP and SIGQUIT are passed on to the command. The command goes on, and its status is "
          "not "
          "lost, when the daemon is restarted meanwhile.",
      .options = {kTty, kStdin, kNoStdin, kEnv, kUser, kWorkdir, kTenantLong},
      .examples = {{"croft exec web1 -- systemctl is-system-running", "A question"},
                   {"croft exec web1 -- tar -C /srv -c . | zstd > srv.tar.zst", "Its output in a pipe"},
                   {"croft exec -t -u www-data -w /srv web1 -- bash",
                    "A shell in a terminal, as another user"}},
      .run = run,
  };
}

}  // namespace croft::ctl
