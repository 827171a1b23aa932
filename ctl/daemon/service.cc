#include "ctl/daemon/service.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;

constexpr int kFirstPassed = 3;  // SD_LISTEN_FDS_START

std::int64_t number_in(const char* text) {
  if (text == nullptr) return -1;
  std::int64_t value = -1;
  const std::string_view digits = text;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return failure == std::errc() && end == digits.data() + digits.size() ? value : -1;
}

int option_of(int socket, int option) {
  int value = -1;
  socklen_t size = sizeof value;
  return getsockopt(socket, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

}  // namespace

ServiceManager::ServiceManager(Getenv getenv) {
  if (const char* path = getenv("NOTIFY_SOCKET"); path != nullptr) socket_ = path;
  const std::int64_t pid = number_in(getenv("WATCHDOG_PID"));
  const std::int64_t interval = number_in(getenv("WATCHDOG_USEC"));
  if (interval > 0 && (pid < 0 || pid == getpid())) watchdog_ = std::chrono::microseconds(interval);
}

void ServiceManager::notify(const std::string& state) const {
  sockaddr_un address{};
  if (socket_.empty() || socket_.size() >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_.front() == '@') address.sun_path[0] = '\0';  // an abstract address
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const void* generic = &address;
  // Nothing depends on it: a manager that waits for a word in vain acts by itself.
  static_cast<void>(sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                           static_cast<const sockaddr*>(generic), size));
}

std::optional<Fd> passed_socket() {
  const bool mine = number_in(std::getenv("LISTEN_PID")) == getpid();
  const std::int64_t count = number_in(std::getenv("LISTEN_FDS"));
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) unsetenv(name);
  if (!mine || count <= 0) return {};
  Fd socket(kFirstPassed);
  const bool good = count == 1 && fcntl(socket.get(), F_SETFD, FD_CLOEXEC) == 0 &&
                    option_of(socket.get(), SO_DOMAIN) == AF_UNIX &&
                    option_of(socket.get(), SO_TYPE) == SOCK_STREAM &&
                    option_of(socket.get(), SO_ACCEPTCONN) == 1;
  if (!good)
    throw Error(ErrorKind::kInvalid,
                "the service manager must pass exactly one listening Unix stream socket");
  return socket;
}

}  // namespace croft::ctl
