// The listening Unix socket: made with the right mode and group before anybody can connect.
#pragma once

#include <string>

#include "runtime/fd.h"

namespace croft::ctl {

// A socket at `path` that only root and `group` can connect to; only root where there is no such group. One
// that is left over from a dead daemon is replaced. Throws Error kBusy when somebody answers there.
runtime::Fd listen_at(const std::string& path, const std::string& group);

}  // namespace croft::ctl
