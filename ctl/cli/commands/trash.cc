// undelete, trash list and trash empty.
#include <algorithm>
#include <ostream>

#include "ctl/cli/ask.h"
#include "ctl/cli/columns.h"
#include "ctl/cli/commands/commands.h"
#include "ctl/cli/each.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reference.h"
#include "ctl/cli/select.h"

namespace croft::ctl {
namespace {

int run_undelete(Invocation& call) {
  const Target target = parse_target(call.operand(0), call.tenant());
  Json body = Json::object();
  if (call.arguments.has("as")) body["name"] = call.arguments.value("as");
  const std::string path = container_path(target, "undelete", changing_query(call));
  return do_one(call, "undelete", target.shown, [&](Client& client, std::size_t, const OnProgress& progress) {
    Json done = client.perform("POST", path, body, progress);
    std::string words = "undeleted";
    if (call.arguments.has("as")) words += ", now called " + call.arguments.value("as");
    return Outcome{words, std::move(done)};
  });
}

Json fetch_trash(const Invocation& call) {
  const bool all = call.arguments.has("all-tenants");
  const Selection selection(call.arguments.operands, all ? "*" : call.tenant());
  Client client = call.client();
  Json kept = Json::array();
  for (Json& item : fetch_list(client, "/v1/trash", selection.query()))
    if (selection.takes(text_at(item, "tenant"), text_at(item, "name"), text_at(item, "uuid")))
      kept.push_back(std::move(item));
  std::stable_sort(kept.begin(), kept.end(),
                   [](const Json& a, const Json& b) { return text_at(a, "until") < text_at(b, "until"); });
  return kept;
}

int run_list(Invocation& call) {
  const Json list = fetch_trash(call);
  if (call.json()) {
    call.screen.out << list.dump(2) << '\n';
    return 0;
  }
  std::vector<Row> rows;
  for (const Json& item : list) {
    const std::string name = text_at(item, "tenant") + "/" + text_at(item, "name");
    if (call.quiet())
      call.screen.out << text_at(item, "uuid") << '\n';
    else
      rows.push_back({{name},
                      {text_at(item, "uuid")},
                      {short_time(text_at(item, "since"))},
                      {short_time(text_at(item, "until"))}});
  }
  if (call.quiet()) return 0;
  call.screen.out << format_table({{"NAME"}, {"UUID"}, {"SINCE"}, {"DESTROYED ON"}}, rows,
                                  !call.arguments.has("no-header"), call.screen.colour);
  return 0;
}

int run_empty(Invocation& call) {
  const Json list = fetch_trash(call);
  std::vector<std::string> shown;
  std::vector<Target> targets;
  for (const Json& item : list) {
    targets.push_back(parse_target(text_at(item, "uuid"), text_at(item, "tenant")));
    shown.push_back(text_at(item, "tenant") + "/" + text_at(item, "name"));
  }
  if (targets.empty()) return 0;
  const std::string what =
      std::to_string(targets.size()) + (targets.size() == 1 ? " container is" : " containers are");
  if (!call.dry_run() && !call.arguments.has("yes") && !agreed(call, what + " destroyed with all files"))
    return 0;
  return for_each(call, "destroy", shown, [&](Client& client, std::size_t i, const OnProgress& progress) {
    return Outcome{"destroyed", client.perform("DELETE", container_path(targets[i], "", changing_query(call)),
                                               {}, progress)};
  });
}

}  // namespace

Command undelete_command() {
  return {
      .name = "undelete",
      .summary = "take out of the trash",
      .operands = "CONTAINER",
      .least = 1,
      .most = 1,
      .description =
          "Takes a container out of the trash, where `croft destroy --keep` put it, with its uuid, files, "
          "addresses and settings; it stays stopped. CONTAINER is its uuid or the name that it had: the last "
          "one of that name.",
      .options = {{"--as", "NAME", "Another name, where somebody has its own by now"},
                  kTenant,
                  kDryRun,
                  kJson,
                  kQuiet},
      .examples = {{"croft undelete web1", "As it was"},
                   {"croft undelete web1 --as web1-old", "There is a new web1"}},
      .run = run_undelete,
  };
}

Command trash_list_command() {
  return {
      .name = "trash list",
      .summary = "what can be undeleted",
      .operands = "[NAME...]",
      .least = 0,
      .most = kAnyNumber,
      .description = "Lists containers that lie in the trash, the next to be destroyed first.",
      .options = {{"-A,--all-tenants", "", "Of all tenants"},
                  {"-H,--no-header", "", "Without the line of titles"},
                  kTenant,
                  kJson,
                  kQuiet},
      .examples = {{"croft trash list -A", "Whatever there is"}},
      .run = run_list,
  };
}

Command trash_empty_command() {
  return {
      .name = "trash empty",
      .summary = "destroy what is in it now",
      .operands = "[NAME...]",
      .least = 0,
      .most = kAnyNumber,
      .description =
          "Destroys containers that lie in the trash, with all their files, before their time is over: all "
          "of "
          "a "
          "tenant, or those with these names or uuids. It asks first, or needs --yes.",
      .options = {{"-A,--all-tenants", "", "Of all tenants"}, kUnasked, kTenant, kDryRun, kJson, kQuiet},
      .examples = {{"croft trash empty 'test-*'", "Some of it"}},
      .run = run_empty,
  };
}

}  // namespace croft::ctl
