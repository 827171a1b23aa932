// Rules of a container's own packet filter, as they are written and as nft gets them.
#include "netns/packet_rule.h"

#include <gmock/gmock.h>

#include "runtime/error.h"

namespace croft::netns {
namespace {

using testing::HasSubstr;

std::string canonical(std::string_view text) {
  const PacketRule rule = parse_packet_rule(text);
  EXPECT_EQ(parse_packet_rule(to_text(rule)), rule);
  return to_text(rule);
}

std::string refusal(std::string_view text) {
  try {
    return "none, but " + canonical(text);
  } catch (const runtime::Error& error) {
    EXPECT_EQ(error.kind(), runtime::ErrorKind::kInvalid);
    return error.what();
  }
}

TEST(PacketRule, IsWrittenInOneWay) {
  for (const char* text :
       {"in allow", "out deny", "in allow tcp", "in allow icmp from 10.0.0.0/8",
        "out deny udp 53 to 192.0.2.1",
        "in allow tcp 80,443,8000-8010 from 10.0.0.0/8,2001:db8::/32 state new", "in deny state invalid"})
    EXPECT_EQ(canonical(text), text);
  EXPECT_EQ(canonical("  in   allow  tcp 443,80,81,443 "), "in allow tcp 80-81,443");
  EXPECT_EQ(canonical("in allow tcp 1-10,5-20,65535,21"), "in allow tcp 1-21,65535");
  EXPECT_EQ(canonical("in deny from 10.0.0.1/32,10.0.0.1,fd00::1"), "in deny from 10.0.0.1,fd00::1");
}

TEST(PacketRule, SaysWhatIsWrong) {
  EXPECT_THAT(refusal(""), HasSubstr("begins with in or out"));
  EXPECT_THAT(refusal("forward allow"), HasSubstr("begins with in or out"));
  EXPECT_THAT(refusal("in"), HasSubstr("followed by allow or deny"));
  EXPECT_THAT(refusal("in accept"), HasSubstr("followed by allow or deny"));
  EXPECT_THAT(refusal("in allow 80"), HasSubstr("`80` is not expected there"));
  EXPECT_THAT(refusal("in allow icmp 80"), HasSubstr("icmp has no ports"));
  EXPECT_THAT(refusal("in allow tcp 80,0"), HasSubstr("a port is a number from 1 to 65535"));
  EXPECT_THAT(refusal("in allow tcp 80,,81"), HasSubstr("a port is a number"));
  EXPECT_THAT(refusal("in allow tcp 90-80"), HasSubstr("begins with the lower one"));
  EXPECT_THAT(refusal("in allow to 10.0.0.0/8"), HasSubstr("what comes in is `from` somebody"));
  EXPECT_THAT(refusal("out allow from 10.0.0.0/8"), HasSubstr("what goes out is `to` somebody"));
  EXPECT_THAT(refusal("in allow from"), HasSubstr("need a prefix"));
  EXPECT_THAT(refusal("in allow from 10.1.0.0/8"), HasSubstr("did you mean 10.0.0.0/8?"));
  EXPECT_THAT(refusal("in allow state open"), HasSubstr("not new or invalid"));
  EXPECT_THAT(refusal("in allow state new more"), HasSubstr("`more` is not expected"));
}

TEST(PacketFilter, IsTwoChainsAndTheirPlaces) {
  PacketFilter filter;
  filter.in = Verdict::kDeny;
  for (const char* text :
       {"in allow tcp 80,443 from 10.0.0.0/8,2001:db8::/32", "out deny udp", "in allow icmp state new"})
    filter.rules.push_back(parse_packet_rule(text));
  EXPECT_EQ(put_filter_text("cr1", filter), R"(add chain inet croft in_cr1
flush chain inet croft in_cr1
add rule inet croft in_cr1 ct state established,related return
add rule inet croft in_cr1 meta l4proto 58 icmpv6 type { 130-137, 143 } return
add rule inet croft in_cr1 ip saddr 10.0.0.0/8 meta l4proto 6 th dport { 80, 443 } return
add rule inet croft in_cr1 ip6 saddr 2001:db8::/32 meta l4proto 6 th dport { 80, 443 } return
add rule inet croft in_cr1 meta l4proto { 1, 58 } ct state new return
add rule inet croft in_cr1 meta mark set 8 goto kept_out
add chain inet croft out_cr1
flush chain inet croft out_cr1
add rule inet croft out_cr1 ct state established,related return
add rule inet croft out_cr1 meta l4proto 58 icmpv6 type { 130-137, 143 } return
add rule inet croft out_cr1 meta l4proto 17 meta mark set 7 goto refused
add element inet croft inbound { "cr1" : jump in_cr1 }
add element inet croft outbound { "cr1" : jump out_cr1 }
)");
}

TEST(PacketFilter, IsEmptyWhereNothingIsDenied) {
  EXPECT_TRUE(PacketFilter{}.empty());
  EXPECT_FALSE((PacketFilter{Verdict::kAllow, Verdict::kDeny, {}}).empty());
  EXPECT_FALSE((PacketFilter{Verdict::kAllow, Verdict::kAllow, {parse_packet_rule("in allow")}}).empty());
  EXPECT_THAT(drop_filter_text("cr1"), testing::EndsWith("delete chain inet croft out_cr1\n"));
}

}  // namespace
}  // namespace croft::netns
