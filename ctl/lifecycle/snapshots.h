// What snapshots, clones and backups share: where snapshots lie, and how a container is made to stand still.
//
// A snapshot is PLACE/.snapshots/UUID/NAME in the container's pool, with what is said of it in NAME.json. It
// grows under a name with a dot in front, gets the name when it is whole, and loses it before it is taken
// away: whatever has a dot in front when the daemon starts goes.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cgroups/live.h"
#include "ctl/lifecycle/context.h"
#include "fs/copy_tree.h"

namespace croft::ctl {

// The directory in its pool with the container's snapshots.
std::string snapshots_of(const Context& context, const ContainerRecord& record);
// Sorted.
std::vector<std::string> snapshot_names(const Context& context, const ContainerRecord& record);
// The path of one. Throws Error kNotFound.
std::string snapshot_of(const Context& context, const ContainerRecord& record, const std::string& name);

// As the API shows it.
Json snapshot_json(const Context& context, const ContainerRecord& record, const std::string& name);
std::string snapshot_name_of_now();
// Throws Error kExists, and kExhausted when it has too many.
void check_new_snapshot(const Context& context, const ContainerRecord& record, const std::string& name);

struct NewSnapshot {
  std::string name;
  bool scheduled = false;  // it may expire
  fs::CopyWatch watch{};
  int fail_at = -1;  // fault injection
};
// Of what runs too. The caller holds the container's Activity. As the API shows it, with its event told.
Json make_snapshot(Context& context, const ContainerRecord& record, const NewSnapshot& wanted,
                   const Actor& actor);
// Likewise. An empty `go_on` never ends it early.
void drop_snapshot(Context& context, const ContainerRecord& record, const std::string& name,
                   const std::function<bool()>& go_on, const Actor& actor);

// Tells the call how far a copy is, and ends the copy when the call is cancelled.
fs::CopyWatch watch_of(const Call& call);

// Most of what is to be written goes to the disk before anything has to wait for it.
void flush_files(const std::string& home);

// Halts what runs for as long as it lives. One that was frozen before stays so. A daemon that is killed
// meanwhile lets it go on at its next start.
class Pause {
 public:
  Pause(Context& context, const ContainerRecord& record);
  Pause(const Pause&) = delete;
  Pause& operator=(const Pause&) = delete;
  ~Pause() { end(); }

  // How long it lasted; nothing when nothing ran, or when it had ended before.
  std::optional<std::chrono::microseconds> end();

 private:
  ResourceControl& control_;
  std::string uuid_;
  std::chrono::steady_clock::time_point began_;
  std::optional<cgroups::Group> group_;
};

// Its microseconds; null when nothing ran.
Json pause_json(const std::optional<std::chrono::microseconds>& pause);

}  // namespace croft::ctl
