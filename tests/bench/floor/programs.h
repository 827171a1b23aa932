// BPF programs of one cycle beside that for devices: two on its cgroup that see each socket made and
// released, and two at its link that see each packet. They do nothing; what is measured is their being
// attached.
#pragma once

#include <cstdint>

#include "tests/bench/floor/check.h"

namespace croft::bench {

// Loaded once for all cycles. Empty Fds where the kernel has no such programs.
struct Programs {
  Fd create;
  Fd release;
  Fd in;
  Fd out;
};
Programs load_programs();
void attach_socket_programs(const Programs& programs, const Fd& cgroup);
// A clsact qdisc on the host's end of the link, with blocks that all links share, and the blocks' filters.
void attach_packet_programs(const Programs& programs, const Fd& netlink, std::uint32_t link);

}  // namespace croft::bench
