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
  std::uint32_t from = 0;  // 0: they are a template's ids; else the first of another container's range
};

// The host id for an id of the template. One beyond the range becomes nobody (65534), or the last id of a
// range that has no 65534. For one of another container's range the same of this one; what is outside of that
// is the host's own, as the owner of overlay's whiteouts, and stays.
std::uint32_t shifted_id(std::uint32_t id, const IdRange& range);

// The value that extended attribute `name` has in the shifted copy; nothing when the copy does without it.
// Kept are user.*, security.*, trusted.* and POSIX ACLs, but of overlay's own marks only "opaque". Throws
// Error kInvalid for a malformed ACL or capability.
std::optional<std::string> shifted_attribute(std::string_view name, std::string_view value,
                                             const IdRange& range);

}  // namespace croft::fs
