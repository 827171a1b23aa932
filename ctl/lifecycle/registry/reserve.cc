#include "ctl/lifecycle/registry/reserve.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

#include "runtime/fd.h"

namespace croft::ctl {
namespace {

// As large as the write-ahead log becomes before SQLite begins it anew (sqlite.org/wal.html: 1000 pages), so
// that this is enough for any number of changes.
constexpr off_t kSize = off_t{4} << 20;

bool has_room_for(const std::string& path) {
  struct statvfs facts {};
  const std::string folder = path.substr(0, path.rfind('/'));
  return statvfs(folder.c_str(), &facts) == 0 &&
         facts.f_bavail * facts.f_frsize > static_cast<std::uint64_t>(2 * kSize);
}

}  // namespace

Reserve::Reserve(std::string path) : path_(std::move(path)) {
  refill();
}

bool Reserve::release() {
  held_ = false;
  return unlink(path_.c_str()) == 0;
}

void Reserve::refill() {
  if (held_) return;
  const runtime::Fd file(open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return;
  struct stat info {};
  const bool whole = fstat(file.get(), &info) == 0 && info.st_blocks * 512 >= kSize;
  held_ = whole || (has_room_for(path_) && posix_fallocate(file.get(), 0, kSize) == 0);
  if (!held_) unlink(path_.c_str());
}

}  // namespace croft::ctl
