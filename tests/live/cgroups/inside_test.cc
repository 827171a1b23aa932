// What a container sees at /sys/fs/cgroup, walked as the real launch list in a user namespace of its own.
#include "cgroups/inside.h"

#include <gmock/gmock.h>
#include <sys/socket.h>

#include "runtime/child.h"
#include "tests/live/cgroups/fixture.h"

namespace croft::cgroups {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::uint32_t kBase = 0x10000000;

class Inside : public LiveGroups {
 protected:
  void SetUp() override {
    LiveGroups::SetUp();
    if (IsSkipped()) return;
    if (access("/bin/sh", X_OK) != 0) GTEST_SKIP() << "needs ROOT: no /bin/sh to run in the namespaces";
    intent_.delegate = true;
    intent_.owner_uid = kBase;
    intent_.owner_gid = kBase;
    create();
    staging_ = (std::filesystem::temp_directory_path() / "croft-test-XXXXXX").string();
    ASSERT_NE(mkdtemp(staging_.data()), nullptr);
  }
  void TearDown() override {
    if (!staging_.empty()) rmdir(staging_.c_str());
    LiveGroups::TearDown();
  }

  // What `script` printed as root of a container whose root file system is the host's.
  std::string run(const std::string& script) {
    runtime::Changes opened;
    const Entry entry = plan_join(layout_, intent_, opened);
    apply_changes(opened);
    std::array<int, 2> channel{};
    std::array<int, 2> output{};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel.data()) != 0 ||
        pipe2(output.data(), O_CLOEXEC) != 0)
      runtime::fail_errno("cannot make a channel");
    const runtime::Fd parent_end(channel[0]);
    runtime::Fd child_end(channel[1]);
    const runtime::Fd out(output[0]);
    runtime::FdSlot in = runtime::make_slot(runtime::Fd(output[1]));
    const runtime::LaunchList list = list_for(entry, in, script);
    const std::string packed = list.pack();
    runtime::MappedList mapped;
    EXPECT_TRUE(runtime::valid_list(packed.data(), packed.size(), &mapped));
    std::vector<int> passed;
    for (const runtime::FdSlot& slot : list.passed()) passed.push_back(slot->get());
    const pid_t pid =
        runtime::clone_process({.flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET |
                                         entry.clone_flags | (entry.into ? CLONE_INTO_CGROUP : 0),
                                .pidfd = nullptr,
                                .cgroup = entry.into ? entry.into->get() : -1,
                                .exit_signal = SIGCHLD});
    if (pid < 0) runtime::fail_errno("cannot clone");
    if (pid == 0) runtime::run_child(mapped, {child_end.get(), child_end.get(), passed.data()});
    Child child(pid, {});
    child_end.reset();
    in->reset();
    for (const char* map : {"uid_map", "gid_map"})
      runtime::write_file("/proc/" + std::to_string(pid) + "/" + map,
                          "0 " + std::to_string(kBase) + " 65536");
    runtime::send_with_fds(parent_end.get(), std::string_view(&runtime::kWordGo, 1));
    std::string text;
    std::array<char, 4096> buffer{};
    for (ssize_t got = 0; (got = read(out.get(), buffer.data(), buffer.size())) > 0;)
      text.append(buffer.data(), static_cast<std::size_t>(got));
    EXPECT_EQ(child.wait(), 0) << text << failure(parent_end, list);
    return text;
  }

  runtime::LaunchList list_for(const Entry& entry, const runtime::FdSlot& in, const std::string& script) {
    runtime::LaunchList list;
    list.stage("test");
    const runtime::Slot out = list.pass(in, "output");
    list.wait_go();
    append_join_init(entry, list);
    list.identity(0, 0, {});
    list.root(list.clone_tree("/", 0, true), staging_);
    plan_inside(layout_, list);
    list.enter_root();
    list.stdio(out, out, out);
    list.exec("/bin/sh", {"sh", "-c", script}, {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"});
    return list;
  }

  static std::string failure(const runtime::Fd& channel, const runtime::LaunchList& list) {
    runtime::Report report{};
    while (recv(channel.get(), &report, sizeof report, MSG_DONTWAIT) == static_cast<ssize_t>(sizeof report))
      if (report.kind == runtime::ReportKind::kFailed)
        return to_text(list.describe().at(report.step)) + ": " + std::to_string(report.error);
    return {};
  }

  std::string staging_;
};

TEST_F(Inside, ROOT_CGROUP_ItsOwnGroupIsTheRootOfEverything) {
  const std::string lines = run("cat /proc/self/cgroup");
  EXPECT_THAT(lines, Not(HasSubstr(root_)));
  EXPECT_EQ(lines.find("name=systemd:/\n") != std::string::npos, layout_.systemd.has_value()) << lines;
}

TEST_F(Inside, ROOT_CGROUP_AContainerThatIsNotDelegatedSeesNoNeighbours) {
  intent_.path.uuid = "two";
  intent_.delegate = false;
  create();
  for (const InsideMount& mount : layout_.inside) {
    if (mount.type == "tmpfs") continue;
    EXPECT_EQ(run("ls -d " + mount.target + "/*/ 2>/dev/null; true"), "") << mount.target;
    EXPECT_THAT(run("mkdir " + mount.target + "/sub 2>&1; true"), HasSubstr("ermission denied"))
        << mount.target;
  }
}

TEST_F(Inside, ROOT_CGROUP_TheMountsAreItsOwnAndNothingElseIs) {
  const std::string mounts =
      run("grep ' /sys/fs/cgroup' /proc/self/mountinfo | tail -n " + std::to_string(layout_.inside.size()));
  for (const InsideMount& mount : layout_.inside) EXPECT_THAT(mounts, HasSubstr(" / " + mount.target + " "));
  for (const std::string line : {"nosuid", "nodev", "noexec"}) EXPECT_THAT(mounts, HasSubstr(line));
}

TEST_F(Inside, ROOT_CGROUP_ADelegatedOwnerWritesItsGroupsAndNotItsLimits) {
  for (const InsideMount& mount : layout_.inside) {
    if (mount.type == "tmpfs") continue;
    EXPECT_EQ(
        run("mkdir " + mount.target + "/sub && echo 0 >" + mount.target + "/sub/cgroup.procs && echo moved"),
        "moved\n")
        << mount.target;
    EXPECT_THAT(run("for f in cgroup.freeze cgroup.max.depth memory.max release_agent; do "
                    "[ -e " +
                    mount.target + "/$f ] && echo 1 >" + mount.target + "/$f && echo written; done; true"),
                Not(HasSubstr("written")))
        << mount.target;
  }
}

TEST_F(Inside, ROOT_CGROUP_NothingCanBeAddedBesideThem) {
  if (layout_.inside.size() == 1) {
    EXPECT_THAT(run("ls /sys/fs/cgroup"), HasSubstr("cgroup.procs"));
    return;
  }
  EXPECT_THAT(run("mkdir /sys/fs/cgroup/memory 2>&1; ls /sys/fs/cgroup"),
              testing::AllOf(HasSubstr("Read-only"), Not(HasSubstr("\nmemory"))));
}

}  // namespace
}  // namespace croft::cgroups
