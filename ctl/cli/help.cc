#include "ctl/cli/help.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "ctl/cli/columns.h"
#include "ctl/cli/table.h"
#include "ctl/cli/text.h"

namespace croft::ctl {
namespace {

constexpr std::size_t kWidth = 79;
constexpr std::size_t kNameWidth = 13;
constexpr std::size_t kCellWidth = 40;
constexpr std::size_t kOptionWidth = 24;

// What is explained on the one screen of the overview.
constexpr std::array<std::string_view, 28> kDaily{
    "launch",   "create", "run",  "start", "stop",   "restart", "destroy",  "set",    "exec",    "enter",
    "list",     "show",   "top",  "logs",  "status", "clone",   "snapshot", "backup", "restore", "apply",
    "template", "tenant", "plan", "net",   "usage",  "history", "host",     "help"};

struct Entry {
  std::string name;
  std::string summary;
};

bool is_hidden(const Command& command) {
  return command.name.starts_with("__");
}

// Commands by themselves, and each group once.
std::vector<Entry> entries(const std::vector<Command>& table) {
  std::vector<Entry> result;
  for (const Command& command : table) {
    if (is_hidden(command)) continue;
    const std::string name(group_of(command));
    if (!result.empty() && result.back().name == name) continue;
    result.push_back({name, std::string(is_grouped(command) ? group_summary(name) : command.summary)});
  }
  return result;
}

std::string cell(const Entry& entry) {
  return pad_right(entry.name, kNameWidth) + entry.summary;
}

std::string in_two_columns(const std::vector<Entry>& list) {
  const std::size_t lines = (list.size() + 1) / 2;
  std::string out;
  for (std::size_t i = 0; i < lines; ++i) {
    std::string line = cell(list[i]);
    if (i + lines < list.size()) line = pad_right(line, kCellWidth) + cell(list[i + lines]);
    out += line + "\n";
  }
  return out;
}

void append_paragraphs(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out += wrap_text(text.substr(0, end), kWidth, 0) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string option_line(const Option& option) {
  const std::string left = "  " + option_text(option);
  const bool fits = left.size() + 2 <= kOptionWidth;
  std::string line = fits ? pad_right(left, kOptionWidth) : left + "\n" + std::string(kOptionWidth, ' ');
  std::string help = wrap_text(option.help, kWidth - kOptionWidth, 0);
  for (std::size_t at = help.find('\n'); at != std::string::npos; at = help.find('\n', at + 1))
    help.insert(at + 1, std::string(kOptionWidth, ' '));
  return line + help + "\n";
}

std::string alias_line(const Command& command) {
  if (command.aliases.empty()) return {};
  std::string text = "Also called:";
  for (std::string_view alias : command.aliases) text += " " + std::string(alias);
  return text + "\n";
}

}  // namespace

std::string option_text(const Option& option) {
  std::string text(option.flags);
  const std::size_t comma = text.find(',');
  if (comma != std::string::npos) text.insert(comma + 1, " ");
  if (!option.value.empty()) text += " " + std::string(option.value);
  return text;
}

std::string usage_line(const Command& command) {
  std::string text = "croft " + std::string(command.name) + " [OPTION...]";
  if (!command.operands.empty()) text += " " + std::string(command.operands);
  return text;
}

std::string overview(const std::vector<Command>& table) {
  std::string out = "Usage: croft COMMAND [OPTION...] [OPERAND...], croft COMMAND --help, croft(1)\n\n";
  std::vector<Entry> daily;
  std::string others;
  for (const Entry& entry : entries(table)) {
    if (std::find(kDaily.begin(), kDaily.end(), entry.name) != kDaily.end())
      daily.push_back(entry);
    else
      others += (others.empty() ? "" : " ") + entry.name;
  }
  return out + in_two_columns(daily) + "\nAnd these, which `croft help all` explains:\n" +
         wrap_text(others, kWidth, 0) + "\n";
}

std::string full_overview(const std::vector<Command>& table) {
  return in_two_columns(entries(table));
}

std::string group_help(const std::vector<Command>& table, std::string_view group) {
  std::string out = "Usage: croft " + std::string(group) + " COMMAND [OPTION...] [OPERAND...]\n\n";
  std::vector<Row> rows;
  for (const Command& command : table)
    if (is_grouped(command) && group_of(command) == group)
      rows.push_back({{std::string(verb_of(command))}, {std::string(command.summary)}});
  out += format_table({{""}, {""}}, rows, false, false);
  return out + "\n`croft " + std::string(group) + " COMMAND --help` explains one, with examples.\n";
}

std::string command_help(const Command& command) {
  std::string out = "Usage: " + usage_line(command) + "\n\n";
  append_paragraphs(out, command.description);
  out += alias_line(command) + "\nOptions:\n";
  for (const Option& option : command.options) out += option_line(option);
  out += "\nExamples:\n";
  for (const Example& example : command.examples) {
    out += "  " + std::string(example.line) + "\n";
    if (!example.says.empty()) out += "      " + std::string(example.says) + "\n";
  }
  return out;
}

}  // namespace croft::ctl
