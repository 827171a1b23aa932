#include "ctl/cli/complete.h"

#include <algorithm>
#include <set>

#include "ctl/cli/table.h"
#include "ctl/spec/keys.h"
#include "ctl/spec/shorthand.h"
#include "ctl/spec/tenant.h"

namespace croft::ctl {
namespace {

using Words = std::set<std::string>;

bool is_hidden(const Command& command) {
  return command.name.starts_with("__");
}

// What names go on with behind these words.
Words next_words(const std::vector<Command>& table, const std::vector<std::string>& before) {
  Words found;
  for (const Command& command : table) {
    const std::vector<std::string_view> name = words_of(command);
    if (!is_hidden(command) && name.size() > before.size() &&
        std::equal(before.begin(), before.end(), name.begin()))
      found.emplace(name[before.size()]);
  }
  return found;
}

Words long_options(const Command& command) {
  Words found;
  for (const Option& option : command.options) {
    const std::size_t at = option.flags.find("--");
    if (at != std::string_view::npos) found.emplace(option.flags.substr(at));
  }
  return found;
}

// Settings end in `=`, those with a name of their own in `.`. Resources have a short form.
void add_settings(Words& found) {
  for (const Key& key : keys()) {
    found.insert(std::string(key.stem) + (key.stem == key.name ? "=" : "."));
    const std::string_view resource = key.name.substr(0, key.name.rfind('.'));
    if (key.resource && shorthand_of(resource)) found.insert(std::string(resource) + "=");
  }
}

void add_tenant_settings(Words& found) {
  for (const Key& key : keys())
    if (is_tenant_key(key)) found.insert(std::string(key.name) + "=");
}

Words operands(const std::vector<Command>& table, const Command& command,
               const std::vector<std::string>& before, const FetchNames& fetch) {
  Words found;
  switch (command.names) {
    case Names::kNothing:
    case Names::kFiles:
      break;
    case Names::kCommands:
      return next_words(table, before);
    case Names::kHostSettings:
      return {"reserve.cpu=", "reserve.memory=", "reserve.swap=", "capacity.io=", "capacity.iops="};
    case Names::kShells:
      return {"bash", "zsh", "fish"};
    case Names::kContainers:
    case Names::kTemplates:
    case Names::kTenants:
    case Names::kPlans:
    case Names::kTariffs:
    case Names::kPools:
    case Names::kDiskPools:
    case Names::kClasses:
    case Names::kOperations:
    case Names::kSettings:
      for (std::string& name : fetch(command.names)) found.insert(std::move(name));
  }
  const bool settings = command.operands.find("KEY=VALUE") != std::string_view::npos;
  if (settings && !before.empty())
    (command.names == Names::kTenants ? add_tenant_settings : add_settings)(found);
  return found;
}

Words candidates(const std::vector<Command>& table, const std::vector<std::string>& words,
                 const FetchNames& fetch) {
  const std::vector<std::string> before(words.begin(), words.end() - 1);
  if (before.empty()) return next_words(table, before);
  // A line of its own begins after `--`; files are what the shell completes there by itself.
  if (std::find(before.begin(), before.end(), "--") != before.end()) return {};
  const Found found = find_command(table, before);
  if (found.command == nullptr) return next_words(table, before);
  if (words.back().starts_with("-")) return long_options(*found.command);
  const std::vector<std::string> rest(before.begin() + static_cast<std::ptrdiff_t>(found.words),
                                      before.end());
  return operands(table, *found.command, rest, fetch);
}

}  // namespace

std::vector<std::string> complete(const std::vector<Command>& table, const std::vector<std::string>& words,
                                  const FetchNames& fetch) {
  const std::vector<std::string> line = words.empty() ? std::vector<std::string>{""} : words;
  std::vector<std::string> fitting;
  for (const std::string& word : candidates(table, line, fetch))
    if (word.starts_with(line.back())) fitting.push_back(word);
  return fitting;
}

}  // namespace croft::ctl
