#include <csignal>
#include <ostream>

#include "ctl/cli/columns.h"
#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/container_columns.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reference.h"
#include "ctl/cli/reporter.h"
#include "ctl/cli/select.h"
#include "ctl/cli/settings.h"

namespace croft::ctl {
namespace {

using Pairs = std::vector<std::pair<std::string, Cell>>;

void add(Pairs& pairs, const std::string& name, const Json& value) {
  if (!value.is_null() && plain(value) != "-") pairs.push_back({name, {plain(value)}});
}

void add_time(Pairs& pairs, const std::string& name, const Json& value) {
  if (value.is_string()) pairs.push_back({name, {local_time(value.get<std::string>())}});
}

// The kernel shields a container's init from SIGINT and SIGHUP, so these two are reboot(2) called inside.
std::string exit_text(const Json& exit) {
  const std::string kind = text_at(exit, "kind");
  const std::string status = plain(at_path(exit, {"status"}));
  const std::string when = exit.contains("time") ? ", " + local_time(text_at(exit, "time")) : "";
  if (kind == "exited") return "status " + status + when;
  if (kind != "killed") return "not known" + when;
  if (status == std::to_string(SIGINT)) return "shut down" + when;
  if (status == std::to_string(SIGHUP)) return "rebooted" + when;
  return "killed by signal " + status + when;
}

Pairs pairs_of(const Json& container) {
  Pairs pairs;
  const std::string state = text_at(container, "state");
  pairs.push_back({"Name", {text_at(container, "tenant") + "/" + text_at(container, "name")}});
  add(pairs, "Uuid", at_path(container, {"uuid"}));
  pairs.push_back({"State", {state, state_colour(state)}});
  add(pairs, "Reason", at_path(container, {"reason"}));
  if (const Json suspended = at_path(container, {"suspended"}); suspended.is_object())
    pairs.push_back({"Suspended",
                     {text_at(suspended, "reason") + ", since " + local_time(text_at(suspended, "since")),
                      Colour::kWarning}});
  add(pairs, "Services", at_path(container, {"up"}));
  add(pairs, "Template", at_path(container, {"template"}));
  add(pairs, "Init", at_path(container, {"init", "kind"}));
  add(pairs, "Init's pid", at_path(container, {"init", "pid"}));
  add(pairs, "Addresses", at_path(container, {"addresses"}));
  add(pairs, "First host id", at_path(container, {"id_range", "base"}));
  add(pairs, "Labels", at_path(container, {"labels"}));
  add_time(pairs, "Created", at_path(container, {"created"}));
  add_time(pairs, "Started", at_path(container, {"started"}));
  const Json exit = at_path(container, {"last_exit"});
  if (exit.is_object()) pairs.push_back({"Last exit", {exit_text(exit)}});
  return pairs;
}

// "312M of 1.0G"
std::string of_limit(const std::string& used, const std::string& limit) {
  return limit == "-" ? used : used + " of " + limit;
}

Pairs usage_of(const Json& container) {
  const Json usage = at_path(container, {"usage"});
  if (!usage.is_object()) return {};
  const Json spec = at_path(container, {"spec"});
  return {
      {"Memory",
       {of_limit(limit_text(at_path(usage, {"memory_bytes"}), human_size),
                 limit_text(at_path(spec, {"memory", "limit"}), human_size))}},
      {"Processor time",
       {limit_text(at_path(usage, {"cpu_us"}),
                   [](std::uint64_t us) { return human_cores(us / 1000) + "s"; })}},
      {"Tasks", {of_limit(plain(at_path(usage, {"tasks"})), plain(at_path(spec, {"tasks", "limit"})))}},
  };
}

std::string describe(const Json& container, bool colour) {
  Pairs pairs = pairs_of(container);
  for (auto& pair : usage_of(container)) pairs.push_back(std::move(pair));
  std::vector<Row> settings;
  for (const auto& [key, value] : flat_spec(at_path(container, {"spec"}))) {
    const bool secret = key.starts_with("credential.");
    settings.push_back(
        {{"  " + key}, {secret ? std::to_string(value.size()) + " bytes" : first_line(value)}});
  }
  return format_pairs(pairs, colour) + "Settings:\n" + format_table({{""}, {""}}, settings, false, colour);
}

int run(Invocation& call) {
  Client client = call.client();
  Reporter reporter(call.screen, call.quiet());
  int status = 0;
  bool first = true;
  for (const Target& target : chosen_targets(client, call)) {
    try {
      const Json container = client.call("GET", container_path(target));
      if (call.json()) {
        reporter.json(container);
      } else {
        reporter.text((first ? "" : "\n") + describe(container, call.screen.colour));
      }
      first = false;
    } catch (const runtime::Error& error) {
      const runtime::Error told = with_attempt(error, "cannot show `" + target.shown + "`");
      reporter.error(told);
      if (status == 0) status = exit_status_of(told.kind());
    }
  }
  return status;
}

}  // namespace

Command show_command() {
  return {
      .name = "show",
      .aliases = {"inspect"},
      .summary = "all about one container",
      .operands = "CONTAINER...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kContainers,
      .chooses = true,
      .description =
          "Prints the state, addresses, use and settings of containers. With -j one object for each, with "
          "exact "
          "figures.",
      .options = {kTenant, kJson},
      .examples = {{"croft show web1", "One container"},
                   {"croft show -j web1 | jq -r '.addresses[0]'", "Its first address"}},
      .run = run,
  };
}

}  // namespace croft::ctl
