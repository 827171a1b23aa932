#include "ctl/lifecycle/snapshots.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "ctl/lifecycle/time.h"
#include "ctl/spec/names.h"
#include "fs/pool.h"
#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr cgroups::Milliseconds kFreezeTime{10'000};
constexpr std::size_t kMaxSnapshots = 256;  // of a container

std::string note_of(const std::string& snapshot) {
  return snapshot + ".json";
}

void fail_when(const NewSnapshot& wanted, int place) {
  if (wanted.fail_at == place) throw Error(ErrorKind::kSystem, "fault injected", EIO);
}

// Where it was the last one.
void remove_empty(const Context& context, const ContainerRecord& record) {
  rmdir(snapshots_of(context, record).c_str());
  rmdir((pool_with(context, record)->place() + "/" + kSnapshots).c_str());
}

void grow(Context& context, const ContainerRecord& record, const NewSnapshot& wanted,
          const std::string& growing, const std::string& whole) {
  const fs::ContainerPaths paths = paths_of(context, record);
  if (record.state == State::kRunning) flush_files(paths.home);
  Pause pause(context, record);
  fail_when(wanted, 0);
  pool_with(context, record)->snapshot(paths, growing, wanted.watch);
  const auto paused = pause.end();
  fail_when(wanted, 1);
  const Json note{{"created", now_text()},
                  {"pause_us", pause_json(paused)},
                  {"scheduled", wanted.scheduled},
                  {"generation", record.generation}};
  runtime::replace_file(note_of(whole), note.dump(), 0600, true);
  if (rename(growing.c_str(), whole.c_str()) != 0)
    runtime::fail_errno("cannot name the snapshot `" + whole + "`");
}

}  // namespace

std::string snapshots_of(const Context& context, const ContainerRecord& record) {
  return pool_with(context, record)->place() + "/" + kSnapshots + "/" + record.uuid;
}

std::vector<std::string> snapshot_names(const Context& context, const ContainerRecord& record) {
  std::vector<std::string> names;
  for (const std::string& name : fs::names_in(snapshots_of(context, record)))
    if (name.find('.') == std::string::npos) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

std::string snapshot_of(const Context& context, const ContainerRecord& record, const std::string& name) {
  const std::vector<std::string> names = snapshot_names(context, record);
  if (std::find(names.begin(), names.end(), name) == names.end())
    throw Error(ErrorKind::kNotFound, "`" + record.object() + "` has no snapshot `" + shown(name) + "`")
        .cure("`croft snapshot list " + record.object() + "` shows which there are");
  return snapshots_of(context, record) + "/" + name;
}

Json snapshot_json(const Context& context, const ContainerRecord& record, const std::string& name) {
  Json json{{"name", name}, {"created", nullptr}, {"pause_us", nullptr}, {"scheduled", false}};
  const std::string note = note_of(snapshots_of(context, record) + "/" + name);
  if (runtime::exists(note)) json.update(Json::parse(runtime::read_file(note), nullptr, false));
  return json;
}

// "2026-11-22T11:30:05.123456Z" -> "20261122-113005"
std::string snapshot_name_of_now() {
  std::string name = now_text().substr(0, 19);
  std::erase_if(name, [](char c) { return c == '-' || c == ':'; });
  std::replace(name.begin(), name.end(), 'T', '-');
  return name;
}

void check_new_snapshot(const Context& context, const ContainerRecord& record, const std::string& name) {
  const std::vector<std::string> names = snapshot_names(context, record);
  if (std::find(names.begin(), names.end(), name) != names.end())
    throw Error(ErrorKind::kExists, "there is a snapshot `" + name + "` of it already");
  if (names.size() >= kMaxSnapshots)
    throw Error(ErrorKind::kExhausted, "it has " + std::to_string(names.size()) + " snapshots already")
        .cure("remove some first");
}

Json make_snapshot(Context& context, const ContainerRecord& record, const NewSnapshot& wanted,
                   const Actor& actor) {
  const auto pool = pool_with(context, record);
  const std::string directory = snapshots_of(context, record);
  const std::string whole = directory + "/" + wanted.name;
  const std::string growing = directory + "/.new-" + wanted.name;
  runtime::make_directories(directory, 0700);
  const auto go_on = [] { return true; };
  pool->remove_home(growing, go_on);
  try {
    grow(context, record, wanted, growing, whole);
  } catch (...) {
    pool->remove_home(growing, go_on);
    unlink(note_of(whole).c_str());
    remove_empty(context, record);
    throw;
  }
  Json json = snapshot_json(context, record, wanted.name);
  context.registry.append_event(event_of(actor, "container.snapshot", json), record.object(), record.uuid);
  return json;
}

void drop_snapshot(Context& context, const ContainerRecord& record, const std::string& name,
                   const std::function<bool()>& go_on, const Actor& actor) {
  const std::string snapshot = snapshots_of(context, record) + "/" + name;
  const std::string gone = snapshots_of(context, record) + "/.gone-" + name;
  const auto pool = pool_with(context, record);
  pool->remove_home(gone, [] { return true; });  // of that name, and just being removed
  if (rename(snapshot.c_str(), gone.c_str()) != 0) runtime::fail_errno("cannot set aside `" + snapshot + "`");
  unlink(note_of(snapshot).c_str());
  pool->remove_home(
      gone, go_on ? go_on : [] { return true; });
  remove_empty(context, record);
  context.registry.append_event(event_of(actor, "container.snapshot-removed", {{"name", name}}),
                                record.object(), record.uuid);
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

void flush_files(const std::string& home) {
  if (syncfs(runtime::open_file(home, O_RDONLY | O_DIRECTORY).get()) != 0)
    runtime::fail_errno("cannot flush `" + home + "`");
}

Pause::Pause(Context& context, const ContainerRecord& record)
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

std::optional<std::chrono::microseconds> Pause::end() {
  if (!group_) return std::nullopt;
  try {
    cgroups::thaw(*group_);
    control_.thawed(uuid_);
  } catch (const Error&) {  // it has just been killed
  }
  group_.reset();
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began_);
}

Json pause_json(const std::optional<std::chrono::microseconds>& pause) {
  return pause ? Json(pause->count()) : Json();
}

}  // namespace croft::ctl
