#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/execution.h"
#include "ctl/cli/reference.h"

namespace croft::ctl {
namespace {

// Finds the user's home and shell in the container's own /etc/passwd, with nothing but a POSIX shell, and
// becomes that shell as login does. $1 is a name or a number.
constexpr const char* kLogin =
    "home=/ shell=/bin/sh user=$1\n"
    "while IFS=: read -r name _ uid _ _ h s; do\n"
    "  if [ \"$name\" = \"$1\" ] || [ \"$uid\" = \"$1\" ]; then user=$name home=$h shell=$s; break; fi\n"
    "done < /etc/passwd\n"
    "[ -x \"$shell\" ] || shell=/bin/sh\n"
    "export HOME=\"$home\" SHELL=\"$shell\" USER=\"$user\" LOGNAME=\"$user\"\n"
    "cd \"$home\" 2>/dev/null || cd /\n"
    "exec \"$shell\" -l\n";

int run(Invocation& call) {
  const Target target = parse_target(call.operand(0), call.tenant());
  call.arguments.options["tty"] = {"true"};
  const std::string who = call.arguments.value("user", "root");
  const std::string user = who.substr(0, who.find(':'));
  return run_exec(call, {.target = container_path(target, "exec"),
                         .body = exec_body(call, {"/bin/sh", "-c", kLogin, "login", user}),
                         .tty = true,
                         .input = Input::kPassed,
                         .attempt = "cannot enter `" + target.shown + "`"});
}

}  // namespace

Command enter_command() {
  return {
      .name = "enter",
      .aliases = {"shell"},
      .summary = "a login shell inside",
      .operands = "CONTAINER",
      .least = 1,
      .most = 1,
      .names = Names::kContainers,
      .passes_status = true,
      .description =
          "Opens a login shell in a running container, in a terminal of the container's own that follows the "
          "size "
          "of this one. The exit status is the shell's, or 125 when croft failed.",
      .options = {kEnv, kUser, kTenant},
      .examples = {{"croft enter web1", "As root"}, {"croft enter -u www-data acme/web1", "As another user"}},
      .run = run,
  };
}

}  // namespace croft::ctl
