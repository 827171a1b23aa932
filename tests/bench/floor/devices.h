// Device access of one cycle: a BPF program on its unified cgroup that allows the nodes of a container's
// /dev.
#pragma once

#include "tests/bench/floor/check.h"

namespace croft::bench {

// Loaded once for all cycles. An empty Fd where the kernel has no such programs.
Fd load_device_program();
void attach_device_program(const Fd& program, const Fd& cgroup);

}  // namespace croft::bench
