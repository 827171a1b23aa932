#include "ctl/fleet/compare.h"

#include <algorithm>
#include <set>

#include "ctl/spec/tenant.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;

std::string text_of(const Json& item, const char* name) {
  const auto found = item.find(name);
  return found != item.end() && found->is_string() ? found->get<std::string>() : std::string();
}

using ByName = std::map<std::string, const Json*>;

ByName by_name(const Json& items) {
  ByName found;
  for (const Json& item : items) found[text_of(item, "name")] = &item;
  return found;
}

const Json* at(const ByName& items, const std::string& name) {
  const auto found = items.find(name);
  return found == items.end() ? nullptr : found->second;
}

class Planner {
 public:
  Planner(const Fleet& fleet, const Present& present) : fleet_(fleet), present_(present) {}

  FleetPlan plan(bool prune);

 private:
  void plan_tenants();
  void plan_tenant(const WantedTenant& wanted, const Json* there);
  void plan_pools();
  void plan_classes();
  void plan_container(const WantedContainer& wanted, const Json* there);
  void plan_prune();
  void complain(const FilePlace& place, const std::string& object, const std::string& path,
                const std::string& message) {
    plan_.wrong.push_back({place, object, path, message});
  }

  const Fleet& fleet_;
  const Present& present_;
  FleetPlan plan_;
  std::set<std::string> tenants_;  // that will be there
};

FleetPlan Planner::plan(bool prune) {
  plan_tenants();
  plan_pools();
  plan_classes();
  std::map<std::string, const Json*> there;
  for (const Json& item : present_.containers)
    there[text_of(item, "tenant") + "/" + text_of(item, "name")] = &item;
  for (const WantedContainer& wanted : fleet_.containers) {
    const auto found = there.find(wanted.tenant + "/" + wanted.name);
    plan_container(wanted, found == there.end() ? nullptr : found->second);
  }
  if (prune) plan_prune();
  return std::move(plan_);
}

// A tenant can be made when the one above it is there: round by round.
void Planner::plan_tenants() {
  const ByName there = by_name(present_.tenants);
  for (const auto& [name, item] : there) tenants_.insert(name);
  std::vector<const WantedTenant*> left;
  for (const WantedTenant& wanted : fleet_.tenants) left.push_back(&wanted);
  while (!left.empty()) {
    const std::size_t before = left.size();
    std::erase_if(left, [&](const WantedTenant* wanted) {
      if (!wanted->parent.empty() && !tenants_.contains(wanted->parent)) return false;
      plan_tenant(*wanted, at(there, wanted->name));
      tenants_.insert(wanted->name);
      return true;
    });
    if (left.size() < before) continue;
    for (const WantedTenant* wanted : left)
      complain(wanted->place, "tenant " + wanted->name, "parent",
               "there is no tenant `" + wanted->parent + "`, and none above it can be made");
    return;
  }
}

void Planner::plan_tenant(const WantedTenant& wanted, const Json* there) {
  TenantStep step{.wanted = &wanted, .make = there == nullptr, .changes = {}, .labels = {}};
  const Json resources =
      there == nullptr ? tenant_resources_json({}) : there->value("resources", Json::object());
  const Json labels = there == nullptr ? Json::object() : there->value("labels", Json::object());
  if (there != nullptr && !wanted.parent.empty() && text_of(*there, "parent") != wanted.parent)
    complain(wanted.place, "tenant " + wanted.name, "parent",
             "is `" + text_of(*there, "parent") + "`, and a tenant cannot move");
  const Json after =
      tenant_resources_json(parse_tenant_resources(apply_assignments(resources, wanted.settings)));
  step.changes = differences(resources, after);
  for (const auto& [key, value] : wanted.labels)
    if (text_of(labels, key.c_str()) != value) step.labels[key] = value;
  if (step.make || !step.changes.empty() || !step.labels.empty()) plan_.tenants.push_back(std::move(step));
}

void Planner::plan_pools() {
  const ByName there = by_name(present_.pools);
  for (const WantedPool& wanted : fleet_.pools) {
    PoolStep step{.wanted = &wanted, .add = wanted.prefixes, .set_nat = false};
    if (const Json* pool = at(there, wanted.name)) {
      for (const Json& entry : pool->value("prefixes", Json::array())) {
        std::erase(step.add, text_of(entry, "prefix"));
        step.set_nat = step.set_nat || (wanted.nat && entry.value("nat", false) != *wanted.nat);
      }
    }
    if (!step.add.empty() || step.set_nat) plan_.pools.push_back(std::move(step));
  }
}

void Planner::plan_classes() {
  const ByName there = by_name(present_.classes);
  for (const WantedClass& wanted : fleet_.classes) {
    ClassStep step{.wanted = &wanted, .add = wanted.prefixes};
    if (const Json* one = at(there, wanted.name))
      for (const Json& prefix : one->value("prefixes", Json::array()))
        if (prefix.is_string()) std::erase(step.add, prefix.get<std::string>());
    if (!step.add.empty()) plan_.classes.push_back(std::move(step));
  }
}

void Planner::plan_container(const WantedContainer& wanted, const Json* there) {
  const std::string object = "container " + wanted.tenant + "/" + wanted.name;
  if (!tenants_.contains(wanted.tenant))
    return complain(wanted.place, object, "", "there is no tenant `" + wanted.tenant + "`");
  ContainerStep step{.tenant = wanted.tenant, .name = wanted.name, .wanted = &wanted};
  step.make = there == nullptr;
  const Json before = step.make ? Json::object() : there->value("spec", Json::object());
  try {
    const Json stated = stated_spec(wanted, before);
    if (step.make && !stated.contains("template"))
      return complain(wanted.place, object, "template", "is stated nowhere, and the container is not there");
    step.changes = differences(before, step.make ? stated : to_json(parse_spec(stated)));
  } catch (const Error& error) {
    return complain(wanted.place, object, "", error.what());
  }
  for (const Difference& change : step.changes)
    if (!step.make && change.when == When::kCreate)
      return complain(wanted.place, object, change.key, "cannot change once the container is made");
  const std::string state = step.make ? "" : text_of(*there, "state");
  step.is_running = state == "running" || state == "frozen";
  if (wanted.running && *wanted.running != (state == "running")) {
    if (*wanted.running || step.is_running) step.run = wanted.running;
  }
  if (step.make || !step.changes.empty() || step.run) plan_.containers.push_back(std::move(step));
}

void Planner::plan_prune() {
  std::set<std::string> fleets;
  std::set<std::string> stay;
  for (const WantedContainer& wanted : fleet_.containers) {
    fleets.insert(wanted.fleet);
    stay.insert(wanted.tenant + "/" + wanted.name);
  }
  for (const Json& item : present_.containers) {
    const std::string fleet = text_of(item.value("labels", Json::object()), std::string(kFleetLabel).c_str());
    const std::string tenant = text_of(item, "tenant");
    const std::string name = text_of(item, "name");
    if (fleet.empty() || !fleets.contains(fleet) || stay.contains(tenant + "/" + name)) continue;
    ContainerStep step{.tenant = tenant, .name = name};
    step.remove = true;
    step.is_running = text_of(item, "state") == "running" || text_of(item, "state") == "frozen";
    plan_.containers.push_back(std::move(step));
  }
}

}  // namespace

FleetPlan plan_fleet(const Fleet& fleet, const Present& present, bool prune) {
  return Planner(fleet, present).plan(prune);
}

}  // namespace croft::ctl
