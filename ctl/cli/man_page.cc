#include "ctl/cli/man_page.h"

#include <algorithm>

#include "ctl/cli/exit_status.h"
#include "ctl/spec/keys.h"
#include "runtime/seccomp.h"

namespace croft::ctl {
namespace {

// Lines of text: a sentence a line, as mdoc wants it, and nothing that begins with a control character.
std::string sentences(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t stop = text.find(". ");
    const std::size_t line = text.find('\n');
    const std::size_t end =
        std::min({stop == std::string_view::npos ? text.size() : stop + 1, line, text.size()});
    out += mdoc_escaped(text.substr(0, end)) + "\n";
    const bool paragraph = end == line;
    text.remove_prefix(std::min(end + 1, text.size()));
    if (paragraph && !text.empty()) out += ".Pp\n";
  }
  return out;
}

// ".It Fl T , Fl -timeout Ar TIME"
std::string option_item(const Option& option) {
  std::string line = ".It";
  for (std::string_view rest = option.flags; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    if (line.size() > 3) line += " ,";
    line += " Fl " + mdoc_escaped(rest.substr(1, comma - 1));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  if (!option.value.empty()) line += " Ar " + mdoc_escaped(option.value);
  return line + "\n";
}

// --help and --socket are told once for all commands, by the page itself.
std::string option_list(const Command& command) {
  std::string items;
  for (const Option& option : command.options) {
    if (option.flags == kHelp.flags || option.flags == kSocket.flags) continue;
    items += option_item(option) + mdoc_escaped(option.help) + ".\n";
  }
  return items.empty() ? items : ".Bl -tag -width Ds\n" + items + ".El\n";
}

std::string command_section(const Command& command) {
  std::string out = ".Ss croft " + std::string(command.name) + "\n.Nm croft " + std::string(command.name) +
                    "\n.Op Ar option ...\n";
  if (!command.operands.empty()) out += ".Ar " + mdoc_escaped(command.operands) + "\n";
  out += ".Pp\n" + sentences(command.description);
  if (!command.aliases.empty()) {
    out += "Also called";
    for (std::string_view alias : command.aliases) out += "\n.Cm " + std::string(alias);
    out += " .\n";
  }
  out += option_list(command);
  for (const Example& example : command.examples)
    out += ".Pp\n.Dl " + mdoc_escaped(example.line) + "\n.Pp\n" + mdoc_escaped(example.says) + ".\n";
  return out;
}

}  // namespace

std::string mdoc_escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '`') {
      out += "\\(ga";
    } else if (c == '\'') {
      out += "\\(aq";
    } else if (c == '"') {
      out += "\\(dq";
    } else if (c == '.' && out.empty()) {
      out += "\\&.";
    } else {
      out += c;
    }
  }
  return out;
}

std::string mdoc_commands(const std::vector<Command>& table) {
  std::string out;
  for (const Command& command : table)
    if (!command.name.starts_with("__")) out += command_section(command);
  return out;
}

std::string mdoc_exit_status() {
  std::string out = ".Bl -tag -width Ds\n";
  for (const ExitMeaning& meaning : exit_meanings())
    out += ".It " + std::to_string(meaning.status) + "\n" + mdoc_escaped(meaning.says) + ".\n";
  return out + ".El\n";
}

std::string mdoc_settings() {
  std::string out = ".Bl -tag -width Ds\n";
  for (const Key& key : keys()) {
    out += ".It Cm " + mdoc_escaped(key.name) + "\n" + mdoc_escaped(key.doc) + ".\n";
    out += "Type: " + mdoc_escaped(key.type) + ".\n";
    out += key.fallback.empty() ? "Unset by default.\n" : "Default: " + mdoc_escaped(key.fallback) + ".\n";
    switch (key.when) {
      case When::kLive:
        out += "A change takes effect at once, also in a running container.\n";
        break;
      case When::kRestart:
        out += "A change takes effect at the next start.\n";
        break;
      case When::kCreate:
        out += "Fixed when the container is created.\n";
        break;
    }
  }
  return out + ".El\n";
}

// Calls that stand together in the table and have one reason share an item.
std::string mdoc_system_calls() {
  std::string out = ".Bl -tag -width Ds\n";
  std::string_view reason;
  std::string item;
  const auto finish = [&] {
    if (!item.empty()) out += item + "\n" + mdoc_escaped(reason) + ".\n";
  };
  for (const runtime::RefusedCall& refused : runtime::refused_calls()) {
    if (refused.reason != reason) finish();
    item = (refused.reason == reason ? item + " , " : ".It ") + "Cm " + mdoc_escaped(refused.name);
    reason = refused.reason;
  }
  finish();
  for (const runtime::RefusedArgument& refused : runtime::refused_arguments())
    out += ".It Cm " + mdoc_escaped(refused.call) + " No with Dv " + mdoc_escaped(refused.name) + "\n" +
           mdoc_escaped(refused.reason) + ".\n";
  return out + ".El\n";
}

}  // namespace croft::ctl
