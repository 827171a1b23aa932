#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/live/runtime/keeper_fixture.h"

namespace croft::runtime {
namespace {

constexpr std::uint64_t kAllNamespaces =
    CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET;
constexpr std::uint32_t kBase = 0x10000000;

// A root with nothing but a static busybox.
class RootTest : public KeeperTest {
 protected:
  void SetUp() override {
    KeeperTest::SetUp();
    if (IsSkipped()) return;
    if (!exists("/bin/busybox")) GTEST_SKIP() << "needs BUSYBOX: package busybox-static";
    root_ = directory_ + "/root";
    for (const char* part : {"", "/bin", "/proc", "/dev", "/tmp", "/etc"})
      make_directories(root_ + part, 0755);
    std::ofstream(root_ + "/bin/busybox", std::ios::binary)
        << std::ifstream("/bin/busybox", std::ios::binary).rdbuf();
    ASSERT_EQ(chmod((root_ + "/bin/busybox").c_str(), 0755), 0);
    ASSERT_EQ(symlink("busybox", (root_ + "/bin/sh").c_str()), 0);
    ASSERT_EQ(chown((root_ + "/tmp").c_str(), kBase, kBase), 0);
  }

  // Steps that every launch here begins with, up to the mounted root with /proc.
  void begin(LaunchList& list) const {
    list.stage("identity");
    list.wait_go();
    list.identity(0, 0, {});
    list.stage("files");
    list.root(list.clone_tree(root_, 0, false), directory_ + "/mnt");
    list.mount_at(list.new_filesystem("proc", {}, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC),
                  "/proc");
  }

  static LaunchRequest request(const ProcessName& name) {
    LaunchRequest request;
    request.name = name;
    request.clone_flags = kAllNamespaces;
    request.uids = {{0, kBase, 65536}};
    request.gids = {{0, kBase, 65536}};
    return request;
  }

  ExitRecord run(const LaunchList& list, const ProcessName& name) {
    Launch launch = client_->launch(request(name), list);
    send_go(launch);
    finish_launch(launch, 20'000);
    const auto exit = wait_exit(name);
    EXPECT_TRUE(exit.has_value());
    client_->acknowledge(name);
    return exit.value_or(ExitRecord{});
  }

  std::string root_;
};

TEST_F(KeeperTest, ROOT_exit_status_is_kept_until_acknowledged) {
  LaunchList list;
  list.stage("exec");
  list.exec("/bin/sh", {"sh", "-c", "exit 3"}, {});
  LaunchRequest request;
  request.name = name(1);
  Launch launch = client_->launch(request, list);
  finish_launch(launch, 20'000);
  const auto exit = wait_exit(name(1));
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->kind, ExitKind::kExited);
  EXPECT_EQ(exit->status, 3);
  // The daemon dies and comes back: the exit is told again, and is on file too.
  client_.reset();
  exits_.clear();
  EXPECT_EQ(parse_exit_records(read_file(directory_ + "/exits")).size(), 1U);
  connect();
  ASSERT_EQ(client_->list().size(), 1U);
  ASSERT_TRUE(wait_exit(name(1)));
  client_->acknowledge(name(1));
  EXPECT_TRUE(client_->list().empty());
  EXPECT_TRUE(read_file(directory_ + "/exits").empty());
}

TEST_F(KeeperTest, ROOT_failing_step_is_named) {
  LaunchList list;
  list.stage("exec");
  list.exec("/nonexistent/program", {"x"}, {});
  LaunchRequest request;
  request.name = name(2);
  Launch launch = client_->launch(request, list);
  try {
    finish_launch(launch, 20'000);
    FAIL() << "exec of a missing program succeeded";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kNotFound);
    EXPECT_STREQ(error.what(), "cannot execute `/nonexistent/program`: No such file or directory");
  }
  ASSERT_TRUE(wait_exit(name(2)));
  client_->acknowledge(name(2));
}

TEST_F(RootTest, ROOT_process_sees_its_own_machine) {
  LaunchList list;
  begin(list);
  list.make_file("/etc/hostname", "box\n", 0644);
  list.stage("privileges");
  list.hostname("box");
  list.enter_root();
  list.stage("exec");
  list.exec("/bin/sh",
            {"sh", "-c",
             "test $$ = 1 && test \"$(busybox id -u)\" = 0 && test \"$(busybox hostname)\" = box && "
             "test \"$(busybox cat /etc/hostname)\" = box && test ! -e /usr && "
             "test \"$(busybox ls /proc/self/fd | busybox wc -l)\" -le 4 && exit 42"},
            {"PATH=/bin"});
  // The root here is the directory itself, owned by the host's root: /etc must be writable for the box's
  // root.
  ASSERT_EQ(chown((root_ + "/etc").c_str(), kBase, kBase), 0);
  const ExitRecord exit = run(list, name(3));
  EXPECT_EQ(exit.kind, ExitKind::kExited);
  EXPECT_EQ(exit.status, 42);
}

TEST_F(RootTest, ROOT_joining_process_passes_its_status_on) {
  LaunchList init;
  begin(init);
  init.enter_root();
  init.stage("exec");
  init.exec("/bin/sh", {"sh", "-c", "busybox sleep 1000"}, {"PATH=/bin"});
  Launch launch = client_->launch(request(name(4)), init);
  send_go(launch);
  finish_launch(launch, 20'000);

  LaunchList list;
  const Slot pidfd = list.pass(make_slot(launch.pidfd.duplicate()), "pidfd");
  list.stage("join");
  list.join(pidfd, kAllNamespaces);
  list.identity(0, 0, {});
  list.stage("exec");
  list.exec("sh", {"sh", "-c", "busybox ps | busybox grep -q 'sleep 1000' && test $$ != 1 && exit 7"},
            {"PATH=/bin"});
  LaunchRequest join;
  join.name = name(4, 99);
  Launch second = client_->launch(join, list);
  finish_launch(second, 20'000);
  EXPECT_GT(client_->joined(join.name).pid, 0);
  const auto exit = wait_exit(join.name);
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->status, 7);
  client_->acknowledge(join.name);
  ASSERT_EQ(kill(launch.pid, SIGKILL), 0);
  ASSERT_TRUE(wait_exit(name(4)));
  EXPECT_EQ(wait_exit(name(4))->kind, ExitKind::kKilled);
  client_->acknowledge(name(4));
}

// One that joins the user namespace alone sees the host, with the rights of the box's root: a program below a
// directory that is closed to it can be run all the same, and nothing else there.
TEST_F(RootTest, ROOT_program_is_passed_to_one_with_the_rights_of_a_box) {
  LaunchList init;
  begin(init);
  init.enter_root();
  init.stage("exec");
  init.exec("/bin/sh", {"sh", "-c", "busybox sleep 1000"}, {"PATH=/bin"});
  Launch launch = client_->launch(request(name(14)), init);
  send_go(launch);
  finish_launch(launch, 20'000);
  ASSERT_EQ(chmod(directory_.c_str(), 0700), 0);
  const std::string program = root_ + "/bin/busybox";
  const auto join = [&](std::uint64_t number, bool passed) {
    LaunchList list;
    const Slot pidfd = list.pass(make_slot(launch.pidfd.duplicate()), "pidfd");
    const Slot file = list.pass(make_slot(open_file(program, O_PATH)), "program");
    list.stage("join");
    list.join(pidfd, CLONE_NEWUSER);
    list.identity(0, 0, {});
    list.stage("exec");
    const std::vector<std::string> words{"sh", "-c", "test $$ != 1 && ! test -e " + program + " && exit 9"};
    if (passed)
      list.exec_passed(file, program, words, {});
    else
      list.exec(program, words, {});
    LaunchRequest joining;
    joining.name = name(14, number);
    Launch second = client_->launch(joining, list);
    finish_launch(second, 20'000);
    return wait_exit(joining.name);
  };
  EXPECT_THROW(join(98, false), Error);
  client_->forget_joined(name(14, 98));
  const auto exit = join(99, true);
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->status, 9);
  client_->acknowledge(name(14, 99));
  ASSERT_EQ(kill(launch.pid, SIGKILL), 0);
  ASSERT_TRUE(wait_exit(name(14)));
  client_->acknowledge(name(14));
}

TEST_F(RootTest, ROOT_console_is_logged_and_can_be_viewed) {
  LaunchList list;
  begin(list);
  list.mount_at(list.new_filesystem("tmpfs", {{"mode", "755"}}, 0), "/dev");
  list.make_directory("/dev/pts", 0755);
  list.mount_at(
      list.new_filesystem("devpts", {{"newinstance", ""}, {"ptmxmode", "0666"}, {"mode", "0620"}}, 0),
      "/dev/pts");
  list.open_pty(LaunchList::PtyOwner::kKeeper, 0, 0);
  list.make_file("/dev/console", "", 0600);
  list.bind_terminal("/dev/console");
  list.enter_root();
  list.new_session(true);
  list.stage("exec");
  list.exec("/bin/sh", {"sh", "-c", "echo hello; read answer; echo got $answer >/dev/console; busybox tty"},
            {"PATH=/bin"});
  LaunchRequest launched = request(name(5));
  launched.log_path = directory_ + "/console.log";
  Launch launch = client_->launch(launched, list);
  send_go(launch);
  finish_launch(launch, 20'000);
  std::array<int, 2> pair{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()), 0);
  const Fd mine(pair[0]);
  {
    const Fd theirs(pair[1]);
    client_->attach_console(name(5), theirs);
  }
  ASSERT_EQ(send(mine.get(), "dabc\n", 5, 0), 5);
  const auto exit = wait_exit(name(5));
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->status, 0);
  client_->acknowledge(name(5));
  const std::string log = read_file(directory_ + "/console.log");
  EXPECT_NE(log.find("hello"), std::string::npos) << log;
  EXPECT_NE(log.find("got abc"), std::string::npos) << log;
  EXPECT_NE(log.find("/dev/"), std::string::npos) << log;
}

TEST_F(RootTest, ROOT_keeper_hands_over_without_losing_anything) {
  LaunchList list;
  begin(list);
  list.enter_root();
  list.stage("exec");
  list.exec("/bin/sh", {"sh", "-c", "busybox sleep 1000"}, {"PATH=/bin"});
  Launch launch = client_->launch(request(name(6)), list);
  send_go(launch);
  finish_launch(launch, 20'000);
  client_->upgrade(keeper_program());
  EXPECT_EQ(client_->list().size(), 1U);
  ASSERT_EQ(kill(launch.pid, SIGKILL), 0);
  const auto exit = wait_exit(name(6));
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->kind, ExitKind::kKilled);
  EXPECT_EQ(exit->status, SIGKILL);
  client_->acknowledge(name(6));
}

TEST_F(RootTest, ROOT_new_keeper_adopts_what_a_killed_one_left) {
  LaunchList list;
  begin(list);
  list.enter_root();
  list.stage("exec");
  list.exec("/bin/sh", {"sh", "-c", "busybox sleep 1000"}, {"PATH=/bin"});
  Launch launch = client_->launch(request(name(7)), list);
  send_go(launch);
  finish_launch(launch, 20'000);
  client_.reset();
  end_keeper(SIGKILL);
  start_keeper();
  connect();
  EXPECT_TRUE(client_->list().empty());
  client_->adopt({name(7), launch.pid, launch.pidfd.duplicate(), Fd()}, "", 0);
  ASSERT_EQ(kill(launch.pid, SIGKILL), 0);
  const auto exit = wait_exit(name(7));
  ASSERT_TRUE(exit);
  // Not its child any more: the kernel tells only from 6.15 on, before that the truth is "unknown".
  EXPECT_TRUE(exit->kind == ExitKind::kKilled || exit->kind == ExitKind::kUnknown);
  client_->acknowledge(name(7));
}

// Says who it is into the descriptor that it serves, for as long as it runs.
TEST_F(RootTest, ROOT_what_is_served_is_started_again_until_it_ends_well) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  const Fd reading(ends[0]);
  Fd writing(ends[1]);
  const auto who = [&] {
    std::array<char, 32> text{};
    pollfd readable{reading.get(), POLLIN, 0};
    return poll(&readable, 1, 30'000) == 1 && read(reading.get(), text.data(), text.size() - 1) > 0
               ? atoi(text.data())
               : -1;
  };
  EXPECT_TRUE(client_->served().empty());
  const std::string stop = directory_ + "/stop";
  client_->serve({"/bin/sh", "-c", "echo $$ >&3; until [ -e " + stop + " ]; do sleep 0.05; done"},
                 {writing.get()});
  EXPECT_THROW(client_->serve({"/bin/true"}, {writing.get()}), Error);
  const pid_t first = who();
  ASSERT_GT(first, 0);
  ASSERT_EQ(kill(first, SIGKILL), 0);
  const pid_t second = who();
  ASSERT_GT(second, 0);
  EXPECT_NE(second, first);
  client_->upgrade(keeper_program());
  EXPECT_EQ(client_->served().size(), 1U);
  EXPECT_EQ(kill(second, 0), 0) << "it is the same one";
  ASSERT_EQ(kill(second, SIGKILL), 0);
  ASSERT_GT(who(), 0);
  make_directories(stop, 0755);
  for (int i = 0; i < 3000 && !client_->served().empty(); ++i) usleep(10'000);
  EXPECT_TRUE(client_->served().empty());
}

// Every step of a launch made to fail in turn: the failure is named, and no process is left.
TEST_F(RootTest, ROOT_every_step_can_fail) {
  LaunchList whole;
  begin(whole);
  whole.hostname("box");
  whole.enter_root();
  whole.stage("exec");
  whole.exec("/bin/sh", {"sh", "-c", "exit 0"}, {"PATH=/bin"});
  for (std::size_t step = 0; step < whole.size(); ++step) {
    if (whole.describe()[step].verb == "stage") continue;
    LaunchList list = whole;
    list.fail_at(step);
    const ProcessName who = name(100, 1 + step);
    Launch launch = client_->launch(request(who), list);
    EXPECT_THROW(
        {
          send_go(launch);
          finish_launch(launch, 20'000);
        },
        Error)
        << "step " << step;
    ASSERT_TRUE(wait_exit(who));
    client_->acknowledge(who);
  }
  EXPECT_TRUE(client_->list().empty());
}

}  // namespace
}  // namespace croft::runtime
