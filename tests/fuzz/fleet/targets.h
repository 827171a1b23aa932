// What the fuzzer of ctl/fleet tries, so that the unit tests can replay the corpus without a fuzzer. A broken
// promise aborts.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ctl/fleet/compare.h"
#include "ctl/spec/names.h"
#include "runtime/error.h"

namespace croft::ctl::fleet_fuzz {

inline void promise(bool kept, const char* what) {
  if (kept) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

// The daemon as it would be once all was applied.
inline Present applied(const Fleet& fleet) {
  Present present;
  for (const WantedTenant& tenant : fleet.tenants) present.tenants.push_back({{"name", tenant.name}});
  for (const WantedContainer& wanted : fleet.containers) {
    Json spec = stated_spec(wanted);
    if (!spec.contains("template")) spec["template"] = "t";
    present.containers.push_back({{"name", wanted.name},
                                  {"tenant", wanted.tenant},
                                  {"state", wanted.running.value_or(false) ? "running" : "stopped"},
                                  {"spec", to_json(parse_spec(spec))},
                                  {"labels", spec.value("label", Json::object())}});
  }
  return present;
}

inline void fleet(std::string_view text) {
  Fleet read;
  read_fleet(read, "f", std::string(text), "default");
  check_fleet(read);
  for (const Complaint& complaint : read.wrong) {
    promise(is_clean_text(to_text(complaint)), "a complaint can be printed");
    promise(complaint.place.line >= 0, "a complaint has its line");
  }
  if (!read.wrong.empty()) return;
  const FleetPlan first = plan_fleet(read, {}, false);
  for (const ContainerStep& step : first.containers) promise(step.make, "what is not there is made");
  Present present = applied(read);
  present.tenants.push_back({{"name", "default"}});
  for (const WantedContainer& wanted : read.containers) present.tenants.push_back({{"name", wanted.tenant}});
  for (const ContainerStep& step : plan_fleet(read, present, true).containers)
    promise(!step.make && !step.remove && !step.run && step.changes.empty(), "what is applied is done");
}

}  // namespace croft::ctl::fleet_fuzz
