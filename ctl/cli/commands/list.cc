#include <algorithm>
#include <cctype>
#include <ostream>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/container_columns.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reference.h"
#include "ctl/cli/text.h"

namespace croft::ctl {
namespace {

constexpr std::string_view kDefaultColumns = "name,state,up,template,addresses,memory,tasks";

bool all_tenants(const Invocation& call) {
  return call.arguments.has("all-tenants");
}

Json fetch(const Invocation& call) {
  const Selection selection(call.arguments.operands, all_tenants(call) ? "*" : call.tenant());
  Client client = call.client();
  Json kept = Json::array();
  for (Json& item : fetch_list(client, "/v1/containers", selection.query()))
    if (selection.takes(text_at(item, "tenant"), text_at(item, "name"), text_at(item, "uuid")))
      kept.push_back(std::move(item));
  return kept;
}

void sort_rows(const Invocation& call, const std::vector<ContainerColumn>& by, Json& list) {
  std::stable_sort(list.begin(), list.end(), [&](const Json& a, const Json& b) {
    for (const ContainerColumn& column : by) {
      const Json left = column.value(a);
      const Json right = column.value(b);
      if (left != right) return left < right;
    }
    return false;
  });
  if (call.arguments.has("reverse")) std::reverse(list.begin(), list.end());
}

std::vector<ContainerColumn> columns_of(const Invocation& call) {
  const std::string fallback = (all_tenants(call) ? "tenant," : "") + std::string(kDefaultColumns);
  return pick_columns(call.arguments.value("columns", fallback));
}

void print_table(const Invocation& call, const std::vector<ContainerColumn>& columns, const Json& list) {
  std::vector<ColumnHead> heads;
  for (const ContainerColumn& column : columns) {
    std::string head(column.name);
    std::transform(head.begin(), head.end(), head.begin(),
                   [](char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); });
    heads.push_back({head, column.right});
  }
  std::vector<Row> rows;
  for (const Json& item : list) {
    Row row;
    for (const ContainerColumn& column : columns) {
      const std::string text = column.text(column.value(item));
      row.push_back({text, column.name == "state" ? state_colour(text) : Colour::kNone});
    }
    rows.push_back(std::move(row));
  }
  call.screen.out << format_table(heads, rows, !call.arguments.has("no-header"), call.screen.colour);
}

int run(Invocation& call) {
  const std::vector<ContainerColumn> columns = columns_of(call);
  const std::vector<ContainerColumn> order = pick_columns(call.arguments.value("sort", "tenant,name"));
  Json list = fetch(call);
  sort_rows(call, order, list);
  if (call.json()) {
    print_json(call.screen, list);
  } else if (call.quiet()) {
    for (const Json& item : list)
      call.screen.out << (all_tenants(call) ? text_at(item, "tenant") + "/" : "") << text_at(item, "name")
                      << '\n';
  } else {
    print_table(call, columns, list);
  }
  return 0;
}

}  // namespace

Command list_command() {
  return {
      .name = "list",
      .aliases = {"ls"},
      .summary = "containers as a table",
      .operands = "[GLOB...]",
      .most = kAnyNumber,
      .names = Names::kContainers,
      .description =
          "Prints the containers of a tenant, or those that match a glob. Columns: name, tenant, uuid, "
          "state, "
          "reason, up, template, init, pid, addresses, memory, memory-limit, cpu-time, cpu-limit, tasks, "
          "tasks-limit, ids, created, started, labels.",
      .options = {{"-A,--all-tenants", "", "Containers of every tenant that the caller may see"},
                  {"-o,--columns", "COLUMN,...", "Print these columns"},
                  {"-s,--sort", "COLUMN,...", "Sort by these columns"},
                  {"-r,--reverse", "", "Sort the other way round"},
                  {"-H,--no-header", "", "Leave the head line out"},
                  kTenant,
                  kJson,
                  kQuiet},
      .examples = {{"croft list", "All of the tenant"},
                   {"croft list -A -s memory -r -o tenant,name,memory", "Who uses most memory"},
                   {"croft list -q 'web*'", "Names only, for scripts"}},
      .run = run,
  };
}

}  // namespace croft::ctl
