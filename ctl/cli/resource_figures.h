// What a container has and may have of each resource, as the daemon tells it, and how people read it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/cli/columns.h"
#include "ctl/client/client.h"

namespace croft::ctl {

struct BurstFigures {
  std::uint64_t amount = 0;
  std::uint64_t left = 0;
  bool allowed = false;  // to be had now: there is credit, and the host is not short
};

struct ResourceFigures {
  std::string resource;                  // "memory"
  std::string unit;                      // "milli-cpu", "bytes", "bytes/s", "1/s" or "items"
  std::optional<std::uint64_t> held;     // empty: not counted on that host
  std::optional<std::uint64_t> maxheld;  // likewise
  std::uint64_t guarantee = 0;
  std::optional<std::uint64_t> barrier;  // empty: unlimited
  std::optional<std::uint64_t> limit;    // likewise
  std::optional<BurstFigures> burst;
  std::optional<std::uint64_t> share;
  std::optional<std::uint64_t> failcnt;  // likewise
};

// What memory is used for, in bytes; what that kernel does not count is empty.
struct MemoryParts {
  std::optional<std::uint64_t> shared;  // tmpfs and shared memory
  std::optional<std::uint64_t> locked;  // cannot be reclaimed
  std::optional<std::uint64_t> kernel;
  std::optional<std::uint64_t> slab;     // directory entries and inodes, of the kernel's
  std::optional<std::uint64_t> sockets;  // buffers of TCP
};

// The "memory_parts" of a container.
MemoryParts memory_parts_of(const Json& container);

// The "resources" of a container; none where there are none.
std::vector<ResourceFigures> resources_of(const Json& container);
// The one of that name, or null.
const ResourceFigures* find_resource(const std::vector<ResourceFigures>& list, std::string_view resource);

// A member that is a whole number from 0 on; empty for null, and where there is none.
std::optional<std::uint64_t> number_at(const Json& object, const char* name);

// The unit of a resource, for what names it without one.
std::string_view unit_of(std::string_view resource);
// "1.5" (cores), "812M", "12M/s", "120/s", "64".
std::string quantity_text(std::string_view unit, std::uint64_t value);
// As above, "unlimited" when empty.
std::string bound_text(std::string_view unit, const std::optional<std::uint64_t>& value);
// What is left in a bucket: time of cpu and memory, bytes of io, operations of iops. `!` behind it says that
// it is not to be had now.
std::string burst_text(std::string_view resource, const BurstFigures& burst);

bool above_barrier(const ResourceFigures& figures);
// At 95 % of its limit, or over.
bool near_limit(const ResourceFigures& figures);
// Bad near the limit, warning above the barrier.
Colour bound_colour(const ResourceFigures& figures);
// What a whole row is shown in: also bad where something was refused.
Colour strain_colour(const ResourceFigures& figures);

}  // namespace croft::ctl
