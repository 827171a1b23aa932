#include "ctl/cli/streams.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <utility>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Fd;

std::pair<Fd, Fd> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) runtime::fail_errno("cannot make a pipe");
  return {Fd(ends[0]), Fd(ends[1])};
}

bool is_open(int fd) {
  return fcntl(fd, F_GETFD) >= 0;
}

int keep(ChildStreams& streams, Fd fd) {
  streams.own.push_back(std::move(fd));
  return streams.own.back().get();
}

int input_for(ChildStreams& streams, int fd, Input input) {
  const bool empty = input == Input::kNone || (input == Input::kAuto && is_terminal(fd)) || !is_open(fd);
  if (empty) return keep(streams, runtime::open_file("/dev/null", O_RDONLY));
  if (handover_of(fd) == Handover::kAsIs) return fd;
  auto [theirs, ours] = make_pipe();
  set_nonblocking(ours.get());
  streams.inward.emplace_back(fd, std::move(ours));
  return keep(streams, std::move(theirs));
}

int output_for(ChildStreams& streams, int fd) {
  if (!is_open(fd)) return keep(streams, runtime::open_file("/dev/null", O_WRONLY));
  if (handover_of(fd) == Handover::kAsIs) return fd;
  auto [ours, theirs] = make_pipe();
  set_nonblocking(ours.get());
  streams.outward.emplace_back(std::move(ours), fd);
  return keep(streams, std::move(theirs));
}

}  // namespace

Handover handover_of(int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return Handover::kPumped;
  const bool null_device = S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);
  const bool as_is = S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode) || null_device;
  return as_is ? Handover::kAsIs : Handover::kPumped;
}

ChildStreams make_streams(const Stdio& stdio, Input input) {
  ChildStreams streams;
  streams.fds[0] = input_for(streams, stdio.in, input);
  streams.fds[1] = output_for(streams, stdio.out);
  streams.fds[2] = output_for(streams, stdio.err);
  return streams;
}

}  // namespace croft::ctl
