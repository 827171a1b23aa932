// The view of containers' own figures (fs/view): mounted once for all, at RUN/view; served by croft-view,
// which the keeper starts again whenever it ends. The directory of notes, RUN/view.d, is there exactly while
// containers can be given the view; why they cannot be otherwise is in RUN/view.why.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "cgroups/resources.h"
#include "ctl/lifecycle/context.h"
#include "ctl/lifecycle/host.h"
#include "fs/view/sample.h"
#include "runtime/change.h"
#include "runtime/launch.h"
#include "runtime/launcher.h"

namespace croft::ctl {

class View {
 public:
  explicit View(const Host& host);
  // Takes up what the keeper serves, or mounts the view and has it served. Never throws: a host that cannot
  // have it (no FUSE, no program) has containers without.
  void start(runtime::KeeperClient& keeper) noexcept;
  // The keeper is another one now.
  void hand_over(runtime::KeeperClient& keeper) noexcept;

 private:
  void mount_anew(runtime::KeeperClient& keeper);
  bool take_from_server(runtime::KeeperClient& keeper);
  void pin();
  void say_why_not(const std::string& reason) const;
  [[nodiscard]] std::vector<std::string> words() const;

  std::string run_;
  std::string program_;
  std::string root_;
  std::mutex mutex_;
  runtime::Fd device_;
  runtime::Fd memory_;
  std::vector<runtime::Fd> pinned_;
};

// Whether containers can be given the view.
bool has_view(const Host& host);
// Why not; empty when they can.
std::string why_no_view(const Host& host);

// What a container is to see. `started` is left 0. `tenant`: the limits that hold for all of its tenant.
// `online`: the host's CPUs, a kernel list.
view::Bounds bounds_of(const Spec& spec, const cgroups::Resources& tenant, const std::string& online);
std::string online_cpus();

// bounds_of for a container as the host and its tenant are now. `spec`: what is, or will be, in force.
view::Bounds shown_to(const Context& context, const ContainerRecord& record, Spec spec);

// Puts the view's files over the kernel's. After fs::plan_inside.
void plan_view(const Host& host, runtime::LaunchList& list);

// Says what a container is to see. A new note begins its time now, one that is there keeps it.
struct NoteView {
  std::string path;
  std::string object;
  view::Bounds before;
  view::Bounds bounds;
  bool fresh = false;  // a start: undo takes it away
  [[nodiscard]] runtime::Description describe() const;
  void apply() const;
  void undo() const noexcept;
};
std::string note_path(const Host& host, const std::string& uuid);

// Brings the note of a container that runs in line with what is in force: a daemon may have died between a
// change and its note, and a tenant's limits, or where it was put, are known when it runs. Nothing happens to
// one that is not shown its figures. Never throws: the next change writes it.
void refresh_note(const Context& context, const ContainerRecord& record) noexcept;
// Those of all containers of a tenant and of the tenants below it.
void refresh_notes(const Context& context, const std::string& tenant) noexcept;

}  // namespace croft::ctl
