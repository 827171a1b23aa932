#include "ctl/lifecycle/snapshot_schedule.h"

#include <cstdio>
#include <ctime>

#include "ctl/lifecycle/snapshots.h"
#include "ctl/lifecycle/time.h"
#include "ctl/spec/retention.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;

constexpr std::chrono::minutes kEvery{1};
constexpr std::chrono::minutes kAfterFailure{10};

// Those that were made on schedule.
struct Made {
  std::string name;
  std::int64_t created = 0;
  Json note;
};

std::vector<Made> made_on_schedule(const Context& context, const ContainerRecord& record) {
  std::vector<Made> made;
  for (const std::string& name : snapshot_names(context, record)) {
    Json note = snapshot_json(context, record, name);
    if (note.value("scheduled", false) && note["created"].is_string())
      made.push_back({name, seconds_of(note["created"]), std::move(note)});
  }
  return made;
}

// Since the last one was made nothing ran.
bool is_unchanged(const ContainerRecord& record, const Made& last) {
  return !has_run(record.state) && last.note["pause_us"].is_null() &&
         last.note.value("generation", std::uint64_t{0}) == record.generation;
}

bool has_failed_just_now(const Context& context, const std::string& uuid, std::int64_t now) {
  const auto failed = context.registry.kept(kSnapshotFailed, uuid);
  return failed && now - seconds_of(*failed) < std::chrono::seconds(kAfterFailure).count();
}

bool is_wanted(const Context& context, const ContainerRecord& record, const std::vector<Made>& made,
               std::int64_t now) {
  if (has_failed_just_now(context, record.uuid, now)) return false;
  const Made* last = nullptr;
  for (const Made& one : made)
    if (last == nullptr || one.created > last->created) last = &one;
  if (last == nullptr) return true;
  return is_due(*record.spec.parsed().snapshot.schedule, last->created, now) && !is_unchanged(record, *last);
}

void make_one(Context& context, const ContainerRecord& record) {
  std::string name = "auto-" + snapshot_name_of_now();
  check_new_snapshot(context, record, name);
  fs::CopyWatch watch;
  watch.go_on = [&clerk = context.clerk] { return !clerk.stopping(); };
  make_snapshot(context, record, {.name = std::move(name), .scheduled = true, .watch = watch}, kDaemonActor);
  context.registry.forget(kSnapshotFailed, record.uuid);
}

void expire(Context& context, const ContainerRecord& record) {
  const std::vector<Made> made = made_on_schedule(context, record);
  std::vector<std::int64_t> times;
  times.reserve(made.size());
  for (const Made& one : made) times.push_back(one.created);
  const std::vector<bool> kept = kept_of(times, *record.spec.parsed().snapshot.keep);
  for (std::size_t i = 0; i < made.size(); ++i)
    if (!kept[i])
      drop_snapshot(
          context, record, made[i].name, [&clerk = context.clerk] { return !clerk.stopping(); },
          kDaemonActor);
}

void look_at(Context& context, const std::string& uuid) {
  const auto known = context.registry.find(uuid);
  if (!known || !known->trashed.is_null() || !known->spec.parsed().snapshot.schedule ||
      known->state == State::kDestroying || known->state == State::kConfigured ||
      !context.pools.absent(disk_pool_of(*known)).empty())
    return;
  const Activity activity(context.live.at(uuid), "being copied", known->object());
  const auto record = context.registry.find(uuid);
  if (!record || !record->spec.parsed().snapshot.schedule) return;
  if (is_wanted(context, *record, made_on_schedule(context, *record), time(nullptr)))
    make_one(context, *record);
  expire(context, *record);
}

void tell_failure(Context& context, const std::string& uuid, const Error& error) {
  try {
    const auto record = context.registry.find(uuid);
    if (!record || context.clerk.stopping()) return;
    context.registry.keep(kSnapshotFailed, uuid, now_text());
    context.registry.append_event(
        event_of(kDaemonActor, "container.snapshot-failed", {{"reason", error.what()}}), record->object(),
        uuid);
  } catch (const Error& other) {
    std::fprintf(stderr, "croftd: snapshots of `%s`: %s; %s\n", uuid.c_str(), error.what(), other.what());
  }
}

void look_and_tell(Context& context, const std::string& uuid) {
  try {
    look_at(context, uuid);
  } catch (const Error& error) {
    tell_failure(context, uuid, error);
  }
}

void look_at_all(Context& context) {
  try {
    for (const ContainerRecord& record : context.registry.containers()) {
      if (context.clerk.stopping()) return;
      if (record.spec.parsed().snapshot.schedule) look_and_tell(context, record.uuid);
    }
  } catch (const Error& error) {
    std::fprintf(stderr, "croftd: cannot look at the schedules of snapshots: %s\n", error.what());
  }
}

void look_again_and_again(Context& context) {
  look_at_all(context);
  context.clerk.post_later(kEvery, [&context] { look_again_and_again(context); });
}

}  // namespace

void keep_snapshots(Context& context) {
  context.clerk.post([&context] { look_again_and_again(context); });
}

void look_at_schedule(Context& context, const std::string& uuid) {
  context.clerk.post([&context, uuid] { look_and_tell(context, uuid); });
}

}  // namespace croft::ctl
