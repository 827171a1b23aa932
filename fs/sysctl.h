// Kernel settings that a container may have of its own: those of its ipc, uts and network namespaces.
// Everything else belongs to the host and is refused with the reason before anything is started.
//
// /proc/sys as a whole stays writable inside a container: in a user namespace the kernel itself refuses what
// is not namespaced, because those files belong to the host's root.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/change.h"
#include "runtime/fd.h"
#include "runtime/launch.h"

namespace croft::fs {

using Sysctls = std::vector<std::pair<std::string, std::string>>;  // dotted name, value

// Why `sysctl.NAME` = VALUE cannot be had; nothing when it can. Names are dotted ("net.ipv4.ip_forward"; an
// interface whose own name has a dot cannot be named). A value is one line of plain characters: in
// CVE-2022-0811 a second setting was smuggled in through the value.
std::optional<std::string> sysctl_problem(std::string_view name, std::string_view value);

// The file below the root of a proc file system, "sys/net/ipv4/ip_forward". Throws Error kInvalid when
// sysctl_problem has something to say.
std::string sysctl_file(std::string_view name, std::string_view value);

// Appends the settings of the network (net.*) as steps of the container's first process. `proc` is what
// plan_inside gave. After the network's own steps, so that settings of eth0 find it.
void plan_sysctls(const Sysctls& sysctls, runtime::Slot proc, runtime::LaunchList& list);

// The other settings (kernel.*, fs.mqueue.*), which the container's root may not write in /proc before
// Linux 6.9, or at all (domainname): a thread of the host's root joins the namespaces of the container for a
// moment and writes. Appends nothing when there are none.
void plan_host_sysctls(const Sysctls& sysctls, const runtime::FdSlot& pidfd, runtime::Changes& changes);

}  // namespace croft::fs
