// Who has an address on the wire, and for which the host answers there.
#include <gmock/gmock.h>

#include <chrono>
#include <fstream>
#include <string>
#include <vector>

#include "netns/probe.h"
#include "netns/proxy.h"
#include "netns/veth.h"
#include "tests/live/netns/outside.h"

namespace croft::netns {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::vector<Holder> holders_on(const std::string& device, const std::vector<Address>& addresses) {
  return holders_of({{device, addresses}}).front();
}

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
    for (const Holder& holder : holders_on("croft-test-h", asked)) found.push_back(holder.address);
    return found.size() == 2;
  });
  EXPECT_THAT(found, UnorderedElementsAre(asked[0], asked[2]));
  EXPECT_THAT(holders_on("croft-test-h", {parse_address("192.0.2.1")}), IsEmpty()) << "the host's own";
  EXPECT_THAT(holders_on("lo", asked), IsEmpty());
  EXPECT_THAT(holders_on("croft-test-no", asked), IsEmpty());
  test::run_command("ip link set croft-test-h down");
  EXPECT_THAT(holders_on("croft-test-h", asked), IsEmpty());
}

// However many are asked for, on however many interfaces: all wait together.
TEST_F(ROOT_Wire, AllAreAskedAtOnce) {
  const test::Outside outside;
  test::run_command("ip link add croft-test-br type bridge && ip link set croft-test-br up");
  test::run_command(
      "ip link add croft-test-x type veth peer name croft-test-y && ip link set croft-test-x up "
      "master croft-test-br && ip link set croft-test-y up");
  std::vector<Asked> asked;
  for (int i = 0; i < 15; ++i)
    asked.push_back({i % 2 == 0 ? "croft-test-h" : "croft-test-br",
                     {parse_address("192.0.2.20"), parse_address("192.0.2.2")}});
  const auto patience = std::chrono::seconds(1);
  const auto begin = std::chrono::steady_clock::now();
  const auto found = holders_of(asked, patience);
  const auto took = std::chrono::steady_clock::now() - begin;
  ASSERT_EQ(found.size(), asked.size());
  EXPECT_THAT(found[0], testing::SizeIs(1));
  EXPECT_THAT(found[1], IsEmpty());
  EXPECT_GE(took, patience);
  EXPECT_LT(took, 5 * patience);
}

// What containers have is known without asking.
TEST_F(ROOT_Wire, NobodyIsWaitedForWhereOnlyContainersAre) {
  const std::vector<Asked> asked{{"croft-test-br", {parse_address("192.0.2.2")}}};
  const auto wait = std::chrono::seconds(2);
  const auto waits = [&] {
    const auto begin = std::chrono::steady_clock::now();
    holders_of(asked, wait);
    return std::chrono::steady_clock::now() - begin >= wait;
  };
  test::run_command("ip link add croft-test-br type bridge && ip link set croft-test-br up");
  EXPECT_FALSE(waits()) << "nothing hangs on it";
  test::run_command(
      "ip link add croft-test-x type veth peer name croft-test-y && ip link set croft-test-x up "
      "master croft-test-br group " +
      std::to_string(kPortGroup) + " && ip link set croft-test-y up");
  EXPECT_FALSE(waits()) << "a container hangs on it";
  test::run_command("ip link set croft-test-x group 0");
  EXPECT_TRUE(waits()) << "who knows what hangs on it";
}

// The neighbour learns nothing of it.
TEST_F(ROOT_Wire, AProbeComesFromNobody) {
  const test::Outside outside;
  holders_on("croft-test-h", {parse_address("192.0.2.2")});
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
