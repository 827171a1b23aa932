// Address pools in the registry.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/lifecycle/scratch.h"

namespace croft::ctl {
namespace {

using runtime::ErrorKind;
using testing::ElementsAre;

struct Pools : RegistryTest {
  PoolRecord add(const std::string& name, const std::string& prefix) const {
    return registry->add_pool(name, prefix, false, draft("pool.added"));
  }
  void remove(const std::string& name, const std::string& prefix = "") const {
    registry->remove_pool(name, prefix, draft("pool.removed"));
  }
  ContainerRecord make(const std::string& name, const std::string& pool) const {
    NewContainer wanted = container(name);
    wanted.pool = pool;
    return registry->create_container(wanted, draft("container.created"));
  }
};

std::vector<std::string> prefixes(const PoolRecord& pool) {
  std::vector<std::string> texts;
  for (const PoolPrefix& one : pool.prefixes) texts.push_back(one.prefix);
  return texts;
}

TEST_F(Pools, KeepTheirPrefixesInTheOrderOfComing) {
  add("web", "203.0.113.0/24");
  add("web", "2001:db8::/64");
  add("web", "10.1.0.0/16");
  reopen();
  const PoolRecord web = registry->find_pool("web").value();
  EXPECT_THAT(prefixes(web), ElementsAre("203.0.113.0/24", "2001:db8::/64", "10.1.0.0/16"));
  EXPECT_EQ(web.prefixes[0].capacity, 254U);
  EXPECT_EQ(web.prefixes[0].leased, 0U);
  EXPECT_EQ(registry->pools().size(), 1U);
  EXPECT_EQ(registry->find_pool("other"), std::nullopt);
}

TEST_F(Pools, DoNotOverlap) {
  add("web", "10.1.0.0/16");
  const auto inner = error_of([&] { add("other", "10.1.2.0/24"); });
  EXPECT_EQ(inner.kind(), ErrorKind::kExists);
  EXPECT_STREQ(inner.what(), "`10.1.2.0/24` overlaps `10.1.0.0/16` of the pool `web`");
  EXPECT_EQ(error_of([&] { add("web", "10.0.0.0/8"); }).kind(), ErrorKind::kExists);
  EXPECT_EQ(error_of([&] { add("web", "10.1.0.0/16"); }).kind(), ErrorKind::kExists);
  EXPECT_EQ(error_of([&] { add("web", "10.2.0.1/16"); }).kind(), ErrorKind::kInvalid);
  EXPECT_EQ(error_of([&] { add("No", "10.2.0.0/16"); }).kind(), ErrorKind::kInvalid);
  EXPECT_EQ(registry->pools().size(), 1U);
}

TEST_F(Pools, WithLeasesStay) {
  add("web", "10.1.0.0/30");
  add("web", "10.2.0.0/30");
  for (const char* name : {"a", "b", "c"}) make(name, "web");
  const auto busy = error_of([&] { remove("web"); });
  EXPECT_EQ(busy.kind(), ErrorKind::kBusy);
  EXPECT_STREQ(busy.what(),
               "`10.1.0.0/30` of the pool `web` has leases of `default/a`, `default/b`; destroy them first");
  EXPECT_EQ(registry->find_pool("web")->prefixes.size(), 2U);
  registry->begin_destroy(registry->get("c").uuid, draft("x"));
  EXPECT_EQ(error_of([&] { remove("web", "10.2.0.0/30"); }).kind(), ErrorKind::kBusy);
  registry->finish_destroy(registry->get("c").uuid, draft("x"));
  remove("web", "10.2.0.0/30");
  EXPECT_THAT(prefixes(registry->find_pool("web").value()), ElementsAre("10.1.0.0/30"));
  const auto leases = registry->leases();
  ASSERT_EQ(leases.size(), 2U);
  EXPECT_EQ(leases[1].address, "10.1.0.2");
  EXPECT_EQ(leases[1].object, "default/b");
  EXPECT_EQ(leases[1].pool, "web");
}

TEST_F(Pools, AreRemovedWhole) {
  add("web", "10.1.0.0/30");
  add("web", "fd00::/64");
  remove("web");
  EXPECT_TRUE(registry->pools().empty());
  EXPECT_EQ(error_of([&] { remove("web"); }).kind(), ErrorKind::kNotFound);
  add("other", "10.1.0.0/16");
  EXPECT_EQ(error_of([&] { remove("other", "10.2.0.0/16"); }).kind(), ErrorKind::kNotFound);
}

TEST_F(Pools, OfTheDaemonFollowItsOptions) {
  registry->embed_pool({"10.207.0.0/16", "fd63::/64"});
  EXPECT_EQ(make("a", "default").addresses.front(), "10.207.0.1");
  add("default", "10.9.0.0/24");
  EXPECT_EQ(error_of([&] { remove("default", "10.207.0.0/16"); }).kind(), ErrorKind::kRefused);
  remove("default");
  EXPECT_EQ(error_of([&] { remove("default"); }).kind(), ErrorKind::kRefused);
  add("web", "10.50.0.0/16");
  EXPECT_EQ(error_of([&] { registry->embed_pool({"10.50.1.0/24"}); }).kind(), ErrorKind::kExists);
  registry->embed_pool({"10.60.0.0/16"});
  EXPECT_THAT(prefixes(registry->find_pool("default").value()), ElementsAre("10.60.0.0/16"));
  EXPECT_EQ(registry->get("a").addresses.front(), "10.207.0.1");
  EXPECT_EQ(make("b", "default").addresses.front(), "10.60.0.1");
}

std::vector<std::string> with_nat(const PoolRecord& pool) {
  std::vector<std::string> texts;
  for (const PoolPrefix& one : pool.prefixes)
    if (one.nat) texts.push_back(one.prefix);
  return texts;
}

TEST_F(Pools, SayWhichPrefixesHaveNat) {
  registry->add_pool("web", "10.1.0.0/16", true, draft("pool.added"));
  add("web", "10.2.0.0/16");
  EXPECT_THAT(with_nat(registry->find_pool("web").value()), ElementsAre("10.1.0.0/16"));
  EXPECT_THAT(with_nat(registry->set_pool("web", "10.2.0.0/16", true, draft("pool.changed"))),
              ElementsAre("10.1.0.0/16"));
  reopen();
  EXPECT_THAT(with_nat(registry->find_pool("web").value()), ElementsAre("10.1.0.0/16", "10.2.0.0/16"));
  EXPECT_EQ(registry->events_after(registry->last_event() - 1, 1)[0].after["nat"],
            Json({"10.1.0.0/16", "10.2.0.0/16"}));
  registry->set_pool("web", "", false, draft("pool.changed"));
  EXPECT_THAT(with_nat(registry->find_pool("web").value()), ElementsAre());
  EXPECT_EQ(error_of([&] { registry->set_pool("web", "10.3.0.0/16", true, draft("x")); }).kind(),
            ErrorKind::kNotFound);
  EXPECT_EQ(error_of([&] { registry->set_pool("none", "", true, draft("x")); }).kind(), ErrorKind::kNotFound);
}

TEST_F(Pools, OfTheDaemonHaveNatUntilTheOperatorSaysOtherwise) {
  registry->embed_pool({"10.207.0.0/16", "fd63::/64"});
  EXPECT_EQ(with_nat(registry->find_pool("default").value()).size(), 2U);
  registry->set_pool("default", "", false, draft("pool.changed"));
  reopen();
  registry->embed_pool({"10.207.0.0/16", "fd63::/64"});
  EXPECT_EQ(with_nat(registry->find_pool("default").value()).size(), 0U);
}

TEST_F(Pools, ARehearsalLeavesNothing) {
  EventDraft event = draft("pool.added");
  event.rehearsal = true;
  EXPECT_THAT(prefixes(registry->add_pool("web", "10.1.0.0/16", false, event)), ElementsAre("10.1.0.0/16"));
  EXPECT_TRUE(registry->pools().empty());
}

}  // namespace
}  // namespace croft::ctl
