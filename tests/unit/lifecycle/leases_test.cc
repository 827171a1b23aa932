#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "ctl/lifecycle/registry/store.h"
#include "ctl/spec/patch.h"
#include "tests/unit/lifecycle/scratch.h"

namespace croft::ctl {
namespace {

using runtime::ErrorKind;
using testing::ElementsAre;
using testing::HasSubstr;

struct Leases : RegistryTest {
  void add(const std::string& pool, const std::string& prefix) const {
    registry->add_pool(pool, prefix, false, draft("pool.added"));
  }
  ContainerRecord make(const std::string& name, const std::string& pool = "",
                       std::vector<std::string> addresses = {}) const {
    NewContainer wanted = container(name);
    wanted.pool = pool;
    wanted.addresses = std::move(addresses);
    return registry->create_container(wanted, draft("container.created"));
  }
  void destroy(const std::string& name) const {
    const std::string uuid = registry->get(name).uuid;
    registry->begin_destroy(uuid, draft("container.destroying"));
    registry->finish_destroy(uuid, draft("container.destroyed"));
  }
};

TEST_F(Leases, IdRangesAreNotReusedEarly) {
  EXPECT_EQ(make("a").id_base, kFirstIdBase);
  EXPECT_EQ(make("b").id_base, kFirstIdBase + kIdRangeSize);
  destroy("a");
  destroy("b");
  EXPECT_EQ(make("c").id_base, kFirstIdBase + 2 * kIdRangeSize);
  reopen();
  EXPECT_EQ(make("d").id_base, kFirstIdBase + 3 * kIdRangeSize);
}

TEST_F(Leases, FurtherInterfacesHaveTheirOwn) {
  add("first", "10.0.1.0/29");
  add("second", "10.0.2.0/29");
  NewContainer wanted = container("a");
  wanted.pool = "first";
  Json spec = wanted.spec.json();
  spec["nic"] = {{"e", {{"pool", "second"}}}, {"f", {{"address", {"10.0.3.1"}}}}};
  wanted.spec = to_json(parse_spec(spec));
  const ContainerRecord made = registry->create_container(wanted, draft("x"));
  EXPECT_THAT(made.addresses, ElementsAre("10.0.1.1"));
  EXPECT_THAT(made.nic_addresses.at("e"), ElementsAre("10.0.2.1"));
  reopen();
  EXPECT_EQ(registry->get("a").nic_addresses, made.nic_addresses);
  EXPECT_EQ(registry->get("a").addresses, made.addresses);
  // What stays keeps its address, what goes gives it back, what comes gets one.
  Json next = made.spec.json();
  next["nic"].erase("f");
  next["nic"]["g"] = next["nic"]["e"];
  const ContainerRecord changed = registry->update_spec(made.uuid, {}, next, draft("x"));
  EXPECT_THAT(changed.nic_addresses.at("e"), ElementsAre("10.0.2.1"));
  EXPECT_THAT(changed.nic_addresses.at("g"), ElementsAre("10.0.2.2"));
  EXPECT_EQ(changed.nic_addresses.count("f"), 0U);
  EXPECT_THAT(make("b", "", {"10.0.3.1"}).addresses, ElementsAre("10.0.3.1"));
  EXPECT_THAT(error_of([&] { make("c", "", {"10.0.2.2"}); }).what(), HasSubstr("belongs to `default/a`"));
  destroy("a");
  EXPECT_EQ(registry->find_pool("second")->prefixes[0].leased, 0U);
}

TEST_F(Leases, ARangeIsHeldUntilTheEndOfDestroy) {
  NewContainer wanted = container("a");
  const auto made = registry->create_container(wanted, draft("x"));
  registry->begin_destroy(made.uuid, draft("x"));
  EXPECT_EQ(registry->get("a").id_base, made.id_base);
}

// The registry's own tables are filled directly: 24576 containers by the front door would take long.
TEST_F(Leases, IdRangesWrapAroundAndEnd) {
  registry.reset();
  Store store({.path = path});
  std::set<std::uint32_t> bases;
  Transaction transaction(store.database);
  store.database.execute("PRAGMA defer_foreign_keys=ON");
  constexpr std::uint32_t kAll = (kLastIdBase - kFirstIdBase) / kIdRangeSize + 1;
  for (std::uint32_t i = 0; i < kAll; ++i) bases.insert(lease_ids(store, "uuid " + std::to_string(i)));
  EXPECT_EQ(bases.size(), kAll);
  EXPECT_EQ(*bases.begin(), kFirstIdBase);
  EXPECT_EQ(*bases.rbegin(), kLastIdBase);
  const auto full = error_of([&] { lease_ids(store, "one more"); });
  EXPECT_EQ(full.kind(), ErrorKind::kExhausted);
  EXPECT_STREQ(
      full.what(),
      "no range of host ids is left: all 24576 belong to containers; destroy containers that are not needed");
  end_leases(store, "uuid 17");
  EXPECT_EQ(lease_ids(store, "one more"), kFirstIdBase + 17 * kIdRangeSize);
  end_leases(store, "uuid 18");
  end_leases(store, "uuid 3");
  EXPECT_EQ(lease_ids(store, "two more"), kFirstIdBase + 18 * kIdRangeSize);
  EXPECT_EQ(lease_ids(store, "three more"), kFirstIdBase + 3 * kIdRangeSize);
}

TEST_F(Leases, AddressesAreNextFitInTheirPrefix) {
  add("four", "10.0.0.248/29");
  for (const char* address : {"10.0.0.249", "10.0.0.250", "10.0.0.251", "10.0.0.252", "10.0.0.253"})
    EXPECT_THAT(make(std::string("c") + &address[7], "four").addresses, ElementsAre(address));
  destroy("c249");
  destroy("c251");
  EXPECT_THAT(make("d", "four").addresses, ElementsAre("10.0.0.254"));
  EXPECT_THAT(make("e", "four").addresses, ElementsAre("10.0.0.249"));
  EXPECT_THAT(make("f", "four").addresses, ElementsAre("10.0.0.251"));
  const auto full = error_of([&] { make("g", "four"); });
  EXPECT_EQ(full.kind(), ErrorKind::kExhausted);
  EXPECT_STREQ(
      full.what(),
      "pool `four` has no free IPv4 address; add a prefix to it: croft net pool add PREFIX --name four; "
      "or destroy containers");
  destroy("c252");
  EXPECT_THAT(make("g", "four").addresses, ElementsAre("10.0.0.252"));
}

TEST_F(Leases, APoolOfOneAddress) {
  add("p", "fd00::1/128");
  EXPECT_THAT(make("a", "p").addresses, ElementsAre("fd00::1"));
  EXPECT_THAT(error_of([&] { make("b", "p"); }).what(), HasSubstr("no free IPv6 address"));
  destroy("a");
  EXPECT_THAT(make("b", "p").addresses, ElementsAre("fd00::1"));
}

TEST_F(Leases, APoolGivesOneAddressOfEachFamilyAndThenItsNextPrefix) {
  add("both", "10.0.0.1/32");
  add("both", "fd00::/64");
  EXPECT_THAT(make("a", "both").addresses, ElementsAre("10.0.0.1", "fd00::1"));
  EXPECT_EQ(error_of([&] { make("b", "both"); }).kind(), ErrorKind::kExhausted);
  add("both", "10.0.7.0/30");
  EXPECT_THAT(make("b", "both").addresses, ElementsAre("10.0.7.1", "fd00::2"));
  EXPECT_EQ(error_of([&] { make("c", "nobody"); }).kind(), ErrorKind::kNotFound);
}

TEST_F(Leases, AskedForAddressesAreRespectedByPools) {
  add("four", "10.0.0.0/29");
  EXPECT_THAT(make("a", "", {"10.0.0.1", "FD00:0::5"}).addresses, ElementsAre("10.0.0.1", "fd00::5"));
  EXPECT_THAT(make("b", "four").addresses, ElementsAre("10.0.0.2"));
  const auto taken = error_of([&] { make("c", "", {"10.0.0.2"}); });
  EXPECT_EQ(taken.kind(), ErrorKind::kExists);
  EXPECT_STREQ(taken.what(), "address `10.0.0.2` belongs to `default/b`");
  EXPECT_EQ(error_of([&] { make("c", "", {"10.0.0.9", "10.0.0.9"}); }).kind(), ErrorKind::kExists);
  EXPECT_EQ(error_of([&] { make("c", "", {"bogus"}); }).kind(), ErrorKind::kInvalid);
}

Json with_net(const ContainerRecord& record, const Json& net) {
  return to_json(parse_spec(merge_patch(record.spec.json(), {{"net", net}})));
}

TEST_F(Leases, ChangedAddressesKeepWhatCameFromAPool) {
  add("four", "10.0.0.0/28");
  add("both", "10.0.1.0/28");
  add("both", "fd00::/64");
  const auto a = make("a", "four");
  make("b", "four");
  const auto set = [&](const Json& net) {
    return registry->update_spec(a.uuid, {}, with_net(registry->get("a"), net), draft("container.changed"))
        .addresses;
  };
  EXPECT_THAT(set({{"pool", "both"}}), ElementsAre("10.0.1.1", "fd00::1"));
  EXPECT_THAT(set({{"mtu", 1400}}), ElementsAre("10.0.1.1", "fd00::1"));
  EXPECT_THAT(set({{"address", {"10.0.1.1"}}}), ElementsAre("10.0.1.1", "10.0.1.2", "fd00::1"));
  EXPECT_EQ(error_of([&] { set({{"address", {"10.0.0.2"}}}); }).kind(), ErrorKind::kExists);
  EXPECT_THAT(registry->get("a").addresses, ElementsAre("10.0.1.1", "10.0.1.2", "fd00::1"));
  EXPECT_THAT(set({{"address", {"10.0.0.9"}}, {"pool", nullptr}}), ElementsAre("10.0.0.9"));
  // On another network it has none of the pools; without one it keeps what it has.
  EXPECT_THAT(set({{"address", nullptr}, {"pool", "four"}}), ElementsAre("10.0.0.3"));
  EXPECT_THAT(set({{"pool", nullptr}, {"mode", "none"}}), ElementsAre("10.0.0.3"));
  EXPECT_THAT(set({{"mode", "bridge"}, {"parent", "br0"}, {"address", {"192.0.2.8/24"}}}),
              ElementsAre("192.0.2.8"));
}

TEST_F(Leases, WhatAFamilyAddsToAPoolIsForThoseWhoAskAgain) {
  add("one", "10.0.0.0/28");
  const auto a = make("a", "one");
  registry->update_spec(a.uuid, {}, with_net(a, {{"pool", "one"}}), draft("x"));
  add("one", "fd00::/64");
  const auto after =
      registry->update_spec(a.uuid, {}, with_net(registry->get("a"), {{"mtu", 1400}}), draft("x"));
  EXPECT_THAT(after.addresses, testing::SizeIs(1));
}

TEST_F(Leases, WhatIsLentIsNobodyElsesUntilItIsTakenOverOrGivenBack) {
  add("four", "10.0.0.0/28");
  add("more", "10.0.1.0/28");
  const auto a = make("a", "four");
  const Json next = with_net(a, {{"pool", "more"}, {"address", {"10.9.9.9"}}});
  const auto lent = registry->begin_readdress(a.uuid, next);
  EXPECT_THAT(lent.addresses, ElementsAre("10.9.9.9", "10.0.1.1"));
  EXPECT_THAT(registry->get("a").addresses, ElementsAre("10.0.0.1"));
  EXPECT_EQ(error_of([&] { make("b", "", {"10.9.9.9"}); }).kind(), ErrorKind::kExists);
  EXPECT_THAT(make("c", "more").addresses, ElementsAre("10.0.1.2"));
  reopen();
  const auto begun = registry->begun_readdress(registry->get("a"));
  ASSERT_TRUE(begun);
  EXPECT_EQ(begun->addresses, lent.addresses);
  EXPECT_EQ(begun->spec.json(), next);
  EXPECT_EQ(registry->update_spec(a.uuid, {}, next, draft("x")).addresses, lent.addresses);
  EXPECT_FALSE(registry->begun_readdress(registry->get("a")));
  EXPECT_THAT(make("d", "", {"10.0.0.1"}).addresses, ElementsAre("10.0.0.1"));
}

TEST_F(Leases, WhatIsLentGoesBack) {
  add("four", "10.0.0.0/28");
  const auto a = make("a", "", {"10.9.9.8"});
  registry->begin_readdress(a.uuid, with_net(a, {{"address", {"10.9.9.9"}}}));
  registry->end_readdress(a.uuid);
  EXPECT_FALSE(registry->begun_readdress(a));
  EXPECT_THAT(make("b", "", {"10.9.9.9"}).addresses, ElementsAre("10.9.9.9"));
  EXPECT_THAT(registry->get("a").addresses, ElementsAre("10.9.9.8"));
  registry->begin_readdress(a.uuid, with_net(a, {{"address", {"10.9.9.7"}}}));
  destroy("a");
  EXPECT_THAT(make("c", "", {"10.9.9.7"}).addresses, ElementsAre("10.9.9.7"));
}

}  // namespace
}  // namespace croft::ctl
