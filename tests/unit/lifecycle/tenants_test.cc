// Tenants in the registry: trees, and what they may have.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl/spec/tenant.h"
#include "tests/unit/lifecycle/scratch.h"

namespace croft::ctl {
namespace {

using cgroups::Resource;
using runtime::ErrorKind;
using testing::ElementsAre;

cgroups::Resources with_memory(std::uint64_t guarantee, std::uint64_t limit) {
  cgroups::Resources resources;
  resources[Resource::kMemory].guarantee = guarantee;
  resources[Resource::kMemory].limit = limit;
  return resources;
}

TEST_F(RegistryTest, TenantsAreBelowEachOther) {
  registry->add_tenant(tenant("acme"), draft("tenant.created"));
  const TenantRecord dev = registry->add_tenant(tenant("dev", "acme"), draft("tenant.created"));
  EXPECT_EQ(dev.parent, "acme");
  registry->add_tenant(tenant("web", "dev"), draft("tenant.created"));
  registry->add_tenant(tenant("test", "acme"), draft("tenant.created"));
  reopen();
  EXPECT_EQ(registry->find_tenant("acme")->children, 2U);
  EXPECT_EQ(registry->find_tenant("acme")->parent, "");
  EXPECT_THAT(registry->lineage("web"), ElementsAre("acme", "dev", "web"));
  EXPECT_THAT(registry->lineage("default"), ElementsAre("default"));
  EXPECT_EQ(error_of([&] { (void)registry->lineage("nobody"); }).kind(), ErrorKind::kNotFound);
  registry->check();
}

TEST_F(RegistryTest, ATenantsNameIsThereOnceOnTheHost) {
  registry->add_tenant(tenant("acme"), draft("tenant.created"));
  registry->add_tenant(tenant("dev", "acme"), draft("tenant.created"));
  EXPECT_EQ(error_of([&] { registry->add_tenant(tenant("dev", "default"), draft("x")); }).kind(),
            ErrorKind::kExists);
  const auto missing = error_of([&] { registry->add_tenant(tenant("new", "nobody"), draft("x")); });
  EXPECT_EQ(missing.kind(), ErrorKind::kNotFound);
  EXPECT_STREQ(missing.what(), "there is no tenant `nobody`; `croft tenant list` shows which there are");
  EXPECT_EQ(error_of([&] { registry->add_tenant(tenant("me", "me"), draft("x")); }).kind(),
            ErrorKind::kNotFound);
}

TEST_F(RegistryTest, TreesOfTenantsAreOfBoundedDepth) {
  std::string parent;
  for (const char* name : {"a", "b", "c", "d"}) {
    registry->add_tenant(tenant(name, parent), draft("tenant.created"));
    parent = name;
  }
  const auto deep = error_of([&] { registry->add_tenant(tenant("e", "d"), draft("x")); });
  EXPECT_EQ(deep.kind(), ErrorKind::kRefused);
  EXPECT_STREQ(deep.what(), "`a/b/c/d/e` would be deeper than 4 tenants; choose a parent further up");
  EXPECT_EQ(registry->lineage("d").size(), kMaxTenantDepth);
}

TEST_F(RegistryTest, ATenantWithTenantsStays) {
  registry->add_tenant(tenant("acme"), draft("tenant.created"));
  for (const char* name : {"t1", "t2", "t3", "t4"})
    registry->add_tenant(tenant(name, "acme"), draft("tenant.created"));
  const auto busy = error_of([&] { registry->remove_tenant("acme", draft("x")); });
  EXPECT_EQ(busy.kind(), ErrorKind::kBusy);
  EXPECT_STREQ(busy.what(),
               "tenant `acme` has the tenants `acme/t1`, `acme/t2`, `acme/t3` and 1 more; remove them first");
  for (const char* name : {"t1", "t2", "t3", "t4"}) registry->remove_tenant(name, draft("x"));
  registry->remove_tenant("acme", draft("x"));
  EXPECT_EQ(registry->find_tenant("acme"), std::nullopt);
}

TEST_F(RegistryTest, WhatATenantMayHaveIsKept) {
  NewTenant wanted = tenant("acme");
  wanted.labels = {{"plan", "gold"}};
  wanted.resources = with_memory(1U << 20, 64U << 20);
  registry->add_tenant(wanted, draft("tenant.created"));
  reopen();
  EXPECT_EQ(registry->find_tenant("acme")->resources, wanted.resources);
  EXPECT_EQ(registry->find_tenant("acme")->labels["plan"], "gold");
  EXPECT_EQ(registry->find_tenant("default")->resources, cgroups::Resources{});
  const std::uint64_t last = registry->last_event();
  const auto same = registry->find_tenant("acme");
  registry->change_tenant("acme", same->labels, same->resources, draft("tenant.changed"));
  EXPECT_EQ(registry->last_event(), last);
  const auto after = with_memory(2U << 20, 128U << 20);
  EXPECT_EQ(registry->change_tenant("acme", same->labels, after, draft("tenant.changed")).resources, after);
  const auto event = registry->events_after(last, 1).at(0);
  EXPECT_EQ(event.before["resources"]["memory"]["limit"], 64U << 20);
  EXPECT_EQ(event.after["resources"]["memory"]["limit"], 128U << 20);
  reopen();
  EXPECT_EQ(registry->find_tenant("acme")->resources, after);
}

}  // namespace
}  // namespace croft::ctl
