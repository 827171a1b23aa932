// container.set and container.rename.
#include "cgroups/group.h"
#include "cgroups/live.h"
#include "cgroups/places.h"
#include "ctl/lifecycle/disk.h"
#include "ctl/lifecycle/identity.h"
#include "ctl/lifecycle/in_force.h"
#include "ctl/lifecycle/nic.h"
#include "ctl/lifecycle/plans.h"
#include "ctl/lifecycle/readdress.h"
#include "ctl/lifecycle/snapshot_schedule.h"
#include "ctl/lifecycle/verbs.h"
#include "ctl/lifecycle/view.h"
#include "ctl/lifecycle/wire.h"
#include "ctl/spec/interfaces.h"
#include "ctl/spec/keys.h"
#include "ctl/spec/names.h"
#include "ctl/spec/patch.h"
#include "fs/sysctl.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

std::optional<std::uint64_t> expected_revision(const Call& call) {
  if (call.if_match.empty() || call.if_match == "*") return {};
  return parse_count(call.if_match);
}

Json asked_for(const Call& call, const Json& spec) {
  const bool patched = call.body.contains("spec");
  return apply_assignments(patched ? merge_patch(spec, call.body["spec"]) : spec, assignments_of(call));
}

Json checked(const Json& spec) {
  const Spec parsed = parse_spec(spec);
  std::vector<runtime::FieldError> wrong;
  for (const auto& [name, value] : parsed.sysctl)
    if (const auto problem = fs::sysctl_problem(name, value)) wrong.push_back({"sysctl." + name, *problem});
  if (!wrong.empty()) throw Error(std::move(wrong));
  return to_json(parsed);
}

// What was not changed may lie outside meanwhile: a CPU that was taken away keeps nobody from changing the
// rest.
void check_places(const Json& before, const Json& wanted) {
  const cgroups::Resources now = parse_spec(before).resources;
  const cgroups::Resources next = parse_spec(wanted).resources;
  if (now.cpus == next.cpus && now.nodes == next.nodes && now.hugetlb == next.hugetlb) return;
  if (auto wrong = cgroups::misplaced(next, cgroups::read_places("/sys")); !wrong.empty())
    throw Error(std::move(wrong));
}

// The merge patch (RFC 7396) that makes `after` of `before`.
Json patch_between(const Json& before, const Json& after) {
  Json patch = Json::object();
  for (const auto& [key, value] : before.items())
    if (!after.contains(key)) patch[key] = nullptr;
  for (const auto& [key, value] : after.items()) {
    const Json was = before.value(key, Json());
    if (was.is_object() && value.is_object())
      patch[key] = patch_between(was, value);
    else if (was != value)
      patch[key] = value;
  }
  return patch;
}

// What is fixed when a container is made.
void check_fixed(const ContainerRecord& record, const Json& wanted) {
  for (const Difference& difference : differences(record.spec.json(), wanted))
    if (difference.key == "template" || difference.key == "pool" || difference.key == "ephemeral")
      throw runtime::wrong_field(difference.key, "cannot be changed after the container was created");
}

// Their packets would be nobody's.
void check_nics(const Spec& now, const Spec& next) {
  const auto refuse = [](const std::string& key) {
    throw Error(ErrorKind::kConflict, key + " cannot be changed while it runs").cure("stop it first");
  };
  for (const auto& [name, net] : next.nic)
    if (!now.nic.contains(name)) refuse("nic." + name);
  for (const auto& [name, net] : now.nic) {
    const auto after = next.nic.find(name);
    if (after == next.nic.end()) refuse("nic." + name);
    if (after->second.mode != net.mode) refuse(renamed("net.mode", name));
    if (after->second.mac != net.mac) refuse(renamed("net.mac", name));
  }
}

// The packets of a run are judged by what is saved: what its link is does not change under it.
void check_link(const ContainerRecord& record, const Json& wanted) {
  if (!has_run(record.state)) return;
  const Spec::Net now = record.spec.parsed().net;
  const Spec::Net next = parse_spec(wanted).net;
  const bool on_lan = traits_of(now.mode).lan || traits_of(next.mode).lan;
  const auto refuse = [&](const char* key) {
    throw Error(ErrorKind::kConflict, std::string(key) + " cannot be changed while it runs")
        .cure("stop it first");
  };
  if (now.mode != next.mode && on_lan) refuse("net.mode");
  if (now.mac != next.mac) refuse("net.mac");
  check_nics(record.spec.parsed(), parse_spec(wanted));
  check_readdress(record, parse_spec(wanted));
}

// Only for the present run: nothing is saved.
bool is_for_this_run(const Call& call) {
  check_members(call.body, {"spec", "set", "runtime"});
  if (!call.body.is_object() || !call.body.contains("runtime")) return false;
  if (!call.body["runtime"].is_boolean()) throw runtime::wrong_field("runtime", "must be true or false");
  return call.body["runtime"];
}

// What the next start would read is not for the present run.
void check_for_this_run(const ContainerRecord& record, const Json& before, const Json& wanted) {
  if (!has_run(record.state))
    throw Error(ErrorKind::kConflict, "`" + record.object() + "` does not run")
        .cure("without --runtime the change is saved for its next start");
  for (const Difference& difference : differences(before, wanted))
    if (const Key* key = find_key(difference.key);
        !key || !key->resource || difference.when != When::kLive || is_of_disk(difference.key))
      throw runtime::wrong_field(difference.key, "cannot be changed for the present run alone");
}

// The change that makes the specification in force outlive the daemon.
struct KeepInForce {
  const Context& context;
  ContainerRecord record;  // as it will be saved
  Json before;
  Json next;

  [[nodiscard]] runtime::Description describe() const { return {"keep", "settings of the run", ""}; }
  void apply() const { put_in_force(context, record, next); }
  void undo() const noexcept {
    try {
      put_in_force(context, record, before);
    } catch (...) {  // a full /run: then the saved one is in force after the daemon's next start
      return;
    }
  }
};

void plan_live(Context& context, const Call& call, const ContainerRecord& record,
               const ContainerRecord& saved, const Json& before, const Json& wanted,
               runtime::Changes& changes) {
  if (!has_run(saved.state)) return;
  context.control.plan_change(saved.uuid, parse_spec(wanted).resources, call.progress, changes);
  const view::Bounds now = shown_to(context, saved, parse_spec(before));
  const view::Bounds next = shown_to(context, saved, parse_spec(wanted));
  if (now != next)
    runtime::add(changes, NoteView{.path = note_path(context.host, saved.uuid),
                                   .object = saved.object(),
                                   .before = now,
                                   .bounds = next});
  // Where the run goes by what is saved, before and after, there is nothing to keep.
  if (wanted != saved.spec.json() || before != record.spec.json())
    runtime::add(changes, KeepInForce{context, saved, before, wanted});
}

// Its link is shaped by what is in force.
void plan_rates(Context& context, const ContainerRecord& record, const Json& before, const Json& wanted,
                runtime::Changes& changes) {
  const NetWords now = net_words(parse_spec(before));
  const NetWords next = net_words(parse_spec(wanted));
  if (has_run(record.state) && now != next)
    runtime::add(changes,
                 PutRates{&context.shaping, record.uuid, link_ids(record, record.spec.parsed()), now, next});
}

// What is left of the guard of one that is to have no network: its run still has it, its ports are free.
netns::Guard bare(netns::Guard guard) {
  guard.forwards.clear();
  guard.filter = {};
  guard.connections.reset();
  return guard;
}

// Its packets are guarded by what is saved, whether it runs or not.
void plan_guard(Context& context, const ContainerRecord& record, const ContainerRecord& saved,
                runtime::Changes& changes) {
  const std::vector<netns::Guard> before = guards_of(context, record);
  const std::vector<netns::Guard> after = guards_of(context, saved);
  const auto same_link = [](const std::vector<netns::Guard>& all, const netns::Guard& one) {
    return std::find_if(all.begin(), all.end(), [&](const netns::Guard& o) { return o.uuid == one.uuid; });
  };
  for (const netns::Guard& guard : before)
    if (same_link(after, guard) == after.end()) {
      if (guard.uuid == record.uuid)
        runtime::add(changes, SwapGuard{&context.firewall, guard, bare(guard)});
      else
        runtime::add(changes, DropGuard{&context.firewall, guard});
    }
  for (const netns::Guard& guard : after) {
    const auto was = same_link(before, guard);
    if (was == before.end())
      runtime::add(changes, PutGuard{&context.firewall, guard});
    else if (*was != guard)
      runtime::add(changes, SwapGuard{&context.firewall, *was, guard});
  }
}

Json difference_json(const ContainerRecord& record, const Json& before, const Json& wanted) {
  Json list = Json::array();
  for (const Difference& d : differences(before, wanted))
    list.push_back({{"key", d.key},
                    {"before", d.before},
                    {"after", d.after},
                    {"needs_restart", has_run(record.state) && d.when != When::kLive}});
  return list;
}

std::vector<runtime::Description> describe(const Json& before, const Json& wanted,
                                           const runtime::Changes& changes) {
  std::vector<runtime::Description> all = runtime::describe(changes);
  for (const Difference& d : differences(before, wanted))
    all.insert(all.begin(),
               {"set", d.key, d.after.is_string() ? d.after.get<std::string>() : d.after.dump()});
  return all;
}

// A change as it was asked for, worked out.
struct Wanted {
  bool for_this_run = false;
  Json saved_before;  // in the registry
  PlannedSpec saved;
  Json live_before, live;  // of the run, where there is one

  [[nodiscard]] const Json& before() const { return for_this_run ? live_before : saved_before; }
  [[nodiscard]] const Json& after() const { return for_this_run ? live : saved.spec; }
};

Wanted work_out(const Context& context, const Call& call, const ContainerRecord& record,
                const std::optional<PlanUse>& use) {
  Wanted wanted{.for_this_run = is_for_this_run(call),
                .saved_before = record.spec.json(),
                .saved = {.spec = record.spec.json(), .plan_values = {}, .own = {}},
                .live_before = spec_in_force(context, record).json(),
                .live = {}};
  if (wanted.for_this_run) {
    wanted.live = checked(asked_for(call, wanted.live_before));
    check_places(wanted.live_before, wanted.live);
    check_for_this_run(record, wanted.live_before, wanted.live);
    return wanted;
  }
  wanted.saved = plan_at_change(
      context, record, [&call](const Json& spec) { return asked_for(call, spec); }, use);
  wanted.saved.spec = checked(wanted.saved.spec);
  // What holds for this run alone stays, but for what is changed now.
  wanted.live =
      checked(merge_patch(wanted.live_before, patch_between(wanted.saved_before, wanted.saved.spec)));
  check_fixed(record, wanted.saved.spec);
  check_link(record, wanted.saved.spec);
  check_places(wanted.saved_before, wanted.saved.spec);
  return wanted;
}

ContainerRecord store(Context& context, const Call& call, const ContainerRecord& record, const Wanted& wanted,
                      bool rehearsal) {
  EventDraft event = event_of(call, "container.changed",
                              {{"changes", difference_json(record, wanted.before(), wanted.after())}});
  event.rehearsal = rehearsal;
  if (!wanted.for_this_run) {
    return context.registry.update_spec(record.uuid, expected_revision(call), wanted.saved.spec, event,
                                        wanted.saved.plan_values);
  }
  if (!rehearsal) {
    event.detail["runtime"] = true;
    context.registry.append_event(event, record.object(), record.uuid);
  }
  return record;
}

bool is_renamed_inside(const ContainerRecord& before, const ContainerRecord& after) {
  return has_run(before.state) &&
         hostname_of(before, before.spec.parsed()) != hostname_of(after, after.spec.parsed());
}

// Addresses that are lent while a change is made, until it is saved or given up.
class Lending {
 public:
  Lending(Context& context, std::string uuid) : context_(context), uuid_(std::move(uuid)) {}
  Lending(const Lending&) = delete;
  Lending& operator=(const Lending&) = delete;
  ~Lending() {
    try {
      if (begun_) context_.registry.end_readdress(uuid_);
    } catch (const std::exception&) {  // recovery ends it
      return;
    }
  }
  ContainerRecord begin(const Json& spec) {
    ContainerRecord next = context_.registry.begin_readdress(uuid_, spec);
    begun_ = true;
    return next;
  }
  [[nodiscard]] bool begun() const { return begun_; }

 private:
  Context& context_;
  std::string uuid_;
  bool begun_ = false;
};

}  // namespace

Answer change_container(Context& context, const Call& call, const std::optional<PlanUse>& use) {
  const ContainerRecord named = container_of(context, call);
  const Activity activity(context.live.at(named.uuid), "being changed", named.object());
  const ContainerRecord record = context.registry.get(named.uuid);
  const Wanted wanted = work_out(context, call, record, use);
  ContainerRecord saved = record;
  saved.spec = wanted.saved.spec;
  Lending lending(context, record.uuid);
  runtime::Changes changes;
  try {
    plan_live(context, call, record, saved, wanted.live_before, wanted.live, changes);
    plan_rates(context, record, wanted.live_before, wanted.live, changes);
    // What it leases is known to the registry only.
    saved = store(context, call, record, wanted, true);
    check_interfaces(context, record, saved.spec.parsed());
    check_listeners(record.spec.parsed(), saved.spec.parsed());
    check_of_host(context, record.spec.parsed(), saved.spec.parsed());
    check_wire(context, record.spec.parsed(), saved.spec.parsed());
    const bool readdressed = has_run(record.state) && is_readdressed(record, saved);
    if (readdressed && !call.dry_run) saved = lending.begin(wanted.saved.spec);
    plan_guard(context, record, saved, changes);
    if (readdressed) runtime::add(changes, Readdress{&context, record, saved});
    plan_quota(context, record, saved, changes);
    if (call.dry_run) return planned(describe(wanted.before(), wanted.after(), changes));
    runtime::apply_changes(changes, [&](std::size_t i, const runtime::Change&) {
      if (call.fail_at == static_cast<int>(i)) throw Error(ErrorKind::kSystem, "fault injected", EIO);
    });
    try {
      store(context, call, record, wanted, false);
    } catch (...) {
      runtime::undo_changes(changes);
      throw;
    }
  } catch (Error& error) {
    throw error.wrap("cannot change `" + record.object() + "`");
  }
  if (lending.begun() || is_renamed_inside(record, saved))
    refresh_identity(context, context.registry.get(record.uuid));
  if (saved.spec.parsed().snapshot != record.spec.parsed().snapshot) look_at_schedule(context, record.uuid);
  Answer answer = container_answer(context, record.uuid);
  answer.body["changed"] = difference_json(record, wanted.before(), wanted.after());
  answer.body["own"] = own_json(wanted.saved.own);
  return answer;
}

Answer set_container(Context& context, const Call& call) {
  return change_container(context, call, {});
}

Answer rename_container(Context& context, const Call& call) {
  check_members(call.body, {"name"});
  const ContainerRecord record = container_of(context, call);
  if (!call.body.contains("name") || !call.body["name"].is_string())
    throw runtime::wrong_field("name", "is missing, or is not a text");
  const std::string name = call.body["name"];
  check_container_name(name);
  const ContainerRecord renamed = context.registry.rename(record.uuid, expected_revision(call), name,
                                                          event_of(call, "container.renamed"));
  if (call.dry_run) return planned({{"rename", record.object(), name}});
  if (is_renamed_inside(record, renamed))
    context.watcher.post([&context, renamed] { refresh_identity(context, renamed); });
  return container_answer(context, record.uuid);
}

}  // namespace croft::ctl
