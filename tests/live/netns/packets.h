// Packets made by hand, for what no well-behaved sender sends, and datagrams for what one does.
#pragma once

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <functional>
#include <string>

#include "netns/link.h"
#include "netns/pool.h"
#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::netns {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

inline SocketAddress socket_address(const std::string& text, std::uint16_t port,
                                    const char* interface = nullptr) {
  const Address address = parse_address(text);
  SocketAddress result;
  if (address.family == Family::kV4) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&result.storage);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    std::memcpy(&v4->sin_addr, address.bytes.data(), 4);
    result.size = sizeof *v4;
  } else {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&result.storage);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    std::memcpy(&v6->sin6_addr, address.bytes.data(), 16);
    if (interface != nullptr) v6->sin6_scope_id = if_nametoindex(interface);
    result.size = sizeof *v6;
  }
  return result;
}

inline bool eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    usleep(1000);
  }
  return true;
}

// An IPv6 address is usable a moment after it was given.
inline runtime::Fd datagram_socket(const SocketAddress& at) {
  runtime::Fd socket(::socket(at.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!eventually([&] { return bind(socket.get(), at.get(), at.size) == 0; }))
    runtime::fail_errno("cannot bind a socket");
  return socket;
}

inline void send_datagram(const SocketAddress& to) {
  const runtime::Fd socket(::socket(to.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!eventually([&] { return sendto(socket.get(), "x", 1, 0, to.get(), to.size) == 1; }))
    runtime::fail_errno("cannot send a datagram");
}

inline bool has_datagram(const runtime::Fd& listener) {
  pollfd wait{listener.get(), POLLIN, 0};
  return poll(&wait, 1, 0) == 1;
}

inline void send_frame(const char* interface, const std::string& frame) {
  const runtime::Fd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_ifindex = static_cast<int>(if_nametoindex(interface));
  if (sendto(socket.get(), frame.data(), frame.size(), 0, reinterpret_cast<const sockaddr*>(&to),
             sizeof to) != static_cast<ssize_t>(frame.size()))
    runtime::fail_errno("cannot send a frame");
}

inline std::string bytes_of(const Address& address) {
  return {reinterpret_cast<const char*>(address.bytes.data()), address.size()};
}
inline std::string bytes_of(const Mac& mac) {
  return {reinterpret_cast<const char*>(mac.data()), mac.size()};
}
inline std::string number16(std::uint16_t number) {
  return {static_cast<char>(number >> 8), static_cast<char>(number & 0xff)};
}

// RFC 1071
inline std::uint16_t checksum(const std::string& bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 2)
    sum += static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i]) << 8 |
                                      (i + 1 < bytes.size() ? static_cast<unsigned char>(bytes[i + 1]) : 0));
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

// What follows the two addresses: the type and the rest.
inline std::string ethernet(const Mac& to, const Mac& from, const std::string& rest) {
  return bytes_of(to) + bytes_of(from) + rest;
}

inline std::string udp4(const Address& from, const Address& to) {
  const std::string udp = number16(4001) + number16(4000) + number16(9) + number16(0) + "x";
  std::string head = std::string("\x45\0", 2) + number16(static_cast<std::uint16_t>(20 + udp.size())) +
                     std::string("\0\1\0\0\x40\x11\0\0", 8) + bytes_of(from) + bytes_of(to);
  head.replace(10, 2, number16(checksum(head)));
  return number16(ETH_P_IP) + head + udp;
}

inline std::string packet6(const Address& from, const Address& to, std::uint8_t protocol, std::size_t place,
                           std::string payload) {
  const std::string size = number16(static_cast<std::uint16_t>(payload.size()));
  const std::string pseudo = bytes_of(from) + bytes_of(to) + std::string(2, '\0') + size +
                             std::string(3, '\0') + static_cast<char>(protocol);
  payload.replace(place, 2, number16(checksum(pseudo + payload)));
  return number16(ETH_P_IPV6) + std::string("\x60\0\0\0", 4) + size + static_cast<char>(protocol) + '\xff' +
         bytes_of(from) + bytes_of(to) + payload;
}

inline std::string udp6(const Address& from, const Address& to) {
  return packet6(from, to, IPPROTO_UDP, 6, number16(4001) + number16(4000) + number16(9) + number16(0) + "x");
}

// "`address` is at `mac`", to everybody.
inline std::string arp_reply(const Mac& mac, const Address& address, const Address& to) {
  return number16(ETH_P_ARP) + number16(1) + number16(ETH_P_IP) + "\6\4" + number16(2) + bytes_of(mac) +
         bytes_of(address) + std::string(6, '\0') + bytes_of(to);
}

// RFC 4861: "`target` is at the sender's hardware address".
inline std::string advertisement(const Address& from, const Address& to, const Address& target) {
  return packet6(from, to, IPPROTO_ICMPV6, 2, std::string("\x88\0\0\0\x20\0\0\0", 8) + bytes_of(target));
}

inline std::string router_advertisement(const Address& from, const Address& to) {
  return packet6(from, to, IPPROTO_ICMPV6, 2, std::string("\x86\0\0\0\x40\0\7\x08\0\0\0\0\0\0\0\0", 16));
}

}  // namespace croft::netns
