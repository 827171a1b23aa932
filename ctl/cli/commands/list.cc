#include <algorithm>
#include <array>
#include <cctype>
#include <ostream>
#include <utility>
#include <vector>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/container_columns.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reference.h"
#include "ctl/cli/select.h"
#include "ctl/cli/text.h"
#include "ctl/fleet/yaml.h"

namespace croft::ctl {
namespace {

constexpr std::string_view kDefaultColumns = "name,state,up,template,addresses,memory,tasks";

bool all_tenants(const Invocation& call) {
  return call.arguments.has("all-tenants");
}

// What of each container is looked at: by choosing, sorting and showing. Empty: all of it is shown.
std::string fields_for(const Invocation& call, const std::vector<ContainerColumn>& shown,
                       const std::vector<ContainerColumn>& order, bool is_table) {
  if (!call.quiet() && !is_table && !call.arguments.has("columns")) return {};
  std::string fields = kTargetFields + Traits(call.arguments).fields();
  const auto add = [&](const std::vector<ContainerColumn>& columns) {
    for (const ContainerColumn& one : columns) (fields += ',') += one.path.substr(0, one.path.find('.'));
  };
  add(order);
  if (!call.quiet()) add(shown);
  return fields;
}

Json fetch(const Invocation& call, const std::string& fields) {
  const Selection selection(call.arguments.operands, all_tenants(call) ? "*" : call.tenant());
  const Traits traits(call.arguments);
  Client client = call.client();
  Json kept = Json::array();
  for (Json& item : fetch_containers(client, selection.query(), fields))
    if (selection.takes(text_at(item, "tenant"), text_at(item, "name"), text_at(item, "uuid")) &&
        traits.take(item))
      kept.push_back(std::move(item));
  return kept;
}

void sort_rows(const Invocation& call, const std::vector<ContainerColumn>& by, Json& list) {
  std::vector<std::pair<std::vector<Json>, Json>> rows;  // after what they are sorted by
  rows.reserve(list.size());
  for (Json& item : list) {
    std::vector<Json> values;
    for (const ContainerColumn& column : by) values.push_back(column.value(item));
    rows.emplace_back(std::move(values), std::move(item));
  }
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < rows.size(); ++i) list[i] = std::move(rows[i].second);
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

// RFC 4180: quotes around what has a comma, a quote or a line end in it, and quotes doubled.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

void print_csv(const Invocation& call, const std::vector<ContainerColumn>& columns, const Json& list) {
  const auto line = [&](const auto& text_of) {
    std::string text;
    for (const ContainerColumn& column : columns)
      text += (text.empty() ? "" : ",") + csv_field(text_of(column));
    call.screen.out << text << '\n';
  };
  if (!call.arguments.has("no-header"))
    line([](const ContainerColumn& column) { return std::string(column.name); });
  for (const Json& item : list)
    line([&](const ContainerColumn& column) {
      const Json value = column.value(item);
      return value.is_null() ? std::string() : plain(value);
    });
}

// What -o names, exactly; without -o all that there is.
Json picked(const Invocation& call, const std::vector<ContainerColumn>& columns, const Json& list) {
  if (!call.arguments.has("columns")) return list;
  Json made = Json::array();
  for (const Json& item : list) {
    Json one = Json::object();
    for (const ContainerColumn& column : columns) one[std::string(column.name)] = column.value(item);
    made.push_back(std::move(one));
  }
  return made;
}

void print_names(const Invocation& call, const Json& list) {
  for (const Json& item : list)
    call.screen.out << (all_tenants(call) ? text_at(item, "tenant") + "/" : "") << text_at(item, "name")
                    << '\n';
}

std::string format_of(const Invocation& call) {
  constexpr std::array<std::string_view, 4> kFormats{"table", "csv", "json", "yaml"};
  std::string format = call.arguments.value("format", call.json() ? "json" : "table");
  if (std::find(kFormats.begin(), kFormats.end(), format) != kFormats.end()) return format;
  throw runtime::Error(runtime::ErrorKind::kInvalid, "--format: there is no `" + format + "`")
      .cure("it is table, csv, json or yaml");
}

int run(Invocation& call) {
  const std::string format = format_of(call);
  const std::vector<ContainerColumn> columns = columns_of(call);
  const std::vector<ContainerColumn> order = pick_columns(call.arguments.value("sort", "tenant,name"));
  Json list = fetch(call, fields_for(call, columns, order, format == "table" || format == "csv"));
  sort_rows(call, order, list);
  if (call.quiet()) {
    print_names(call, list);
  } else if (format == "json") {
    print_json(call.screen, picked(call, columns, list));
  } else if (format == "yaml") {
    call.screen.out << to_yaml(picked(call, columns, list));
  } else if (format == "csv") {
    print_csv(call, columns, list);
  } else {
    print_table(call, columns, list);
  }
  return 0;
}

}  // namespace

Command list_command() {
  return {
      .name = "list",
      .aliases = {"ls", "ps"},
      .summary = "containers as a table",
      .operands = "[GLOB...]",
      .most = kAnyNumber,
      .names = Names::kContainers,
      .chooses = true,
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
                  {"--format", "FORMAT", "table, csv, json or yaml; the last three have exact values"},
                  kTenant,
                  kJson,
                  kQuiet},
      .examples = {{"croft list", "All of the tenant"},
                   {"croft list -A -s memory -r -o tenant,name,memory", "Who uses most memory"},
                   {"croft list --format csv -o name,tenant,memory", "For a spreadsheet"},
                   {"croft list -q 'web*'", "Names only, for scripts"}},
      .run = run,
  };
}

}  // namespace croft::ctl
