// What the owner of a delegated group can do in it, and what it cannot; how further processes get past its
// doings.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <grp.h>
#include <sys/stat.h>

#include "cgroups/bounds.h"
#include "tests/live/cgroups/fixture.h"

namespace croft::cgroups {
namespace {

using testing::HasSubstr;

constexpr uid_t kOwner = 0x10000000;

class Guests : public LiveGroups {
 protected:
  void SetUp() override {
    LiveGroups::SetUp();
    if (IsSkipped()) return;
    if (!layout_.unified) GTEST_SKIP() << "needs CGROUP: no unified hierarchy is mounted";
    intent_.delegate = true;
    intent_.owner_uid = kOwner;
    intent_.owner_gid = kOwner;
    create();
    top_ = unified_directory();
  }
  // A group that the guest made.
  [[nodiscard]] std::string guest_group(const std::string& name) const {
    const std::string path = top_ + "/" + name;
    EXPECT_EQ(mkdir(path.c_str(), 0755), 0);
    EXPECT_EQ(chown(path.c_str(), kOwner, kOwner), 0);
    return path;
  }
  // Where a process is in the unified hierarchy.
  [[nodiscard]] static std::string place_of(const Child& child) {
    const std::string lines = runtime::read_file("/proc/" + std::to_string(child.pid()) + "/cgroup");
    const std::size_t at = lines.find("0::");
    return lines.substr(at + 3, lines.find('\n', at) - at - 3);
  }
  [[nodiscard]] Child further() {
    return spawn_exec([](int tell) {
      say(tell, 'r');
      return sleep_for_ever();
    });
  }

  std::string top_;
};

bool writes(const std::string& path, std::string_view value) {
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  const bool done = fd >= 0 && write(fd, value.data(), value.size()) == static_cast<ssize_t>(value.size());
  if (fd >= 0) close(fd);
  return done;
}

TEST_F(Guests, ROOT_CGROUP_AnOwnerMakesGroupsBelowAndMovesIntoThemOnly) {
  const std::string own = top_;
  const std::string above = own.substr(0, own.rfind('/'));
  Child child = spawn([&](int) {
    if (setgroups(0, nullptr) != 0 || setresgid(kOwner, kOwner, kOwner) != 0 ||
        setresuid(kOwner, kOwner, kOwner) != 0)
      return 1;
    if (mkdir((own + "/service").c_str(), 0755) != 0) return 2;
    if (!writes(own + "/service/cgroup.procs", "0")) return 3;
    if (writes(above + "/cgroup.procs", "0")) return 4;
    if (mkdir((above + "/mine").c_str(), 0755) == 0) return 5;
    for (const char* file : {"cgroup.max.descendants", "cgroup.max.depth", "cgroup.freeze", "cgroup.kill",
                             "memory.max", "cpu.max", "pids.max"})
      if (writes(own + "/" + file, "max")) return 6;
    return 0;
  });
  EXPECT_EQ(child.wait(), 0);
}

TEST_F(Guests, ROOT_CGROUP_FurtherProcessesGoIntoALeafOfTheirOwn) {
  const Child first = further();
  ASSERT_EQ(first.hear(), 'r');
  EXPECT_THAT(place_of(first), HasSubstr("/one/croft.exec"));
  const Child second = further();
  ASSERT_EQ(second.hear(), 'r');
  EXPECT_EQ(place_of(second), place_of(first));
  struct stat info {};
  ASSERT_EQ(stat((top_ + "/croft.exec").c_str(), &info), 0);
  EXPECT_EQ(info.st_uid, 0U);
}

TEST_F(Guests, ROOT_CGROUP_ATakenNameIsPassedOver) {
  const std::string taken = guest_group("croft.exec");
  runtime::write_file(taken + "/cgroup.freeze", "1");
  const Child child = further();
  ASSERT_EQ(child.hear(), 'r');
  EXPECT_THAT(place_of(child), HasSubstr("/one/croft.exec-2"));
}

TEST_F(Guests, ROOT_CGROUP_AllNamesTakenIsAClearError) {
  for (std::size_t i = 0; i < kMaxExecNames; ++i)
    static_cast<void>(guest_group(i == 0 ? "croft.exec" : "croft.exec-" + std::to_string(i + 1)));
  try {
    static_cast<void>(further());
    ADD_FAILURE() << "entered";
  } catch (const runtime::Error& error) {
    EXPECT_EQ(error.kind(), runtime::ErrorKind::kBusy);
    EXPECT_THAT(error.what(), HasSubstr("taken by the guest"));
  }
}

TEST_F(Guests, ROOT_CGROUP_AGuestThatUsedUpItsGroupsCannotKeepFurtherProcessesOut) {
  runtime::write_file(top_ + "/cgroup.max.descendants", "3");
  for (const char* name : {"a", "b", "c"}) static_cast<void>(guest_group(name));
  ASSERT_NE(mkdir((top_ + "/d").c_str(), 0755), 0);
  const Child child = further();
  ASSERT_EQ(child.hear(), 'r');
  EXPECT_THAT(place_of(child), HasSubstr("/one/croft.exec"));
}

TEST_F(Guests, ROOT_CGROUP_AThreadedSubtreeTakesThemAtItsRoot) {
  runtime::write_file(guest_group("threads") + "/cgroup.type", "threaded");
  const Child child = further();
  ASSERT_EQ(child.hear(), 'r');
  EXPECT_TRUE(place_of(child).ends_with("/one"));
}

TEST_F(Guests, ROOT_CGROUP_AFailureRemovesTheLeafAgain) {
  runtime::Changes changes;
  plan_join_exec(layout_, intent_, changes);
  apply_changes(changes);
  ASSERT_TRUE(std::filesystem::exists(top_ + "/croft.exec"));
  undo_changes(changes);
  EXPECT_FALSE(std::filesystem::exists(top_ + "/croft.exec"));
}

TEST_F(Guests, ROOT_CGROUP_CGROUP2_ControllersTurnedOnInsideLeaveOnlyTheLeaf) {
  if (layout_.kind() != "v2") GTEST_SKIP() << "needs CGROUP2: this host is " << layout_.kind();
  const std::string own = top_;
  const Child init = spawn([&](int tell) {
    if (mkdir((own + "/init.scope").c_str(), 0755) != 0 || !writes(own + "/init.scope/cgroup.procs", "0") ||
        !writes(own + "/cgroup.subtree_control", "+memory +pids"))
      return 1;
    say(tell, 'r');
    return sleep_for_ever();
  });
  ASSERT_EQ(init.hear(), 'r');
  try {
    static_cast<void>(spawn([](int) { return 0; }));
    ADD_FAILURE() << "born into a group that has controllers on below";
  } catch (const runtime::Error& error) {
    EXPECT_EQ(error.error_number(), EBUSY);
  }
  const Child child = further();
  ASSERT_EQ(child.hear(), 'r');
  EXPECT_THAT(place_of(child), HasSubstr("/one/croft.exec"));
}

TEST_F(Guests, ROOT_CGROUP_CGROUP2_TheRootOfTheHierarchyIsAsBeforeAfterAnUndo) {
  if (layout_.kind() != "v2") GTEST_SKIP() << "needs CGROUP2: this host is " << layout_.kind();
  const std::string control = layout_.hierarchies[*layout_.unified].mount + "/cgroup.subtree_control";
  clean();
  const std::string before = runtime::read_file(control);
  runtime::Changes changes;
  plan_create(layout_, intent_, changes);
  apply_changes(changes);
  EXPECT_THAT(runtime::read_file(control), HasSubstr("memory"));
  undo_changes(changes);
  // With others below it what was turned on stays on: they may have come to use it.
  bool others = false;
  for (const auto& entry : std::filesystem::directory_iterator(layout_.hierarchies[*layout_.unified].mount))
    others |= entry.is_directory();
  if (!others) {
    EXPECT_EQ(runtime::read_file(control), before);
  }
}

}  // namespace
}  // namespace croft::cgroups
