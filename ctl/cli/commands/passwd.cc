#include <crypt.h>
#include <unistd.h>

#include <memory>
#include <ostream>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/each.h"
#include "ctl/cli/exec_capture.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/select.h"
#include "ctl/cli/terminal.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::size_t kLongest = 255;

// A line; the terminal, if it is one, does not show it.
std::string read_secret(const Invocation& call, const std::string& prompt) {
  const bool terminal = is_terminal(call.stdio.in);
  if (terminal) call.screen.err << prompt << std::flush;
  const std::unique_ptr<HiddenInput> hidden =
      terminal ? std::make_unique<HiddenInput>(call.stdio.in) : nullptr;
  std::string line;
  char letter = 0;
  while (read(call.stdio.in, &letter, 1) == 1 && letter != '\n' && line.size() <= kLongest) line += letter;
  if (terminal) call.screen.err << '\n';
  return line;
}

std::string new_password(const Invocation& call) {
  std::string password = read_secret(call, "New password: ");
  if (password.empty() || password.size() > kLongest || password.find(':') == 0)
    throw Error(ErrorKind::kInvalid, "a password has 1 to 255 bytes");
  if (is_terminal(call.stdio.in) && read_secret(call, "Once more: ") != password)
    throw Error(ErrorKind::kInvalid, "the two are different; nothing is changed");
  return password;
}

// SHA-512 (crypt(5)), which every distribution of these years reads; newer methods older ones do not.
std::string hashed(const std::string& password) {
  const auto data = std::make_unique<crypt_data>();
  const char* setting = crypt_gensalt_rn("$6$", 0, nullptr, 0, data->output, sizeof data->output);
  if (setting == nullptr) runtime::fail_errno("cannot make a salt");
  const std::string salt = setting;
  const char* hash = crypt_r(password.c_str(), salt.c_str(), data.get());
  if (hash == nullptr || hash[0] == '*') throw Error(ErrorKind::kSystem, "cannot hash the password");
  return hash;
}

int run(Invocation& call) {
  const std::string user = call.arguments.value("user", "root");
  if (user.find_first_of(":\n") != std::string::npos || user.empty())
    throw Error(ErrorKind::kInvalid, "`" + user + "` is no name of a user");
  const std::string line = user + ":" + hashed(new_password(call)) + "\n";
  Client client = call.client();
  const std::vector<Target> targets = chosen_targets(client, call);
  std::vector<std::string> shown;
  for (const Target& target : targets) shown.push_back(target.shown);
  // One at a time: each watches the terminal's signals.
  call.arguments.options["parallel"] = {"1"};
  return for_each(call, "set a password in", shown, [&](Client&, std::size_t i, const OnProgress&) {
    const Captured done = exec_captured(call, targets[i], {"chpasswd", "-e"}, "0", line);
    if (done.status != 0) throw Error(ErrorKind::kRefused, "chpasswd inside failed: " + done.err);
    return Outcome{"password of " + user + " set", Json{{"user", user}}};
  });
}

}  // namespace

Command passwd_command() {
  return {
      .name = "passwd",
      .summary = "set a password inside",
      .operands = "CONTAINER...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kContainers,
      .chooses = true,
      .description =
          "Sets the password of a user of running containers, by their own chpasswd(8). It is asked for on a "
          "terminal, twice and unseen, and otherwise read from standard input, a line. Only a hash of it "
          "goes "
          "to the container.",
      .options = {{"-u,--user", "USER", "Whose; root unless said"}, kTenant, kJson, kQuiet},
      .examples = {{"croft passwd web1", "Of root"},
                   {"pwgen 20 1 | croft passwd -u admin web1", "From a pipe"}},
      .run = run,
  };
}

}  // namespace croft::ctl
