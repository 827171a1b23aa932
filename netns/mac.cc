#include "netns/mac.h"

#include <algorithm>
#include <charconv>

#include "runtime/error.h"

namespace croft::netns {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::size_t kBytes = 6;
constexpr std::size_t kTextSize = kBytes * 3 - 1;
constexpr std::uint8_t kGroupBit = 1;

[[noreturn]] void refuse(std::string_view text, const char* why) {
  throw Error(ErrorKind::kInvalid, "`" + std::string(text.substr(0, kTextSize)) + "` " + why);
}

}  // namespace

Mac parse_mac(std::string_view text) {
  constexpr const char* kShape = "is not a hardware address: write it as 02:00:1f:a0:09:ff";
  if (text.size() != kTextSize) refuse(text, kShape);
  Mac mac{};
  for (std::size_t i = 0; i < mac.size(); ++i) {
    const char* begin = text.data() + 3 * i;
    const auto [end, error] = std::from_chars(begin, begin + 2, mac[i], 16);
    if (error != std::errc() || end != begin + 2 || (i + 1 < mac.size() && *end != ':')) refuse(text, kShape);
  }
  if ((mac[0] & kGroupBit) != 0) refuse(text, "is the address of a group, which no interface can have");
  if (mac == Mac{}) refuse(text, "is the address of nobody");
  return mac;
}

std::string to_text(const Mac& mac) {
  std::string text;
  for (const std::uint8_t byte : mac) {
    if (!text.empty()) text += ':';
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

}  // namespace croft::netns
