#include "fs/copy_content.h"

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "runtime/error.h"

namespace croft::fs {
namespace {

using runtime::Fd;

[[noreturn]] void fail(const std::string& shown) {
  runtime::fail_errno("cannot copy `" + shown + "`");
}

void write_whole(const Fd& to, const char* data, std::size_t size, off_t at, const std::string& shown) {
  while (size > 0) {
    const ssize_t put = pwrite(to.get(), data, size, at);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail(shown);
    data += put;
    size -= static_cast<std::size_t>(put);
    at += put;
  }
}

// By way of our own memory, for pairs of files that the kernel does not copy between.
void copy_by_hand(const Fd& from, const Fd& to, off_t at, off_t end, const std::string& shown) {
  std::array<char, 65536> buffer;
  while (at < end) {
    const auto want = static_cast<std::size_t>(std::min<off_t>(end - at, buffer.size()));
    const ssize_t got = pread(from.get(), buffer.data(), want, at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(shown);
    if (got == 0) return;  // shorter than it was: nobody should be writing, and what is there is copied
    write_whole(to, buffer.data(), static_cast<std::size_t>(got), at, shown);
    at += got;
  }
}

void copy_range(const Fd& from, const Fd& to, off_t at, off_t end, const std::string& shown) {
  while (at < end) {
    off_t in = at;
    off_t out = at;
    const auto want = static_cast<std::size_t>(end - at);
    const ssize_t got = copy_file_range(from.get(), &in, to.get(), &out, want, 0);
    if (got < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP || errno == ENOSYS))
      return copy_by_hand(from, to, at, end, shown);
    if (got < 0 && errno != EINTR) fail(shown);
    if (got == 0) return;
    if (got > 0) at += got;
  }
}

}  // namespace

void copy_content(const Fd& from, const Fd& to, off_t size, const std::string& shown, bool apart) {
  if (size == 0 || (!apart && ioctl(to.get(), FICLONE, from.get()) == 0)) return;
  if (ftruncate(to.get(), size) != 0) fail(shown);
  for (off_t at = 0; at < size;) {
    const off_t data = lseek(from.get(), at, SEEK_DATA);
    if (data < 0 && errno == ENXIO) return;  // only a hole is left
    if (data < 0) fail(shown);
    off_t hole = lseek(from.get(), data, SEEK_HOLE);
    if (hole < 0) fail(shown);
    hole = std::min(hole, size);
    if (apart)
      copy_by_hand(from, to, data, hole, shown);
    else
      copy_range(from, to, data, hole, shown);
    at = hole;
  }
}

}  // namespace croft::fs
