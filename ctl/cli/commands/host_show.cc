#include <fmt/core.h>

#include <ostream>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/resource_figures.h"

namespace croft::ctl {
namespace {

// How often what containers may come to at worst is there; "-" where the host states no capacity.
std::string oversell(const Json& resource) {
  const std::optional<std::uint64_t> capacity = number_at(resource, "capacity");
  const std::uint64_t reserve = number_at(resource, "reserve").value_or(0);
  if (!capacity || *capacity <= reserve) return "-";
  const auto worst = static_cast<double>(number_at(resource, "worst").value_or(0));
  return fmt::format("{:.2f}", worst / static_cast<double>(*capacity - reserve));
}

Row row_of(const Json& resource) {
  const std::string unit = text_at(resource, "unit");
  const auto figure = [&](const char* name) -> Cell {
    const std::optional<std::uint64_t> value = number_at(resource, name);
    return {value ? quantity_text(unit, *value) : "-"};
  };
  return {{text_at(resource, "resource")},
          figure("capacity"),
          figure("reserve"),
          figure("held"),
          figure("guaranteed"),
          figure("promised"),
          figure("worst"),
          {oversell(resource)}};
}

std::string table_of(const Json& resources, bool colour) {
  std::vector<Row> rows;
  std::string notes;
  for (const Json& resource : resources) {
    rows.push_back(row_of(resource));
    const std::uint64_t count = number_at(resource, "unlimited").value_or(0);
    if (count > 0)
      notes += fmt::format("{}: {} without a limit, not in WORST\n", text_at(resource, "resource"),
                           count == 1 ? "1 container" : fmt::format("{} containers", count));
  }
  return format_table({{"RESOURCE"},
                       {"CAPACITY", true},
                       {"RESERVE", true},
                       {"USED", true},
                       {"GUARANTEED", true},
                       {"PROMISED", true},
                       {"WORST", true},
                       {"OVERSELL", true}},
                      rows, true, colour) +
         notes;
}

int run(Invocation& call) {
  Json host = call.client().call("GET", "/v1/host");
  if (call.json()) {
    print_json(call.screen, host);
    return 0;
  }
  const Json resources = at_path(host, {"resources"});
  host.erase("resources");
  call.screen.out << describe_object(host, call.screen.colour);
  if (!resources.empty()) call.screen.out << '\n' << table_of(resources, call.screen.colour);
  return 0;
}

}  // namespace

Command host_show_command() {
  return {
      .name = "host show",
      .summary = "figures of this host",
      .description =
          "Prints what this host is and has: kernel, processors, memory, cgroups, pools. The table below has "
          "for "
          "each resource what there is, what is kept of it for the host itself, what containers use, and "
          "what "
          "those that run may come to: the sums of their guarantees, barriers (promised) and limits (worst), "
          "where "
          "those in a tenant come to no more than its limit. "
          "OVERSELL is the worst case as a multiple of what there is without the reserve.",
      .options = {kJson},
      .examples = {{"croft host show", "A summary"},
                   {"croft host show -j | jq '.resources[] | select(.resource == \"memory\")'",
                    "Memory, exact"}},
      .run = run,
  };
}

}  // namespace croft::ctl
