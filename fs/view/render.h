// The text of each file of the view, as the kernel would write it on a machine of the container's size. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "fs/view/sample.h"
#include "fs/view/tree.h"

namespace croft::view {

// What free(1) and others are told, in bytes.
struct Memory {
  std::uint64_t total = 0, free = 0, available = 0, swap_total = 0, swap_free = 0;
};

// Total is the limit, or what the host has. Free counts up to the limit; available only up to the barrier,
// where it may stay, together with what could be reclaimed, and never more than the host itself has. Swap is
// what its own limit, the host and the sum of both leave beside memory's limit.
Memory memory_of(const Sample& sample);

// Bytes written to `space`; lines that do not fit are left out.
std::size_t render(const Node& node, const Sample& sample, std::span<char> space);

}  // namespace croft::view
