// The changes that this folder's planners put into a list (see runtime/change.h). Directories are given as
// paths below a hierarchy's mount, which only the host controls.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cgroups/drivers.h"
#include "cgroups/hierarchy.h"
#include "cgroups/sockets.h"
#include "runtime/change.h"
#include "runtime/fd.h"

namespace croft::cgroups {

// The part of a hierarchy that a change needs, so that it does not hang on to the whole layout.
struct Place {
  std::string mount;
  std::vector<std::string> controllers;
  const TreeDriver* tree = nullptr;
};
Place place_of(const Hierarchy& hierarchy);

// Groups that containers share ("croft.slice/default"): made where missing, made ready for children, kept.
// Undo removes those that this change made, if nothing is in them.
struct KeepShared {
  Place place;
  std::string path;  // relative to the mount
  struct Done {
    std::string directory;
    bool made = false;
    std::string prepared;  // see TreeDriver::prepare
  };
  std::vector<Done> done;

  [[nodiscard]] runtime::Description describe() const;
  void apply();
  void undo() noexcept;
};

// A container's own group. Fails with kExists when it is already there.
struct MakeGroup {
  Place place;
  std::string parent;  // relative to the mount; made again should an undo elsewhere have just removed it
  std::string name;
  std::optional<KeepShared> remade;

  [[nodiscard]] runtime::Description describe() const;
  void apply();
  void undo() noexcept;  // with all that was made below it meanwhile
};

// A value in a group that was made by the same list: goes away with it.
struct WriteValue {
  std::string directory;
  FileValue value;

  [[nodiscard]] runtime::Description describe() const;
  void apply();
  void undo() noexcept {}
};

// A value of a group that lives on; undo writes back what was there.
struct ReplaceValue {
  std::string directory;
  FileValue value;
  std::optional<std::string> before;  // empty: nothing was written

  [[nodiscard]] runtime::Description describe() const;
  void apply();
  void undo() noexcept;
};

// Gives a new group's directory and the named files to an owner.
struct GiveAway {
  std::string directory;
  std::vector<std::string> files;
  uid_t uid = 0;
  gid_t gid = 0;

  [[nodiscard]] runtime::Description describe() const;
  void apply();
  void undo() noexcept {}
};

// Attaches the device program for `rules` to a new group of the unified hierarchy.
struct AttachDevices {
  std::string directory;
  DeviceRules rules;
  std::shared_ptr<DevicePrograms> programs;

  [[nodiscard]] runtime::Description describe() const;
  void apply();
  void undo() noexcept {}
};

// Counts a group's sockets and limits them; a group that is not counted yet is from then on.
struct LimitSockets {
  std::string directory;
  SocketKnobs knobs;
  std::shared_ptr<SocketPrograms> programs;
  std::optional<SocketKnobs> before;

  [[nodiscard]] runtime::Description describe() const;
  void apply();
  void undo() noexcept;
};

// Opens a file or directory into a slot.
struct OpenInto {
  std::string path;
  int flags = 0;
  runtime::FdSlot slot;

  [[nodiscard]] runtime::Description describe() const;
  void apply();
  void undo() noexcept { slot->reset(); }
};

// Opens the leaf group that a further process of a running container is born into; makes it when missing.
struct OpenExecLeaf {
  std::string directory;  // the container's group
  runtime::FdSlot slot;
  std::string made;  // its name, when this change made it

  [[nodiscard]] runtime::Description describe() const;
  void apply();
  void undo() noexcept;
};

}  // namespace croft::cgroups
