#include "ctl/cli/flow.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

constexpr std::size_t kChunk = 65536;

bool again(int error_number) {
  return error_number == EAGAIN || error_number == EINTR;
}

}  // namespace

Flow::Flow(int from, runtime::Fd to) : from_(from), to_(to.get()), owned_to_(std::move(to)) {}
Flow::Flow(runtime::Fd from, int to) : from_(from.get()), to_(to), owned_from_(std::move(from)) {}
Flow::Flow(int from, int to) : from_(from), to_(to) {}

void Flow::want(std::vector<pollfd>& list) const {
  if (over_) return;
  if (pending_.empty()) {
    list.push_back({from_, POLLIN, 0});
    // A sink that goes away while the source is silent is seen at once.
    if (owned_to_) list.push_back({to_, 0, 0});
  } else {
    list.push_back({to_, POLLOUT, 0});
  }
}

bool Flow::step(const std::vector<pollfd>& list) {
  if (over_) return false;
  if (pending_.empty() && owned_to_ && (ready(list, to_, 0) & POLLERR) != 0) {
    finish();
    return true;
  }
  bool moved = false;
  if (pending_.empty() && ready(list, from_, POLLIN) != 0) moved = read_some();
  if (!over_ && !pending_.empty() && (moved || ready(list, to_, POLLOUT) != 0)) moved = write_some() || moved;
  return moved;
}

bool Flow::read_some() {
  std::array<char, kChunk> buffer{};
  const ssize_t count = read(from_, buffer.data(), buffer.size());
  if (count > 0) {
    pending_.assign(buffer.data(), static_cast<std::size_t>(count));
    return true;
  }
  if (count < 0 && again(errno)) return false;
  // EIO is how a pty's master says that the last slave is closed; other errors end the source as well.
  ended_ = true;
  pending_ = std::exchange(farewell_, {});
  if (pending_.empty()) finish();
  return true;
}

bool Flow::write_some() {
  const ssize_t count = write(to_, pending_.data(), pending_.size());
  if (count < 0 && again(errno)) return false;
  if (count < 0) {
    finish();
    return true;
  }
  pending_.erase(0, static_cast<std::size_t>(count));
  if (pending_.empty() && ended_) finish();
  return true;
}

void Flow::finish() {
  over_ = true;
  pending_.clear();
  owned_from_.reset();
  owned_to_.reset();
}

short ready(const std::vector<pollfd>& list, int fd, short events) {
  for (const pollfd& entry : list)
    if (entry.fd == fd && entry.events == events) return entry.revents;
  return 0;
}

void wait_ready(std::vector<pollfd>& list, int timeout_ms) {
  if (poll(list.data(), list.size(), timeout_ms) >= 0) return;
  if (errno != EINTR) runtime::fail_errno("cannot wait for input");
  for (pollfd& entry : list) entry.revents = 0;
}

void set_nonblocking(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
    runtime::fail_errno("cannot set a descriptor up");
}

}  // namespace croft::ctl
