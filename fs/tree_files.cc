#include "fs/tree_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "runtime/error.h"

namespace croft::fs {
namespace {

using runtime::Fd;

std::string value_of(const std::string& path, const char* name, const std::string& shown) {
  std::string value(XATTR_SIZE_MAX, '\0');
  const ssize_t size = lgetxattr(path.c_str(), name, value.data(), value.size());
  if (size < 0) runtime::fail_errno("cannot read attributes of `" + shown + "`");
  value.resize(static_cast<std::size_t>(size));
  return value;
}

}  // namespace

Fd open_below(const Fd& top, const std::string& path, const std::string& shown) {
  struct open_how how {};
  how.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
  Fd fd(static_cast<int>(syscall(SYS_openat2, top.get(), path.c_str(), &how, sizeof how)));
  if (!fd) runtime::fail_errno("cannot open `" + shown + "`");
  return fd;
}

std::string joined(const std::string& path, const std::string& name) {
  return path == "." ? name : path + "/" + name;
}

void for_names_in(const Fd& directory, const std::string& shown,
                  const std::function<void(const std::string& name)>& visit) {
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(fdopendir(directory.duplicate().release()), closedir);
  if (!listing) runtime::fail_errno("cannot list `" + shown + "`");
  errno = 0;
  while (const dirent* found = readdir(listing.get())) {
    const std::string name = found->d_name;
    if (name != "." && name != "..") visit(name);
    errno = 0;
  }
  if (errno != 0) runtime::fail_errno("cannot list `" + shown + "`");
}

std::string path_in(const Fd& directory, const std::string& name) {
  return "/proc/self/fd/" + std::to_string(directory.get()) + "/" + name;
}

std::vector<std::pair<std::string, std::string>> attributes_of(const std::string& path,
                                                               const std::string& shown) {
  const ssize_t room = llistxattr(path.c_str(), nullptr, 0);
  if (room == 0 || (room < 0 && errno == EOPNOTSUPP)) return {};
  std::string list(static_cast<std::size_t>(std::max<ssize_t>(room, 0)), '\0');
  const ssize_t size = room < 0 ? -1 : llistxattr(path.c_str(), list.data(), list.size());
  if (size < 0) runtime::fail_errno("cannot list attributes of `" + shown + "`");
  std::vector<std::pair<std::string, std::string>> attributes;
  for (std::size_t at = 0; at < static_cast<std::size_t>(size); at += attributes.back().first.size() + 1)
    attributes.emplace_back(list.c_str() + at, value_of(path, list.c_str() + at, shown));
  return attributes;
}

void CopyCounter::count() {
  constexpr std::uint64_t kOften = 64;
  if (++files_ % kOften != 0) return;
  if (watch_.copied) watch_.copied(files_);
  if (watch_.go_on && !watch_.go_on())
    throw runtime::Error(runtime::ErrorKind::kConflict,
                         "cancelled after " + std::to_string(files_) + " files");
}

}  // namespace croft::fs
