// The two BPF programs that count sockets (sockets.h), as instructions.
#pragma once

#include "runtime/bpf.h"

namespace croft::cgroups {

// What a group's storage holds; each pair is TCP (MPTCP too), others.
struct SocketCounters {
  std::uint64_t held[2];
  std::uint64_t refused[2];
};
struct SocketLimits {
  std::uint64_t most_plus_one[2];  // 0: unlimited, as the kernel makes new storage
};

struct SocketMaps {
  runtime::Fd counters;  // BPF_MAP_TYPE_CGROUP_STORAGE of SocketCounters; the programs alone write it
  // BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE of SocketLimits, the same on each CPU; written from outside alone.
  runtime::Fd limits;
  runtime::Fd marks;  // BPF_MAP_TYPE_SK_STORAGE of 32 bits: 1 + index of the pair; 0: not counted
};

runtime::bpf::Program assemble_socket_create(const SocketMaps& maps);
runtime::bpf::Program assemble_socket_release(const SocketMaps& maps);

}  // namespace croft::cgroups
