// The child's steps on mounts and files. Targets are resolved inside the new root only.
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "runtime/child_state.h"

namespace croft::runtime {
namespace {

int set_attributes(int mount, std::uint64_t attributes, unsigned flags) {
  if (attributes == 0) return 0;
  struct mount_attr change {};
  change.attr_set = attributes;
  return syscall(SYS_mount_setattr, mount, "", flags | AT_EMPTY_PATH, &change, sizeof change) == 0 ? 0
                                                                                                   : errno;
}

int clone_of(int dirfd, const char* path, unsigned flags) {
  return static_cast<int>(syscall(SYS_open_tree, dirfd, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags));
}

int put_mount(int mount, int target) {
  const long done =
      syscall(SYS_move_mount, mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
  return done == 0 ? 0 : errno;
}

int configure(int context, ChildState& state, const Step& step) {
  const auto* offsets = reinterpret_cast<const std::uint32_t*>(state.text(step.text2));
  for (std::uint32_t i = 0; i + 1 < step.size; i += 2) {
    const char* key = state.text(offsets[i]);
    const bool flag = offsets[i + 1] == 0;
    const char* value = flag ? nullptr : state.text(offsets[i + 1]);
    if (syscall(SYS_fsconfig, context, flag ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING, key, value, 0) != 0)
      return errno;
  }
  return syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) == 0 ? 0 : errno;
}

// The directory that holds the last component of `path`, and that component. -1 and errno on failure.
int open_parent(const ChildState& state, const char* path, const char** name) {
  std::array<char, 4096> parent{};
  const char* slash = strrchr(path, '/');
  const std::size_t length = slash == nullptr ? 0 : static_cast<std::size_t>(slash - path);
  if (slash == nullptr || slash[1] == '\0' || length >= parent.size()) {
    errno = EINVAL;
    return -1;
  }
  *name = slash + 1;
  std::memcpy(parent.data(), path, length);
  return open_target(state, length == 0 ? "/" : parent.data(), O_PATH | O_DIRECTORY | O_CLOEXEC, false);
}

// Binds `mount` over an open target and closes both.
int finish_mount(int mount, int target, std::uint64_t attributes, unsigned flags) {
  if (mount < 0) {
    const int error = errno;
    close(target);
    return error;
  }
  int error = set_attributes(mount, attributes, flags);
  if (error == 0) error = put_mount(mount, target);
  close(mount);
  close(target);
  return error;
}

int empty_directory() {
  const int context = static_cast<int>(syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC));
  if (context < 0) return -1;
  int mount = -1;
  if (syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "nr_inodes", "2", 0) == 0 &&
      syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "mode", "000", 0) == 0 &&
      syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) == 0)
    mount = static_cast<int>(syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0));
  const int error = errno;
  close(context);
  errno = error;
  return mount;
}

}  // namespace

int open_target(const ChildState& state, const char* path, std::uint64_t flags, bool strict) {
  struct open_how how {};
  how.flags = flags;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  if (strict) how.resolve |= RESOLVE_NO_SYMLINKS;
  return static_cast<int>(syscall(SYS_openat2, state.root, path, &how, sizeof how));
}

int do_new_filesystem(ChildState& state, const Step& step) {
  const int context = static_cast<int>(syscall(SYS_fsopen, state.text(step.text), FSOPEN_CLOEXEC));
  if (context < 0) return errno;
  int error = configure(context, state, step);
  if (error == 0) {
    state.fds[step.slot] =
        static_cast<int>(syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, static_cast<unsigned>(step.a)));
    if (state.fds[step.slot] < 0) error = errno;
  }
  close(context);
  return error;
}

int do_clone_tree(ChildState& state, const Step& step) {
  const unsigned recursive = step.flags != 0 ? AT_RECURSIVE : 0;
  const int mount = clone_of(AT_FDCWD, state.text(step.text), recursive);
  if (mount < 0) return errno;
  state.fds[step.slot] = mount;
  return set_attributes(mount, step.a, recursive);
}

int do_root(ChildState& state, const Step& step) {
  const char* staging = state.text(step.text);
  const int mount = state.fds[step.slot];
  if (syscall(SYS_move_mount, mount, "", AT_FDCWD, staging, MOVE_MOUNT_F_EMPTY_PATH) != 0) return errno;
  state.root = open(staging, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return state.root < 0 ? errno : 0;
}

int do_mount_at(ChildState& state, const Step& step) {
  const int target = open_target(state, state.text(step.text), O_PATH | O_CLOEXEC, step.flags != 0);
  if (target < 0) return errno;
  const int error = put_mount(state.fds[step.slot], target);
  close(target);
  return error;
}

int do_make_directory(ChildState& state, const Step& step) {
  const char* name = nullptr;
  const int parent = open_parent(state, state.text(step.text), &name);
  if (parent < 0) return errno;
  int error = mkdirat(parent, name, static_cast<mode_t>(step.a)) == 0 ? 0 : errno;
  struct stat info {};
  if (error == EEXIST && fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) == 0)
    error = S_ISDIR(info.st_mode) ? 0 : S_ISLNK(info.st_mode) ? ELOOP : ENOTDIR;
  close(parent);
  return error;
}

int do_make_symlink(ChildState& state, const Step& step) {
  const char* name = nullptr;
  const int parent = open_parent(state, state.text(step.text), &name);
  if (parent < 0) return errno;
  int error = 0;
  if (step.flags != 0 && unlinkat(parent, name, 0) != 0 && errno != ENOENT) error = errno;
  if (error == 0 && symlinkat(state.text(step.text2), parent, name) != 0 && errno != EEXIST) error = errno;
  close(parent);
  return error;
}

int do_make_file(ChildState& state, const Step& step) {
  const char* name = nullptr;
  const int parent = open_parent(state, state.text(step.text), &name);
  if (parent < 0) return errno;
  int error = unlinkat(parent, name, 0) == 0 || errno == ENOENT ? 0 : errno;
  if (error == 0) {
    const int file = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                            static_cast<mode_t>(step.a));
    if (file < 0 || write(file, state.text(step.text2), step.size) != static_cast<ssize_t>(step.size))
      error = errno;
    if (file >= 0) close(file);
  }
  close(parent);
  return error;
}

int do_mask(ChildState& state, const Step& step) {
  const int target = open_target(state, state.text(step.text), O_PATH | O_CLOEXEC, true);
  if (target < 0) return errno == ENOENT ? 0 : errno;
  struct stat info {};
  if (fstat(target, &info) != 0) return errno;
  // The null device is the host's: the child's mount tree is still the host's copy here, and no image is in
  // the way.
  const int mount = S_ISDIR(info.st_mode) ? empty_directory() : clone_of(AT_FDCWD, "/dev/null", 0);
  return finish_mount(mount, target, MOUNT_ATTR_RDONLY, 0);
}

int do_read_only(ChildState& state, const Step& step) {
  const int target = open_target(state, state.text(step.text), O_PATH | O_CLOEXEC, true);
  if (target < 0) return errno == ENOENT ? 0 : errno;
  return finish_mount(clone_of(target, "", AT_EMPTY_PATH | AT_RECURSIVE), target, MOUNT_ATTR_RDONLY,
                      AT_RECURSIVE);
}

int do_write_proc(ChildState& state, const Step& step) {
  struct open_how how {};
  how.flags = O_WRONLY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
  const int file =
      static_cast<int>(syscall(SYS_openat2, state.fds[step.slot], state.text(step.text), &how, sizeof how));
  if (file < 0) return errno;
  const int error = write(file, state.text(step.text2), step.size) < 0 ? errno : 0;
  close(file);
  return error;
}

int do_bind_terminal(ChildState& state, const Step& step) {
  const int target = open_target(state, state.text(step.text), O_PATH | O_CLOEXEC, true);
  if (target < 0) return errno;
  return finish_mount(clone_of(state.slave, "", AT_EMPTY_PATH), target, 0, 0);
}

int do_enter_root(ChildState& state, const Step&) {
  if (fchdir(state.root) != 0) return errno;
  // pivot_root(2): with "." twice the old root lies on top of the new one, and is taken off there.
  if (syscall(SYS_pivot_root, ".", ".") != 0) return errno;
  if (umount2(".", MNT_DETACH) != 0) return errno;
  return chdir("/") == 0 ? 0 : errno;
}

}  // namespace croft::runtime
