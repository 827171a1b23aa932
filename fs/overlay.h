// The root of a container: an overlay of shared read-only layers with the container's own upper directory,
// made as a detached mount that travels to the container as a descriptor. The layers are stored with ids
// 0..65535; an id-mapped mount of each (Linux >= 5.19 for overlay layers) shows them in the container's range
// without copying a byte. Where that cannot work, fs/shift.h copies the layers with shifted owners and they
// are stacked plainly.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/change.h"
#include "runtime/fd.h"

namespace croft::fs {

enum class RootMode {
  kIdmapped,  // layers through id-mapped mounts, shared by all containers
  kShifted,   // layers are this container's own copies (fs/shift.h)
};
std::string_view to_text(RootMode mode);

// How this kernel takes layers that are id-mapped mounts.
enum class LayerWay {
  kDetached,  // detached mounts, one `lowerdir+` each: nothing is ever attached (Linux >= 6.15)
  kStaged,   // `lowerdir+`, but the mounts must hang in the caller's mount namespace for that moment (>= 6.5)
  kClassic,  // mount(2) with one page of options, layers attached as above, the overlay taken off again
             // (< 6.5)
};

// What probe_root found out once, at the daemon's start.
struct RootFacts {
  RootMode mode = RootMode::kShifted;
  LayerWay way = LayerWay::kClassic;
  std::vector<std::pair<std::string, std::string>> options;  // mount options that this kernel knows
  std::string reason;  // why the mode is not kIdmapped, for `host check`; empty when it is
};

// Limits on the number of layers: the kernel's own is 500; kClassic has one page of options for all.
inline constexpr std::size_t kMaxLayers = 400;
inline constexpr std::size_t kMaxClassicLayers = 128;

// Mounts a small overlay in `pool` (the data directory: layers and uppers must be on its file system) in each
// way until one works, and leaves nothing behind. `staging` is an existing directory that only the daemon
// uses; see prepare_staging. With `force_shifted` the id-mapped ways are not tried. Throws Error
// kUnsupported, with the kernel's reason and a cure, when not even a plain overlay works there. Clones a
// child for a moment (the user namespace of the trial), so it is called before threads exist.
RootFacts probe_root(const std::string& pool, const std::string& staging, bool force_shifted = false);
// The mode alone, by the same trial.
RootMode choose_root_mode(const std::string& pool, const std::string& staging, bool force_shifted = false);

// Makes `directory` a private mount of an empty tmpfs, so that what hangs there for a moment does not
// propagate to other mount namespaces. Does nothing when it is one already.
void prepare_staging(const std::string& directory);

// Mounts the root. Nothing stays attached anywhere; the mount lives as long as `out` or the container holds
// it. nodev is set; nosuid is not, because a system container has set-id programs of its own.
struct MountRoot {
  std::shared_ptr<const RootFacts> facts;
  std::vector<std::string> layers;  // host directories, top first; in kShifted the container's own copies
  std::string upper;
  std::string work;
  std::string staging;     // as given to probe_root
  runtime::FdSlot userns;  // of the container; filled before apply(); unused in kShifted
  runtime::FdSlot out;     // the detached mount

  [[nodiscard]] runtime::Description describe() const;
  void apply() const;
  void undo() const noexcept;  // closes `out`
};

}  // namespace croft::fs
