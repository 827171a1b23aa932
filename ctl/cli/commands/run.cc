#include <sys/random.h>

#include <array>
#include <ostream>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/execution.h"
#include "ctl/cli/commands/making.h"
#include "ctl/cli/each.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/reporter.h"
#include "ctl/cli/settings.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

std::string random_name() {
  constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuv";
  std::array<unsigned char, 8> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    runtime::fail_errno("cannot make a name");
  std::string name = "run-";
  for (unsigned char byte : bytes) name += kDigits[byte % kDigits.size()];
  return name;
}

Json spec_for(const Invocation& call) {
  const std::vector<std::string>& operands = call.arguments.operands;
  Json spec = spec_of({operands.begin() + 1, operands.end()});
  spec["template"] = operands.front();
  spec["init"] = "command";
  spec["command"] = call.arguments.command;
  spec["ephemeral"] = !call.arguments.has("keep");
  // A detached command speaks to its console, so that `croft logs` has what it said.
  spec["pty"] = call.arguments.has("tty") || call.arguments.has("detach");
  const Json environment = environment_of(call);
  for (const auto& [name, value] : environment.items()) spec["env"][name] = value;
  if (call.arguments.has("user")) spec["user"] = call.arguments.value("user");
  if (call.arguments.has("workdir")) spec["workdir"] = call.arguments.value("workdir");
  return spec;
}

// A container whose start failed would stay behind without anybody knowing its name.
void remove_quietly(Client& client, const Target& target) {
  try {
    client.perform("DELETE", container_path(target, "", {{"force", "1"}}));
  } catch (const Error&) {
    // The error that is reported is the first one; an ephemeral container that did start is gone already.
  }
}

int run_detached(const Invocation& call, Client& client, const Target& target) {
  const Json container = client.perform("POST", container_path(target, "start"));
  if (call.json()) {
    print_json(call.screen, container);
  } else {
    call.screen.out << target.shown << '\n';
  }
  return kExitOk;
}

int run_in_foreground(const Invocation& call, const Target& target) {
  return run_exec(call, {.target = container_path(target, "run"),
                         .body = Json::object(),
                         .tty = call.arguments.has("tty"),
                         .input = input_of(call),
                         .attempt = "cannot run `" + call.arguments.command.front() + "`"});
}

int make_and_run(const Invocation& call) {
  const Target target = parse_target(call.arguments.value("name", random_name()), call.tenant());
  Client client = call.client();
  const std::string path = with_query("/v1/containers", changing_query(call));
  const Json made = client.perform("POST", path, create_body(target, spec_for(call)));
  if (call.dry_run()) {
    call.json() ? print_json(call.screen, made) : static_cast<void>(call.screen.out << format_changes(made));
    return kExitOk;
  }
  try {
    return call.arguments.has("detach") ? run_detached(call, client, target)
                                        : run_in_foreground(call, target);
  } catch (const Error&) {
    if (!call.arguments.has("keep")) remove_quietly(client, target);
    throw;
  }
}

int run(Invocation& call) {
  if (call.arguments.command.empty()) {
    throw Error(ErrorKind::kInvalid, "there is no command to run")
        .cure("as in `croft run " + call.operand(0) + " -- uname -a`");
  }
  try {
    return make_and_run(call);
  } catch (const Error& error) {
    throw with_attempt(error, "cannot run `" + call.arguments.command.front() + "`");
  }
}

}  // namespace

Command run_command() {
  return {
      .name = "run",
      .summary = "a command in a new one",
      .operands = "TEMPLATE [KEY=VALUE...] -- COMMAND [ARGUMENT...]",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kTemplates,
      .takes_command = true,
      .passes_status = true,
      .description =
          "Makes a container whose first process is the command, runs it with the caller's standard input, "
          "output "
          "and error, and leaves with its exit status, as exec does. When it ends the container is "
          "destroyed, unless "
          "--keep is given. With --detach it prints the container's name and leaves at once.",
      .options = {{"-d,--detach", "", "Do not wait for the command; it goes on by itself"},
                  {"--name", "NAME", "Name of the container, otherwise one is made up"},
                  {"--keep", "", "Keep the container when the command has ended"},
                  kTty,
                  kStdin,
                  kNoStdin,
                  kEnv,
                  kUser,
                  kWorkdir,
                  kTenantLong,
                  kDryRun,
                  kJson},
      .examples = {{"croft run debian-12 -- cat /etc/os-release", "One command, nothing stays"},
                   {"croft run -t debian-12 -- bash", "A throw-away machine to look around in"},
                   {"croft run -d --name job7 busybox memory.limit=64M -- sh -c 'sleep 60'",
                    "In the background"}},
      .run = run,
  };
}

}  // namespace croft::ctl
