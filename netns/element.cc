#include "netns/element.h"

#include <algorithm>

namespace croft::netns {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

std::string hexadecimal(const Address& address) {
  std::string text = "0x";
  for (std::size_t i = 0; i < address.size(); ++i) {
    text += "0123456789abcdef"[address.bytes[i] >> 4];
    text += "0123456789abcdef"[address.bytes[i] & 15];
  }
  return text;
}

std::string filled_up(std::string bytes, std::size_t size) {
  bytes.resize(std::max(bytes.size(), size), '\0');
  return bytes;
}

constexpr std::size_t kNameBytes = 16;  // IFNAMSIZ
constexpr std::size_t kMacBytes = 8;    // 6, in registers of 4
constexpr std::size_t kRegister = 4;

template <class T>
std::string memory_of(const T& value, std::size_t size) {
  return {reinterpret_cast<const char*>(&value), size};
}

std::string memory_of(const Address& address) {
  return memory_of(address.bytes, address.size());
}

std::string text_of(const std::vector<Part>& parts) {
  std::string text;
  for (const Part& part : parts) {
    if (!text.empty()) text += " . ";
    text += std::visit(Overloaded{[](const std::string& name) { return "\"" + name + "\""; },
                                  [](const RawAddress& raw) { return hexadecimal(raw.address); },
                                  [](const Port& port) { return std::to_string(port.number); },
                                  [](const Protocol& protocol) { return std::to_string(protocol.number); },
                                  [](std::uint32_t number) { return std::to_string(number); },
                                  [](const auto& other) { return to_text(other); }},  // Mac, Address, Prefix
                       part);
  }
  return text;
}

std::string port_bytes(std::uint16_t number) {
  return filled_up({static_cast<char>(number >> 8), static_cast<char>(number & 0xff)}, kRegister);
}

// The address behind the last one of the prefix; nothing at the end of all addresses.
std::string behind(const Prefix& prefix) {
  Address address = prefix.base;
  for (unsigned bit = prefix.length; bit-- > 0;) {
    auto& byte = address.bytes.at(bit / 8);
    const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
    byte ^= mask;
    if ((byte & mask) != 0) return memory_of(address);
  }
  return {};
}

}  // namespace

std::string to_text(const Element& element) {
  const std::string key = text_of(element.key);
  return element.value.empty() ? key : key + " : " + text_of(element.value);
}

std::string bytes_of(const std::vector<Part>& parts) {
  std::string bytes;
  for (const Part& part : parts)
    bytes += std::visit(
        Overloaded{[](const std::string& name) { return filled_up(name, kNameBytes); },
                   [](const Mac& mac) { return filled_up(memory_of(mac, mac.size()), kMacBytes); },
                   [](const Address& address) { return memory_of(address); },
                   [](const RawAddress& raw) { return memory_of(raw.address); },
                   [](const Prefix& prefix) { return memory_of(prefix.base); },
                   [](const Port& port) { return port_bytes(port.number); },
                   [](const Protocol& protocol) {
                     return filled_up(std::string(1, static_cast<char>(protocol.number)), kRegister);
                   },
                   [](std::uint32_t number) { return memory_of(number, sizeof number); }},
        part);
  return bytes;
}

std::string end_bytes(const Element& element) {
  const auto* prefix = element.key.empty() ? nullptr : std::get_if<Prefix>(&element.key.front());
  return prefix == nullptr ? std::string() : behind(*prefix);
}

}  // namespace croft::netns
