// The FUSE server: answers what the kernel asks of the view's one mount, as the next of a row of processes
// that each may be killed at any instruction. linux/fuse.h; Documentation/filesystems/fuse.rst.
#pragma once

#include "fs/view/machine.h"
#include "fs/view/shared.h"
#include "runtime/fd.h"

namespace croft::view {

// Serves `device`, an open /dev/fuse that is mounted, until it is unmounted. One thread: no request waits for
// anything but the kernel's own figures. Throws Error.
void serve(const runtime::Fd& device, Shared& shared, Machines& machines);

}  // namespace croft::view
