// What is beyond the host of the live tests, and who is heard there.
#pragma once

#include <netinet/in.h>

#include <array>
#include <cstdlib>
#include <string>

#include "tests/live/netns/namespaces.h"
#include "tests/live/netns/packets.h"

namespace croft::netns::test {

inline void run_command(const std::string& command) {
  if (std::system(command.c_str()) != 0)  // NOLINT(cert-env33-c): a test's own words
    throw runtime::Error(runtime::ErrorKind::kSystem, "`" + command + "` failed");
}

// A neighbour that knows no way to the host's containers: 192.0.2.2 and 2001:db8::2. The host, which is the
// calling thread's net namespace, has .1 and ::1 there.
struct Outside {
  runtime::FdSlot netns = new_netns();

  Outside() {
    const std::string there = "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(netns->get());
    run_command("ip link add croft-test-h type veth peer name croft-test-o netns " + there);
    configure("croft-test-h", "1");
    in_netns(netns.get(), [] {
      run_command("ip link set lo up");
      configure("croft-test-o", "2");
    });
  }

  static void configure(const std::string& link, const std::string& number) {
    run_command("ip address add 192.0.2." + number + "/24 dev " + link + " && ip address add 2001:db8::" +
                number + "/64 dev " + link + " nodad && ip link set " + link + " up");
  }
};

inline std::string text_of(const sockaddr_storage& storage) {
  Address address;
  address.family = storage.ss_family == AF_INET ? Family::kV4 : Family::kV6;
  if (address.family == Family::kV4)
    std::memcpy(address.bytes.data(), &reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr, 4);
  else
    std::memcpy(address.bytes.data(), &reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_addr, 16);
  return to_text(address);
}

// Who a datagram came from, and it goes back to; empty when none comes.
inline std::string answered(const runtime::Fd& listener) {
  if (!eventually([&] { return has_datagram(listener); })) return "";
  sockaddr_storage from{};
  socklen_t size = sizeof from;
  std::array<char, 16> buffer{};
  auto* address = reinterpret_cast<sockaddr*>(&from);
  const ssize_t got = recvfrom(listener.get(), buffer.data(), buffer.size(), 0, address, &size);
  if (got < 0 ||
      sendto(listener.get(), buffer.data(), static_cast<std::size_t>(got), 0, address, size) != got)
    return "";
  return text_of(from);
}

}  // namespace croft::netns::test
