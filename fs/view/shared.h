// What outlives a server: memory of a memfd that the keeper holds beside the FUSE descriptor. Requests are
// read straight into it, so that there is no instant at which the kernel has handed one out and nobody knows
// of it: a server that takes over answers the one that lies there. The kernel's FUSE_INIT, which is sent
// once, lies there too, and all that must not go backwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fs/view/clocks.h"
#include "runtime/fd.h"

namespace croft::view {

inline constexpr std::size_t kMaxWrite = std::size_t{128} << 10;  // bounds one read(2) of a container too
inline constexpr std::size_t kRequestSize = kMaxWrite + (std::size_t{8} << 10);
inline constexpr std::size_t kInitSize = 512;
inline constexpr std::size_t kMaxRecords = 2048;  // containers whose times are kept; then the one unused
                                                  // longest is forgotten
inline constexpr std::uint64_t kSharedMagic = 0x63726f66'76696577;  // changes with the layout

struct RecordKey {
  char uuid[40];
  std::uint64_t started;  // of the run that it belongs to; 0: free
  std::uint64_t used;     // CLOCK_BOOTTIME
};

struct Shared {
  std::uint64_t magic;
  std::uint32_t init_size;      // bytes of `init`, 0: not seen yet
  std::uint32_t init_answered;  // the kernel has the answer
  std::uint32_t attempts;       // at the request that lies in `request`
  alignas(8) char init[kInitSize];
  alignas(4096) char request[kRequestSize];
  RecordKey keys[kMaxRecords];
  alignas(4096) Record records[kMaxRecords];
};

// Maps it, new or as a predecessor left it, once that one is gone: there is one server at a time. What is of
// another layout is begun anew. Throws Error.
Shared* map_shared(const runtime::Fd& memory);
// The record of a container's run, made when there is none.
Record& record_of(Shared& shared, std::string_view uuid, std::uint64_t started, std::uint64_t now);

}  // namespace croft::view
