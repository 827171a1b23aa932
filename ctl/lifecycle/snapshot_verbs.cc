// snapshot.*: what a container wrote, kept as it was.
//
// A snapshot is PLACE/.snapshots/UUID/NAME in the container's pool, with what is said of it in NAME.json. It
// grows under a name with a dot in front, gets the name when it is whole, and loses it before it is taken
// away: whatever has a dot in front when the daemon starts goes.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "cgroups/live.h"
#include "ctl/lifecycle/destroy.h"
#include "ctl/lifecycle/disk.h"
#include "ctl/lifecycle/time.h"
#include "ctl/lifecycle/verbs.h"
#include "ctl/spec/names.h"
#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr cgroups::Milliseconds kFreezeTime{10'000};
constexpr std::size_t kMaxSnapshots = 256;  // of a container

std::string snapshots_of(const Context& context, const ContainerRecord& record) {
  return pool_with(context, record)->place() + "/" + kSnapshots + "/" + record.uuid;
}

std::string note_of(const std::string& snapshot) {
  return snapshot + ".json";
}

void check_snapshot_name(const std::string& name) {
  constexpr std::size_t kLongest = 63;
  const bool good = !name.empty() && name.size() <= kLongest && name.front() != '-' &&
                    std::all_of(name.begin(), name.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
                    });
  if (!good)
    throw runtime::wrong_field("name", "`" + shown(name) +
                                           "` cannot be the name of a snapshot: use 1 to 63 of a-z, 0-9 "
                                           "and -, with a letter or digit first");
}

// "2026-11-22T11:30:05.123456Z" -> "20261122-113005"
std::string name_of_now() {
  std::string name = now_text().substr(0, 19);
  std::erase_if(name, [](char c) { return c == '-' || c == ':'; });
  std::replace(name.begin(), name.end(), 'T', '-');
  return name;
}

std::string asked_name(const Call& call) {
  check_members(call.body, {"name"});
  if (!call.body.is_object() || !call.body.contains("name")) return name_of_now();
  if (!call.body["name"].is_string()) throw runtime::wrong_field("name", "must be a text");
  return call.body["name"];
}

std::vector<std::string> names_of(const Context& context, const ContainerRecord& record) {
  std::vector<std::string> names;
  const std::string directory = snapshots_of(context, record);
  for (const std::string& name : fs::names_in(directory))
    if (name.find('.') == std::string::npos) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

std::string existing(const Context& context, const ContainerRecord& record, const Call& call) {
  const std::string& name = call.path.at("name");
  const std::vector<std::string> names = names_of(context, record);
  if (std::find(names.begin(), names.end(), name) == names.end())
    throw Error(ErrorKind::kNotFound, "`" + record.object() + "` has no snapshot `" + shown(name) + "`")
        .cure("`croft snapshot list " + record.object() + "` shows which there are");
  return snapshots_of(context, record) + "/" + name;
}

Json snapshot_json(const std::string& directory, const std::string& name) {
  Json json{{"name", name}, {"created", nullptr}, {"pause_us", nullptr}};
  const std::string note = note_of(directory + "/" + name);
  if (runtime::exists(note)) json.update(Json::parse(runtime::read_file(note), nullptr, false));
  return json;
}

fs::CopyWatch watch_of(const Call& call) {
  fs::CopyWatch watch;
  if (call.cancelled != nullptr) watch.go_on = [&call] { return !*call.cancelled; };
  if (call.progress)
    watch.copied = [&call](std::uint64_t files) {
      call.progress("copying, " + std::to_string(files) + " files", -1);
    };
  return watch;
}

// Halts what runs for as long as it lives. One that was frozen before stays so.
class Pause {
 public:
  Pause(Context& context, const ContainerRecord& record)
      : control_(context.control), uuid_(record.uuid), began_(std::chrono::steady_clock::now()) {
    if (record.state != State::kRunning) return;
    group_.emplace(context.host.layout, group_path(context, record));
    try {
      cgroups::freeze(*group_, kFreezeTime);
    } catch (...) {
      end();
      throw;
    }
  }
  Pause(const Pause&) = delete;
  Pause& operator=(const Pause&) = delete;
  ~Pause() { end(); }

  // How long it lasted; nothing when nothing ran.
  std::optional<std::chrono::microseconds> end() {
    if (!group_) return std::nullopt;
    try {
      cgroups::thaw(*group_);
      control_.thawed(uuid_);
    } catch (const Error&) {  // it has just been killed
    }
    group_.reset();
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began_);
  }

 private:
  ResourceControl& control_;
  std::string uuid_;
  std::chrono::steady_clock::time_point began_;
  std::optional<cgroups::Group> group_;
};

// Most of what is to be written goes to the disk before anything has to wait for it.
void flush(const std::string& home) {
  if (syncfs(runtime::open_file(home, O_RDONLY | O_DIRECTORY).get()) != 0)
    runtime::fail_errno("cannot flush `" + home + "`");
}

void fail_when(const Call& call, int place) {
  if (call.fail_at == place) throw Error(ErrorKind::kSystem, "fault injected", EIO);
}

Json take(Context& context, const ContainerRecord& record, const std::string& name, const Call& call) {
  const auto pool = pool_with(context, record);
  const fs::ContainerPaths paths = paths_of(context, record);
  const std::string directory = snapshots_of(context, record);
  const std::string whole = directory + "/" + name;
  const std::string growing = directory + "/.new-" + name;
  runtime::make_directories(directory, 0700);
  const auto go_on = [] { return true; };
  pool->remove_home(growing, go_on);
  try {
    if (record.state == State::kRunning) flush(paths.home);
    Pause pause(context, record);
    fail_when(call, 0);
    pool->snapshot(paths, growing, watch_of(call));
    const auto paused = pause.end();
    fail_when(call, 1);
    const Json note{{"created", now_text()}, {"pause_us", paused ? Json(paused->count()) : Json()}};
    runtime::replace_file(note_of(whole), note.dump(), 0600, true);
    if (rename(growing.c_str(), whole.c_str()) != 0)
      runtime::fail_errno("cannot name the snapshot `" + whole + "`");
  } catch (...) {
    pool->remove_home(growing, go_on);
    unlink(note_of(whole).c_str());
    rmdir(directory.c_str());  // where it is the first
    rmdir((pool->place() + "/" + kSnapshots).c_str());
    throw;
  }
  return snapshot_json(directory, name);
}

void check_new(const Context& context, const ContainerRecord& record, const std::string& name) {
  const std::vector<std::string> names = names_of(context, record);
  if (std::find(names.begin(), names.end(), name) != names.end())
    throw Error(ErrorKind::kExists, "there is a snapshot `" + name + "` of it already");
  if (names.size() >= kMaxSnapshots)
    throw Error(ErrorKind::kExhausted, "it has " + std::to_string(names.size()) + " snapshots already")
        .cure("remove some first");
}

void check_not_running(const ContainerRecord& record) {
  if (has_run(record.state))
    throw Error(ErrorKind::kConflict, "it is " + std::string(to_text(record.state))).cure("stop it first");
}

}  // namespace

Answer create_snapshot(Context& context, const Call& call) {
  const std::string name = asked_name(call);
  check_snapshot_name(name);
  const ContainerRecord named = container_of(context, call);
  try {
    const Activity activity(context.live.at(named.uuid), "being copied", named.object());
    const ContainerRecord record = context.registry.get(named.uuid);
    check_new(context, record, name);
    if (call.dry_run) return planned({{"snapshot", record.object(), name}});
    Json json = take(context, record, name, call);
    context.registry.append_event(event_of(call.actor, "container.snapshot", json), record.object(),
                                  record.uuid);
    return {.status = 200, .body = std::move(json), .etag = "", .location = ""};
  } catch (Error& error) {
    throw error.wrap("cannot make a snapshot of `" + named.object() + "`");
  }
}

Answer list_snapshots(Context& context, const Call& call) {
  const ContainerRecord record = container_of(context, call);
  Json items = Json::array();
  for (const std::string& name : names_of(context, record))
    items.push_back(snapshot_json(snapshots_of(context, record), name));
  return {.status = 200, .body = {{"items", std::move(items)}}, .etag = "", .location = ""};
}

Answer restore_snapshot(Context& context, const Call& call) {
  check_members(call.body, {});
  const ContainerRecord named = container_of(context, call);
  try {
    const Activity activity(context.live.at(named.uuid), "being restored", named.object());
    const ContainerRecord record = context.registry.get(named.uuid);
    const std::string snapshot = existing(context, record, call);
    check_not_running(record);
    if (call.dry_run) return planned({{"restore", record.object(), call.path.at("name")}});
    fail_when(call, 0);
    const auto pool = pool_with(context, record);
    const fs::ContainerPaths paths = paths_of(context, record);
    pool->release(record.id_base);  // while what was and what will be count together
    // What its name and addresses are now, the next start writes into what they were then.
    unlink((paths.directory + "/identity").c_str());
    try {
      pool->restore(snapshot, paths, record.id_base, watch_of(call));
    } catch (...) {
      put_quota(context, record);
      throw;
    }
    put_quota(context, record);
    context.registry.append_event(
        event_of(call.actor, "container.restored", {{"snapshot", call.path.at("name")}}), record.object(),
        record.uuid);
    return container_answer(context, record.uuid);
  } catch (Error& error) {
    throw error.wrap("cannot restore `" + named.object() + "`");
  }
}

Answer remove_snapshot(Context& context, const Call& call) {
  const ContainerRecord named = container_of(context, call);
  try {
    const Activity activity(context.live.at(named.uuid), "losing a snapshot", named.object());
    const ContainerRecord record = context.registry.get(named.uuid);
    const std::string& name = call.path.at("name");
    const std::string snapshot = existing(context, record, call);
    if (call.dry_run) return planned({{"remove", "snapshot " + name + " of " + record.object(), ""}});
    const std::string gone = snapshots_of(context, record) + "/.gone-" + name;
    const auto pool = pool_with(context, record);
    pool->remove_home(gone, [] { return true; });  // of that name, and just being removed
    if (rename(snapshot.c_str(), gone.c_str()) != 0)
      runtime::fail_errno("cannot set aside `" + snapshot + "`");
    unlink(note_of(snapshot).c_str());
    pool->remove_home(gone, [&call] { return call.cancelled == nullptr || !*call.cancelled; });
    rmdir(snapshots_of(context, record).c_str());
    rmdir((pool->place() + "/" + kSnapshots).c_str());
    context.registry.append_event(event_of(call.actor, "container.snapshot-removed", {{"name", name}}),
                                  record.object(), record.uuid);
    return {.status = 200, .body = {{"name", name}}, .etag = "", .location = ""};
  } catch (Error& error) {
    throw error.wrap("cannot remove a snapshot of `" + named.object() + "`");
  }
}

}  // namespace croft::ctl
