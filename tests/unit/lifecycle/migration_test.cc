// A registry that the first released format of Croft wrote, brought to the present one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl/lifecycle/registry/schema.h"
#include "ctl/spec/patch.h"
#include "ctl/spec/spec.h"
#include "runtime/fd.h"
#include "tests/unit/lifecycle/scratch.h"

namespace croft::ctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Migration : RegistryTest {
  // schema1.sql is a dump of a registry that was filled through the Registry of that time.
  Migration() {
    registry.reset();
    std::filesystem::remove(path);
    Database database({.path = path});
    database.execute(runtime::read_file(CROFT_SOURCE_DIR "/tests/unit/lifecycle/schema1.sql").c_str());
  }
};

TEST_F(Migration, KeepsAllThatWasThere) {
  registry = open();
  registry->check();
  EXPECT_EQ(registry->containers().size(), 2U);
  const ContainerRecord web = registry->get("web1");
  EXPECT_EQ(web.state, State::kReady);
  EXPECT_THAT(web.addresses, ElementsAre("10.207.0.1"));
  EXPECT_THAT(web.layers, ElementsAre("sha256:aa", "sha256:bb"));
  EXPECT_EQ(web.id_base, kFirstIdBase);
  EXPECT_TRUE(registry->is_tombstone("8a710bcc-35a4-4f2e-98ed-2429419fad70"));
  EXPECT_EQ(registry->find_template("bb")->containers, 2U);
  EXPECT_EQ(registry->kept("operation", "op1"), "{}");
  const auto acme = registry->find_tenant("acme");
  ASSERT_TRUE(acme);
  EXPECT_EQ(acme->labels["contact"], "ops@acme.example");
  EXPECT_EQ(acme->parent, "");
  EXPECT_EQ(acme->resources, cgroups::Resources{});
  EXPECT_EQ(acme->containers, 1U);
  EXPECT_EQ(registry->tenants().size(), 3U);
  EXPECT_GT(registry->last_event(), 5U);
}

TEST_F(Migration, LeasesAreOfThePoolDefault) {
  registry = open();
  registry->embed_pool({"10.207.0.0/16"});
  const PoolRecord pool = registry->find_pool("default").value();
  ASSERT_EQ(pool.prefixes.size(), 1U);
  EXPECT_EQ(pool.prefixes[0].leased, 2U);
  NewContainer wanted = container("web2");
  wanted.pool = "default";
  EXPECT_THAT(registry->create_container(wanted, draft("container.created")).addresses,
              ElementsAre("10.207.0.3"));
}

TEST_F(Migration, CompletesSpecifications) {
  registry = open();
  for (const ContainerRecord& record : registry->containers()) {
    const Json canonical = to_json(record.spec.parsed());
    EXPECT_EQ(record.spec.json(), canonical);
    EXPECT_TRUE(differences(record.spec.json(), canonical).empty());
  }
  const Spec web = registry->get("web1").spec.parsed();
  EXPECT_EQ(web.resources[cgroups::Resource::kMemory].limit, std::uint64_t{512} << 20);
  EXPECT_EQ(web.resources[cgroups::Resource::kCpu].limit, 500U);
  EXPECT_EQ(web.env.at("LANG"), "C");
  EXPECT_EQ(registry->get("db1", "acme").spec.parsed().resources[cgroups::Resource::kTasks].limit,
            std::nullopt);
}

TEST_F(Migration, IsDoneOnceAndWorksOn) {
  registry = open();
  registry->add_tenant(tenant("dev", "acme"), draft("tenant.created"));
  registry->create_container(container("web2", "dev"), draft("container.created"));
  reopen();
  EXPECT_EQ(registry->find_tenant("acme")->children, 1U);
  EXPECT_EQ(registry->containers().size(), 3U);
  registry.reset();
  Database database({.path = path});
  Query version = database.query("PRAGMA user_version");
  ASSERT_TRUE(version.next());
  EXPECT_EQ(version.number(0), kSchemaVersion);
}

// One that was cut off leaves the old format, whole.
TEST_F(Migration, ThatFailsLeavesTheOldFormat) {
  {
    Database database({.path = path});
    database.execute("UPDATE containers SET spec = '{\"template\":5}' WHERE name = 'web1'");
  }
  EXPECT_THAT(error_of([&] { registry = open(); }).what(), HasSubstr("must be text"));
  Database database({.path = path});
  Query version = database.query("PRAGMA user_version");
  ASSERT_TRUE(version.next());
  EXPECT_EQ(version.number(0), 1);
  EXPECT_TRUE(database.query("SELECT 1 FROM containers WHERE name = 'db1'").next());
}

}  // namespace
}  // namespace croft::ctl
