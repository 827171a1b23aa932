// Making, limiting, undoing and removing real groups.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "cgroups/bounds.h"
#include "cgroups/device_program.h"
#include "tests/live/cgroups/fixture.h"

namespace croft::cgroups {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

GroupIntent full(GroupIntent intent) {
  intent.memory_limit = Bytes{64U << 20};
  intent.cpu_limit = MilliCpu{1500};
  intent.tasks_limit = 77;
  intent.delegate = true;
  intent.owner_uid = 0x10000000;
  intent.owner_gid = 0x10000000;
  intent.devices = standard_device_rules();
  return intent;
}

// The values that a driver would write, read back from the group.
void expect_values(const std::string& directory, const std::vector<FileValue>& values) {
  const FileValue& last = values.back();
  EXPECT_EQ(runtime::read_file(directory + "/" + last.file), last.value + "\n")
      << directory << "/" << last.file;
}

TEST_F(LiveGroups, ROOT_CGROUP_CreateMakesTheGroupWithItsLimitsAndNothingElse) {
  intent_ = full(intent_);
  create();
  const auto used = used_hierarchies(layout_);
  EXPECT_EQ(directories().size(), used.size() * 3);
  if (layout_.memory)
    expect_values(directory(layout_.memory), layout_.memory->driver->limit(intent_.memory_limit));
  if (layout_.cpu) expect_values(directory(layout_.cpu), layout_.cpu->driver->limit(intent_.cpu_limit));
  if (layout_.tasks)
    expect_values(directory(layout_.tasks), layout_.tasks->driver->limit(intent_.tasks_limit));
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
  GroupIntent wanted = intent_;
  wanted.memory_limit = Bytes{32U << 20};
  wanted.cpu_limit = MilliCpu{5};
  wanted.tasks_limit.reset();
  const auto expect_all = [&](const GroupIntent& intent) {
    if (layout_.memory)
      expect_values(directory(layout_.memory), layout_.memory->driver->limit(intent.memory_limit));
    if (layout_.cpu) expect_values(directory(layout_.cpu), layout_.cpu->driver->limit(intent.cpu_limit));
    if (layout_.tasks)
      expect_values(directory(layout_.tasks), layout_.tasks->driver->limit(intent.tasks_limit));
  };
  runtime::Changes changes;
  plan_limits(layout_, intent_, wanted, changes);
  apply_changes(changes);
  expect_all(wanted);
  undo_changes(changes);
  expect_all(intent_);
  for (std::size_t k = 0; k < changes.size(); ++k) {
    runtime::Changes failing;
    plan_limits(layout_, intent_, wanted, failing);
    EXPECT_THROW(apply_changes(failing,
                               [&](std::size_t index, const runtime::Change&) {
                                 if (index == k)
                                   throw runtime::Error(runtime::ErrorKind::kSystem, "injected");
                               }),
                 runtime::Error);
    expect_all(intent_);
  }
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
