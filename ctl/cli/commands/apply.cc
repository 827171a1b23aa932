#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <ostream>
#include <thread>

#include "ctl/cli/ask.h"
#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/fleet_text.h"
#include "ctl/cli/commands/making.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/each.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reporter.h"
#include "ctl/cli/settings.h"
#include "ctl/cli/text.h"
#include "ctl/fleet/compare.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

std::string read_input(const Invocation& call, const std::string& path) {
  if (path != "-") return runtime::read_file(path, kMaxYaml);
  std::string text;
  std::array<char, 65536> buffer{};
  for (ssize_t got = 0; (got = read(call.stdio.in, buffer.data(), buffer.size())) != 0;) {
    if (got < 0) runtime::fail_errno("cannot read standard input");
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > kMaxYaml) throw Error(ErrorKind::kInvalid, "standard input is larger than 16 MiB");
  }
  return text;
}

bool is_fleet_file(const std::string& name) {
  return !name.starts_with(".") &&
         (name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json"));
}

// A directory stands for the fleet files in it, in the order of their names.
std::vector<std::string> files_of(const std::string& path) {
  struct stat status {};
  if (path == "-" || stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return {path};
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(path.c_str()), closedir);
  if (!directory) runtime::fail_errno("cannot read the directory `" + path + "`");
  std::vector<std::string> files;
  while (const dirent* entry = readdir(directory.get()))
    if (is_fleet_file(static_cast<const char*>(entry->d_name)))
      files.push_back(path + "/" + static_cast<const char*>(entry->d_name));
  if (files.empty())
    throw Error(ErrorKind::kNotFound, "there is no fleet file in `" + path + "`")
        .cure("they end in .yaml, .yml or .json");
  std::sort(files.begin(), files.end());
  return files;
}

Fleet read_all(const Invocation& call) {
  Fleet fleet;
  for (const std::string& path : call.arguments.values("file"))
    for (const std::string& file : files_of(path))
      read_fleet(fleet, file == "-" ? "standard input" : file, read_input(call, file), call.tenant());
  check_fleet(fleet);
  return fleet;
}

Present fetch_present(Client& client) {
  Present present;
  present.tenants = fetch_list(client, std::string(kTenantKind.path), {});
  present.pools = fetch_list(client, std::string(kPoolKind.path), {});
  present.classes = fetch_list(client, std::string(kClassKind.path), {});
  present.containers = fetch_containers(client, {{"all_tenants", "1"}}, "name,tenant,state,labels,spec,uuid");
  return present;
}

// All that is wrong, or nothing is begun.
void check(const Invocation& call, const std::vector<Complaint>& wrong) {
  if (wrong.empty()) return;
  if (call.json()) print_json(call.screen, {{"wrong", complaints_json(wrong)}});
  call.screen.out << std::flush;
  for (const Complaint& complaint : wrong) call.screen.err << visible(to_text(complaint)) << '\n';
  const std::string count = wrong.size() == 1 ? "one thing is" : std::to_string(wrong.size()) + " things are";
  throw Error(ErrorKind::kInvalid, count + " wrong; nothing is changed");
}

// What cannot be taken back is never begun where nobody said so.
bool may_go_on(const Invocation& call, const FleetPlan& plan) {
  const auto removed = std::count_if(plan.containers.begin(), plan.containers.end(),
                                     [](const ContainerStep& step) { return step.remove; });
  if (removed > 0) return agreed(call, std::to_string(removed) + " containers are removed with their files");
  return call.arguments.has("yes") || call.json() || !can_ask(call) || ask(call, "Go on?");
}

Settings texts_of(const std::vector<Difference>& changes) {
  Settings texts;
  for (const Difference& change : changes) texts[change.key] = setting_text(change.key, change.after);
  return texts;
}

// --- doing it

int apply_tenants(const Invocation& call, const FleetPlan& plan) {
  int status = kExitOk;
  for (const TenantStep& step : plan.tenants) {
    Json body = Json::object();
    for (const auto& [key, value] : step.labels) body["labels"][key] = value.empty() ? Json() : Json(value);
    if (!step.changes.empty()) body["set"] = texts_of(step.changes);
    if (step.make) body["name"] = step.wanted->name;
    if (step.make && !step.wanted->parent.empty()) body["parent"] = step.wanted->parent;
    const std::string path =
        step.make ? std::string(kTenantKind.path) : named_path(kTenantKind, step.wanted->name);
    const int one =
        do_one(call, step.make ? "create tenant" : "change tenant", step.wanted->name,
               [&](Client& client, std::size_t, const OnProgress& progress) {
                 return Outcome{step.make ? "created" : "changed",
                                client.perform(step.make ? "POST" : "PATCH", path, body, progress)};
               });
    if (status == kExitOk) status = one;
  }
  return status;
}

int apply_pool(const Invocation& call, const PoolStep& step) {
  const int status =
      for_each(call, "add", step.add, [&](Client& client, std::size_t i, const OnProgress& progress) {
        Json body{
            {"name", step.wanted->name}, {"prefix", step.add[i]}, {"nat", step.wanted->nat.value_or(false)}};
        return Outcome{"added", client.perform("POST", kPoolKind.path, body, progress)};
      });
  if (!step.set_nat) return status;
  const std::string path = named_path(kPoolKind, step.wanted->name);
  const int set =
      do_one(call, "change", step.wanted->name, [&](Client& client, std::size_t, const OnProgress& progress) {
        return Outcome{"changed", client.perform("PATCH", path, Json{{"nat", *step.wanted->nat}}, progress)};
      });
  return status == kExitOk ? set : status;
}

int apply_class(const Invocation& call, const ClassStep& step) {
  return for_each(call, "add", step.add, [&](Client& client, std::size_t i, const OnProgress& progress) {
    const Json body{{"class", std::stoi(step.wanted->name)}, {"prefix", step.add[i]}};
    return Outcome{"added", client.perform("POST", kClassKind.path, body, progress)};
  });
}

// How long the making that an interrupted run began may still take in the daemon.
constexpr int kMakingTries = 100;
constexpr std::chrono::milliseconds kMakingPause{100};

// What such a run began may also get there meanwhile by itself.
Json start_or_stop(Client& client, const Target& target, bool run, const OnProgress& progress) {
  for (int tries = 0;; ++tries) {
    try {
      return client.perform("POST", container_path(target, run ? "start" : "stop"), std::nullopt, progress);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kConflict) throw;
      Json now = client.call("GET", container_path(target));
      const std::string state = text_at(now, "state");
      if ((state == "running") == run) return now;
      if (state != "configured" || tries == kMakingTries) throw;
    }
    std::this_thread::sleep_for(kMakingPause);
  }
}

Outcome apply_container(Client& client, const ContainerStep& step, const OnProgress& progress) {
  const Target target{step.tenant, step.name, step.tenant + "/" + step.name};
  Outcome outcome;
  const auto add = [&](const std::string& words, Json value) {
    outcome.words += (outcome.words.empty() ? "" : ", ") + words;
    outcome.value = std::move(value);
  };
  if (step.remove) {
    const std::map<std::string, std::string> force{{"force", step.is_running ? "1" : "0"}};
    return {"removed", client.perform("DELETE", container_path(target, "", force), std::nullopt, progress)};
  }
  if (step.make) {
    add("created",
        client.perform("POST", "/v1/containers", create_body(target, stated_spec(*step.wanted)), progress));
  } else if (!step.changes.empty()) {
    add("changed",
        client.perform("PATCH", container_path(target), Json{{"set", texts_of(step.changes)}}, progress));
  }
  if (step.run) add(*step.run ? "started" : "stopped", start_or_stop(client, target, *step.run, progress));
  return outcome;
}

int apply_containers(const Invocation& call, const FleetPlan& plan) {
  std::vector<std::string> shown;
  for (const ContainerStep& step : plan.containers) shown.push_back(step.tenant + "/" + step.name);
  if (shown.empty()) return kExitOk;
  return for_each(call, "apply", shown, [&](Client& client, std::size_t i, const OnProgress& progress) {
    return apply_container(client, plan.containers[i], progress);
  });
}

// Containers need the tenants and pools: without these most would fail for the same reason.
int apply(const Invocation& call, const FleetPlan& plan) {
  int status = apply_tenants(call, plan);
  for (const PoolStep& step : plan.pools)
    if (const int one = apply_pool(call, step); status == kExitOk) status = one;
  for (const ClassStep& step : plan.classes)
    if (const int one = apply_class(call, step); status == kExitOk) status = one;
  return status == kExitOk ? apply_containers(call, plan) : status;
}

int run(Invocation& call) {
  if (!call.arguments.has("file"))
    throw Error(ErrorKind::kInvalid, "a fleet file is needed").cure("as in `croft apply -f shop.yaml`");
  const Fleet fleet = read_all(call);
  check(call, fleet.wrong);
  Client client = call.client();
  const bool prune = call.arguments.has("prune");
  if (prune && std::any_of(fleet.containers.begin(), fleet.containers.end(),
                           [](const WantedContainer& one) { return one.fleet.empty(); }))
    throw Error(ErrorKind::kInvalid, "--prune goes by the name of the fleet, and a file states none")
        .cure("begin it with `fleet: NAME`");
  const FleetPlan plan = plan_fleet(fleet, fetch_present(client), prune);
  check(call, plan.wrong);
  if (call.json() && call.dry_run()) {
    print_json(call.screen, fleet_json(plan));
  } else if (!call.json() && !call.quiet()) {
    call.screen.out << fleet_text(plan, call.screen.colour) << std::flush;
  }
  if (plan.empty() || call.dry_run()) return kExitOk;
  if (!may_go_on(call, plan)) return kExitOk;
  return apply(call, plan);
}

}  // namespace

Command apply_command() {
  return {
      .name = "apply",
      .aliases = {"import"},
      .summary = "make it as a file says",
      .names = Names::kFiles,
      .in_parallel = true,
      .description =
          "Reads what is to be there from fleet files in YAML or JSON, prints how that differs from what is, "
          "and makes it so: tenants, address pools, traffic classes and containers. Everything that is wrong "
          "in "
          "the files is told with its line before anything is changed. Only what a file states is compared: "
          "a "
          "setting that it does not speak of stays as it is, and one without a value is unset. A run that "
          "was "
          "interrupted is completed by the next. Run twice it does nothing. On a terminal it asks before it "
          "changes anything.\n"
          "A file is a map of `fleet` (a name, which becomes the label fleet), `defaults` (settings of all "
          "its "
          "containers), `tenants`, `pools`, `classes` and `containers`. A container has settings as in "
          "croft-spec(5), dotted or nested; `state`, running or stopped, where that is not to be left alone; "
          "and `count` and `first` where its name has a number (web%04d).",
      .options = {{"-f,--file", "FILE|DIR", "A fleet file, a directory of them, or - for standard input",
                   true},
                  {"--prune", "", "Also remove containers of these fleets that the files do not have"},
                  kUnasked,
                  kTenant,
                  kDryRun,
                  kJson,
                  kQuiet},
      .examples = {{"croft apply --dry-run -f shop.yaml", "Only show what would be changed"},
                   {"croft apply -y -f /etc/croft/fleets", "All files of a directory"},
                   {"croft apply -t test -f - < web.yaml",
                    "What `croft export` printed, for another tenant"}},
      .run = run,
  };
}

}  // namespace croft::ctl
