#include "netns/host_access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "netns/ruleset.h"
#include "runtime/error.h"

namespace croft::netns {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string refusal(const char* text) {
  try {
    (void)parse_host_access(text);
  } catch (const runtime::Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(HostAccess, WhatIsShownCanBeTyped) {
  for (const char* text : {"all", "none", "icmp", "icmp,tcp/53,udp/53", "tcp,udp", "tcp/1-1024,udp/65535"})
    EXPECT_EQ(to_text(parse_host_access(text)), text);
  EXPECT_EQ(to_text(parse_host_access("tcp/5-5, tcp/5")), "tcp/5");
  EXPECT_EQ(to_text(parse_host_access(kUsualAccess)), kUsualAccess);
}

TEST(HostAccess, RefusesWhatIsNone) {
  for (const char* wrong :
       {"sctp/5", "icmp/8", "tcp/", "tcp/0", "tcp/65536", "udp/9-8", "tcp/5x", "tcp/5-", "All"})
    EXPECT_THAT(refusal(wrong), HasSubstr("`")) << wrong;
  std::string many = "tcp/1";
  for (int port = 2; port < 70; ++port) many += ",tcp/" + std::to_string(port);
  EXPECT_THAT(refusal(many.c_str()), HasSubstr("more than 64"));
}

TEST(HostAccess, ServicesAreFound) {
  const HostAccess access = parse_host_access("tcp/10-20,udp");
  EXPECT_NE(service_for(access, PacketKind::kTcp, 20), nullptr);
  EXPECT_EQ(service_for(access, PacketKind::kTcp, 21), nullptr);
  EXPECT_NE(service_for(access, PacketKind::kUdp, 9), nullptr);
  EXPECT_EQ(service_for(access, PacketKind::kIcmp, 0), nullptr);
}

TEST(HostAccess, RulesAreThereUnlessAllIsAllowed) {
  EXPECT_EQ(host_rules({}), "");
  const std::string rules = host_rules(parse_host_access("icmp,tcp/80-81,udp"));
  EXPECT_THAT(rules, HasSubstr("tcp dport 80-81 accept"));
  EXPECT_THAT(rules, HasSubstr("meta l4proto 17 accept"));
  EXPECT_THAT(rules, HasSubstr("meta l4proto { 1, 58 } accept"));
  EXPECT_THAT(host_rules(parse_host_access("none")), Not(HasSubstr("dport")));
  EXPECT_TRUE(needed_by(Filter{{}, {}, parse_host_access("none")}).host);
  EXPECT_FALSE(needed_by(Filter{}).host);
}

}  // namespace
}  // namespace croft::netns
