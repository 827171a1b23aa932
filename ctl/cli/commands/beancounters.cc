#include "ctl/cli/beancounters.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reference.h"
#include "ctl/cli/reporter.h"
#include "ctl/cli/select.h"

namespace croft::ctl {
namespace {

// Dummies have no meaning that a program could want.
Json rows_json(const std::vector<Beancounter>& rows) {
  Json list = Json::array();
  for (const Beancounter& row : rows)
    if (row.resource != "dummy")
      list.push_back({{"resource", row.resource},
                      {"held", row.held},
                      {"maxheld", row.maxheld},
                      {"barrier", row.barrier},
                      {"limit", row.limit},
                      {"failcnt", row.failcnt}});
  return list;
}

class Printer {
 public:
  explicit Printer(const Invocation& call) : call_(call), reporter_(call.screen, true) {}

  // Once, and only when it is known that rows may follow: what fails prints nothing but its error.
  void head() {
    if (!call_.json() && !std::exchange(begun_, true)) reporter_.text(beancounter_head());
  }

  void print(const std::string& shown, const Json& container) {
    const std::vector<Beancounter> rows =
        beancounters_of(resources_of(container), memory_parts_of(container));
    const std::string uuid = text_at(container, "uuid");
    if (call_.json()) {
      reporter_.json({{"uuid", uuid},
                      {"name", text_at(container, "name")},
                      {"tenant", text_at(container, "tenant")},
                      {"beancounters", rows_json(rows)}});
    } else {
      head();
      reporter_.text(beancounter_rows(beancounter_uid(shown, uuid), rows));
    }
  }

  void fail(const std::string& shown, const runtime::Error& error) {
    const runtime::Error told = with_attempt(error, "cannot show the beancounters of `" + shown + "`");
    reporter_.error(told);
    if (status_ == kExitOk) status_ = exit_status_of(told.kind());
  }

  [[nodiscard]] int status() const { return status_; }

 private:
  const Invocation& call_;
  Reporter reporter_;
  bool begun_ = false;
  int status_ = kExitOk;
};

void print_all(const Invocation& call, Client& client, Printer& printer) {
  const Selection all({}, call.arguments.has("all-tenants") ? "*" : call.tenant());
  std::vector<std::pair<std::string, Json>> found;
  std::map<std::string, std::string> query = all.query();
  query["parts"] = "1";
  for (Json& container : fetch_list(client, "/v1/resources", std::move(query))) {
    const std::string tenant = all.is_wide() ? text_at(container, "tenant") + "/" : "";
    found.emplace_back(tenant + text_at(container, "name"), std::move(container));
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  printer.head();
  for (const auto& [shown, container] : found) printer.print(shown, container);
}

int run(Invocation& call) {
  Client client = call.client();
  const std::vector<Target> targets = chosen_targets(client, call);
  Printer printer(call);
  if (targets.empty()) print_all(call, client, printer);
  for (const Target& target : targets) {
    try {
      printer.print(target.shown, client.call("GET", container_path(target, "resources", {{"parts", "1"}})));
    } catch (const runtime::Error& error) {
      printer.fail(target.shown, error);
    }
  }
  return printer.status();
}

}  // namespace

Command beancounters_command() {
  return {
      .name = "beancounters",
      .summary = "use as OpenVZ prints it",
      .operands = "[CONTAINER...]",
      .most = kAnyNumber,
      .names = Names::kContainers,
      .chooses = true,
      .description =
          "Prints the table of /proc/user_beancounters, version 2.5, for programs that read it: of the "
          "containers named, or of all of the tenant that run. The uid is the container's name as it was "
          "typed "
          "or found when that has at most ten columns, else the first eight digits of its uuid.\n"
          "numproc is tasks; numtcpsock, numothersock and numfile are sockets and open files; physpages is "
          "memory in pages of 4096 bytes, with memory's failcnt; privvmpages and oomguarpages are memory and "
          "swap together; the barriers of vmguarpages and oomguarpages are memory's guarantee. kmemsize, "
          "lockedpages, shmpages, tcprcvbuf (of TCP both ways) and dcachesize are parts of memory, where "
          "the kernel tells them; it keeps no peak of these, and they have no bounds of their own. What "
          "nobody counts holds 0 and is unlimited (9223372036854775807): `croft host check` lists it. With "
          "-j one object for each container, "
          "without the dummies and with swappages.",
      .options = {{"-A,--all-tenants", "", "Containers of every tenant, when none is named"}, kTenant, kJson},
      .examples = {{"croft beancounters", "All that run"},
                   {"croft beancounters web1 | awk '$NF > 0'", "The rows that count failures"}},
      .run = run,
  };
}

}  // namespace croft::ctl
