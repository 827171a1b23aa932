#include "netns/trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "runtime/error.h"

namespace croft::netns {
namespace {

using testing::HasSubstr;

const std::string kA = "0123abcd-ef45-6789-abcd-ef0123456789";
const std::string kB = "1123abcd-ef45-6789-abcd-ef0123456789";

struct Traced : testing::Test {
  Filter filter;
  std::set<std::string> up{kA, kB};

  Traced() {
    filter.guards = {{kA, {parse_address("10.0.0.1"), parse_address("fd00::1")}, 2},
                     {kB, {parse_address("10.0.0.2")}, 2}};
  }
  Guard& a() { return filter.guards[0]; }
  Guard& b() { return filter.guards[1]; }
  [[nodiscard]] Trace walk(const char* to) const {
    const TraceHost host{.is_own = [](const Address& one) { return one == parse_address("192.0.2.1"); },
                         .has_route = [](const Address& one) { return one != parse_address("203.0.113.9"); },
                         .name_of = [](const std::string& uuid) { return uuid == kA ? "a" : "b"; },
                         .is_up = [this](const std::string& uuid) { return up.contains(uuid); }};
    const Destination destination = parse_destination(to);
    const Address source = parse_address(destination.address.family == Family::kV4 ? "10.0.0.1" : "fd00::1");
    return trace(filter, host, filter.guards[0], source, destination);
  }
  // "isolation dropped", or "reaches".
  [[nodiscard]] std::string decided(const char* to) const {
    const Trace trace = walk(to);
    return trace.reaches() ? "reaches" : trace.steps.back().at + " dropped";
  }
};

TEST(Destination, WhatIsShownCanBeTyped) {
  for (const char* text : {"10.0.0.1/icmp", "10.0.0.1:80/tcp", "[fd00::1]:53/udp", "fd00::1/icmp"})
    EXPECT_EQ(to_text(parse_destination(text)), text);
  EXPECT_EQ(to_text(parse_destination("10.0.0.1")), "10.0.0.1/icmp");
  EXPECT_EQ(to_text(parse_destination("10.0.0.1:80")), "10.0.0.1:80/tcp");
  for (const char* wrong : {"", "web", "10.0.0.1:0", "10.0.0.1:65536", "10.0.0.1/sctp", "10.0.0.1:80/icmp",
                            "10.0.0.1/tcp", "[fd00::1", "[fd00::1]80"})
    EXPECT_THROW(parse_destination(wrong), runtime::Error) << wrong;
}

TEST_F(Traced, IsolationIsOfTenants) {
  EXPECT_EQ(decided("10.0.0.2:80"), "reaches");
  b().realm = 3;
  EXPECT_EQ(decided("10.0.0.2:80"), "isolation dropped");
  b().isolation = Isolation::kNone;
  EXPECT_EQ(decided("10.0.0.2:80"), "reaches");
  a().isolation = Isolation::kAll;
  EXPECT_EQ(decided("10.0.0.2:80"), "isolation dropped");
  a().isolation = Isolation::kNone;
  b().isolation = Isolation::kTenant;
  EXPECT_EQ(decided("10.0.0.2:80"), "reaches");
  b().isolation = Isolation::kAll;
  EXPECT_EQ(decided("10.0.0.2:80"), "isolation dropped");
}

TEST_F(Traced, RulesOfBothEndsAreAsked) {
  a().filter.rules = {parse_packet_rule("out deny tcp 25 to 10.0.0.0/8")};
  EXPECT_EQ(decided("10.0.0.2:25"), "firewall-out dropped");
  EXPECT_EQ(decided("10.0.0.2:26"), "reaches");
  EXPECT_EQ(decided("198.51.100.9:25"), "reaches");
  b().filter.in = Verdict::kDeny;
  EXPECT_EQ(decided("10.0.0.2:26"), "firewall-in dropped");
  b().filter.rules = {parse_packet_rule("in allow tcp 26 from 10.0.0.1"), parse_packet_rule("in allow icmp")};
  EXPECT_EQ(decided("10.0.0.2:26"), "reaches");
  EXPECT_EQ(decided("10.0.0.2"), "reaches");
  EXPECT_EQ(decided("10.0.0.2:26/udp"), "firewall-in dropped");
  EXPECT_THAT(walk("10.0.0.2:26").steps.back().why, HasSubstr("in allow tcp 26"));
}

TEST_F(Traced, TheHostIsReachedAsFarAsItSays) {
  EXPECT_EQ(decided("192.0.2.1:22"), "reaches");
  filter.host = parse_host_access("icmp,udp/53");
  EXPECT_EQ(decided("192.0.2.1:22"), "host dropped");
  EXPECT_EQ(decided("192.0.2.1:53/udp"), "reaches");
  EXPECT_EQ(decided("192.0.2.1"), "reaches");
  EXPECT_EQ(decided("198.51.100.9:22"), "reaches");
}

TEST_F(Traced, ForwardsLeadOnAndAreOpen) {
  b().realm = 3;
  b().forwards = {parse_forward("8080:80")};
  filter.host = parse_host_access("none");
  EXPECT_EQ(decided("192.0.2.1:8080"), "reaches");
  EXPECT_EQ(decided("192.0.2.1:8081"), "host dropped");
  b().filter.rules = {parse_packet_rule("in deny tcp 80")};
  EXPECT_EQ(decided("192.0.2.1:8080"), "firewall-in dropped");
  up.erase(kB);
  EXPECT_EQ(decided("192.0.2.1:8080"), "route dropped");
}

TEST_F(Traced, WaysAreNeeded) {
  EXPECT_EQ(decided("203.0.113.9"), "route dropped");
  up.erase(kB);
  EXPECT_EQ(decided("10.0.0.2"), "route dropped");
  filter.masqueraded = {parse_prefix("10.0.0.0/8")};
  EXPECT_THAT(walk("198.51.100.9").steps.back().why, HasSubstr("with an address of the host"));
}

TEST_F(Traced, ItsAddressIsItsOwn) {
  a().addresses.clear();
  EXPECT_EQ(decided("10.0.0.2"), "guard dropped");
}

}  // namespace
}  // namespace croft::netns
