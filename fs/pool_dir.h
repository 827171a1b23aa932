// The pool kind `dir`: a container's own files are a plain directory, D/containers/UUID, on whatever file
// system the data directory lies on. Where that keeps quotas (fs/quota.h), what a container writes is
// bounded.
#pragma once

#include <sys/types.h>

#include <string>

#include "fs/quota.h"
#include "runtime/change.h"

namespace croft::fs {

// Where things lie inside a container's own directory.
struct ContainerPaths {
  std::string directory;  // D/containers/UUID, 0700 root
  std::string upper;      // what the container wrote; becomes the overlay's upper directory
  std::string work;       // the overlay's scratch; same file system as upper
  bool operator==(const ContainerPaths&) const = default;
};
// `containers` is D/containers. Throws Error kInvalid when `uuid` is not a plain file name.
ContainerPaths container_paths(const std::string& containers, const std::string& uuid);

// Makes the directory with upper (0755) and work (0700), both owned by the container's root on the host,
// `root_id`, and both of the project of that number where quotas are kept. The parent is made when it is
// missing. An existing directory is an Error kExists. Undo removes everything in it.
struct MakeContainerFiles {
  ContainerPaths paths;
  uid_t root_id = 0;
  const Quotas* quotas = nullptr;
  QuotaLimits limits{};

  [[nodiscard]] runtime::Description describe() const;
  void apply() const;
  void undo() const noexcept;
};

// Removes all files of a container, however hostile the tree that it left (runtime::remove_tree); a missing
// directory is no error. The container must have no process left. Blocks for as long as the tree is large.
void remove_container_files(const ContainerPaths& paths);

}  // namespace croft::fs
