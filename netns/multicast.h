// Hearing what the kernel tells everybody of changes, whoever makes them: netlink's multicast groups.
#pragma once

#include <linux/netlink.h>

#include <initializer_list>

#include "runtime/fd.h"

namespace croft::netns {

// A socket of that protocol (netlink(7)) in these groups, which never blocks. `what` it listens to is for
// people. Throws Error.
runtime::Fd multicast_socket(int protocol, std::initializer_list<int> groups, const char* what);

// Takes all that waits. Whether anything of interest was told, or told too fast to be kept (ENOBUFS).
bool drain(const runtime::Fd& socket, bool (*is_of_interest)(nlmsghdr& header));

}  // namespace croft::netns
