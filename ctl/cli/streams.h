// Which descriptors a command inside a container gets as standard input, output and error.
//
// Pipes, sockets and /dev/null are handed over as they are: nothing is copied, and the command sees
// end-of-file and EPIPE of the real thing. Terminals, regular files and everything else are never handed
// over. Who holds a descriptor of the caller's terminal can read what is typed at it, and on kernels that
// still allow TIOCSTI type into it; who holds one of a host file can truncate it, lock it or open it again
// with other rights by way of /proc/self/fd. A container's root must get neither, so croft keeps these and
// pumps them through pipes.
#pragma once

#include <array>
#include <vector>

#include "ctl/cli/flow.h"
#include "ctl/cli/invocation.h"

namespace croft::ctl {

enum class Handover { kAsIs, kPumped };

// By fstat(2) and the device number. A descriptor that is not open counts as pumped.
Handover handover_of(int fd);

enum class Input {
  kPassed,  // whatever standard input is
  kAuto,    // passed unless it is a terminal: then empty
  kNone,    // empty
};

struct ChildStreams {
  std::vector<runtime::Fd> own;  // ends to close once they are sent
  std::array<int, 3> fds{};      // what is sent, in order
  std::vector<Flow> inward;      // from standard input
  std::vector<Flow> outward;     // to standard output and error
};
ChildStreams make_streams(const Stdio& stdio, Input input);

}  // namespace croft::ctl
