// Who has an address on the wire, and for which the host answers there.
#include <gmock/gmock.h>

#include <fstream>

#include "netns/probe.h"
#include "netns/proxy.h"
#include "tests/live/netns/outside.h"

namespace croft::netns {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

struct ROOT_Wire : testing::Test {
  void SetUp() override {
    if (getuid() != 0) GTEST_SKIP() << "needs ROOT: makes net namespaces";
    ASSERT_EQ(unshare(CLONE_NEWNET), 0);
  }
};

TEST_F(ROOT_Wire, WhoHasAnAddressAnswersAProbe) {
  const test::Outside outside;
  const std::vector<Address> asked{parse_address("192.0.2.2"), parse_address("192.0.2.9"),
                                   parse_address("2001:db8::2"), parse_address("2001:db8::9")};
  std::vector<Address> found;
  // A link that has just come up may take a second to be told to IPv6.
  eventually([&] {
    found.clear();
    for (const Holder& holder : holders_of("croft-test-h", asked)) found.push_back(holder.address);
    return found.size() == 2;
  });
  EXPECT_THAT(found, UnorderedElementsAre(asked[0], asked[2]));
  EXPECT_THAT(holders_of("croft-test-h", {parse_address("192.0.2.1")}), IsEmpty()) << "the host's own";
  EXPECT_THAT(holders_of("lo", asked), IsEmpty());
  EXPECT_THAT(holders_of("croft-test-no", asked), IsEmpty());
  test::run_command("ip link set croft-test-h down");
  EXPECT_THAT(holders_of("croft-test-h", asked), IsEmpty());
}

// The neighbour learns nothing of it.
TEST_F(ROOT_Wire, AProbeComesFromNobody) {
  const test::Outside outside;
  holders_of("croft-test-h", {parse_address("192.0.2.2")});
  test::in_netns(outside.netns.get(), [] { test::run_command("test -z \"$(ip -4 neighbour show)\""); });
}

TEST_F(ROOT_Wire, ProxiesAreKnownAsOurs) {
  const test::Outside outside;
  const Proxied four{"croft-test-h", parse_address("192.0.2.40")};
  const Proxied six{"croft-test-h", parse_address("2001:db8::40")};
  EXPECT_THAT(list_proxies(), IsEmpty());
  change_proxies({}, {four, six});
  change_proxies({}, {four});
  test::run_command("ip neighbour add proxy 192.0.2.66 dev croft-test-h");
  EXPECT_THAT(list_proxies(), UnorderedElementsAre(four, six));
  change_proxies({four, {"croft-test-no", four.address}}, {});
  EXPECT_THAT(list_proxies(), ElementsAre(six));
  EXPECT_THROW(change_proxies({six}, {four, {"croft-test-no", six.address}}), runtime::Error);
  EXPECT_THAT(list_proxies(), ElementsAre(six));
  std::string on;
  std::ifstream("/proc/sys/net/ipv6/conf/croft-test-h/proxy_ndp") >> on;
  EXPECT_EQ(on, "1");
}

}  // namespace
}  // namespace croft::netns
