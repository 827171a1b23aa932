// The only unit that includes CLI11: it takes most of ten seconds to compile.
#include "ctl/cli/arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "ctl/cli/suggest.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

std::vector<std::string> flags_of(const Option& option) {
  std::vector<std::string> flags;
  for (std::string_view rest = option.flags; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    flags.emplace_back(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return flags;
}

[[noreturn]] void fail(const Command& command, const std::string& what) {
  throw Error(ErrorKind::kInvalid, what).cure("see `croft " + std::string(command.name) + " --help`");
}

[[noreturn]] void fail_unknown(const Command& command, const std::string& word) {
  std::vector<std::string> flags;
  for (const Option& option : command.options)
    for (std::string& flag : flags_of(option)) flags.push_back(std::move(flag));
  const std::vector<std::string_view> known(flags.begin(), flags.end());
  const std::string typed = word.substr(0, word.find('='));
  const std::string hint = typed.starts_with("--") ? did_you_mean(typed, known) : "";
  if (!hint.empty()) throw Error(ErrorKind::kInvalid, "unknown option `" + typed + "`" + hint);
  fail(command, "unknown option `" + typed + "`");
}

// CLI11 says "--user: 1 required USER missing".
[[noreturn]] void fail_without_value(const Command& command, const std::string& text) {
  for (const Option& option : command.options) {
    const std::string flag = "--" + long_name(option);
    if (text.starts_with(flag + ":")) fail(command, "`" + flag + "` needs " + std::string(option.value));
  }
  fail(command, text);
}

// -l and --state stand for the operand that names containers.
void check_count(const Command& command, const Arguments& given) {
  const std::string name = "`croft " + std::string(command.name) + "`";
  const std::vector<std::string>& operands = given.operands;
  const int least = command.least - (is_choosing(command, given) ? 1 : 0);
  if (std::cmp_less(operands.size(), least)) fail(command, name + " needs " + std::string(command.operands));
  if (command.most != kAnyNumber && operands.size() > static_cast<std::size_t>(command.most))
    fail(command,
         name + " does not know what to do with `" + operands[static_cast<std::size_t>(command.most)] + "`");
}

void add_option(CLI::App& app, const Option& option) {
  if (option.value.empty()) {
    app.add_flag(std::string(option.flags));
    return;
  }
  CLI::Option* made = app.add_option(std::string(option.flags))->type_name(std::string(option.value));
  if (option.repeated) {
    made->take_all();
  } else {
    made->take_last();
  }
}

void collect(const CLI::App& app, const Command& command, Arguments& into) {
  for (const Option& option : command.options) {
    const std::string name = long_name(option);
    const CLI::Option* found = app.get_option("--" + name);
    if (found->count() > 0) into.options[name] = found->results();
  }
}

// What follows `--`, cut off before the rest is looked at.
std::vector<std::string> cut_rest(std::vector<std::string>& words, bool& marked) {
  const auto mark = std::find(words.begin(), words.end(), "--");
  marked = mark != words.end();
  if (!marked) return {};
  std::vector<std::string> rest(mark + 1, words.end());
  words.erase(mark, words.end());
  return rest;
}

void parse_with(CLI::App& app, const Command& command, std::vector<std::string> words) {
  std::reverse(words.begin(), words.end());
  try {
    app.parse(std::move(words));
  } catch (const CLI::ArgumentMismatch& error) {
    fail_without_value(command, error.what());
  } catch (const CLI::ParseError& error) {
    fail(command, error.what());
  }
}

void refuse_options(const Command& command, const std::vector<std::string>& words) {
  for (const std::string& word : words)
    if (word.size() > 1 && word.starts_with("-")) fail_unknown(command, word);
}

}  // namespace

std::string Arguments::value(const std::string& option, const std::string& fallback) const {
  const auto found = options.find(option);
  return found == options.end() ? fallback : found->second.back();
}

std::vector<std::string> Arguments::values(const std::string& option) const {
  const auto found = options.find(option);
  return found == options.end() ? std::vector<std::string>() : found->second;
}

std::string long_name(const Option& option) {
  for (const std::string& flag : flags_of(option))
    if (flag.starts_with("--")) return flag.substr(2);
  return {};
}

bool is_choosing(const Command& command, const Arguments& given) {
  return command.chooses && (given.has("label") || given.has("state"));
}

Arguments parse_arguments(const Command& command, std::vector<std::string> words) {
  Arguments result;
  bool marked = false;
  std::vector<std::string> rest = cut_rest(words, marked);
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  for (const Option& option : command.options) add_option(app, option);
  // Without `--` the command line of its own begins behind the operands that there must be.
  const bool unmarked = command.takes_command && !marked;
  if (unmarked) app.prefix_command();
  if (unmarked && command.least > 0) app.add_option("operands")->expected(command.least)->take_all();
  parse_with(app, command, std::move(words));
  collect(app, command, result);
  if (result.has("help")) return result;
  std::vector<std::string> left = app.remaining();
  if (unmarked) {
    if (command.least > 0) result.operands = app.get_option("operands")->results();
    if (!left.empty() && left.front().starts_with("-")) fail_unknown(command, left.front());
    result.command = std::move(left);
  } else {
    refuse_options(command, left);
    result.operands = std::move(left);
    std::vector<std::string>& into = command.takes_command ? result.command : result.operands;
    into.insert(into.end(), rest.begin(), rest.end());
  }
  check_count(command, result);
  return result;
}

}  // namespace croft::ctl
