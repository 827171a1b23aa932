// container.create.
#include <algorithm>
#include <chrono>

#include "cgroups/places.h"
#include "ctl/lifecycle/create.h"
#include "ctl/lifecycle/destroy.h"
#include "ctl/lifecycle/disk.h"
#include "ctl/lifecycle/hooks.h"
#include "ctl/lifecycle/inits.h"
#include "ctl/lifecycle/nic.h"
#include "ctl/lifecycle/plans.h"
#include "ctl/lifecycle/snapshot_schedule.h"
#include "ctl/lifecycle/stop.h"
#include "ctl/lifecycle/user.h"
#include "ctl/lifecycle/verbs.h"
#include "ctl/lifecycle/wire.h"
#include "ctl/spec/interfaces.h"
#include "ctl/spec/names.h"
#include "fs/pool.h"
#include "fs/sysctl.h"
#include "netns/occupied.h"
#include "netns/parent.h"
#include "netns/pool.h"
#include "runtime/error.h"
#include "templates/stack.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

// What only fs/ knows about the spec, added to what parse_spec found.
void check_sysctls(const Spec& spec) {
  std::vector<runtime::FieldError> wrong;
  for (const auto& [name, value] : spec.sysctl)
    if (const auto problem = fs::sysctl_problem(name, value)) wrong.push_back({"sysctl." + name, *problem});
  if (!wrong.empty()) throw Error(std::move(wrong));
}

NewContainer wanted_of(const Context& context, const Call& call) {
  check_members(call.body, {"name", "tenant", "spec"});
  if (!call.body.is_object() || !call.body.contains("name") || !call.body["name"].is_string())
    throw runtime::wrong_field("name", "is missing, or is not a text");
  if (call.body.contains("tenant") && !call.body["tenant"].is_string())
    throw runtime::wrong_field("tenant", "must be a text");
  NewContainer wanted;
  wanted.name = call.body["name"];
  check_container_name(wanted.name);
  wanted.tenant = call.body.value("tenant", "default");
  const PlannedSpec planned = plan_at_creation(context, call.body.value("spec", Json::object()));
  wanted.spec = planned.spec;
  const Spec& spec = wanted.spec.parsed();
  if (spec.template_name.empty())
    throw runtime::wrong_field("template", "is missing: what is the container made from?");
  wanted.template_name = spec.template_name;
  wanted.plan_values = planned.plan_values.value_or(Json());
  set_leases(wanted);
  return wanted;
}

void check_not_of_host(const Spec::Net& net, const std::string& key,
                       std::vector<runtime::FieldError>& wrong) {
  const std::vector<std::string> all = stated_addresses(net);
  for (std::size_t i = 0; i < all.size(); ++i)
    if (netns::is_host_address(netns::parse_address(all[i])))
      wrong.push_back({key + "[" + std::to_string(i) + "]", "is the host's own address " + all[i]});
}

// Whether a container has taken it from the host, or will.
bool is_handed_over(const Context& context, const std::string& device) {
  const auto takes = [&](const Spec::Net& net) { return net.mode == NetMode::kPhys && net.parent == device; };
  const std::vector<ContainerRecord> all = context.registry.containers();
  return std::any_of(all.begin(), all.end(), [&](const ContainerRecord& one) {
    const Spec& spec = one.spec.parsed();
    return takes(spec.net) ||
           std::any_of(spec.nic.begin(), spec.nic.end(), [&](const auto& nic) { return takes(nic.second); });
  });
}

void check_device(const std::optional<std::string>& device, const std::string& key,
                  std::vector<runtime::FieldError>& wrong) {
  if (!device) return;
  try {
    (void)netns::find_parent(*device);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kNotFound) throw;
    wrong.push_back({key, error.what()});
  }
}

// Only what is new: what it has may be gone by now, and is looked at again at every start.
void check_of_host(const Context& context, const Spec::Net& before, const Spec::Net& after,
                   const std::optional<std::string>& nic, std::vector<runtime::FieldError>& wrong) {
  const auto key = [&](const char* name) { return nic ? renamed(name, *nic) : name; };
  if (before.address != after.address) check_not_of_host(after, key("net.address"), wrong);
  const auto is_away = [&] {
    return after.parent && after.mode == NetMode::kPhys && is_handed_over(context, *after.parent);
  };
  if (before.parent != after.parent && !is_away()) check_device(after.parent, key("net.parent"), wrong);
  if (before.proxy != after.proxy) check_device(after.proxy, key("net.proxy"), wrong);
}

// A container without an init to run, or without the user to run it as, is refused now, not at its first
// start.
void check_first_process(const Context& context, const NewContainer& wanted) {
  const auto found = context.registry.find_template(wanted.template_name);
  if (!found)
    throw Error(ErrorKind::kNotFound, "there is no template `" + wanted.template_name + "`")
        .cure("`croft template list` shows what there is; `croft template build` and `import` make one");
  const Spec& spec = wanted.spec.parsed();
  const templates::Manifest manifest = templates::manifest_from_json(found->manifest);
  resolve_init(spec, manifest);
  if (cgroups::asks_for_places(spec.resources))
    if (auto wrong = cgroups::misplaced(spec.resources, cgroups::read_places("/sys")); !wrong.empty())
      throw Error(std::move(wrong));
  if (spec.user) find_user_in(templates::lower_directories(context.store, manifest), *spec.user);
}

std::vector<runtime::Description> describe(const Context& context, const ContainerRecord& record) {
  std::vector<runtime::Description> changes{
      {"record", record.object(), "template " + record.template_name},
      {"lease", "id range", std::to_string(kIdRangeSize) + " ids from " + std::to_string(record.id_base)}};
  for (const std::string& address : record.addresses) changes.push_back({"lease", "address", address});
  for (const auto& [name, addresses] : record.nic_addresses)
    for (const std::string& address : addresses) changes.push_back({"lease", "address of " + name, address});
  describe_hook(record, HookEvent::kPreCreate, changes);
  changes.push_back({"mkdir", pool_with(context, record)->place() + "/UUID", ""});
  return changes;
}

void plan_files(Context& context, const ContainerRecord& record, runtime::Changes& changes) {
  runtime::add(changes, fs::MakeContainerFiles{.paths = paths_of(context, record),
                                               .root_id = record.id_base,
                                               .pool = pool_with(context, record),
                                               .limits = disk_limits(record)});
  plan_new_guard(context, record, changes);
}

ContainerRecord yet_to_be_made(const NewContainer& wanted) {
  ContainerRecord record;
  record.uuid = kNoUuid;
  record.tenant = wanted.tenant;
  record.name = wanted.name;
  return record;
}

}  // namespace

void set_leases(NewContainer& wanted) {
  const auto& net = wanted.spec.parsed().net;
  wanted.addresses = stated_addresses(net);
  wanted.pool = pool_of(net).value_or("");
}

void check_wanted(const Context& context, const NewContainer& wanted) {
  const Spec& spec = wanted.spec.parsed();
  check_sysctls(spec);
  check_of_host(context, {}, spec);
  check_wire(context, {}, spec);
  check_listeners({}, spec);
  check_interfaces(context, yet_to_be_made(wanted), spec);
}

std::vector<std::string> strip_own(Json& spec) {
  std::vector<std::string> stripped;
  const auto strip = [&](Json& net, const std::string& prefix) {
    for (const char* key : {"address", "forward", "gateway", "mac"})
      if (net.erase(key) > 0) stripped.push_back(prefix + key);
  };
  for (const char* key : {"hostname", "external_id"})
    if (spec.erase(key) > 0) stripped.emplace_back(key);
  if (const auto net = spec.find("net"); net != spec.end()) strip(*net, "net.");
  if (const auto nics = spec.find("nic"); nics != spec.end())
    for (auto& [name, net] : nics->items()) strip(net, "nic." + name + ".");
  return stripped;
}

runtime::Description LimitDisk::describe() const {
  return {"limit", "the disk of " + record.object(), ""};
}

void LimitDisk::apply() const {
  put_quota(context, record);
}

void LimitDisk::undo() const noexcept {
  try {
    drop_quota(context, record);
  } catch (const Error&) {  // whoever has these ids next sets it anew
    return;
  }
}

void plan_new_guard(Context& context, const ContainerRecord& record, runtime::Changes& changes) {
  for (netns::Guard& guard : guards_of(context, record))
    runtime::add(changes, PutGuard{&context.firewall, std::move(guard)});
}

Answer bring_about(Context& context, const ContainerRecord& record, const Call& call,
                   runtime::Changes& changes) {
  if (has_hook(record, HookEvent::kPreCreate))
    changes.emplace(changes.begin(), RunHook{.context = &context,
                                             .record = record,
                                             .event = HookEvent::kPreCreate,
                                             .undone_by = HookEvent::kPostDestroy,
                                             .call = &call});
  try {
    runtime::apply_changes(changes, [&](std::size_t i, const runtime::Change&) {
      if (call.fail_at == static_cast<int>(i)) throw Error(ErrorKind::kSystem, "fault injected", EIO);
    });
  } catch (Error&) {
    context.registry.begin_destroy(record.uuid, event_of(call.actor, "container.destroying"));
    context.registry.finish_destroy(record.uuid, event_of(call.actor, "container.destroyed"));
    context.live.erase(record.uuid);
    throw;
  }
  context.registry.note_state(
      record.uuid, {.state = State::kReady, .reason = "", .generation = {}, .started = {}, .last_exit = {}},
      event_of(call.actor, "container.ready"));
  if (record.spec.parsed().snapshot.schedule) look_at_schedule(context, record.uuid);
  Answer answer = container_answer(context, record.uuid);
  answer.status = 201;
  answer.location = "/v1/containers/" + record.uuid;
  return answer;
}

// The registry sees to it that no two containers have an address; the host's own only the kernel knows, and
// others' the wire.
void check_of_host(const Context& context, const Spec& before, const Spec& after) {
  std::vector<runtime::FieldError> wrong;
  check_of_host(context, before.net, after.net, std::nullopt, wrong);
  for (const auto& [name, net] : after.nic) {
    const auto had = before.nic.find(name);
    check_of_host(context, had == before.nic.end() ? Spec::Net{} : had->second, net, name, wrong);
  }
  if (!wrong.empty()) throw Error(std::move(wrong));
}

Answer create_container(Context& context, const Call& call) {
  const NewContainer wanted = wanted_of(context, call);
  try {
    check_first_process(context, wanted);
    check_wanted(context, wanted);
    const ContainerRecord record =
        context.registry.create_container(wanted, event_of(call, "container.created"));
    if (call.dry_run) return planned(describe(context, record));
    const Activity making(context.live.at(record.uuid), "being made", record.object());
    runtime::Changes changes;
    plan_files(context, record, changes);
    return bring_about(context, record, call, changes);
  } catch (Error& error) {
    throw error.wrap("cannot create `" + wanted.tenant + "/" + wanted.name + "`");
  }
}

}  // namespace croft::ctl
