#include "cgroups/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/unit/cgroups/tree.h"

namespace croft::cgroups {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const HostFacts kGood{true, true, {{{8, 0}}, {}}, {{8, 0}}, false};
const HostFacts kPoor{false, false, {{}, "tmpfs has no block device of its own"}, {}, true};

// "io.share" -> row.
std::map<std::string, CheckRow> table(const Layout& layout, const HostFacts& facts) {
  std::map<std::string, CheckRow> result;
  for (const CheckRow& row : check(layout, facts)) {
    const bool added = result.emplace(row.resource + "." + row.word, row).second;
    EXPECT_TRUE(added) << row.resource << "." << row.word << " twice";
  }
  return result;
}

std::string kept(const std::map<std::string, CheckRow>& rows, const std::string& key) {
  const auto found = rows.find(key);
  return found == rows.end() ? "no row" : std::string(to_text(found->second.kept_by));
}

TEST(Check, OnV2WithEverythingTheKernelKeepsMost) {
  HostTree tree;
  fill_v2(tree);
  const auto rows = table(detect(tree.roots(), true), kGood);
  for (const char* key :
       {"cpu.guarantee", "cpu.limit", "cpu.share", "memory.guarantee", "memory.limit", "swap.limit",
        "io.limit", "io.share", "iops.limit", "tasks.limit", "hugetlb.limit", "affinity.limit",
        "devices.access", "processes.freeze", "processes.kill", "cgroups.delegation"})
    EXPECT_EQ(kept(rows, key), "kernel") << key;
  for (const char* key : {"cpu.barrier", "cpu.burst", "memory.barrier", "memory.burst", "memswap.limit",
                          "io.barrier", "io.burst", "tasks.barrier", "host.shortage"})
    EXPECT_EQ(kept(rows, key), "governor") << key;
  for (const char* key : {"files.limit", "memory.share", "io.guarantee", "beancounters.held"})
    EXPECT_EQ(kept(rows, key), "best-effort") << key;
  EXPECT_EQ(rows.at("beancounters.held").reason.find("kmemsize"), std::string::npos);
}

TEST(Check, RowsOfBeancountersThatNobodyCountsAreNamed) {
  HostTree tree;
  const auto reason = [&] { return table(detect(tree.roots(), true), kGood).at("beancounters.held").reason; };
  fill_hybrid(tree);
  EXPECT_NE(reason().find(", numiptent, dcachesize"), std::string::npos);
}

TEST(Check, OnAHybridHostMemoryAndWritesAreLessSure) {
  HostTree tree;
  fill_hybrid(tree);
  tree.file("sys/fs/cgroup/memory/memory.memsw.limit_in_bytes", "");
  const auto rows = table(detect(tree.roots(), true), kGood);
  for (const char* key : {"memory.guarantee", "swap.limit", "io.limit", "iops.limit", "cgroups.delegation"})
    EXPECT_EQ(kept(rows, key), "best-effort") << key;
  for (const char* key : {"cpu.guarantee", "memory.limit", "memswap.limit", "io.share", "tasks.limit",
                          "hugetlb.limit", "affinity.limit"})
    EXPECT_EQ(kept(rows, key), "kernel") << key;
}

TEST(Check, WeightsNeedASchedulerThatKnowsThem) {
  HostTree tree;
  fill_v2(tree);
  HostFacts facts = kGood;
  facts.disks.devices.push_back({8, 16});
  const auto rows = table(detect(tree.roots(), true), facts);
  EXPECT_EQ(kept(rows, "io.share"), "absent");
  EXPECT_EQ(kept(rows, "io.guarantee"), "absent");
  EXPECT_EQ(kept(rows, "io.limit"), "kernel");
  EXPECT_THAT(rows.at("io.share").reason, HasSubstr("8:16"));
  EXPECT_THAT(rows.at("io.share").cure, HasSubstr("/sys/dev/block/8:16/queue/scheduler"));
  EXPECT_THAT(rows.at("io.share").cure, HasSubstr("io.cost.qos"));
}

TEST(Check, ProcessesOfTheRootAreBesideAllGroups) {
  HostTree tree;
  fill_v2(tree);
  HostFacts facts = kGood;
  facts.in_root = true;
  const auto rows = table(detect(tree.roots(), true), facts);
  EXPECT_EQ(kept(rows, "cpu.guarantee"), "best-effort");
  EXPECT_EQ(kept(rows, "cpu.share"), "kernel");
  EXPECT_THAT(rows.at("cpu.guarantee").reason, HasSubstr("one busy process for each CPU"));
}

TEST(Check, WithoutSwapOrItsAccounting) {
  HostTree tree;
  fill_v2(tree);
  tree.file("proc/sys/kernel/osrelease", "5.15.0\n");
  HostFacts facts = kGood;
  facts.swap = false;
  const auto none = table(detect(tree.roots(), true), facts);
  EXPECT_EQ(kept(none, "swap.limit"), "absent");
  EXPECT_THAT(none.at("swap.limit").cure, HasSubstr("swapon"));
  EXPECT_EQ(kept(none, "memswap.limit"), "governor");
  tree.file("proc/cmdline", "swapaccount=0");
  const auto uncounted = table(detect(tree.roots(), true), kGood);
  EXPECT_EQ(kept(uncounted, "swap.limit"), "absent");
  EXPECT_EQ(kept(uncounted, "memswap.limit"), "absent");
  EXPECT_THAT(uncounted.at("swap.limit").cure, HasSubstr("swapaccount=1"));
}

TEST(Check, ProtectionThatEndsAtTheContainersOwnGroups) {
  HostTree tree;
  tree.v2("", "rw", "cpu memory");
  const auto rows = table(detect(tree.roots(), true), kGood);
  EXPECT_EQ(kept(rows, "memory.guarantee"), "best-effort");
  EXPECT_THAT(rows.at("memory.guarantee").cure, HasSubstr("memory_recursiveprot"));
  EXPECT_EQ(kept(rows, "cgroups.delegation"), "best-effort");
  EXPECT_EQ(kept(rows, "io.limit"), "absent");
  EXPECT_EQ(kept(rows, "affinity.limit"), "absent");
}

TEST(Check, EveryRowHasAReasonAndWhatIsNotFullyKeptACure) {
  HostTree none;
  HostTree bare;
  bare.v2("", "rw", "pids");
  bare.file("proc/sys/kernel/osrelease", "5.10.0-1-amd64\n");
  HostTree older;
  fill_v1(older);
  HostTree full;
  fill_v2(full);
  std::set<std::size_t> sizes;
  for (const HostTree* tree : {&none, &bare, &older, &full})
    for (const bool programs : {false, true})
      for (const HostFacts& facts : {kGood, kPoor}) {
        const auto rows = table(detect(tree->roots(), programs, programs), facts);
        sizes.insert(rows.size());
        for (const auto& [key, row] : rows) {
          EXPECT_FALSE(row.reason.empty()) << key;
          const bool kept_well = row.kept_by == KeptBy::kKernel || row.kept_by == KeptBy::kGovernor;
          EXPECT_EQ(row.cure.empty(), kept_well) << key;
        }
      }
  EXPECT_EQ(sizes.size(), 1U) << "the same rows everywhere";
  const auto rows = table(detect(bare.roots(), false), kPoor);
  EXPECT_EQ(kept(rows, "processes.kill"), "best-effort");
  EXPECT_EQ(kept(rows, "tasks.limit"), "kernel");
  EXPECT_EQ(kept(rows, "host.shortage"), "best-effort");
}

TEST(HostFacts, AreReadFromProcAndSys) {
  HostTree tree;
  fill_v2(tree);
  tree.file("proc/swaps", "Filename Type Size Used Priority\n");
  const Layout layout = detect(tree.roots(), true);
  EXPECT_FALSE(host_facts(tree.roots(), layout, "/proc").swap);
  EXPECT_FALSE(host_facts(tree.roots(), layout, "/proc").pressure);
  EXPECT_FALSE(host_facts(tree.roots(), layout, "/proc").disks.reason.empty());
  tree.file("proc/swaps", "Filename Type Size Used Priority\n/dev/zram0 partition 1 0 100\n");
  tree.file("proc/pressure/memory", "");
  EXPECT_TRUE(host_facts(tree.roots(), layout, "/proc").swap);
  EXPECT_TRUE(host_facts(tree.roots(), layout, "/proc").pressure);
}

TEST(HostFacts, WhereTheFirstProcessIs) {
  HostTree unified, older;
  fill_v2(unified);
  fill_v1(older);
  const auto in_root = [](const HostTree& tree, const char* text) {
    if (text != nullptr) tree.file("proc/1/cgroup", text);
    return host_facts(tree.roots(), detect(tree.roots(), true), "/proc").in_root;
  };
  EXPECT_FALSE(in_root(unified, nullptr));
  EXPECT_TRUE(in_root(unified, "0::/\n"));
  EXPECT_FALSE(in_root(unified, "0::/init.scope\n"));
  EXPECT_TRUE(in_root(older, "5:memory:/x\n4:cpu,cpuacct:/\n0::/init.scope\n"));
  EXPECT_FALSE(in_root(older, "6:cpuset:/\n5:memory:/\n4:cpu,cpuacct:/init.scope\n0::/\n"));
}

TEST(HostFacts, IocostIsOnForADeviceOnly) {
  HostTree tree;
  fill_v2(tree);
  tree.mounted("/proc", "other", "/dev/sda");
  tree.file("sys/class/block/sda/dev", "8:1\n");
  const Layout layout = detect(tree.roots(), true);
  const auto weighted = [&](const std::string& settings) {
    tree.file("sys/fs/cgroup/io.cost.qos", settings);
    return host_facts(tree.roots(), layout, "/proc").weighted;
  };
  EXPECT_THAT(weighted("8:16 enable=1 ctrl=auto\n8:1 enable=0 ctrl=auto\n"), IsEmpty());
  EXPECT_THAT(weighted("8:1 enable=1 ctrl=auto\n"), ElementsAre(BlockDevice{8, 1}));
  tree.file("sys/dev/block/8:1/queue/scheduler", "none [bfq]\n");
  EXPECT_THAT(weighted(""), ElementsAre(BlockDevice{8, 1}));
}

}  // namespace
}  // namespace croft::cgroups
