// File descriptors that close themselves, and the few file operations that everybody needs. Every fd made
// here is close-on-exec from birth. Paths that a container can influence go through `open_in_root` only.
#pragma once

#include <fcntl.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace croft::runtime {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) noexcept : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept {
    reset(other.release());
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  void reset(int fd = -1) noexcept;
  explicit operator bool() const noexcept { return fd_ >= 0; }
  // A second descriptor of the same open file. Throws Error.
  [[nodiscard]] Fd duplicate() const;

 private:
  int fd_ = -1;
};

// A place for a descriptor that one change produces and a later one uses; empty until then.
using FdSlot = std::shared_ptr<Fd>;
FdSlot make_slot(Fd fd = Fd());

// open(2) of a path that only the host's administrator controls. Throws Error naming the path.
Fd open_file(const std::string& path, int flags, mode_t mode = 0);
// openat(2) below a directory that only the host controls.
Fd open_at(const Fd& dir, const std::string& path, int flags, mode_t mode = 0);
// openat2(2) with RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS: `path` as a process chrooted to `root` would see
// it. For every path that a container, an image or an archive can influence. openat2(2), Linux >= 5.6.
Fd open_in_root(const Fd& root, const std::string& path, int flags, mode_t mode = 0);

// Whole content of a small file (/proc, /sys, configuration); at most `limit` bytes, more is an Error.
std::string read_file(const std::string& path, std::size_t limit = std::size_t{1} << 20);
std::string read_file_at(const Fd& dir, const std::string& path, std::size_t limit = std::size_t{1} << 20);
// One write(2) of `content` to an existing file, as kernel interface files want it.
void write_file(const std::string& path, std::string_view content);
void write_file_at(const Fd& dir, const std::string& path, std::string_view content);
// New content of a regular file, complete or not at all: temporary file beside it, fsync when `durable`,
// rename.
void replace_file(const std::string& path, std::string_view content, mode_t mode, bool durable);

bool exists(const std::string& path);
// mkdir -p; every directory that had to be made gets `mode`.
void make_directories(const std::string& path, mode_t mode);
// rm -r for trees of any depth and width, with a bounded number of descriptors (runtime/remove_tree.cc).
// Follows no symbolic link, crosses no mount (an Error kBusy) and takes immutable marks off. A missing path
// is no error. Nobody else may be changing the tree.
void remove_tree(const std::string& path);

// A sealed anonymous file holding `content` (memfd_create(2), all seals), for a reader that must not see
// changes.
Fd sealed_memory(const char* name, std::string_view content);

// At most 253 descriptors travel with one message (SCM_MAX_FD in the kernel's net/core/scm.c).
inline constexpr std::size_t kMaxPassedFds = 253;
// sendmsg(2) of one message with descriptors. Throws Error; never raises SIGPIPE.
void send_with_fds(int socket, std::string_view bytes, const std::vector<int>& fds = {});
// recvmsg(2) of one message of at most `limit` bytes; descriptors arrive close-on-exec. End-of-file gives an
// empty string and no fds. Throws Error, also when message or descriptors were cut short.
std::string receive_with_fds(int socket, std::size_t limit, std::vector<Fd>* fds);

}  // namespace croft::runtime
