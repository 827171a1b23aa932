// The file system of the kind ext4.
#include <sys/ioctl.h>
#include <sys/statfs.h>

#include <cerrno>

#include "fs/pool.h"
#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::fs {
namespace {

constexpr const char* kPackage = "e2fsprogs";

// Documentation/filesystems/ext4: EXT4_IOC_RESIZE_FS, with the number of blocks that it shall have. It is in
// no header of Debian 12.
constexpr unsigned long kResize = _IOW('f', 16, std::uint64_t);

// Replays the journal and mends what that alone does not. Status 1: something was mended.
void check(const std::string& image) {
  run_tool({"e2fsck", "-p", image}, kPackage, 1);
}

void nothing(const std::string& /*place*/) {}

void grow(const std::string& place, std::uint64_t bytes) {
  const runtime::Fd fd = runtime::open_file(place, O_RDONLY | O_DIRECTORY);
  struct statfs info {};
  if (fstatfs(fd.get(), &info) != 0) runtime::fail_errno("cannot look at `" + place + "`");
  const std::uint64_t blocks = bytes / static_cast<std::uint64_t>(info.f_bsize);
  if (ioctl(fd.get(), kResize, &blocks) == 0) return;
  const int failure = errno;
  runtime::Error error(runtime::kind_of_errno(failure),
                       "cannot make the file system of `" + place + "` as large as its device", failure);
  if (failure == EPERM) error.cure("croftd needs the capability CAP_SYS_RESOURCE for ext4");
  throw error;
}

// No blocks are kept for root of the host, who writes nothing there.
std::vector<std::string> maker(bool quotas) {
  std::vector<std::string> words{"mkfs.ext4", "-q", "-F", "-m", "0"};
  if (quotas) words.insert(words.end(), {"-O", "quota,project"});
  return words;
}

}  // namespace

const PoolFormat& ext4_format() {
  static const PoolFormat format{.type = "ext4",
                                 .package = kPackage,
                                 .ways = {{maker(true), "prjquota,discard"}, {maker(false), "discard"}},
                                 .check = check,
                                 .prepare = nothing,
                                 .grow = grow};
  return format;
}

}  // namespace croft::fs
