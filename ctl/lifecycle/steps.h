// The host's part of a launch that belongs to no single folder: clone the init through the keeper, open its
// namespaces, hand it its root, let it go. Each is a Change; what one makes and another needs lies in
// LaunchState.
#pragma once

#include <memory>
#include <string>

#include "ctl/resources/control.h"
#include "runtime/change.h"
#include "runtime/launcher.h"

namespace croft::ctl {

struct LaunchState {
  std::shared_ptr<runtime::KeeperClient> keeper;
  runtime::LaunchRequest request;
  runtime::LaunchList list;
  runtime::Launch launch;
  runtime::FdSlot userns = runtime::make_slot();
  runtime::FdSlot netns = runtime::make_slot();
  runtime::FdSlot pidfd = runtime::make_slot();
  runtime::FdSlot root = runtime::make_slot();
};

// Counts what it was promised, or refuses; undo takes it out again.
struct AdmitRun {
  ResourceControl* control = nullptr;
  Subject subject;
  cgroups::Knobs knobs;  // that its group is made with
  [[nodiscard]] runtime::Description describe() const;
  void apply() const;
  void undo() const noexcept;
};

// Its group is there: the groups above and beside it learn what that changes for them.
struct ProtectRun {
  ResourceControl* control = nullptr;
  Subject subject;
  [[nodiscard]] runtime::Description describe() const;
  void apply() const;
  void undo() const noexcept {}
};

// A directory of this daemon's own; undo removes it. One that is there already is fine.
struct MakeDirectory {
  std::string path;
  mode_t mode = 0700;
  bool made = false;
  [[nodiscard]] runtime::Description describe() const;
  void apply();
  void undo() const noexcept;
};

// Has the keeper clone the process and lets it take its identity. Undo kills it and waits for its end.
struct CloneInit {
  std::shared_ptr<LaunchState> state;
  std::string object;
  [[nodiscard]] runtime::Description describe() const;
  void apply() const;
  void undo() const noexcept;
};

// Opens the user and net namespace of the cloned process, and a pidfd of it for others.
struct OpenNamespaces {
  std::shared_ptr<LaunchState> state;
  std::string object;
  [[nodiscard]] runtime::Description describe() const;
  void apply() const;
  void undo() const noexcept;
};

// Sends the mounted root to the process.
struct GiveRoot {
  std::shared_ptr<LaunchState> state;
  std::string object;
  [[nodiscard]] runtime::Description describe() const;
  void apply() const;
  void undo() const noexcept {}
};

// Lets the process go on.
struct Release {
  std::shared_ptr<LaunchState> state;
  std::string object;
  [[nodiscard]] runtime::Description describe() const;
  void apply() const;
  void undo() const noexcept {}
};

// What it uses is counted from here on; AdmitRun's undo ends that.
struct WatchRun {
  ResourceControl* control = nullptr;
  Subject subject;
  [[nodiscard]] runtime::Description describe() const;
  void apply() const;
  void undo() const noexcept {}
};

// Waits until the process has exec'd its init.
struct AwaitExec {
  std::shared_ptr<LaunchState> state;
  std::string object;
  [[nodiscard]] runtime::Description describe() const;
  void apply() const;
  void undo() const noexcept {}
};

}  // namespace croft::ctl
