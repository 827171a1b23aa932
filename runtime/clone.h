// clone3(2): where every process of a container begins.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace croft::runtime {

struct CloneRequest {
  std::uint64_t flags = 0;  // CLONE_* of linux/sched.h
  int* pidfd = nullptr;     // filled with CLONE_PIDFD, close-on-exec
  int cgroup = -1;          // directory of a cgroup v2 with CLONE_INTO_CGROUP (Linux >= 5.7)
  int exit_signal = 0;      // sent to the parent; 0 is none: the keeper watches pidfds
};

// As fork(2): 0 in the child, its pid in the parent, -1 and errno on failure. Never throws; for
// single-threaded callers that go on in the child with async-signal-safe calls only.
pid_t clone_process(const CloneRequest& request) noexcept;

}  // namespace croft::runtime
