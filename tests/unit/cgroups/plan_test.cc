#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include "cgroups/group.h"
#include "cgroups/inside.h"
#include "cgroups/join.h"
#include "tests/unit/cgroups/tree.h"

namespace croft::cgroups {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// The changes as text, with the temporary directory's part of each path left out.
std::vector<std::string> text_of(const std::vector<runtime::Description>& descriptions,
                                 const HostTree& tree) {
  const std::string top = tree.sys("");
  std::vector<std::string> lines;
  for (const runtime::Description& one : descriptions) {
    std::string line = to_text(one);
    for (std::size_t at = line.find(top); at != std::string::npos; at = line.find(top))
      line.erase(at, top.size());
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<std::string> text_of(const runtime::Changes& changes, const HostTree& tree) {
  return text_of(describe(changes), tree);
}

GroupIntent full_intent() {
  GroupIntent intent;
  intent.path = {"croft.slice", "shop", "u1"};
  intent.knobs.memory.max = Bytes{1U << 30};
  intent.knobs.cpu.quota = MilliCpu{1500};
  intent.knobs.tasks = 4096;
  intent.delegate = true;
  intent.owner_uid = 0x10000000;
  intent.owner_gid = 0x10000000;
  intent.devices = DeviceRules{{DeviceRule::Type::kChar, 1, 3, true, true, false}};
  return intent;
}

TEST(PlanCreate, PureV2) {
  HostTree tree;
  fill_v2(tree);
  runtime::Changes changes;
  plan_create(detect(tree.roots(), true), full_intent(), changes);
  EXPECT_THAT(text_of(changes, tree),
              ElementsAre("mkdir croft.slice/shop = shared",                    //
                          "mkdir croft.slice/shop/u1",                          //
                          "write croft.slice/shop/u1/memory.max = 1073741824",  //
                          "write croft.slice/shop/u1/cpu.max = 150000 100000",  //
                          "write croft.slice/shop/u1/io.weight = default 100",
                          "write croft.slice/shop/u1/io.bfq.weight = default 10",
                          "write croft.slice/shop/u1/pids.max = 4096",                //
                          "attach croft.slice/shop/u1 = device program: c 1:3 rw",    //
                          "write croft.slice/shop/u1/cgroup.max.descendants = 4096",  //
                          "write croft.slice/shop/u1/cgroup.max.depth = 32",          //
                          "chown croft.slice/shop/u1 = 268435456:268435456 cgroup.procs cgroup.threads "
                          "cgroup.subtree_control"));
}

TEST(PlanCreate, Hybrid) {
  HostTree tree;
  fill_hybrid(tree);
  runtime::Changes changes;
  plan_create(detect(tree.roots(), true), full_intent(), changes);
  EXPECT_THAT(
      text_of(changes, tree),
      ElementsAre("mkdir cpu/croft.slice/shop = shared", "mkdir cpu/croft.slice/shop/u1",
                  "mkdir cpuacct/croft.slice/shop = shared", "mkdir cpuacct/croft.slice/shop/u1",
                  "mkdir cpuset/croft.slice/shop = shared", "mkdir cpuset/croft.slice/shop/u1",
                  "mkdir memory/croft.slice/shop = shared", "mkdir memory/croft.slice/shop/u1",
                  "mkdir devices/croft.slice/shop = shared", "mkdir devices/croft.slice/shop/u1",
                  "mkdir freezer/croft.slice/shop = shared", "mkdir freezer/croft.slice/shop/u1",
                  "mkdir blkio/croft.slice/shop = shared", "mkdir blkio/croft.slice/shop/u1",
                  "mkdir pids/croft.slice/shop = shared", "mkdir pids/croft.slice/shop/u1",
                  "mkdir systemd/croft.slice/shop = shared", "mkdir systemd/croft.slice/shop/u1",
                  "mkdir unified/croft.slice/shop = shared", "mkdir unified/croft.slice/shop/u1",
                  "write memory/croft.slice/shop/u1/memory.soft_limit_in_bytes = 0",
                  "write memory/croft.slice/shop/u1/memory.limit_in_bytes = 1073741824",
                  "write cpu/croft.slice/shop/u1/cpu.cfs_quota_us = 150000",
                  "write blkio/croft.slice/shop/u1/blkio.bfq.weight = 10",
                  "write pids/croft.slice/shop/u1/pids.max = 4096",
                  "attach unified/croft.slice/shop/u1 = device program: c 1:3 rw",
                  "chown systemd/croft.slice/shop/u1 = 268435456:268435456 cgroup.procs tasks",
                  "write unified/croft.slice/shop/u1/cgroup.max.descendants = 4096",
                  "write unified/croft.slice/shop/u1/cgroup.max.depth = 32",
                  "chown unified/croft.slice/shop/u1 = 268435456:268435456 cgroup.procs cgroup.threads "
                  "cgroup.subtree_control"));
}

TEST(PlanCreate, V1KeepsDevicesAndFreezerThere) {
  HostTree tree;
  fill_v1(tree);
  GroupIntent intent = full_intent();
  intent.delegate = false;
  intent.knobs.cpu.quota.reset();
  intent.knobs.tasks.reset();
  intent.devices->push_back({DeviceRule::Type::kAll, 7, {}, true, false, true});
  runtime::Changes changes;
  plan_create(detect(tree.roots(), true), intent, changes);
  EXPECT_THAT(
      text_of(changes, tree),
      ElementsAre("mkdir cpu,cpuacct/croft.slice/shop = shared", "mkdir cpu,cpuacct/croft.slice/shop/u1",
                  "mkdir memory/croft.slice/shop = shared", "mkdir memory/croft.slice/shop/u1",
                  "mkdir devices/croft.slice/shop = shared", "mkdir devices/croft.slice/shop/u1",
                  "mkdir freezer/croft.slice/shop = shared", "mkdir freezer/croft.slice/shop/u1",
                  "mkdir pids/croft.slice/shop = shared", "mkdir pids/croft.slice/shop/u1",
                  "mkdir systemd/croft.slice/shop = shared", "mkdir systemd/croft.slice/shop/u1",
                  "write memory/croft.slice/shop/u1/memory.soft_limit_in_bytes = 0",
                  "write memory/croft.slice/shop/u1/memory.limit_in_bytes = 1073741824",
                  "write devices/croft.slice/shop/u1/devices.deny = a",
                  "write devices/croft.slice/shop/u1/devices.allow = c 1:3 rw",
                  "write devices/croft.slice/shop/u1/devices.allow = b 7:* rm",
                  "write devices/croft.slice/shop/u1/devices.allow = c 7:* rm"));
}

TEST(PlanCreate, WithoutAnyHierarchyThereIsNothingToDo) {
  const HostTree tree;
  const Layout layout = detect(tree.roots(), true);
  runtime::Changes changes;
  plan_create(layout, full_intent(), changes);
  const Entry entry = plan_join(layout, full_intent(), changes);
  EXPECT_THAT(text_of(changes, tree), IsEmpty());
  EXPECT_EQ(entry.into, nullptr);
  EXPECT_THAT(entry.files, IsEmpty());
}

TEST(PlanCreate, NamesThatLeaveTheTreeAreRefused) {
  HostTree tree;
  fill_v2(tree);
  const Layout layout = detect(tree.roots(), true);
  for (const GroupPath& path : std::vector<GroupPath>{{"", "t", "u"},
                                                      {"/abs", "t", "u"},
                                                      {"a/../..", "t", "u"},
                                                      {"r", "..", "u"},
                                                      {"r", "", "u"},
                                                      {"r", "a//b", "u"},
                                                      {"r", "a/../b", "u"},
                                                      {"r", "a/", "u"},
                                                      {"r", "1/2/3/4/5/6/7/8/9", "u"},
                                                      {"r", "t", ""},
                                                      {"r", "t", "."},
                                                      {"r", "t", "u\n"},
                                                      {"r", "t", std::string(300, 'u')}}) {
    GroupIntent intent = full_intent();
    intent.path = path;
    runtime::Changes changes;
    try {
      plan_create(layout, intent, changes);
      ADD_FAILURE() << "taken: " << path.root << " " << path.tenant << " " << path.uuid;
    } catch (const runtime::Error& error) {
      EXPECT_EQ(error.kind(), runtime::ErrorKind::kInvalid);
    }
  }
}

TEST(PlanCreate, TenantsWithinTenantsAreToldFromContainers) {
  EXPECT_EQ(relative_path({"r", "acme/dev", "u"}), "r/acme/dev.tenant/u");
  EXPECT_EQ(relative_path({"r", "tasks/tasks", "u"}), "r/_tasks/tasks.tenant/u");
  EXPECT_EQ(relative_path({"r", "acme/dev", ""}), "r/acme/dev.tenant");
  EXPECT_EQ(relative_path({"a/r", "", ""}), "a/r");
}

TEST(ListGroups, FindsThoseOfTenantsWithinTenants) {
  HostTree tree;
  fill_v2(tree);
  const Layout layout = detect(tree.roots(), true);
  const std::vector<GroupPath> paths{{"r", "acme", "u1"},
                                     {"r", "acme", "u2"},
                                     {"r", "acme/dev", "u3"},
                                     {"r", "acme/dev/x", "u4"},
                                     {"r", "b", "u5"}};
  for (const GroupPath& path : paths)
    tree.file("sys/fs/cgroup/" + relative_path(path) + "/inside.tenant/cgroup.procs", "");
  EXPECT_EQ(list_groups(layout, "r"), paths);
}

TEST(PlanCreate, ATenantCalledLikeAFileOfV1GetsAnotherDirectory) {
  EXPECT_EQ(relative_path({"r", "tasks", "u"}), "r/_tasks/u");
  EXPECT_EQ(relative_path({"a/b", "t", "u"}), "a/b/t/u");
}

TEST(PlanKnobs, OnlyWhatChangesIsWritten) {
  HostTree tree;
  fill_v2(tree);
  const Layout layout = detect(tree.roots(), true);
  const GroupIntent intent = full_intent();
  Knobs next = intent.knobs;
  next.memory.max.reset();
  next.cpu.quota = MilliCpu{5};
  runtime::Changes changes;
  plan_knobs(layout, intent.path, intent.knobs, next, changes);
  EXPECT_THAT(text_of(changes, tree), ElementsAre("write croft.slice/shop/u1/memory.max = max",
                                                  "write croft.slice/shop/u1/cpu.max = 5000 1000000"));
  runtime::Changes none;
  plan_knobs(layout, intent.path, next, next, none);
  EXPECT_THAT(text_of(none, tree), IsEmpty());
}

TEST(PlanKnobs, OfATenantAndOfTheRoot) {
  HostTree tree;
  fill_v2(tree);
  const Layout layout = detect(tree.roots(), true);
  const Knobs fresh = fresh_knobs(layout);
  Knobs next = fresh;
  next.memory.protect = Bytes{4096};
  runtime::Changes changes;
  plan_knobs(layout, {"croft.slice", "acme/dev", {}}, fresh, next, changes);
  plan_knobs(layout, {"croft.slice", {}, {}}, fresh, next, changes);
  EXPECT_THAT(text_of(changes, tree), ElementsAre("write croft.slice/acme/dev.tenant/memory.min = 4096",
                                                  "write croft.slice/memory.min = 4096"));
}

TEST(PlanKnobs, SocketsAreCountedFromTheBeginningAndLimitedLive) {
  HostTree tree;
  fill_v2(tree);
  const Layout layout = detect(tree.roots(), true, true);
  GroupIntent intent = full_intent();
  intent.knobs.sockets.tcp = 5;
  runtime::Changes made;
  plan_create(layout, intent, made);
  EXPECT_THAT(text_of(made, tree),
              testing::Contains("attach croft.slice/shop/u1 = socket counters: tcp 5, others unlimited"));
  Knobs next = intent.knobs;
  next.sockets.other = 7;
  runtime::Changes changes;
  plan_knobs(layout, intent.path, intent.knobs, next, changes);
  EXPECT_THAT(text_of(changes, tree),
              ElementsAre("attach croft.slice/shop/u1 = socket counters: tcp 5, others 7"));
  runtime::Changes of_tenant;
  plan_knobs(layout, {"croft.slice", "shop", {}}, intent.knobs, next, of_tenant);
  EXPECT_THAT(text_of(of_tenant, tree), IsEmpty());
}

TEST(PlanKnobs, LiftingOnV1) {
  HostTree tree;
  fill_hybrid(tree);
  const GroupIntent intent = full_intent();
  Knobs now = intent.knobs;
  now.hugetlb["2MB"] = Bytes{4U << 20};
  now.cpuset = {"0-1", "0"};
  runtime::Changes changes;
  plan_knobs(detect(tree.roots(), true), intent.path, now, {}, changes);
  EXPECT_THAT(text_of(changes, tree),
              ElementsAre("write cpuset/croft.slice/shop/u1/cpuset.cpus = as its parent",
                          "write cpuset/croft.slice/shop/u1/cpuset.mems = as its parent",
                          "write memory/croft.slice/shop/u1/memory.limit_in_bytes = -1",
                          "write cpu/croft.slice/shop/u1/cpu.cfs_quota_us = -1",
                          "write pids/croft.slice/shop/u1/pids.max = max",
                          "write unified/croft.slice/shop/u1/hugetlb.2MB.max = max"));
}

// What the kernel has in the group's files after the changes, as a person would check it.
TEST(PlanKnobs, WritesWhatIsThereAndUndoesIt) {
  HostTree tree;
  fill_hybrid(tree);
  const Layout layout = detect(tree.roots(), true);
  const GroupPath path{"r", "t", "u"};
  const auto file = [](const std::string& name) { return "sys/fs/cgroup/" + name; };
  tree.file(file("memory/r/t/u/memory.limit_in_bytes"), "4096");
  tree.file(file("cpuset/r/t/cpuset.cpus"), "0-7");
  tree.file(file("cpuset/r/t/u/cpuset.cpus"), "0001");
  tree.file(file("cpu/r/t/u/cpu.shares"), "1024");
  tree.file(file("blkio/r/t/u/blkio.throttle.read_bps_device"), "");
  Knobs now;
  now.memory.max = Bytes{4096};
  now.cpuset.cpus = "1";
  Knobs next;
  next.memory.max = Bytes{8192};
  next.memory.swap = Bytes{0};  // there is no file for the sum
  next.cpu.weight = 200;
  next.io.devices = {{8, 0}};
  next.io.bytes_per_second = 5000;  // and none for writes
  runtime::Changes changes;
  plan_knobs(layout, path, now, next, changes);
  apply_changes(changes);
  const auto content = [&](const std::string& name) { return runtime::read_file(tree.sys(name)); };
  EXPECT_EQ(content("memory/r/t/u/memory.limit_in_bytes"), "8192");
  EXPECT_EQ(content("cpuset/r/t/u/cpuset.cpus"), "0-71");  // a file, not the kernel: "0-7" over "0001"
  EXPECT_EQ(content("cpu/r/t/u/cpu.shares"), "2048");
  EXPECT_EQ(content("blkio/r/t/u/blkio.throttle.read_bps_device"), "8:0 5000");
  undo_changes(changes);
  EXPECT_EQ(content("memory/r/t/u/memory.limit_in_bytes"), "4096");
  EXPECT_EQ(content("cpuset/r/t/u/cpuset.cpus"), "0001");
  EXPECT_EQ(content("cpu/r/t/u/cpu.shares"), "1024");
  EXPECT_EQ(content("blkio/r/t/u/blkio.throttle.read_bps_device").substr(0, 5), "8:0 0");
  EXPECT_FALSE(runtime::exists(tree.sys("memory/r/t/u/memory.memsw.limit_in_bytes")));
}

TEST(PlanJoin, PureV2IsBornThere) {
  HostTree tree;
  fill_v2(tree);
  const Layout layout = detect(tree.roots(), true);
  runtime::Changes changes;
  const Entry entry = plan_join(layout, full_intent(), changes);
  EXPECT_THAT(text_of(changes, tree), ElementsAre("open croft.slice/shop/u1"));
  EXPECT_NE(entry.into, nullptr);
  EXPECT_EQ(entry.clone_flags, static_cast<std::uint64_t>(CLONE_NEWCGROUP));
  runtime::LaunchList list;
  append_join_init(entry, list);
  EXPECT_EQ(list.size(), 0U);
}

TEST(PlanJoin, HybridWritesTasksAndThenMakesTheNamespace) {
  HostTree tree;
  fill_hybrid(tree);
  const Layout layout = detect(tree.roots(), true);
  runtime::Changes changes;
  const Entry entry = plan_join(layout, full_intent(), changes);
  EXPECT_THAT(text_of(changes, tree),
              ElementsAre("open cpu/croft.slice/shop/u1/tasks", "open cpuacct/croft.slice/shop/u1/tasks",
                          "open cpuset/croft.slice/shop/u1/tasks", "open memory/croft.slice/shop/u1/tasks",
                          "open devices/croft.slice/shop/u1/tasks", "open freezer/croft.slice/shop/u1/tasks",
                          "open blkio/croft.slice/shop/u1/tasks", "open pids/croft.slice/shop/u1/tasks",
                          "open systemd/croft.slice/shop/u1/tasks", "open unified/croft.slice/shop/u1"));
  EXPECT_NE(entry.into, nullptr);
  EXPECT_EQ(entry.clone_flags, 0U);
  runtime::LaunchList list;
  append_join_init(entry, list);
  ASSERT_EQ(list.size(), 10U);
  EXPECT_EQ(list.describe()[9].verb, "unshare");
  EXPECT_EQ(list.passed().size(), 9U);
}

TEST(PlanJoin, FurtherProcessesGoIntoALeafOfTheUnifiedHierarchy) {
  HostTree tree;
  fill_v2(tree);
  const Layout layout = detect(tree.roots(), true);
  runtime::Changes changes;
  const Entry entry = plan_join_exec(layout, full_intent(), changes);
  EXPECT_THAT(text_of(changes, tree),
              ElementsAre("mkdir croft.slice/shop/u1/croft.exec = if missing, and open"));
  EXPECT_EQ(entry.clone_flags, 0U);
}

TEST(PlanInside, EachLayoutShowsItsOwn) {
  HostTree pure;
  fill_v2(pure);
  runtime::LaunchList list;
  plan_inside(detect(pure.roots(), true), list);
  EXPECT_EQ(list.size(), 2U);
  HostTree hybrid;
  fill_hybrid(hybrid);
  runtime::LaunchList both;
  plan_inside(detect(hybrid.roots(), true), both);
  std::vector<std::string> verbs;
  for (const runtime::Description& step : both.describe()) verbs.push_back(step.verb + " " + step.object);
  EXPECT_EQ(both.size(), 9U) << testing::PrintToString(verbs);
  HostTree older;
  fill_v1(older);
  const Layout layout = detect(older.roots(), true);
  ASSERT_EQ(layout.inside.size(), 2U);
  EXPECT_EQ(layout.inside[1].target, "/sys/fs/cgroup/systemd");
  const HostTree none;
  runtime::LaunchList nothing;
  plan_inside(detect(none.roots(), true), nothing);
  EXPECT_EQ(nothing.size(), 0U);
}

}  // namespace
}  // namespace croft::cgroups
