// The kernel's table of all the connections that it tracks, of this net namespace.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace croft::netns {

struct ConnectionTable {
  std::uint64_t count = 0;
  std::uint64_t most = 0;
};
// Nothing where the kernel tracks none.
std::optional<ConnectionTable> connection_table(const std::string& proc = "/proc");

// How many packets were dropped because the table was full, in the text of /proc/net/stat/nf_conntrack: a
// line of names, then one of hexadecimal numbers for each CPU. 0 for what is no such text.
std::uint64_t dropped_for_room(const std::string& text);

}  // namespace croft::netns
