#include <map>
#include <ostream>

#include "ctl/cli/columns.h"
#include "ctl/cli/commands/commands.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reference.h"
#include "ctl/cli/select.h"
#include "ctl/cli/settings.h"
#include "ctl/spec/interfaces.h"
#include "ctl/spec/keys.h"
#include "ctl/spec/patch.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

// Keys begin with what is asked for: "memory" is memory.limit and all others of memory.
bool is_asked(const std::string& key, const std::string& asked) {
  return key == asked || key.starts_with(asked + ".");
}

void check_key(const std::string& asked) {
  if (is_nic_key(asked) || find_key(asked) != nullptr) return;
  for (const Key& key : keys())
    if (is_asked(std::string(key.stem), asked)) return;
  throw Error(ErrorKind::kInvalid, "`" + asked + "`: " + unknown_key(asked));
}

// The settings of one container that are asked for, in the order of asking; one that is unset is null.
std::vector<std::pair<std::string, Json>> values_of(const Json& spec, const std::vector<std::string>& asked) {
  std::vector<std::pair<std::string, Json>> found;
  const std::vector<Difference> all = differences(Json::object(), spec);
  for (const std::string& key : asked) {
    const std::size_t before = found.size();
    for (const Difference& one : all)
      if (is_asked(one.key, key)) found.emplace_back(one.key, one.after);
    if (found.size() == before) found.emplace_back(key, Json());
  }
  return found;
}

Json fetch_spec(Client& client, const Target& target) {
  try {
    return client.call("GET", container_path(target, "", {{"fields", "spec"}})).at("spec");
  } catch (const Error& error) {
    throw Error(error).wrap("cannot show `" + target.shown + "`");
  }
}

int run(Invocation& call) {
  std::vector<std::string>& operands = call.arguments.operands;
  const std::ptrdiff_t named = is_choosing(call.command, call.arguments) ? 0 : 1;
  const std::vector<std::string> asked(operands.begin() + named, operands.end());
  for (const std::string& key : asked) check_key(key);
  operands.resize(static_cast<std::size_t>(named));
  Client client = call.client();
  Json all = Json::object();
  std::vector<Row> rows;
  for (const Target& target : chosen_targets(client, call)) {
    for (const auto& [key, value] : values_of(fetch_spec(client, target), asked)) {
      all[target.shown][key] = value;
      rows.push_back({{target.shown}, {key}, {setting_text(key, value)}});
    }
  }
  if (call.json()) {
    print_json(call.screen, all);
  } else if (rows.size() == 1) {
    call.screen.out << rows.front()[2].text << '\n';
  } else {
    call.screen.out << format_table({{""}, {""}, {""}}, rows, false, call.screen.colour);
  }
  return 0;
}

}  // namespace

Command get_command() {
  return {
      .name = "get",
      .summary = "settings by their keys",
      .operands = "CONTAINER KEY...",
      .least = 2,
      .most = kAnyNumber,
      .names = Names::kSettings,
      .chooses = true,
      .description =
          "Prints what settings are, as `croft set` takes them: the value alone when one key of one "
          "container "
          "is asked for, an empty line when it is unset. A beginning stands for all keys under it. "
          "CONTAINER may be a glob.",
      .options = {kTenant, kJson},
      .examples = {{"croft get web1 memory.limit", "One value"},
                   {"croft get web1 memory cpu", "All of memory and cpu"},
                   {"croft get -l app=shop plan.name", "Of all with a label"}},
      .run = run,
  };
}

}  // namespace croft::ctl
