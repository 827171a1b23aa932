// Where ids stand in a file's metadata, and how they move into a container's range. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace croft::fs {

struct IdRange {
  std::uint32_t base = 0;
  std::uint32_t size = 65536;
};

// The host id for an id of the template. One beyond the range becomes nobody (65534), or the last id of a
// range that has no 65534.
std::uint32_t shifted_id(std::uint32_t id, const IdRange& range);

// The value that extended attribute `name` has in the shifted copy; nothing when the copy does without it.
// Kept are user.*, security.*, trusted.* and POSIX ACLs, but of overlay's own marks only "opaque". Throws
// Error kInvalid for a malformed ACL or capability.
std::optional<std::string> shifted_attribute(std::string_view name, std::string_view value,
                                             const IdRange& range);

}  // namespace croft::fs
