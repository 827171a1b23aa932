// How the floor fails: one exception with what was tried and errno, and descriptors that close themselves.
// Deliberately not runtime/: the floor is the yardstick, so it shares no code with what it measures.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace croft::bench {

[[noreturn]] inline void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// The result of a call that says -1 on failure, or the exception.
inline int check(long result, const std::string& what) {
  if (result < 0) fail(what);
  return static_cast<int>(result);
}

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) noexcept : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() {
    if (fd_ >= 0) close(fd_);
  }
  [[nodiscard]] int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

inline Fd open_or_fail(int dir, const std::string& path, int flags, mode_t mode = 0) {
  return Fd(check(openat(dir, path.c_str(), flags | O_CLOEXEC, mode), "open " + path));
}

inline void write_or_fail(int dir, const std::string& path, const std::string& value) {
  const Fd fd = open_or_fail(dir, path, O_WRONLY);
  check(write(fd.get(), value.data(), value.size()), "write " + value + " to " + path);
}

}  // namespace croft::bench
