// What the host uses itself, asked of the kernel in a net namespace of the test's own.
#include "netns/occupied.h"

#include <gmock/gmock.h>
#include <net/if.h>

#include <chrono>

#include "netns/link.h"
#include "netns/messages.h"
#include "netns/netlink.h"
#include "tests/live/netns/namespaces.h"

namespace croft::netns {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int kLoopback = 1;

std::vector<std::string> what(const std::string& prefix) {
  std::vector<std::string> found;
  for (const Occupied& one : occupied(parse_prefix(prefix))) found.push_back(one.what);
  return found;
}

// A host with an address, a route and a default route on its loopback, and one container.
struct ROOT_Occupied : testing::Test {
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs ROOT: not root";
  }
  // The kernel makes the local route of an IPv6 address a moment after the address.
  static void await_own(const Address& address) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!is_host_address(address) && std::chrono::steady_clock::now() < end) usleep(1000);
  }
  static void in_host(const std::function<void()>& body) {
    test::in_netns(nullptr, [&] {
      std::vector<Message> batch;
      batch.push_back(link_up(kLoopback, "lo"));
      batch.push_back(new_address(kLoopback, "lo", parse_address("192.0.2.7"), 32));
      batch.push_back(new_address(kLoopback, "lo", parse_address("2001:db8::7"), 128));
      for (const char* to : {"198.51.100.0/24", "0.0.0.0/0", "2001:db8:5::/64"})
        batch.push_back(new_route(kLoopback, "lo", parse_prefix(to), std::nullopt));
      NetlinkSocket().request(batch);
      await_own(parse_address("2001:db8::7"));
      body();
    });
  }
};

TEST_F(ROOT_Occupied, AddressesAndRoutesOfTheHost) {
  in_host([] {
    EXPECT_THAT(what("192.0.2.0/24"), ElementsAre("the host's address 192.0.2.7 of `lo`"));
    EXPECT_THAT(what("198.51.100.128/25"), ElementsAre("the route to 198.51.100.0/24 over `lo`"));
    EXPECT_THAT(what("2001:db8:5::/48"), ElementsAre("the route to 2001:db8:5::/64 over `lo`"));
    EXPECT_THAT(what("2001:db8::/120"), testing::Contains("the host's address 2001:db8::7 of `lo`"));
    EXPECT_THAT(what("203.0.113.0/24"), IsEmpty());
    EXPECT_THAT(what("2001:db8:6::/64"), IsEmpty());
  });
}

TEST_F(ROOT_Occupied, LinksOfContainersAreNotTheHostsOwn) {
  in_host([] {
    InterfaceIntent intent;
    intent.uuid = "0000c0de-c0de-4000-8000-000000000000";
    intent.addresses = {parse_address("203.0.113.9"), parse_address("2001:db8:6::9")};
    const runtime::FdSlot container = test::new_netns();
    MakeVeth{intent, container}.apply();
    EXPECT_THAT(what("203.0.113.0/24"), IsEmpty());
    EXPECT_THAT(what("2001:db8:6::/64"), IsEmpty());
    EXPECT_FALSE(is_host_address(parse_address("203.0.113.9")));
  });
}

TEST_F(ROOT_Occupied, TheHostsOwnAddresses) {
  in_host([] {
    EXPECT_TRUE(is_host_address(parse_address("192.0.2.7")));
    EXPECT_TRUE(is_host_address(parse_address("2001:db8::7")));
    EXPECT_FALSE(is_host_address(parse_address("192.0.2.8")));
    EXPECT_FALSE(is_host_address(parse_address("2001:db8::8")));
    EXPECT_FALSE(is_host_address(parse_address("2001:db8:77::8")));  // no route leads there
  });
}

}  // namespace
}  // namespace croft::netns
