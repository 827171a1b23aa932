// Hardware addresses of Ethernet.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace croft::netns {

using Mac = std::array<std::uint8_t, 6>;

// "02:00:1f:a0:09:ff"; letters of both cases. Throws Error kInvalid for what is none, and for those that no
// single interface can have.
Mac parse_mac(std::string_view text);
std::string to_text(const Mac& mac);

}  // namespace croft::netns
