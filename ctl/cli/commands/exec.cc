#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/execution.h"
#include "ctl/cli/exec_many.h"
#include "ctl/cli/reference.h"
#include "ctl/cli/select.h"

namespace croft::ctl {
namespace {

// With one container's name alone croft stands aside: terminal, input and status are that command's.
bool is_for_one(const Invocation& call) {
  const std::vector<std::string>& operands = call.arguments.operands;
  return operands.size() == 1 && !is_glob(operands.front()) && !call.json() &&
         !is_choosing(call.command, call.arguments);
}

int run_in_many(const Invocation& call) {
  for (const char* option : {"tty", "stdin"}) {
    if (!call.arguments.has(option)) continue;
    throw runtime::Error(runtime::ErrorKind::kInvalid,
                         "--" + std::string(option) + " is for one container, whose output is left alone")
        .cure("name one, without -j");
  }
  Json body = exec_body(call, call.arguments.command);
  body["tty"] = false;
  Client client = call.client();
  return exec_in_many(call, chosen_targets(client, call), body);
}

int run(Invocation& call) {
  const std::vector<std::string>& command = call.arguments.command;
  if (command.empty()) {
    throw runtime::Error(runtime::ErrorKind::kInvalid, "there is no command to execute")
        .cure("as in `croft exec web1 -- uname -a`");
  }
  if (!is_for_one(call)) return run_in_many(call);
  const Target target = parse_target(call.operand(0), call.tenant());
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
      .operands = "CONTAINER... [--] COMMAND [ARGUMENT...]",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kContainers,
      .chooses = true,
      .in_parallel = true,
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
          "lost, when the daemon is restarted meanwhile.\n"
          "In several containers, which are named before `--` or chosen by a glob, a label or a state, each "
          "line of output stands behind the name of its container, standard input is empty, and in the end "
          "croft says how many exited with which status. It leaves with 0, or with the status of the first "
          "that was not 0. With -j every line and every end is an object, also of one container.",
      .options = {kTty, kStdin, kNoStdin, kEnv, kUser, kWorkdir, kTenantLong, kJson, kQuiet},
      .examples = {{"croft exec web1 -- systemctl is-system-running", "A question"},
                   {"croft exec web1 -- tar -C /srv -c . | zstd > srv.tar.zst", "Its output in a pipe"},
                   {"croft exec 'web*' -- systemctl is-system-running", "In many, with a summary"},
                   {"croft exec -t -u www-data -w /srv web1 -- bash",
                    "A shell in a terminal, as another user"}},
      .run = run,
  };
}

}  // namespace croft::ctl
