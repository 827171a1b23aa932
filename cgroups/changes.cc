#include "cgroups/changes.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "cgroups/device_program.h"
#include "cgroups/files.h"
#include "cgroups/lines.h"
#include "cgroups/walk.h"
#include "runtime/error.h"

namespace croft::cgroups {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
constexpr mode_t kMode = 0755;
constexpr Milliseconds kUndoTime{3000};  // for processes that an undo just killed
constexpr int kTries = 8;                // when an undo elsewhere removes a shared group under us

// True when it was made, false when it was there.
bool make_one(const runtime::Fd& parent, const std::string& name, const std::string& shown) {
  if (mkdirat(parent.get(), name.c_str(), kMode) == 0) return true;
  if (errno != EEXIST) runtime::fail_errno("cannot make the cgroup `" + shown + "`");
  return false;
}

runtime::Fd try_open(const std::string& path) {
  return runtime::Fd(::open(path.c_str(), kDirectory | O_CLOEXEC));
}

void undo_done(const Place& place, std::vector<KeepShared::Done>& done) noexcept {
  for (auto one = done.rbegin(); one != done.rend(); ++one) {
    if (!one->prepared.empty())
      if (const runtime::Fd directory = try_open(one->directory))
        place.tree->unprepare(directory, one->prepared);
    if (one->made) rmdir(one->directory.c_str());
  }
  done.clear();
}

void prepare(const Place& place, const runtime::Fd& here, const std::string& shown,
             std::vector<KeepShared::Done>& done) {
  std::string prepared = place.tree->prepare(here, shown, place.controllers);
  if (!prepared.empty()) done.push_back({shown, false, std::move(prepared)});
}

// Goes down from the mount, making what is missing.
void make_shared(const Place& place, const std::string& path, std::vector<KeepShared::Done>& done) {
  std::string shown = place.mount;
  runtime::Fd here = runtime::open_file(shown, kDirectory);
  prepare(place, here, shown, done);
  for (const std::string& part : split(path, '/')) {
    shown += "/" + part;
    const bool made = make_one(here, part, shown);
    if (made) done.push_back({shown, true, {}});
    runtime::Fd child = runtime::open_at(here, part, kDirectory);
    if (made) place.tree->made(here, child, place.controllers);
    here = std::move(child);
    prepare(place, here, shown, done);
  }
}

bool lacks(const runtime::Fd& group, const FileValue& value) {
  return value.may_lack && faccessat(group.get(), value.file.c_str(), F_OK, 0) != 0 && errno == ENOENT;
}

// What the group above has, or may use where it states nothing itself.
std::string inherited(const runtime::Fd& group, const std::string& file) {
  const runtime::Fd parent = runtime::open_at(group, "..", kDirectory);
  const std::string effective = file + ".effective";
  const bool there = faccessat(parent.get(), effective.c_str(), F_OK, 0) == 0;
  return read_value(parent, (there ? effective : file).c_str());
}

std::string text_of(const runtime::Fd& group, const FileValue& value) {
  return value.of_parent ? inherited(group, value.file) : value.value;
}

runtime::Description describe_value(const std::string& directory, const FileValue& value) {
  const std::string text = value.value == "\n" ? "" : value.value;
  return {"write", directory + "/" + value.file, value.of_parent || text.empty() ? "as its parent" : text};
}

}  // namespace

Place place_of(const Hierarchy& hierarchy) {
  return {hierarchy.mount, hierarchy.needed, hierarchy.tree};
}

runtime::Description KeepShared::describe() const {
  return {"mkdir", place.mount + "/" + path, "shared"};
}

void KeepShared::apply() {
  if (const runtime::Fd there = try_open(place.mount + "/" + path);
      there && place.tree->ready(there, place.controllers))
    return;
  for (int tries = 1;; ++tries) {
    try {
      return make_shared(place, path, done);
    } catch (const runtime::Error& error) {
      undo_done(place, done);
      if ((error.error_number() != ENOENT && error.error_number() != ENODEV) || tries == kTries) throw;
    }
  }
}

void KeepShared::undo() noexcept {
  undo_done(place, done);
}

runtime::Description MakeGroup::describe() const {
  return {"mkdir", place.mount + "/" + parent + "/" + name, {}};
}

void MakeGroup::apply() {
  const std::string above = place.mount + "/" + parent;
  runtime::Fd directory = try_open(above);
  for (int tries = 1;; ++tries) {
    if (directory && mkdirat(directory.get(), name.c_str(), kMode) == 0) break;
    const int error = errno;
    if (error != ENOENT || tries == kTries)
      throw runtime::Error(runtime::kind_of_errno(error), "the cgroup cannot be made", error);
    remade = KeepShared{place, parent, {}};
    remade->apply();
    directory = try_open(above);
  }
  try {
    place.tree->made(directory, runtime::open_at(directory, name, kDirectory), place.controllers);
  } catch (...) {
    undo();
    throw;
  }
}

void MakeGroup::undo() noexcept {
  try {
    const runtime::Fd directory = runtime::open_file(place.mount + "/" + parent, kDirectory);
    remove_tree_of_groups(directory, name, name, deadline_in(kUndoTime));
  } catch (...) {  // what stays is found by the sweep, which goes by names
    return;
  }
  if (remade) remade->undo();
}

runtime::Description WriteValue::describe() const {
  return describe_value(directory, value);
}

void WriteValue::apply() {
  const runtime::Fd group = runtime::open_file(directory, kDirectory);
  if (!lacks(group, value)) runtime::write_file_at(group, value.file, text_of(group, value));
}

runtime::Description ReplaceValue::describe() const {
  return describe_value(directory, value);
}

void ReplaceValue::apply() {
  const runtime::Fd group = runtime::open_file(directory, kDirectory);
  if (lacks(group, value)) return;
  const std::string now = value.before ? *value.before : read_value(group, value.file.c_str());
  runtime::write_file_at(group, value.file, text_of(group, value));
  before = now;
}

void ReplaceValue::undo() noexcept {
  if (!before) return;
  try {
    const runtime::Fd group = runtime::open_file(directory, kDirectory);
    const bool stated = before->find_first_not_of(" \n") != std::string::npos;
    const bool list = value.file.starts_with("cpuset.");
    runtime::write_file_at(group, value.file, stated || !list ? *before : inherited(group, value.file));
  } catch (...) {  // the group is gone, and the value with it
    return;
  }
}

runtime::Description GiveAway::describe() const {
  std::string what = std::to_string(uid) + ":" + std::to_string(gid);
  for (const std::string& file : files) what += " " + file;
  return {"chown", directory, what};
}

void GiveAway::apply() {
  const runtime::Fd group = runtime::open_file(directory, kDirectory);
  if (fchown(group.get(), uid, gid) != 0) runtime::fail_errno("cannot give away the directory");
  for (const std::string& file : files)
    if (fchownat(group.get(), file.c_str(), uid, gid, AT_SYMLINK_NOFOLLOW) != 0)
      runtime::fail_errno("cannot give away `" + file + "`");
}

runtime::Description AttachDevices::describe() const {
  std::string text;
  for (const DeviceRule& rule : rules) text += (text.empty() ? "" : ", ") + to_text(rule);
  return {"attach", directory, "device program: " + (text.empty() ? "nothing" : text)};
}

void AttachDevices::apply() {
  const runtime::FdSlot program = programs->get(rules);
  attach_device_program(runtime::open_file(directory, kDirectory), *program);
}

runtime::Description LimitSockets::describe() const {
  return {"attach", directory,
          "socket counters: tcp " + number_or(knobs.tcp, "unlimited") + ", others " +
              number_or(knobs.other, "unlimited")};
}

void LimitSockets::apply() {
  const runtime::Fd group = runtime::open_file(directory, kDirectory);
  std::optional<GroupSockets> sockets = GroupSockets::open(group);
  if (!sockets) {
    programs->attach(group);
    sockets = GroupSockets::open(group);
  }
  if (!sockets)
    throw runtime::Error(runtime::ErrorKind::kUnsupported,
                         "the kernel does not show the program on the group");
  const SocketKnobs there = sockets->limits();
  if (there != knobs) sockets->set_limits(knobs);
  before = there;
}

void LimitSockets::undo() noexcept {
  try {
    const auto sockets = GroupSockets::open(runtime::open_file(directory, kDirectory));
    if (before && sockets) sockets->set_limits(*before);
  } catch (...) {  // the group is gone, and its counters with it
    return;
  }
}

runtime::Description OpenInto::describe() const {
  return {"open", path, {}};
}

void OpenInto::apply() {
  *slot = runtime::open_file(path, flags);
}

}  // namespace croft::cgroups
