#include "ctl/cli/complete.h"

#include <algorithm>
#include <map>
#include <set>

#include "ctl/cli/table.h"
#include "ctl/spec/interfaces.h"
#include "ctl/spec/keys.h"
#include "ctl/spec/shorthand.h"
#include "ctl/spec/tenant.h"
#include "runtime/error.h"

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

// The choices that a key's type lists, as in "never, on-failure or always".
Words choices_of(const Key& key) {
  Words found;
  std::string_view rest = key.type;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(", "), rest.find(" or "));
    const std::string word(rest.substr(0, end));
    try {
      if (word.find(' ') != std::string::npos) return {};
      key.from_text(word);
    } catch (const runtime::Error&) {
      return {};
    }
    found.insert(word);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + (rest[end] == ',' ? 2 : 4));
  }
  return found.size() > 1 ? found : Words();
}

// KEY= and what can stand behind it: a choice, or a name that the daemon knows.
Words values(std::string_view word, const FetchNames& fetch) {
  const std::size_t equals = word.find('=');
  const std::string key(word.substr(0, equals));
  const Key* row = find_key(is_nic_key(key) ? split_nic_key(key).key : key);
  if (row == nullptr) return {};
  const std::map<std::string_view, Names> named{{"template", Names::kTemplates},
                                                {"plan.name", Names::kPlans},
                                                {"net.pool", Names::kPools},
                                                {"pool", Names::kDiskPools}};
  const auto names = named.find(row->name);
  Words found;
  if (names != named.end()) {
    for (const std::string& name : fetch(names->second)) found.insert(key + "=" + name);
  } else {
    for (const std::string& choice : choices_of(*row)) found.insert(key + "=" + choice);
  }
  return found;
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
    case Names::kFilesInside:
      for (const std::string& name : fetch(Names::kContainers)) found.insert(name + ":");
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
    case Names::kWebhooks:
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
  const bool settings = found.command->operands.find("KEY=VALUE") != std::string_view::npos;
  if (settings && words.back().find('=') != std::string::npos) return values(words.back(), fetch);
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
