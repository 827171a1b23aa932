#include "ctl/spec/tenant.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl/spec/patch.h"
#include "ctl/spec/rules.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using cgroups::Resource;
using testing::ElementsAre;
using testing::HasSubstr;

cgroups::Resources given(const std::map<std::string, std::string>& assignments) {
  return parse_tenant_resources(apply_assignments(Json::object(), assignments));
}

std::vector<std::string> errors_of(const std::map<std::string, std::string>& assignments) {
  std::vector<std::string> errors;
  try {
    (void)given(assignments);
  } catch (const runtime::Error& error) {
    for (const auto& field : error.fields()) errors.push_back(field.path + ": " + field.message);
  }
  return errors;
}

TEST(Tenant, HasThreeWordsOfPooledResources) {
  std::vector<std::string_view> names;
  for (const Key& key : keys())
    if (is_tenant_key(key)) names.push_back(key.name);
  EXPECT_THAT(names,
              ElementsAre("cpu.guarantee", "cpu.limit", "cpu.share", "memory.guarantee", "memory.limit",
                          "memory.share", "swap.limit", "memswap.limit", "io.guarantee", "io.limit",
                          "io.share", "iops.guarantee", "iops.limit", "tasks.limit"));
}

TEST(Tenant, IsUnlimitedUnlessSaid) {
  EXPECT_EQ(given({}), cgroups::Resources{});
  const auto acme = given({{"memory.guarantee", "4G"}, {"memory.limit", "16G"}, {"cpu.share", "200"}});
  EXPECT_EQ(acme[Resource::kMemory].guarantee, std::uint64_t{4} << 30);
  EXPECT_EQ(acme[Resource::kCpu].share, 200U);
  EXPECT_EQ(acme[Resource::kTasks].limit, std::nullopt);
  EXPECT_EQ(parse_tenant_resources(tenant_resources_json(acme)), acme);
  EXPECT_EQ(tenant_resources_json(acme)["tasks"], (Json{{"limit", "unlimited"}}));
}

TEST(Tenant, IsToldWhatIsForContainers) {
  constexpr auto kWhy = "is for containers; a tenant has guarantee, limit and share of cpu, memory";
  for (const auto& [key, text] : std::map<std::string, std::string>{{"memory.barrier", "1G"},
                                                                    {"cpu.burst", "60s"},
                                                                    {"threshold", "memory:1G:log"},
                                                                    {"memory.oom", "freeze"},
                                                                    {"cpu.affinity", "0"},
                                                                    {"files.limit", "5"},
                                                                    {"hugetlb.2M", "0"},
                                                                    {"hostname", "x"}})
    EXPECT_THAT(errors_of({{key, text}}), ElementsAre(HasSubstr(kWhy))) << key;
  EXPECT_THAT(errors_of({{"memory", "1G:2G"}}), ElementsAre(HasSubstr("memory.barrier: is for containers")));
  EXPECT_THAT(errors_of({{"memory", "1G"}, {"memory.guarantee", "2G"}}),
              ElementsAre(HasSubstr("memory.guarantee: is 2G, more than memory.limit (1G)")));
  EXPECT_THROW((void)parse_tenant_resources({{"memroy", {{"limit", 1}}}}), runtime::Error);
  EXPECT_THROW((void)parse_tenant_resources(Json::array()), runtime::Error);
}

TEST(Tenant, SettingsAreToldFromLabels) {
  for (const char* name : {"memory.limit", "memory", "memory.limt", "threshold+", "sockets.tcp", "io"})
    EXPECT_TRUE(is_resource_setting(name)) << name;
  for (const char* name : {"contact", "plan", "label.memory", "user", "hostname", "cpus", ""})
    EXPECT_FALSE(is_resource_setting(name)) << name;
}

TEST(Tenant, Labels) {
  EXPECT_NO_THROW(check_labels(Json::object()));
  EXPECT_NO_THROW(check_labels({{"plan", "gold"}}));
  EXPECT_THROW(check_labels({{"plan", 5}}), runtime::Error);
  EXPECT_THROW(check_labels({{"a b", "c"}}), runtime::Error);
  EXPECT_THROW(check_labels(nullptr), runtime::Error);
}

}  // namespace
}  // namespace croft::ctl
