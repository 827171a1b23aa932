#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/figures.h"

namespace croft::ctl {
namespace {

void add_below(const Json& list, const std::string& parent, const std::string& indent, Json& tree) {
  for (Json item : list) {
    if (text_at(item, "parent") != parent) continue;
    const std::string name = text_at(item, "name");
    item["indented"] = indent + name;
    tree.push_back(item);
    add_below(list, name, indent + "  ", tree);
  }
}

// Each below its parent, further to the right.
Json as_tree(const Json& list) {
  Json tree = Json::array();
  add_below(list, "", "", tree);
  return tree;
}

Row row_of(const Json& item) {
  return {{text_at(item, "indented")},
          {plain(at_path(item, {"containers"}))},
          {short_time(text_at(item, "created"))},
          {plain(at_path(item, {"labels"}))}};
}

int run(Invocation& call) {
  return print_named(call, kTenantKind, {{"NAME"}, {"CONTAINERS", true}, {"CREATED"}, {"LABELS"}}, row_of,
                     as_tree);
}

}  // namespace

Command tenant_list_command() {
  return {
      .name = "tenant list",
      .aliases = {"ls"},
      .summary = "all of them",
      .description =
          "Prints the tenants as a tree, each below the one it belongs to, and how many containers each has.",
      .options = {{"-H,--no-header", "", "Leave the head line out"}, kJson, kQuiet},
      .examples = {{"croft tenant list", "A table"}},
      .run = run,
  };
}

}  // namespace croft::ctl
