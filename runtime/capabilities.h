// Capabilities of a system container: what stays in its bounding set. All of it counts inside its own user
// namespace only (capabilities(7), user_namespaces(7)); what is dropped here is what would be a question to
// the host.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace croft::runtime {

struct DroppedCapability {
  std::string_view name;
  std::string_view reason;
};

// Dropped from every system container, with the reason of each.
const std::vector<DroppedCapability>& dropped_capabilities();

// Bit set of the bounding set: everything that this kernel knows, less the table above, less `more` (names as
// "cap_net_raw" or "net_raw", any case). Throws Error kInvalid for a name that libcap does not know.
std::uint64_t bounding_set(const std::vector<std::string>& more);

}  // namespace croft::runtime
