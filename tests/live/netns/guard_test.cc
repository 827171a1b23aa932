// The packet filter at work between net namespaces that the test made: what passes, what is dropped and
// counted.
#include "netns/guard.h"

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <cstdio>

#include "netns/ruleset.h"
#include "tests/live/netns/boxes.h"
#include "tests/live/netns/packets.h"

namespace croft::netns {
namespace {

using ROOT_Guard = test::FilteredHost;
using test::Box;
using test::uuid_number;

std::vector<Element> off(const Guard& guard) {
  return with_sets(elements_of(guard), Parts{});
}

TEST_F(ROOT_Guard, TenantsDoNotReachEachOtherAndOneItself) {
  const Box a(1, 10, Isolation::kTenant);
  const Box same(2, 10, Isolation::kTenant);
  const Box other(3, 11, Isolation::kTenant);
  const Box shared(4, 11, Isolation::kNone);
  const Box alone(5, 10, Isolation::kAll);
  for (const Family family : {Family::kV4, Family::kV6}) {
    EXPECT_TRUE(a.reaches(same, family) && same.reaches(a, family));
    EXPECT_FALSE(a.reaches(other, family) || other.reaches(a, family));
    EXPECT_TRUE(a.reaches(shared, family) && shared.reaches(a, family));
    EXPECT_TRUE(other.reaches(shared, family) && shared.reaches(other, family));
    for (const Box* box : {&a, &same, &other, &shared}) {
      EXPECT_FALSE(alone.reaches(*box, family)) << box->link();
      EXPECT_FALSE(box->reaches(alone, family)) << box->link();
    }
  }
  EXPECT_EQ(a.drops(Drop::kIsolation), 4U);
  EXPECT_EQ(alone.drops(Drop::kIsolation), 8U);
  EXPECT_EQ(shared.drops(Drop::kIsolation), 2U);
}

TEST_F(ROOT_Guard, IsolationChangesForPacketsThatFollow) {
  const Box a(1, 10, Isolation::kTenant);
  const Box b(2, 10, Isolation::kTenant);
  EXPECT_TRUE(a.reaches(b, Family::kV4));
  Guard alone = b.guard;
  alone.isolation = Isolation::kAll;
  Nftables().change(b.elements(), off(alone));
  EXPECT_FALSE(a.reaches(b, Family::kV4));
  Nftables().change(off(alone), b.elements());
  EXPECT_TRUE(a.reaches(b, Family::kV4));
}

TEST_F(ROOT_Guard, WhatIsSentFromOtherAddressesIsDroppedAndCounted) {
  const Box a(1, 10, Isolation::kTenant);
  const Box b(2, 10, Isolation::kTenant);
  const Mac mine = inside_mac(a.guard.uuid);
  const Mac host = host_mac(a.guard.uuid);
  const Mac theirs = inside_mac(b.guard.uuid);
  const Address mine4 = a.address(Family::kV4);
  const Address mine6 = a.address(Family::kV6);
  const Address theirs4 = b.address(Family::kV4);
  const Address theirs6 = b.address(Family::kV6);
  struct Attempt {
    Drop drop;
    std::string frame;
  };
  const std::vector<Attempt> attempts{
      {Drop::kMac, ethernet(host, theirs, udp4(mine4, theirs4))},
      {Drop::kMac, ethernet(host, theirs, udp6(mine6, theirs6))},
      {Drop::kIpv4, ethernet(host, mine, udp4(theirs4, mine4))},
      {Drop::kIpv4, ethernet(host, mine, udp4(parse_address("192.0.2.9"), theirs4))},
      {Drop::kIpv6, ethernet(host, mine, udp6(theirs6, theirs6))},
      {Drop::kIpv6, ethernet(host, mine, udp6(gateway_v6(), theirs6))},
      {Drop::kArp, ethernet(host, mine, arp_reply(mine, theirs4, gateway_v4()))},
      {Drop::kArp, ethernet(host, mine, arp_reply(theirs, mine4, gateway_v4()))},
      {Drop::kNdp, ethernet(host, mine, advertisement(mine6, gateway_v6(), theirs6))},
      {Drop::kNdp, ethernet(host, mine, advertisement(mine6, gateway_v6(), gateway_v6()))},
      {Drop::kNdp, ethernet(host, mine, router_advertisement(mine6, gateway_v6()))},
  };
  for (const Attempt& attempt : attempts) {
    const std::uint64_t before = a.drops(attempt.drop);
    a.send(attempt.frame);
    EXPECT_TRUE(eventually([&] { return a.drops(attempt.drop) == before + 1; })) << to_text(attempt.drop);
  }
  EXPECT_TRUE(a.reaches(b, Family::kV4));
  EXPECT_TRUE(a.reaches(b, Family::kV6));
  for (const Drop drop : kDrops) EXPECT_EQ(b.drops(drop), 0U) << to_text(drop);
  Nftables kernel;
  const std::vector<Element> counted = kernel.present(counters_of(a.guard));
  EXPECT_EQ(counted.size(), 5U);
  kernel.change(counted, {});
  for (const Drop drop : kDrops) EXPECT_EQ(a.drops(drop), 0U) << to_text(drop);
}

TEST_F(ROOT_Guard, ALinkWithoutElementsLetsNothingThrough) {
  const Box a(1, 10, Isolation::kTenant);
  const Box b(2, 10, Isolation::kTenant);
  Nftables().change(a.elements(), {});
  EXPECT_FALSE(a.reaches(b, Family::kV4));
  EXPECT_FALSE(a.reaches(b, Family::kV6));
}

TEST_F(ROOT_Guard, AChangeIsWholeOrNotAtAll) {
  const Box a(1, 10, Isolation::kTenant);
  Guard stranger = a.guard;
  stranger.uuid = uuid_number(9);
  EXPECT_THROW(Nftables().change(off(stranger), a.elements()), runtime::Error);
  std::vector<Element> half = a.elements();
  half.push_back({"inet", "missing", {a.link()}});
  EXPECT_THROW(Nftables().change(half, {}), runtime::Error);
  const Box b(2, 10, Isolation::kTenant);
  EXPECT_TRUE(a.reaches(b, Family::kV4));
}

TEST_F(ROOT_Guard, CountsGoOnOverALoad) {
  const Box a(1, 10, Isolation::kTenant);
  const Box b(2, 11, Isolation::kTenant);
  EXPECT_FALSE(a.reaches(b, Family::kV4));
  const std::vector<Dropped> before = Nftables().dropped();
  ASSERT_FALSE(before.empty());
  load_ruleset(ruleset({{a.guard, b.guard}, {}}, before));
  EXPECT_EQ(Nftables().dropped(), before);
  EXPECT_FALSE(a.reaches(b, Family::kV4));
  EXPECT_EQ(a.drops(Drop::kIsolation), 2U);
}

TEST_F(ROOT_Guard, WhatNftSaysIsTold) {
  try {
    load_ruleset("add rule inet croft nowhere accept\n");
    FAIL() << "nothing was thrown";
  } catch (const runtime::Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("nft did not take the rules"));
    EXPECT_THAT(error.what(), testing::HasSubstr("No such file or directory"));
  }
}

TEST_F(ROOT_Guard, AWatchSeesRulesGoAndElementsComeUnseen) {
  std::atomic<int> looks = 0;
  const std::string state = Nftables().state();
  EXPECT_FALSE(state.empty());
  const RulesetWatch watch([&] {
    ++looks;
    return true;
  });
  const Box a(1, 10, Isolation::kTenant);
  EXPECT_EQ(Nftables().state(), state);
  EXPECT_EQ(looks, 0);
  load_ruleset("flush chain inet croft between\n");
  EXPECT_TRUE(eventually([&] { return looks > 0; }));
  EXPECT_NE(Nftables().state(), state);
  load_ruleset(ruleset({}, {}));
  EXPECT_NE(Nftables().state(), state);
  const int before = looks;
  load_ruleset("flush ruleset\n");
  EXPECT_TRUE(eventually([&] { return looks > before; }));
  EXPECT_EQ(Nftables().state(), "");
}

// With a kept socket no removal waits; otherwise this would take half a minute.
TEST_F(ROOT_Guard, ThousandsComeAndGo) {
  std::vector<Guard> guards;
  for (unsigned i = 1; i <= 2000; ++i)
    guards.push_back({uuid_number(i),
                      {parse_address("10.207." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1)),
                       parse_address("fd63::" + std::to_string(i))},
                      7,
                      Isolation::kTenant});
  Nftables kernel;
  const auto begin = std::chrono::steady_clock::now();
  for (const Guard& guard : guards) kernel.change({}, off(guard));
  const auto added = std::chrono::steady_clock::now();
  load_ruleset(ruleset({guards, {}}, {}));
  const auto loaded = std::chrono::steady_clock::now();
  for (const Guard& guard : guards) EXPECT_NO_THROW(kernel.change(off(guard), {}));
  const auto removed = std::chrono::steady_clock::now();
  for (const Guard& guard : guards) EXPECT_TRUE(kernel.present(off(guard)).empty());
  const auto micros = [](auto span) {
    return static_cast<long>(std::chrono::duration_cast<std::chrono::microseconds>(span).count());
  };
  std::printf("one comes: %ld us, goes: %ld us; a load of 2000: %ld us\n", micros(added - begin) / 2000,
              micros(removed - loaded) / 2000, micros(loaded - added));
}

}  // namespace
}  // namespace croft::netns
