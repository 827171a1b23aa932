#include "fs/layer_mounts.h"

#include <sys/mount.h>
#include <unistd.h>

#include <cstdlib>

#include "runtime/error.h"

namespace croft::fs {

using runtime::Fd;

std::string descriptor_path(const Fd& fd) {
  return "/proc/self/fd/" + std::to_string(fd.get());
}

Fd idmapped_mount(const std::string& path, const Fd& userns) {
  Fd mount(open_tree(AT_FDCWD, path.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW));
  if (!mount) runtime::fail_errno("cannot open layer `" + path + "`");
  struct mount_attr attributes {};
  attributes.attr_set = MOUNT_ATTR_IDMAP | MOUNT_ATTR_RDONLY;
  attributes.userns_fd = static_cast<__u64>(userns.get());
  // A clone of a shared mount is its peer: what is then mounted on it would appear on the host's and be
  // shared, and a shared mount cannot become a root.
  attributes.propagation = MS_PRIVATE;
  if (mount_setattr(mount.get(), "", AT_EMPTY_PATH, &attributes, sizeof attributes) != 0)
    runtime::fail_errno("cannot map the owners of layer `" + path + "`");
  return mount;
}

Staged::Staged(const std::string& staging) : directory_(staging + "/layers-XXXXXX") {
  if (mkdtemp(directory_.data()) == nullptr)
    runtime::fail_errno("cannot make a directory in `" + staging + "`");
}

Staged::~Staged() {
  for (; attached_ > 0; --attached_) umount2(directory_.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
  rmdir(directory_.c_str());
}

void Staged::attach(const Fd& mount) {
  if (move_mount(mount.get(), "", AT_FDCWD, directory_.c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0)
    runtime::fail_errno("cannot attach a layer at `" + directory_ + "`");
  ++attached_;
}

}  // namespace croft::fs
