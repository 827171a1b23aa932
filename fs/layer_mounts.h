// The layers of one overlay as descriptors that the kernel can be pointed to: id-mapped detached mounts, or
// plain directories. Used by overlay.cc alone.
#pragma once

#include <string>
#include <vector>

#include "runtime/fd.h"

namespace croft::fs {

// "/proc/self/fd/N": a path to an open descriptor. Short (fsconfig takes 255 bytes), without ':' or ','
// whatever the path of the layer holds, and nothing of the host's layout for the container's /proc/mounts.
std::string descriptor_path(const runtime::Fd& fd);

// A detached read-only mount of `path` whose owners are mapped by the user namespace `userns`.
runtime::Fd idmapped_mount(const std::string& path, const runtime::Fd& userns);

// While it lives, the given detached mounts hang in the caller's mount namespace, one upon the other on a
// directory of their own below `staging`; kernels before 6.15 take only such ones as layers.
class Staged {
 public:
  explicit Staged(const std::string& staging);
  Staged(const Staged&) = delete;
  Staged& operator=(const Staged&) = delete;
  ~Staged();
  void attach(const runtime::Fd& mount);
  // Counts a mount that was made on the directory by other means, so that it is taken off too.
  void count_one() { ++attached_; }
  [[nodiscard]] const std::string& directory() const { return directory_; }

 private:
  std::string directory_;
  std::size_t attached_ = 0;
};

}  // namespace croft::fs
