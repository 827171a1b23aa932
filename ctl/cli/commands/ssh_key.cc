#include <algorithm>
#include <array>
#include <ostream>
#include <sstream>

#include "ctl/cli/columns.h"
#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/followed.h"
#include "ctl/cli/each.h"
#include "ctl/cli/exec_capture.h"
#include "ctl/cli/reference.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";

// A line of authorized_keys (sshd(8)) as ssh-keygen writes public keys: without options.
struct PublicKey {
  std::string type;
  std::string data;
  std::string comment;
  [[nodiscard]] std::string line() const {
    return type + " " + data + (comment.empty() ? "" : " " + comment);
  }
};

std::optional<PublicKey> key_in(const std::string& line) {
  std::istringstream words(line);
  PublicKey key;
  words >> key.type >> key.data;
  std::getline(words >> std::ws, key.comment);
  constexpr std::array<std::string_view, 4> kTypes{"ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-"};
  const bool typed =
      std::any_of(kTypes.begin(), kTypes.end(), [&](auto type) { return key.type.starts_with(type); });
  const bool good =
      typed && key.data.size() >= 40 && key.data.find_first_not_of(kBase64) == std::string::npos;
  return good ? std::optional(key) : std::nullopt;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// As the user whose keys they are: nothing that is in the way there can make root write anywhere.
constexpr const char* kReadScript = "f=$HOME/.ssh/authorized_keys; [ ! -e \"$f\" ] || cat \"$f\"";
constexpr const char* kWriteScript =
    "set -eu; umask 077; mkdir -p \"$HOME/.ssh\"; f=$HOME/.ssh/authorized_keys; cat >\"$f.croft\"; "
    "mv \"$f.croft\" \"$f\"";

class KeyFile {
 public:
  KeyFile(const Invocation& call, const std::string& operand)
      : call_(call),
        target_(parse_target(operand, call.tenant())),
        user_(call.arguments.value("user", "root")) {}

  [[nodiscard]] const std::string& shown() const { return target_.shown; }
  [[nodiscard]] std::vector<std::string> read() const { return lines_of(run(kReadScript, "")); }
  void write(const std::vector<std::string>& lines) const {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    run(kWriteScript, text);
  }

 private:
  std::string run(const char* script, const std::string& input) const {
    Captured done = exec_captured(call_, target_, {"sh", "-c", script}, user_, input);
    if (done.status != 0)
      throw Error(ErrorKind::kRefused,
                  "cannot handle the keys of `" + user_ + "` in `" + shown() + "`: " + done.err);
    return std::move(done.out);
  }

  const Invocation& call_;
  Target target_;
  std::string user_;
};

std::vector<PublicKey> keys_given(const Invocation& call) {
  std::vector<PublicKey> keys;
  const std::string& operand = call.operand(1);
  std::string text = operand;
  if (!key_in(operand)) {
    const Input source = open_input(call, operand, "a public key");
    text = runtime::read_file("/proc/self/fd/" + std::to_string(source.fd));
  }
  for (const std::string& line : lines_of(text)) {
    if (line.empty() || line.starts_with("#")) continue;
    const auto key = key_in(line);
    if (!key)
      throw Error(ErrorKind::kInvalid, "`" + line.substr(0, 60) + "` is no public key of SSH")
          .cure(
              "it begins with ssh-ed25519, ssh-rsa or the like; a private key must never leave its machine");
    keys.push_back(*key);
  }
  if (keys.empty()) throw Error(ErrorKind::kInvalid, "there is no public key in `" + operand + "`");
  return keys;
}

int run_add(Invocation& call) {
  const std::vector<PublicKey> keys = keys_given(call);
  const KeyFile file(call, call.operand(0));
  std::vector<std::string> lines = file.read();
  std::size_t added = 0;
  for (const PublicKey& key : keys) {
    const bool there = std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
      return line.find(key.data) != std::string::npos;
    });
    if (there) continue;
    lines.push_back(key.line());
    ++added;
  }
  if (added > 0) file.write(lines);
  if (!call.quiet())
    call.screen.out << file.shown() << ": " << added << " added, " << keys.size() - added
                    << " there already\n";
  return 0;
}

int run_list(Invocation& call) {
  std::vector<Row> rows;
  Json all = Json::array();
  for (const std::string& line : KeyFile(call, call.operand(0)).read()) {
    const auto key = key_in(line);
    if (!key) continue;
    rows.push_back({{key->type}, {"..." + key->data.substr(key->data.size() - 16)}, {key->comment}});
    all.push_back({{"type", key->type}, {"key", key->data}, {"comment", key->comment}});
  }
  if (call.json())
    print_json(call.screen, all);
  else
    call.screen.out << format_table({{"TYPE"}, {"KEY"}, {"COMMENT"}}, rows, true, call.screen.colour);
  return 0;
}

// By its comment, or by the end of the key that `list` shows.
int run_remove(Invocation& call) {
  std::string wanted = call.operand(1);
  if (wanted.starts_with("...")) wanted.erase(0, 3);
  const KeyFile file(call, call.operand(0));
  std::vector<std::string> lines = file.read();
  const std::size_t before = lines.size();
  std::erase_if(lines, [&](const std::string& line) {
    const auto key = key_in(line);
    return key && (key->comment == wanted || key->data == wanted || key->line() == wanted ||
                   (wanted.size() >= 8 && key->data.ends_with(wanted)));
  });
  if (lines.size() == before)
    throw Error(ErrorKind::kNotFound, "`" + file.shown() + "` has no key `" + wanted + "`")
        .cure("`croft ssh-key list " + file.shown() + "` shows which there are");
  file.write(lines);
  if (!call.quiet()) call.screen.out << file.shown() << ": " << before - lines.size() << " removed\n";
  return 0;
}

constexpr Option kWhose{"-u,--user", "USER", "Whose keys; root's unless said"};

}  // namespace

Command ssh_key_add_command() {
  return {
      .name = "ssh-key add",
      .summary = "let somebody log in",
      .operands = "CONTAINER KEY|FILE|-",
      .least = 2,
      .most = 2,
      .names = Names::kContainers,
      .description =
          "Adds public keys of SSH to ~/.ssh/authorized_keys of a user of a running container: one that is "
          "given, or those in a file. What is there already is left as it is.",
      .options = {kWhose, kTenant, kQuiet},
      .examples = {{"croft ssh-key add web1 ~/.ssh/id_ed25519.pub", "One's own key"},
                   {"ssh-add -L | croft ssh-key add -u admin web1 -", "All of an agent"}},
      .run = run_add,
  };
}

Command ssh_key_list_command() {
  return {
      .name = "ssh-key list",
      .aliases = {"ls"},
      .summary = "who may log in",
      .operands = "CONTAINER",
      .least = 1,
      .most = 1,
      .names = Names::kContainers,
      .description = "Prints the public keys of SSH that a user of a running container has.",
      .options = {kWhose, kTenant, kJson},
      .examples = {{"croft ssh-key list web1", "Of root"}},
      .run = run_list,
  };
}

Command ssh_key_remove_command() {
  return {
      .name = "ssh-key remove",
      .aliases = {"delete", "rm"},
      .summary = "let them no more",
      .operands = "CONTAINER COMMENT|KEY",
      .least = 2,
      .most = 2,
      .names = Names::kContainers,
      .description =
          "Removes public keys of SSH of a user of a running container: those with this comment, or the one "
          "that ends in what `croft ssh-key list` shows.",
      .options = {kWhose, kTenant, kQuiet},
      .examples = {{"croft ssh-key remove web1 anna@laptop", "By its comment"}},
      .run = run_remove,
  };
}

}  // namespace croft::ctl
