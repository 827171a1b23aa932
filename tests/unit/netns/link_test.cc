#include "netns/link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/error.h"

namespace croft::netns {
namespace {

using runtime::Error;
using testing::ElementsAre;

const std::string kUuid = "0123abcd-ef45-6789-abcd-ef0123456789";

std::vector<std::string> steps(const runtime::LaunchList& list) {
  std::vector<std::string> texts;
  for (const runtime::Description& step : list.describe()) texts.push_back(to_text(step));
  return texts;
}

InterfaceIntent intent_with(const std::vector<std::string>& addresses) {
  InterfaceIntent intent;
  intent.uuid = kUuid;
  for (const std::string& text : addresses) intent.addresses.push_back(parse_address(text));
  return intent;
}

TEST(Link, NameComesFromTheUuid) {
  EXPECT_EQ(host_link_name(kUuid), "cr0123abcdef45");
  for (const char* wrong :
       {"", "0123", "0123abcd-ef4", "0123ABCD-EF45-6789-abcd-ef0123456789", "../../../../../../.."})
    EXPECT_THROW(host_link_name(wrong), Error) << wrong;
}

TEST(Link, HardwareAddressesAreStableAndLocal) {
  EXPECT_EQ(inside_mac(kUuid), inside_mac(kUuid));
  EXPECT_NE(inside_mac(kUuid), host_mac(kUuid));
  EXPECT_EQ(inside_mac(kUuid)[0], 0x02);
  std::string other = kUuid;
  other.back() = '0';
  EXPECT_NE(inside_mac(kUuid), inside_mac(other)) << "uuids that begin alike";
  EXPECT_EQ(to_text(Mac{2, 0, 0x1f, 0xa0, 9, 255}), "02:00:1f:a0:09:ff");
}

TEST(Link, FurtherInterfacesAreNamedByContainerAndName) {
  const std::string one = interface_id(kUuid, "eth1");
  EXPECT_EQ(one, interface_id(kUuid, "eth1"));
  EXPECT_EQ(one.size(), kUuid.size());
  EXPECT_NE(host_link_name(one), host_link_name(interface_id(kUuid, "eth2")));
  EXPECT_NE(host_link_name(one), host_link_name(kUuid));
  std::string other = kUuid;
  other.back() = '0';
  EXPECT_NE(host_link_name(one), host_link_name(interface_id(other, "eth1")));
  EXPECT_NE(inside_mac(one), inside_mac(interface_id(kUuid, "eth2")));
  EXPECT_TRUE(is_host_link(host_link_name(one)));
}

TEST(Link, ChangeSaysAllThatItDoes) {
  const MakeVeth change{intent_with({"10.207.0.2", "fd00::2"}), nullptr};
  EXPECT_EQ(to_text(change.describe()),
            "make link cr0123abcdef45 = peer eth0, mtu 1500, route 10.207.0.2/32, route fd00::2/128");
}

TEST(Inside, FurtherInterfacesHaveATableOfTheirOwn) {
  InterfaceIntent intent = intent_with({"10.207.0.2", "fd00::2"});
  intent.inside_name = "eth1";
  intent.inside_index = 101;
  intent.ways = {.main4 = false, .main6 = true};
  runtime::LaunchList list;
  plan_inside(intent, list);
  EXPECT_THAT(
      steps(list),
      ElementsAre("network interface `lo` up", "network interface `eth1` up",
                  "network address 10.207.0.2 of `eth1`", "network address fd00::2 of `eth1`",
                  "network route to 169.254.1.1/32 over `eth1`", "network route to everything over `eth1`",
                  "network way of 10.207.0.2 over `eth1`", "network route to everything over `eth1`",
                  "network route to everything over `eth1`", "network way of fd00::2 over `eth1`"));
}

TEST(Inside, OrderOfSteps) {
  runtime::LaunchList list;
  plan_inside(intent_with({"10.207.0.2", "fd00::2"}), list);
  EXPECT_THAT(
      steps(list),
      ElementsAre("network interface `lo` up", "network interface `eth0` up",
                  "network address 10.207.0.2 of `eth0`", "network address fd00::2 of `eth0`",
                  "network route to 169.254.1.1/32 over `eth0`", "network route to everything over `eth0`",
                  "network route to everything over `eth0`"));
}

TEST(Inside, OnlyWhatTheAddressesNeed) {
  runtime::LaunchList six;
  plan_inside(intent_with({"fd00::2"}), six);
  EXPECT_EQ(six.size(), 4U);
  runtime::LaunchList none;
  plan_inside(intent_with({}), none);
  EXPECT_EQ(none.size(), 2U);
  runtime::LaunchList loopback;
  plan_loopback(loopback);
  EXPECT_THAT(steps(loopback), ElementsAre("network interface `lo` up"));
}

TEST(Inside, WrongIntentsAreRefused) {
  runtime::LaunchList list;
  InterfaceIntent intent = intent_with({"10.207.0.2"});
  const auto refused = [&](const InterfaceIntent& wrong) {
    EXPECT_THROW(plan_inside(wrong, list), Error);
    EXPECT_EQ(list.size(), 0U);
  };
  intent.mtu = 575;
  refused(intent);
  intent.mtu = 65536;
  refused(intent);
  intent = intent_with({"fd00::2"});
  intent.mtu = 1279;
  refused(intent);
  for (const char* name : {"", "sixteen-letters-", "a/b", "a b", "eth0\n", "%d", "eth0.1"}) {
    intent = intent_with({"10.207.0.2"});
    intent.inside_name = name;
    refused(intent);
  }
  refused(intent_with({"10.207.0.2", "10.207.0.2"}));
  refused(intent_with({"127.0.0.1"}));
  refused(intent_with({"169.254.1.1"}));
  intent.inside_name = "eth0";
  intent.addresses.assign(65, parse_address("10.0.0.1"));
  refused(intent);
}

}  // namespace
}  // namespace croft::netns
