// Making, limiting, undoing and removing real groups.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <map>
#include <random>

#include "cgroups/bounds.h"
#include "cgroups/device_program.h"
#include "tests/live/cgroups/fixture.h"

namespace croft::cgroups {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

GroupIntent full(GroupIntent intent) {
  Knobs& knobs = intent.knobs;
  knobs.memory = {Bytes{16U << 20}, Bytes{48U << 20}, Bytes{64U << 20}, Bytes{32U << 20}, true};
  knobs.cpu = {MilliCpu{1500}, Micros{50000}, 250};
  knobs.io.weight = 300;
  knobs.tasks = 77;
  knobs.cpuset = {"0", "0"};
  knobs.hugetlb["2MB"] = Bytes{4U << 20};
  intent.delegate = true;
  intent.owner_uid = 0x10000000;
  intent.owner_gid = 0x10000000;
  intent.devices = standard_device_rules();
  return intent;
}

// The lines that take a new group to `knobs`, by directory.
std::map<std::string, std::vector<FileValue>> all_lines(const Layout& layout, const GroupPath& path,
                                                        const Knobs& knobs) {
  std::map<std::string, std::vector<FileValue>> all;
  const Knobs fresh = fresh_knobs(layout);
  const auto add = [&](const auto& facet, const auto& now, const auto& next) {
    if (!facet) return;
    auto& lines = all[layout.hierarchies[facet->hierarchy].mount + "/" + relative_path(path)];
    for (FileValue& line : facet->driver->lines(now, next)) lines.push_back(std::move(line));
  };
  add(layout.memory, fresh.memory, knobs.memory);
  add(layout.cpu, fresh.cpu, knobs.cpu);
  add(layout.tasks, fresh.tasks, knobs.tasks);
  add(layout.io, fresh.io, knobs.io);
  add(layout.cpuset, fresh.cpuset, knobs.cpuset);
  add(layout.hugetlb, fresh.hugetlb, knobs.hugetlb);
  return all;
}

// All of those, read back from the group; the last one of each file counts.
void expect_knobs(const Layout& layout, const GroupPath& path, const Knobs& knobs) {
  for (const auto& [directory, lines] : all_lines(layout, path, knobs)) {
    std::map<std::string, std::string> files;
    for (const FileValue& line : lines)
      if (!line.may_lack || runtime::exists(directory + "/" + line.file)) files[line.file] = line.value;
    for (const auto& [file, value] : files)
      EXPECT_EQ(runtime::read_file(directory + "/" + file), value + "\n") << directory << "/" << file;
  }
}

TEST_F(LiveGroups, ROOT_CGROUP_CreateMakesTheGroupWithItsLimitsAndNothingElse) {
  intent_ = full(intent_);
  create();
  const auto used = used_hierarchies(layout_);
  EXPECT_EQ(directories().size(), used.size() * 3);
  expect_knobs(layout_, intent_.path, intent_.knobs);
  EXPECT_EQ(list_groups(layout_, root_), std::vector<GroupPath>{intent_.path});
  remove_group(layout_, intent_.path, kPatience);
  EXPECT_EQ(directories().size(), used.size() * 2);
  remove_group(layout_, intent_.path, kPatience);
  remove_shared(layout_, root_, "shop");
  remove_shared(layout_, root_, {});
  EXPECT_THAT(directories(), IsEmpty());
}

TEST_F(LiveGroups, ROOT_CGROUP_AFailureAtAnyChangeLeavesNothing) {
  intent_ = full(intent_);
  runtime::Changes counted;
  plan_create(layout_, intent_, counted);
  plan_join(layout_, intent_, counted);
  ASSERT_GT(counted.size(), 4U);
  for (std::size_t k = 0; k < counted.size(); ++k) {
    runtime::Changes changes;
    plan_create(layout_, intent_, changes);
    plan_join(layout_, intent_, changes);
    EXPECT_THROW(apply_changes(changes,
                               [&](std::size_t index, const runtime::Change&) {
                                 if (index == k)
                                   throw runtime::Error(runtime::ErrorKind::kSystem, "injected");
                               }),
                 runtime::Error);
    EXPECT_THAT(directories(), IsEmpty())
        << "after failing change " << k << ": " << to_text(changes[k].describe());
  }
}

TEST_F(LiveGroups, ROOT_CGROUP_AFailureKeepsWhatOthersShare) {
  create();
  const std::set<std::string> before = directories();
  GroupIntent second = full(intent_);
  second.path.uuid = "two";
  second.delegate = false;
  runtime::Changes counted;
  plan_create(layout_, second, counted);
  for (std::size_t k = 0; k <= counted.size(); ++k) {
    runtime::Changes changes;
    plan_create(layout_, second, changes);
    try {
      apply_changes(changes, [&](std::size_t index, const runtime::Change&) {
        if (index == k) throw runtime::Error(runtime::ErrorKind::kSystem, "injected");
      });
      undo_changes(changes);  // the last round: all applied
      EXPECT_EQ(k, counted.size());
    } catch (const runtime::Error&) {
      EXPECT_LT(k, counted.size());
    }
    EXPECT_EQ(directories(), before) << k;
  }
}

TEST_F(LiveGroups, ROOT_CGROUP_ASecondGroupOfTheSameNameIsRefused) {
  create();
  runtime::Changes again;
  plan_create(layout_, intent_, again);
  try {
    apply_changes(again);
    ADD_FAILURE() << "made twice";
  } catch (const runtime::Error& error) {
    EXPECT_EQ(error.kind(), runtime::ErrorKind::kExists);
    EXPECT_THAT(error.what(), HasSubstr("shop/one"));
  }
  EXPECT_NO_THROW(group());
}

TEST_F(LiveGroups, ROOT_CGROUP_UndoRemovesWhatAGuestMadeMeanwhile) {
  intent_ = full(intent_);
  create();
  for (const std::string& directory : directories())
    if (directory.ends_with("/one")) {
      ASSERT_EQ(mkdir((directory + "/a").c_str(), 0755), 0);
      ASSERT_EQ(mkdir((directory + "/a/b").c_str(), 0755), 0);
    }
  undo_changes(changes_);
  EXPECT_THAT(directories(), IsEmpty());
}

TEST_F(LiveGroups, ROOT_CGROUP_DelegationGivesExactlyTheNamedFiles) {
  intent_ = full(intent_);
  create();
  for (const std::string& directory : directories()) {
    if (!directory.ends_with("/one")) continue;
    std::set<std::string> owned;
    struct stat info {};
    ASSERT_EQ(stat(directory.c_str(), &info), 0);
    const bool given = info.st_uid == intent_.owner_uid;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      ASSERT_EQ(stat(entry.path().c_str(), &info), 0);
      if (info.st_uid == intent_.owner_uid) owned.insert(entry.path().filename());
    }
    const std::set<std::string> core{"cgroup.procs", "cgroup.threads", "cgroup.subtree_control"};
    if (layout_.unified && directory == unified_directory()) {
      EXPECT_TRUE(given);
      EXPECT_EQ(owned, core);
    } else if (layout_.systemd && directory.starts_with(layout_.hierarchies[*layout_.systemd].mount)) {
      EXPECT_TRUE(given);
      EXPECT_EQ(owned, (std::set<std::string>{"cgroup.procs", "tasks"}));
    } else {
      EXPECT_FALSE(given) << directory;
      EXPECT_THAT(owned, IsEmpty()) << directory;
    }
  }
}

TEST_F(LiveGroups, ROOT_CGROUP_WithoutDelegationNothingIsGivenAway) {
  intent_ = full(intent_);
  intent_.delegate = false;
  create();
  for (const std::string& directory : directories()) {
    struct stat info {};
    ASSERT_EQ(stat(directory.c_str(), &info), 0);
    EXPECT_EQ(info.st_uid, 0U);
  }
}

TEST_F(LiveGroups, ROOT_CGROUP_ChangedLimitsHoldAndUndoBringsTheOldOnesBack) {
  intent_ = full(intent_);
  create();
  Knobs wanted;
  wanted.memory = {Bytes{0}, {}, Bytes{32U << 20}, Bytes{64U << 20}, false};
  wanted.cpu = {MilliCpu{5}, Micros{0}, 90};
  const auto plan = [&](runtime::Changes& changes) {
    plan_knobs(layout_, intent_.path, intent_.knobs, wanted, changes);
  };
  runtime::Changes changes;
  plan(changes);
  apply_changes(changes);
  expect_knobs(layout_, intent_.path, wanted);
  undo_changes(changes);
  expect_knobs(layout_, intent_.path, intent_.knobs);
  for (std::size_t k = 0; k < changes.size(); ++k) {
    runtime::Changes failing;
    plan(failing);
    EXPECT_THROW(apply_changes(failing,
                               [&](std::size_t index, const runtime::Change&) {
                                 if (index == k)
                                   throw runtime::Error(runtime::ErrorKind::kSystem, "injected");
                               }),
                 runtime::Error);
    expect_knobs(layout_, intent_.path, intent_.knobs);
  }
}

// Every state of these knobs that the kernel could meet, in a random order: it takes each line.
TEST_F(LiveGroups, ROOT_CGROUP_TheKernelTakesEveryChangeOfKnobs) {
  create();
  std::mt19937 random(5);
  const auto below = [&](unsigned bound) { return random() % bound; };
  const auto size = [&] {
    return below(4) == 0 ? std::nullopt : std::optional(Bytes{(16 + below(4) * 16) << 20});
  };
  Knobs now = intent_.knobs;
  for (int round = 0; round < 60; ++round) {
    Knobs next;
    next.memory = {Bytes{below(2) << 22}, size(), size(), size(), below(2) == 0};
    if (below(4) != 0) next.cpu.quota = MilliCpu{5 + below(3) * 700};
    next.cpu.burst = Micros{below(4) * 30000};
    next.cpu.weight = static_cast<std::uint32_t>(1 + below(3) * 4999);
    next.cpuset = below(2) == 0 ? CpusetKnobs{"0", "0"} : CpusetKnobs{};
    if (below(2) == 0) next.hugetlb["2MB"] = Bytes{below(3) << 21};
    if (below(2) == 0) next.tasks = below(100);
    runtime::Changes changes;
    plan_knobs(layout_, intent_.path, now, next, changes);
    ASSERT_NO_THROW(apply_changes(changes));
    now = next;
  }
}

TEST_F(LiveGroups, ROOT_CGROUP_TenantsWithinTenantsAreFoundAndRemoved) {
  intent_.path.tenant = "shop/dev";
  create();
  GroupIntent beside = intent_;
  beside.path = {root_, "shop", "two"};
  runtime::Changes changes;
  plan_create(layout_, beside, changes);
  apply_changes(changes);
  EXPECT_EQ(list_groups(layout_, root_), (std::vector<GroupPath>{beside.path, intent_.path}));
  remove_group(layout_, intent_.path, kPatience);
  remove_shared(layout_, root_, "shop/dev");
  EXPECT_EQ(list_groups(layout_, root_), std::vector<GroupPath>{beside.path});
  remove_group(layout_, beside.path, kPatience);
  remove_shared(layout_, root_, "shop");
  remove_shared(layout_, root_, {});
  EXPECT_THAT(directories(), IsEmpty());
}

TEST_F(LiveGroups, ROOT_CGROUP_AGoneGroupIsNotFound) {
  try {
    ADD_FAILURE() << "opened " << group().name();
  } catch (const runtime::Error& error) {
    EXPECT_EQ(error.kind(), runtime::ErrorKind::kNotFound);
  }
  EXPECT_THAT(list_groups(layout_, root_), IsEmpty());
  EXPECT_NO_THROW(remove_group(layout_, intent_.path, kPatience));
  EXPECT_NO_THROW(remove_shared(layout_, root_, "shop"));
}

TEST_F(LiveGroups, ROOT_CGROUP_RemoveTakesDeepAndWideTreesOfAGuest) {
  intent_ = full(intent_);
  create();
  // As deep and as wide as a guest can make it in each hierarchy that it owns.
  for (const std::string& top : directories()) {
    struct stat info {};
    ASSERT_EQ(stat(top.c_str(), &info), 0);
    if (info.st_uid != intent_.owner_uid) continue;
    for (int i = 0; i < 300; ++i) ASSERT_EQ(mkdir((top + "/wide" + std::to_string(i)).c_str(), 0755), 0);
    runtime::Fd here = runtime::open_file(top, O_RDONLY | O_DIRECTORY);
    int depth = 0;
    for (; depth < 400 && mkdirat(here.get(), "deep", 0755) == 0; ++depth)
      here = runtime::open_at(here, "deep", O_RDONLY | O_DIRECTORY);
    const bool bounded = layout_.unified && top == unified_directory();
    EXPECT_EQ(depth, bounded ? static_cast<int>(kMaxDepth) : 400);
  }
  remove_group(layout_, intent_.path, kPatience);
  EXPECT_THAT(list_groups(layout_, root_), IsEmpty());
}

TEST_F(LiveGroups, ROOT_CGROUP_TheNumberOfAGuestsGroupsIsBounded) {
  if (!layout_.unified) GTEST_SKIP() << "needs CGROUP: no unified hierarchy, and v1 has no such bound";
  intent_ = full(intent_);
  create();
  runtime::write_file(unified_directory() + "/cgroup.max.descendants", "3");
  int made = 0;
  while (made < 10 && mkdir((unified_directory() + "/" + std::to_string(made)).c_str(), 0755) == 0) ++made;
  EXPECT_EQ(made, 3);
}

TEST_F(LiveGroups, ROOT_CGROUP_ATenantCalledTasksWorksOnV1) {
  intent_.path.tenant = "tasks";
  create();
  EXPECT_EQ(list_groups(layout_, root_), std::vector<GroupPath>{intent_.path});
  remove_group(layout_, intent_.path, kPatience);
  remove_shared(layout_, root_, "tasks");
  remove_shared(layout_, root_, {});
  EXPECT_THAT(directories(), IsEmpty());
}

TEST_F(LiveGroups, ROOT_CGROUP_RemovingAGroupWithProcessesSaysSo) {
  create();
  const Child child = spawn([](int tell) {
    say(tell, 'r');
    return sleep_for_ever();
  });
  ASSERT_EQ(child.hear(), 'r');
  try {
    remove_group(layout_, intent_.path, Milliseconds(50));
    ADD_FAILURE() << "removed";
  } catch (const runtime::Error& error) {
    EXPECT_EQ(error.kind(), runtime::ErrorKind::kBusy);
    EXPECT_THAT(error.what(), HasSubstr("cgroup.procs"));
  }
}

}  // namespace
}  // namespace croft::cgroups
