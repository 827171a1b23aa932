#include "ctl/cli/commands/commands.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/reference.h"
#include "ctl/cli/reporter.h"
#include "ctl/cli/resource_figures.h"
#include "ctl/cli/select.h"
#include "ctl/cli/text.h"

namespace croft::ctl {
namespace {

std::string counted(const ResourceFigures& figures, const std::optional<std::uint64_t>& value) {
  return value ? quantity_text(figures.unit, *value) : "-";
}

Row row_of(const ResourceFigures& figures) {
  Row row{{figures.resource},
          {counted(figures, figures.held)},
          {counted(figures, figures.maxheld)},
          {figures.guarantee == 0 ? "-" : quantity_text(figures.unit, figures.guarantee)},
          {bound_text(figures.unit, figures.barrier)},
          {bound_text(figures.unit, figures.limit)},
          {figures.burst ? burst_text(figures.resource, *figures.burst) : "-"},
          {figures.share ? std::to_string(*figures.share) : "-"},
          {figures.failcnt ? std::to_string(*figures.failcnt) : "-"}};
  for (Cell& cell : row) cell.colour = strain_colour(figures);
  return row;
}

std::string table_of(const Json& container, bool colour) {
  std::vector<Row> rows;
  for (const ResourceFigures& figures : resources_of(container)) rows.push_back(row_of(figures));
  return format_table({{"RESOURCE"},
                       {"HELD", true},
                       {"MAXHELD", true},
                       {"GUARANTEE", true},
                       {"BARRIER", true},
                       {"LIMIT", true},
                       {"BURST-LEFT", true},
                       {"SHARE", true},
                       {"FAILCNT", true}},
                      rows, true, colour);
}

int run(Invocation& call) {
  Client client = call.client();
  Reporter reporter(call.screen, call.quiet());
  const std::vector<Target> targets = chosen_targets(client, call);
  int status = kExitOk;
  std::string gap;
  for (const Target& target : targets) {
    try {
      const Json container = client.call("GET", container_path(target, "resources"));
      if (call.json()) {
        reporter.json(container);
        continue;
      }
      const std::string head = targets.size() > 1 ? visible(target.shown) + ":\n" : "";
      reporter.text(gap + head + table_of(container, call.screen.colour));
      gap = "\n";
    } catch (const runtime::Error& error) {
      const runtime::Error told = with_attempt(error, "cannot show the resources of `" + target.shown + "`");
      reporter.error(told);
      if (status == kExitOk) status = exit_status_of(told.kind());
    }
  }
  return status;
}

}  // namespace

Command resources_command() {
  return {
      .name = "resources",
      .summary = "what it uses and may use",
      .operands = "CONTAINER...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kContainers,
      .chooses = true,
      .description =
          "Prints for each resource what a container holds now, the most it held in this run, what is kept "
          "for it (guarantee), what it may use for ever (barrier), what it never exceeds (limit), what is "
          "left of its stay between the two (burst), its share of what is left over, and how often it was "
          "refused something in this run. `cpu` is in cores; `io` and `iops` are for reads and writes each. "
          "Burst of cpu and memory is time above the barrier, of io bytes, of iops operations; `!` behind it "
          "says that it is not to be had now: the credit is used up, or the host is short.\n"
          "On a terminal rows above their barrier are yellow; those at 95 % of their limit, and those that "
          "were refused something, are red. With -j one object for each container, with exact figures: cpu "
          "in thousandths of a core, times in microseconds, null for unlimited.",
      .options = {kTenant, kJson},
      .examples = {{"croft resources web1", "One container"},
                   {"croft resources -j 'web*' | jq -c '[.name, .resources[1].held]'",
                    "Memory of several, exact"}},
      .run = run,
  };
}

}  // namespace croft::ctl
