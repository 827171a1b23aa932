// How to remove a tree that its owner meant to be hard to remove: deeper than any path may be long, wider
// than memory, with immutable files, links that lead outside and mounts in the middle. Walked with a loop,
// with a bounded number of descriptors: what lies deeper than kMaxDepth is first moved up to the top of the
// tree.
#include "runtime/remove_tree.h"

#include <dirent.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::runtime {
namespace {

constexpr std::size_t kMaxDepth = 64;  // open directories at once

struct Level {
  std::unique_ptr<DIR, int (*)(DIR*)> stream;
  std::string name;       // in the level above
  bool progress = false;  // something went away since the listing began
  [[nodiscard]] int fd() const { return dirfd(stream.get()); }
};

struct Walk {
  Fd parent;  // of the tree's top
  std::string shown;
  std::vector<Level> levels{};
  std::uint64_t moved = 0;  // number of the last directory that was moved up
};

[[noreturn]] void fail(const Walk& walk, const std::string& name, int error_number) {
  std::string path = walk.shown;
  for (std::size_t i = 1; i < walk.levels.size(); ++i) path += "/" + walk.levels[i].name;
  if (!walk.levels.empty() && !name.empty()) path += "/" + name;
  if (path.size() > 1024) path = path.substr(0, 1024) + "...";
  const std::string text = "cannot remove `" + path + "`";
  if (error_number == EXDEV) throw Error(ErrorKind::kBusy, text + ": another file system is mounted there");
  throw Error(kind_of_errno(error_number), text, error_number);
}

// Opens a directory for listing without going through a symbolic link or onto a mount, bind mounts included.
Fd open_directory(int dir, const char* name) {
  struct open_how how {};
  how.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
  return Fd(static_cast<int>(syscall(SYS_openat2, dir, name, &how, sizeof how)));
}

void clear_flags(const Fd& fd) {
  int flags = 0;
  if (ioctl(fd.get(), FS_IOC_GETFLAGS, &flags) != 0) return;
  flags &= ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
  static_cast<void>(ioctl(fd.get(), FS_IOC_SETFLAGS, &flags));
}

// Takes the immutable and append-only marks off an entry and its directory. Only regular files and
// directories are opened: opening a device node can do things.
void unlock_entry(int dir, const char* name) {
  const Fd directory(openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory) clear_flags(directory);
  const Fd entry(openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat info {};
  if (!entry || fstat(entry.get(), &info) != 0 || !(S_ISREG(info.st_mode) || S_ISDIR(info.st_mode))) return;
  const std::string again = "/proc/self/fd/" + std::to_string(entry.get());
  const Fd opened(::open(again.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (opened) clear_flags(opened);
}

// unlinkat(2); gives the errno, 0 for done (also when it is gone already).
int unlink_entry(int dir, const char* name, int flags) {
  if (unlinkat(dir, name, flags) == 0 || errno == ENOENT) return 0;
  if (errno != EPERM) return errno;
  unlock_entry(dir, name);
  return unlinkat(dir, name, flags) == 0 || errno == ENOENT ? 0 : errno;
}

void enter(Walk& walk, int dir, const std::string& name) {
  Fd fd = open_directory(dir, name.c_str());
  if (!fd && errno == ENOENT) return;
  if (!fd) fail(walk, name, errno);
  std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(fd.get()), closedir);
  if (!stream) fail(walk, name, errno);
  static_cast<void>(fd.release());
  walk.levels.push_back(Level{std::move(stream), name});
}

// Moves a directory of the deepest level up to the top. False when the file system cannot: its subvolumes and
// project quotas are borders for rename(2).
bool move_up(Walk& walk, const char* name) {
  const int from = walk.levels.back().fd();
  bool unlocked = false;
  for (;;) {
    const std::string to = ".croft-removing-" + std::to_string(++walk.moved);
    if (renameat(from, name, walk.levels.front().fd(), to.c_str()) == 0) break;
    if (errno == EXDEV) return false;
    if (errno == EPERM && !unlocked) {
      unlock_entry(from, name);
      unlock_entry(walk.levels.front().fd(), ".");
      unlocked = true;
    } else if (errno != EEXIST && errno != ENOTEMPTY && errno != ENOTDIR) {
      fail(walk, name, errno);
    }
  }
  walk.levels.front().progress = true;
  walk.levels.back().progress = true;
  return true;
}

void remove_one(Walk& walk, const dirent& entry) {
  Level& level = walk.levels.back();
  int error_number = EISDIR;
  if (entry.d_type != DT_DIR) error_number = unlink_entry(level.fd(), entry.d_name, 0);
  if (error_number == 0) {
    level.progress = true;
  } else if (error_number != EISDIR) {
    fail(walk, entry.d_name, error_number);
  } else if (walk.levels.size() < kMaxDepth || !move_up(walk, entry.d_name)) {
    enter(walk, level.fd(), entry.d_name);
  }
}

// The listing has ended: removes the directory itself, or lists again when entries were skipped or came in
// meanwhile.
void finish_level(Walk& walk) {
  Level& level = walk.levels.back();
  const bool top = walk.levels.size() == 1;
  const int parent = top ? walk.parent.get() : walk.levels[walk.levels.size() - 2].fd();
  const int error_number = unlink_entry(parent, level.name.c_str(), AT_REMOVEDIR);
  if (error_number == 0) {
    walk.levels.pop_back();
    if (!top) walk.levels.back().progress = true;
  } else if ((error_number == ENOTEMPTY || error_number == EEXIST) && level.progress) {
    level.progress = false;
    rewinddir(level.stream.get());
  } else {
    fail(walk, "", error_number);
  }
}

bool is_dot(const char* name) {
  return std::string_view(name) == "." || std::string_view(name) == "..";
}

void walk_all(Walk& walk, const std::function<bool()>& go_on) {
  while (!walk.levels.empty() && go_on()) {
    errno = 0;
    const dirent* entry = readdir(walk.levels.back().stream.get());
    if (entry == nullptr && errno != 0) fail(walk, "", errno);
    if (entry == nullptr) {
      finish_level(walk);
    } else if (!is_dot(entry->d_name)) {
      remove_one(walk, *entry);
    }
  }
}

}  // namespace

void remove_tree(const std::string& path, const std::function<bool()>& go_on) {
  const std::size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) throw Error(ErrorKind::kInvalid, "cannot remove `" + path + "`");
  const std::string whole = path.substr(0, end + 1);
  const std::size_t slash = whole.find_last_of('/');
  const std::string name = slash == std::string::npos ? whole : whole.substr(slash + 1);
  if (is_dot(name.c_str())) throw Error(ErrorKind::kInvalid, "cannot remove `" + path + "`: it has no name");
  const std::string above = slash == std::string::npos ? "." : whole.substr(0, slash + 1);
  Walk walk{Fd(::open(above.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)), path};
  if (!walk.parent && errno == ENOENT) return;
  if (!walk.parent) fail(walk, "", errno);
  const int error_number = unlink_entry(walk.parent.get(), name.c_str(), 0);
  if (error_number == 0) return;
  if (error_number != EISDIR) fail(walk, "", error_number);
  enter(walk, walk.parent.get(), name);
  walk_all(walk, go_on);
}

void remove_tree(const std::string& path) {
  remove_tree(path, [] { return true; });
}

}  // namespace croft::runtime
