#include <algorithm>
#include <ostream>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reporter.h"

namespace croft::ctl {
namespace {

Json chosen(const Json& items, const std::vector<std::string>& names) {
  Json taken = Json::array();
  for (const Json& item : items)
    if (names.empty() || std::find(names.begin(), names.end(), text_at(item, "name")) != names.end())
      taken.push_back(item);
  return taken;
}

std::string size_at(const Json& item, const char* name) {
  return limit_text(at_path(item, {name}), human_size);
}

int run(Invocation& call) {
  // Names that are not there are an error of their own.
  std::vector<std::string> names;
  if (!call.arguments.operands.empty()) {
    names = named_operands(call, kTemplateKind);
    Client client = call.client();
    for (const std::string& name : names) client.call("GET", named_path(kTemplateKind, name));
  }
  Client client = call.client();
  const Json usage = client.call("GET", "/v1/store");
  const Json items = chosen(at_path(usage, {"items"}), names);
  if (call.json()) {
    Json answer = {{"items", items}};
    if (names.empty()) answer["bytes"] = at_path(usage, {"bytes"});
    print_json(call.screen, answer);
    return kExitOk;
  }
  std::vector<Row> rows;
  for (const Json& item : items)
    rows.push_back({{text_at(item, "name")},
                    {size_at(item, "bytes")},
                    {size_at(item, "shared")},
                    {size_at(item, "unique")}});
  if (names.empty()) rows.push_back({{"(together)"}, {size_at(usage, "bytes")}, {""}, {""}});
  call.screen.out << format_table({{"NAME"}, {"SIZE", true}, {"SHARED", true}, {"UNIQUE", true}}, rows,
                                  !call.arguments.has("no-header"), call.screen.colour);
  return kExitOk;
}

}  // namespace

Command template_du_command() {
  return {
      .name = "template du",
      .summary = "disk that each takes",
      .operands = "[TEMPLATE...]",
      .most = kAnyNumber,
      .names = Names::kTemplates,
      .description =
          "Prints what templates take on the disk. Files that are equal in content, mode, owner, time and "
          "attributes are stored once, whatever templates and versions they are in: SHARED is what another "
          "template has too, UNIQUE what removing this one would free. What all take together is less than "
          "the sum.",
      .options = {{"-H,--no-header", "", "Leave the head line out"}, kJson},
      .examples = {{"croft template du", "All templates"},
                   {"croft template du -j debian-12", "One, in bytes"}},
      .run = run,
  };
}

}  // namespace croft::ctl
