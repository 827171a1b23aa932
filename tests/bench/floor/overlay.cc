#include "tests/bench/floor/overlay.h"

#include <dirent.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cstring>

namespace croft::bench {
namespace {

void set(const Fd& fs, unsigned command, const char* key, const char* value) {
  check(fsconfig(fs.get(), command, key, value, 0), std::string("overlay option ") + key);
}

Fd configured_overlay(const std::string& lower, const std::string& dir) {
  Fd fs(check(fsopen("overlay", FSOPEN_CLOEXEC), "fsopen overlay"));
  set(fs, FSCONFIG_SET_STRING, "source", "croft");
  set(fs, FSCONFIG_SET_STRING, "lowerdir", lower.c_str());
  set(fs, FSCONFIG_SET_STRING, "upperdir", (dir + "/upper").c_str());
  set(fs, FSCONFIG_SET_STRING, "workdir", (dir + "/work").c_str());
  set(fs, FSCONFIG_SET_STRING, "xino", "on");
  set(fs, FSCONFIG_SET_STRING, "index", "off");
  set(fs, FSCONFIG_SET_STRING, "redirect_dir", "off");
  set(fs, FSCONFIG_SET_STRING, "metacopy", "off");
  return fs;
}

void remove_entries(int dir) noexcept {
  DIR* stream = fdopendir(dir);
  if (stream == nullptr) return;
  while (const dirent* entry = readdir(stream)) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if (unlinkat(dirfd(stream), entry->d_name, 0) == 0) continue;
    if (unlinkat(dirfd(stream), entry->d_name, AT_REMOVEDIR) == 0) continue;
    const int below = openat(dirfd(stream), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (below >= 0) remove_entries(below);
    unlinkat(dirfd(stream), entry->d_name, AT_REMOVEDIR);
  }
  closedir(stream);
}

}  // namespace

void make_upper(const std::string& data, const std::string& id, std::uint32_t base) {
  const std::string dir = data + "/" + id;
  check(mkdir(dir.c_str(), 0700), "mkdir " + dir);
  check(mkdir((dir + "/upper").c_str(), 0755), "mkdir upper");
  check(mkdir((dir + "/work").c_str(), 0755), "mkdir work");
  check(chown((dir + "/upper").c_str(), base, base), "chown upper");
}

void set_upper_aside(const std::string& data, const std::string& id) {
  check(rename((data + "/" + id).c_str(), (data + "/gone").c_str()), "rename " + id);
}

void remove_upper(const std::string& data, const std::string& id) noexcept {
  for (const std::string& dir : {data + "/" + id, data + "/gone"}) {
    const int fd = open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) continue;
    remove_entries(fd);
    rmdir(dir.c_str());
  }
}

Fd map_template(const std::string& root, const Fd& user_namespace) {
  Fd tree(check(open_tree(AT_FDCWD, root.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC), "open_tree " + root));
  struct mount_attr attr {};
  attr.attr_set = MOUNT_ATTR_IDMAP | MOUNT_ATTR_RDONLY;
  attr.userns_fd = static_cast<std::uint64_t>(user_namespace.get());
  check(mount_setattr(tree.get(), "", AT_EMPTY_PATH, &attr, sizeof attr), "mount_setattr");
  return tree;
}

Fd mount_overlay(const Fd& lower, const std::string& data, const std::string& id,
                 const std::string& staging) {
  const std::string dir = data + "/" + id;
  Fd fs = configured_overlay("/proc/self/fd/" + std::to_string(lower.get()), dir);
  if (fsconfig(fs.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
    check(move_mount(lower.get(), "", AT_FDCWD, staging.c_str(), MOVE_MOUNT_F_EMPTY_PATH), "attach lower");
    fs = configured_overlay(staging, dir);
    const int result = fsconfig(fs.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0);
    const int reason = errno;
    umount2(staging.c_str(), MNT_DETACH);
    errno = reason;
    check(result, "create overlay");
  }
  return Fd(check(fsmount(fs.get(), FSMOUNT_CLOEXEC, 0), "fsmount overlay"));
}

void mount_at_rootfs(const std::string& data, const std::string& id, const std::string& root,
                     const Fd& user_namespace, std::uint32_t base) {
  make_upper(data, id, base);
  const std::string dir = data + "/" + id;
  // The tools walk to the root as the container's own user.
  check(chmod(dir.c_str(), 0711), "chmod " + dir);
  check(mkdir((dir + "/rootfs").c_str(), 0755), "mkdir rootfs");
  const Fd lower = map_template(root, user_namespace);
  const Fd mounted = mount_overlay(lower, data, id, data + "/staging");
  check(move_mount(mounted.get(), "", AT_FDCWD, (dir + "/rootfs").c_str(), MOVE_MOUNT_F_EMPTY_PATH),
        "attach rootfs");
}

}  // namespace croft::bench
