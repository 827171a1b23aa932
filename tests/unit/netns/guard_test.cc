// What a container's guard consists of, and the ruleset made of all of them.
#include "netns/guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "netns/ruleset.h"
#include "runtime/fd.h"

namespace croft::netns {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

constexpr const char* kUuid = "0123abcd-ef45-4000-8000-000000000000";

Guard guard(Isolation isolation, const std::vector<std::string>& addresses = {}) {
  Guard made{kUuid, {}, 7, isolation};
  for (const std::string& text : addresses) made.addresses.push_back(parse_address(text));
  return made;
}

std::vector<std::string> shown(const Guard& of) {
  std::vector<std::string> all;
  for (const Element& one : elements_of(of))
    all.push_back(std::string(one.family) + " " + std::string(one.set) + " " + to_text(one));
  return all;
}

TEST(Guard, AllowsItsOwnAddressesOnly) {
  const std::string mac = to_text(inside_mac(kUuid));
  const std::string place = "\"cr0123abcdef45\" . " + mac;
  EXPECT_THAT(shown(guard(Isolation::kAll, {"10.0.0.1", "fd00::2"})),
              ElementsAre("inet hardware " + place, "inet sources " + place + " . 10.0.0.1",
                          "arp senders " + place + " . 10.0.0.1", "inet sources6 " + place + " . fd00::2",
                          "inet targets " + place + " . 0xfd000000000000000000000000000002"));
}

// Those of a realm reach each other, what is shared reaches all but those that are isolated from all.
TEST(Guard, RealmsSayWhoReachesWhom) {
  const std::string link = "\"cr0123abcdef45\"";
  EXPECT_THAT(shown(guard(Isolation::kTenant)),
              ElementsAre(testing::_, "inet realms " + link + " : 7", "inet members " + link + " . 7",
                          "inet members " + link + " . 1"));
  EXPECT_THAT(shown(guard(Isolation::kNone)),
              ElementsAre(testing::_, "inet realms " + link + " : 1", "inet shared " + link));
  EXPECT_THAT(shown(guard(Isolation::kAll)), ElementsAre(testing::_));
}

TEST(Guard, HasForwardsWhereTheyAreTranslated) {
  Guard made = guard(Isolation::kAll, {"10.0.0.1"});
  const std::size_t without = elements_of(made).size();
  made.forwards.push_back(parse_forward("80:8080"));
  EXPECT_THAT(shown(made), testing::Contains("inet forwards 6 . 80 : 10.0.0.1 . 8080"));
  EXPECT_EQ(with_sets(elements_of(made), kTranslating).size(), without + 2);
  EXPECT_EQ(with_sets(elements_of(made), Parts{}).size(), without);
}

TEST(Guard, KeysAreAsTheKernelComparesThem) {
  using namespace std::string_literals;
  const Mac mac{2, 1, 3, 4, 5, 6};
  EXPECT_EQ(bytes_of({std::string("cr01"), mac, parse_address("10.0.0.1")}),
            "cr01\0\0\0\0\0\0\0\0\0\0\0\0\2\1\3\4\5\6\0\0\x0a\0\0\1"s);
  EXPECT_EQ(bytes_of({std::string("cr01"), std::uint32_t{0x01020304}}),
            "cr01\0\0\0\0\0\0\0\0\0\0\0\0\4\3\2\1"s);
  EXPECT_EQ(bytes_of({RawAddress{parse_address("fd00::2")}}), bytes_of({parse_address("fd00::2")}));
  EXPECT_EQ(bytes_of({Protocol{6}, Port{0x1f90}}), "\6\0\0\0\x1f\x90\0\0"s);
}

TEST(Masquerade, IsARangeOfAddresses) {
  using namespace std::string_literals;
  const Element element = masquerade(parse_prefix("10.207.128.0/17"));
  EXPECT_EQ(to_text(element), "10.207.128.0/17");
  EXPECT_EQ(bytes_of(element.key), "\x0a\xcf\x80\0"s);
  EXPECT_EQ(end_bytes(element), "\x0a\xd0\0\0"s);
  EXPECT_EQ(end_bytes(masquerade(parse_prefix("10.0.0.7/32"))), "\x0a\0\0\x08"s);
  EXPECT_EQ(end_bytes(masquerade(parse_prefix("fd63:726f:6674::/64"))).substr(0, 8),
            "\xfd\x63\x72\x6f\x66\x74\0\1"s);
  EXPECT_EQ(end_bytes({"inet", "hardware", {std::string("cr01")}}), "");
}

// The text of the rules themselves, so that a change of them is seen for what it is.
TEST(Ruleset, IsAsItWasReviewed) {
  const std::string golden = runtime::read_file(CROFT_SOURCE_DIR "/tests/unit/netns/ruleset.nft");
  EXPECT_EQ(ruleset({}, {}, {.translation = true, .filters = true, .ports = true}), golden);
  EXPECT_TRUE(golden.starts_with(ruleset({}, {}, kTranslating)));
  const std::string fewer = ruleset({}, {});
  EXPECT_TRUE(golden.starts_with(fewer));
  EXPECT_THAT(fewer, testing::Not(HasSubstr("nat")));
  for (const char* number : {"iifgroup 0x63726f63", "oifgroup 0x63726f63"})
    EXPECT_THAT(golden, HasSubstr(number));
  EXPECT_EQ(kLinkGroup, 0x63726f63U);
}

TEST(Ruleset, EndsWithTheElementsOfAllContainers) {
  Guard other = guard(Isolation::kTenant);
  other.uuid = "11111111-1111-4000-8000-000000000000";
  const std::string text =
      ruleset({{guard(Isolation::kTenant), other}, {}}, {{"cr111111111111", Drop::kArp, 3, 84}});
  EXPECT_THAT(text, EndsWith("add element arp croft dropped {\n"
                             "  \"cr111111111111\" . 4 counter packets 3 bytes 84\n}\n"
                             "add element inet croft hardware {\n"
                             "  \"cr0123abcdef45\" . " +
                             to_text(inside_mac(kUuid)) + ",\n  \"cr111111111111\" . " +
                             to_text(inside_mac(other.uuid)) +
                             "\n}\n"
                             "add element inet croft members {\n"
                             "  \"cr0123abcdef45\" . 7,\n  \"cr0123abcdef45\" . 1,\n"
                             "  \"cr111111111111\" . 7,\n  \"cr111111111111\" . 1\n}\n"
                             "add element inet croft realms {\n"
                             "  \"cr0123abcdef45\" : 7,\n  \"cr111111111111\" : 7\n}\n"));
}

TEST(Ruleset, HasNoElementsWithoutTheirRules) {
  const Filter filter{{}, {parse_prefix("10.207.0.0/16"), parse_prefix("fd63::/64")}};
  EXPECT_EQ(ruleset(filter, {}), ruleset({}, {}));
  EXPECT_THAT(ruleset(filter, {}, kTranslating),
              EndsWith("add element inet croft masqueraded {\n  10.207.0.0/16\n}\n"
                       "add element inet croft masqueraded6 {\n  fd63::/64\n}\n"));
}

TEST(Ruleset, APortOfABridgeHasATableOfItsOwn) {
  Guard port = guard(Isolation::kAll, {"192.0.2.8", "2001:db8::8"});
  port.on_bridge = true;
  port.mac = Mac{2, 0, 0, 0, 0, 9};
  const std::string place = "\"cr0123abcdef45\" . 02:00:00:00:00:09";
  EXPECT_THAT(
      shown(port),
      ElementsAre("bridge hardware " + place, "bridge senders " + place + " . 192.0.2.8",
                  "bridge claimed 192.0.2.8", "bridge senders6 " + place + " . 2001:db8::8",
                  "bridge targets " + place + " . 0x20010db8000000000000000000000008",
                  "bridge claimed6 2001:db8::8", "bridge claimed_targets 0x20010db8000000000000000000000008",
                  "bridge senders6 " + place + " . fe80::ff:fe00:9",
                  "bridge targets " + place + " . 0xfe80000000000000000000fffe000009",
                  "bridge claimed6 fe80::ff:fe00:9",
                  "bridge claimed_targets 0xfe80000000000000000000fffe000009"));
  EXPECT_EQ(needed_by(Filter{{port}, {}}), Parts{.ports = true});
  EXPECT_EQ(ruleset({{port}, {}}, {{"cr0123abcdef45", Drop::kDhcp, 1, 9, true}}), ruleset({}, {}));
  EXPECT_THAT(ruleset({{port}, {}}, {{"cr0123abcdef45", Drop::kDhcp, 1, 9, true}}, {.ports = true}),
              HasSubstr("add element bridge croft dropped {\n  \"cr0123abcdef45\" . 9 counter"));
  port.addresses.clear();
  EXPECT_THAT(shown(port), testing::Contains("bridge unbound \"cr0123abcdef45\""));
}

TEST(Ruleset, EveryReasonForADropHasAName) {
  std::vector<std::string_view> names;
  for (const Drop drop : kDrops) names.push_back(to_text(drop));
  EXPECT_THAT(names, ElementsAre("mac", "ipv4", "ipv6", "arp", "ndp", "isolation", "firewall-out",
                                 "firewall-in", "dhcp", "frame", "connections", "host"));
}

}  // namespace
}  // namespace croft::netns
