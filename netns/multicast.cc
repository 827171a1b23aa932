#include "netns/multicast.h"

#include <netlink/msg.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string>

#include "runtime/error.h"

namespace croft::netns {

runtime::Fd multicast_socket(int protocol, std::initializer_list<int> groups, const char* what) {
  const std::string attempt = std::string("cannot listen to changes of ") + what;
  runtime::Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
  if (!socket) runtime::fail_errno(attempt);
  // A socket without an address of its own counts as the kernel's, which is not told what it tells.
  sockaddr_nl any{};
  any.nl_family = AF_NETLINK;
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0)
    runtime::fail_errno(attempt);
  for (const int group : groups)
    if (setsockopt(socket.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0)
      runtime::fail_errno(attempt);
  return socket;
}

bool drain(const runtime::Fd& socket, bool (*is_of_interest)(nlmsghdr& header)) {
  bool found = false;
  alignas(nlmsghdr) std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t got = recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == ENOBUFS) found = true;
    if (got < 0 && (errno == ENOBUFS || errno == EINTR)) continue;
    if (got <= 0) return found;
    int size = static_cast<int>(got);
    for (auto* header = reinterpret_cast<nlmsghdr*>(buffer.data()); nlmsg_ok(header, size);
         header = nlmsg_next(header, &size))
      found = found || is_of_interest(*header);
  }
}

}  // namespace croft::netns
