#include "cgroups/v2/events.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "cgroups/files.h"
#include "runtime/error.h"

namespace croft::cgroups::v2 {
namespace {

// Of a group that was removed meanwhile: that nobody is in it.
std::string read_from_start(const runtime::Fd& file) {
  std::array<char, 256> buffer{};
  const ssize_t got = pread(file.get(), buffer.data(), buffer.size(), 0);
  if (got < 0 && errno == ENODEV) return "populated 0\nfrozen 0\n";
  if (got < 0) runtime::fail_errno("cannot read `cgroup.events`");
  return {buffer.data(), static_cast<std::size_t>(got)};
}

}  // namespace

std::uint64_t event(const runtime::Fd& directory, std::string_view key) {
  return keyed_number(read_value(directory, "cgroup.events"), key);
}

bool wait_event(const runtime::Fd& directory, std::string_view key, std::uint64_t value,
                Milliseconds timeout) {
  const runtime::Fd file = runtime::open_at(directory, "cgroup.events", O_RDONLY);
  const Deadline deadline = deadline_in(timeout);
  for (;;) {
    if (keyed_number(read_from_start(file), key) == value) return true;
    const auto left = std::chrono::ceil<Milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    // kernfs wakes pollers that have read the file since the last change.
    pollfd waiting{file.get(), POLLPRI, 0};
    if (poll(&waiting, 1, static_cast<int>(std::min<Milliseconds::rep>(left.count(), 60000))) < 0 &&
        errno != EINTR)
      runtime::fail_errno("cannot wait for `cgroup.events`");
  }
}

}  // namespace croft::cgroups::v2
