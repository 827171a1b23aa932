// What has to be done so that a fleet is there: its files beside what the daemon has. Only what a file states
// is compared; what it does not speak of stays as it is. Pure.
#pragma once

#include <string>
#include <vector>

#include "ctl/fleet/fleet.h"
#include "ctl/spec/patch.h"

namespace croft::ctl {

struct TenantStep {
  const WantedTenant* wanted = nullptr;
  bool make = false;
  std::vector<Difference> changes;            // of settings
  std::map<std::string, std::string> labels;  // those that differ; empty texts are removed
};

struct PoolStep {
  const WantedPool* wanted = nullptr;
  std::vector<std::string> add;
  bool set_nat = false;
};

struct ClassStep {
  const WantedClass* wanted = nullptr;
  std::vector<std::string> add;
};

struct ContainerStep {
  std::string tenant{};
  std::string name{};
  const WantedContainer* wanted = nullptr;  // nullptr: it is removed
  bool make = false;
  bool remove = false;
  bool is_running = false;            // as the daemon has it now
  std::vector<Difference> changes{};  // of what is there; of what is made all that is stated
  std::optional<bool> run{};          // to be started, to be stopped
};

struct FleetPlan {
  std::vector<TenantStep> tenants;  // those above others first
  std::vector<PoolStep> pools;
  std::vector<ClassStep> classes;
  std::vector<ContainerStep> containers;
  std::vector<Complaint> wrong;  // what no change can do: another template, another parent

  [[nodiscard]] bool empty() const {
    return tenants.empty() && pools.empty() && classes.empty() && containers.empty();
  }
};

// What the daemon has, as its lists answer.
struct Present {
  Json tenants = Json::array();
  Json pools = Json::array();
  Json classes = Json::array();
  Json containers = Json::array();
};

// `prune` also removes containers that carry the label of a fleet of these files and are in none of them. The
// plan points into `fleet`.
FleetPlan plan_fleet(const Fleet& fleet, const Present& present, bool prune);

}  // namespace croft::ctl
