#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "ctl/lifecycle/registry/store.h"
#include "tests/unit/lifecycle/scratch.h"

namespace croft::ctl {
namespace {

using runtime::ErrorKind;
using testing::ElementsAre;
using testing::HasSubstr;

struct Leases : RegistryTest {
  ContainerRecord make(const std::string& name, std::vector<AddressPool> pools = {},
                       std::vector<std::string> addresses = {}) const {
    NewContainer wanted = container(name);
    wanted.pools = std::move(pools);
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

TEST_F(Leases, AddressesAreNextFitInTheirPool) {
  const AddressPool pool{"four", "10.0.0.254", "10.0.1.1"};
  EXPECT_THAT(make("a", {pool}).addresses, ElementsAre("10.0.0.254"));
  EXPECT_THAT(make("b", {pool}).addresses, ElementsAre("10.0.0.255"));
  destroy("a");
  EXPECT_THAT(make("c", {pool}).addresses, ElementsAre("10.0.1.0"));
  EXPECT_THAT(make("d", {pool}).addresses, ElementsAre("10.0.1.1"));
  EXPECT_THAT(make("e", {pool}).addresses, ElementsAre("10.0.0.254"));
  const auto full = error_of([&] { make("f", {pool}); });
  EXPECT_EQ(full.kind(), ErrorKind::kExhausted);
  EXPECT_STREQ(full.what(),
               "address pool `four` (10.0.0.254 to 10.0.1.1) has no free address; widen the pool or destroy "
               "containers");
  destroy("c");
  EXPECT_THAT(make("f", {pool}).addresses, ElementsAre("10.0.1.0"));
}

TEST_F(Leases, APoolOfOneAddressAndAMovedPool) {
  const AddressPool one{"p", "fd00::1", "fd00::1"};
  EXPECT_THAT(make("a", {one}).addresses, ElementsAre("fd00::1"));
  EXPECT_EQ(error_of([&] { make("b", {one}); }).kind(), ErrorKind::kExhausted);
  destroy("a");
  EXPECT_THAT(make("b", {one}).addresses, ElementsAre("fd00::1"));
  // The cursor lies outside of the new range.
  EXPECT_THAT(make("c", {{"p", "fd01::ffff", "fd01::2:0"}}).addresses, ElementsAre("fd01::ffff"));
  EXPECT_THAT(make("d", {{"p", "fd01::ffff", "fd01::2:0"}}).addresses, ElementsAre("fd01::1:0"));
}

TEST_F(Leases, AskedForAddressesAreRespectedByPools) {
  const AddressPool pool{"four", "10.0.0.1", "10.0.0.3"};
  EXPECT_THAT(make("a", {}, {"10.0.0.1", "FD00:0::5"}).addresses, ElementsAre("10.0.0.1", "fd00::5"));
  EXPECT_THAT(make("b", {pool}).addresses, ElementsAre("10.0.0.2"));
  const auto taken = error_of([&] { make("c", {}, {"10.0.0.2"}); });
  EXPECT_EQ(taken.kind(), ErrorKind::kExists);
  EXPECT_STREQ(taken.what(), "address `10.0.0.2` belongs to `default/b`");
  EXPECT_EQ(error_of([&] { make("c", {}, {"10.0.0.9", "10.0.0.9"}); }).kind(), ErrorKind::kExists);
  EXPECT_EQ(error_of([&] { make("c", {}, {"bogus"}); }).kind(), ErrorKind::kInvalid);
  EXPECT_EQ(error_of([&] { make("c", {{"p", "10.0.0.1", "fd00::1"}}); }).kind(), ErrorKind::kInvalid);
  EXPECT_EQ(error_of([&] { make("c", {{"p", "10.0.0.1", "bogus"}}); }).kind(), ErrorKind::kInvalid);
}

TEST_F(Leases, ChangedAddressesKeepWhatCameFromAPool) {
  const AddressPool four{"four", "10.0.0.1", "10.0.0.9"};
  const AddressPool six{"six", "fd00::1", "fd00::9"};
  const auto a = make("a", {four});
  make("b", {four});
  const auto both = registry->set_addresses(a.uuid, {}, {four, six}, draft("container.set"));
  EXPECT_THAT(both.addresses, ElementsAre("10.0.0.1", "fd00::1"));
  const auto last = registry->last_event();
  registry->set_addresses(a.uuid, {}, {four, six}, draft("container.set"));
  EXPECT_EQ(registry->last_event(), last);
  EXPECT_THAT(registry->set_addresses(a.uuid, {"10.0.0.1"}, {four}, draft("container.set")).addresses,
              ElementsAre("10.0.0.1", "10.0.0.3"));
  EXPECT_EQ(error_of([&] { registry->set_addresses(a.uuid, {"10.0.0.2"}, {}, draft("x")); }).kind(),
            ErrorKind::kExists);
  EXPECT_THAT(registry->get("a").addresses, ElementsAre("10.0.0.1", "10.0.0.3"));
  EXPECT_THAT(registry->set_addresses(a.uuid, {}, {}, draft("container.set")).addresses, testing::IsEmpty());
}

}  // namespace
}  // namespace croft::ctl
