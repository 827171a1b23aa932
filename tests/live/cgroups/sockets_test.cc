// Sockets of processes in real groups, counted and refused.
#include "cgroups/sockets.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "cgroups/usage.h"
#include "tests/live/cgroups/fixture.h"

namespace croft::cgroups {
namespace {

class Sockets : public LiveGroups {
 protected:
  void SetUp() override {
    LiveGroups::SetUp();
    if (IsSkipped()) return;
    if (!layout_.socket_programs)
      GTEST_SKIP() << "needs CGROUP: this kernel takes no programs that count sockets";
    intent_.knobs.sockets = {2, 3};
  }
  [[nodiscard]] Reading read() const {
    Wanted wanted;
    wanted.sockets = true;
    return Meter(layout_, intent_.path, wanted).read();
  }
  void expect(std::uint64_t tcp, std::uint64_t other, std::uint64_t refused_tcp,
              std::uint64_t refused_other) const {
    const Reading reading = read();
    EXPECT_EQ(reading.tcp_sockets, tcp);
    EXPECT_EQ(reading.other_sockets, other);
    EXPECT_EQ(reading.refused_tcp, refused_tcp);
    EXPECT_EQ(reading.refused_other, refused_other);
  }
  void limit(const SocketKnobs& sockets) {
    Knobs next = intent_.knobs;
    next.sockets = sockets;
    runtime::Changes changes;
    plan_knobs(layout_, intent_.path, intent_.knobs, next, changes);
    apply_changes(changes);
    intent_.knobs = next;
  }
};

int tcp() {
  return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}
int udp() {
  return socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}
// How many sockets `make` gives before it is refused with EPERM; -1 for another error, or none within 50.
int until_refused(int (*make)()) {
  for (int made = 0; made < 50; ++made)
    if (make() < 0) return errno == EPERM ? made : -1;
  return -1;
}

TEST_F(Sockets, ROOT_CGROUP_BeyondTheLimitTheyAreRefusedAndTheEndGivesBack) {
  create();
  Child child = spawn([](int tell) {
    if (until_refused(tcp) != 2 || until_refused(udp) != 3) return 1;
    if (socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) < 0) return 2;
    say(tell, 'r');
    return sleep_for_ever();
  });
  ASSERT_EQ(child.hear(), 'r');
  expect(2, 3, 1, 1);
  ::kill(child.pid(), SIGKILL);
  child.wait();
  expect(0, 0, 1, 1);
}

TEST_F(Sockets, ROOT_CGROUP_AClosedOneMakesRoom) {
  create();
  Child child = spawn([](int) {
    for (int i = 0; i < 20; ++i) {
      const int first = tcp();
      const int second = tcp();
      if (first < 0 || second < 0 || tcp() >= 0) return 1;
      close(first);
      close(second);
    }
    return 0;
  });
  EXPECT_EQ(child.wait(), 0);
  expect(0, 0, 20, 0);
}

TEST_F(Sockets, ROOT_CGROUP_LimitsChangeLiveAndUndoBringsThemBack) {
  create();
  limit({{}, 0});
  Child child = spawn([](int) {
    for (int i = 0; i < 30; ++i)
      if (tcp() < 0) return 1;
    return until_refused(udp);
  });
  EXPECT_EQ(child.wait(), 0);
  limit({0, {}});
  Knobs next = intent_.knobs;
  next.sockets = {4, 4};
  runtime::Changes changes;
  plan_knobs(layout_, intent_.path, intent_.knobs, next, changes);
  apply_changes(changes);
  undo_changes(changes);
  Child again = spawn([](int) { return until_refused(tcp) * 10 + (udp() < 0 ? 1 : 0); });
  EXPECT_EQ(again.wait(), 0);
}

// A connection on the loopback device: the accepted socket was not counted when it came, nor when it goes.
TEST_F(Sockets, ROOT_CGROUP_AcceptedOnesDoNotLowerTheCount) {
  create();
  Child child = spawn([](int tell) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    const int listener = tcp();
    const int client = tcp();
    if (bind(listener, generic, size) != 0 || listen(listener, 1) != 0 ||
        getsockname(listener, generic, &size) != 0 || connect(client, generic, size) != 0)
      return 1;
    const int accepted = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted < 0 || close(accepted) != 0) return 2;
    say(tell, 'r');
    return sleep_for_ever();
  });
  ASSERT_EQ(child.hear(), 'r');
  expect(2, 0, 0, 0);
}

TEST_F(Sockets, ROOT_CGROUP_FurtherProcessesAndGroupsInsideCountToo) {
  intent_.delegate = true;
  create();
  Child child = spawn_exec([](int tell) {
    if (until_refused(tcp) != 2) return 1;
    say(tell, 'r');
    return sleep_for_ever();
  });
  ASSERT_EQ(child.hear(), 'r');
  expect(2, 0, 1, 0);
}

TEST_F(Sockets, ROOT_CGROUP_GroupsDoNotShareTheirCounts) {
  create();
  const GroupIntent first = intent_;
  intent_.path.uuid = "two";
  create();
  Child child = spawn([](int) { return until_refused(tcp); });
  EXPECT_EQ(child.wait(), 2 << 8);
  expect(0, 0, 1, 0);
  intent_ = first;
  expect(0, 0, 0, 0);
}

// The daemon that limits a running container is not always the one that made it.
TEST_F(Sockets, ROOT_CGROUP_ALaterDaemonFindsTheCounters) {
  create();
  const Child child = spawn([](int tell) {
    if (tcp() < 0 || udp() < 0) return 1;
    say(tell, 'r');
    return sleep_for_ever();
  });
  ASSERT_EQ(child.hear(), 'r');
  layout_ = detect({}, device_programs_work(), socket_programs_work());
  expect(1, 1, 0, 0);
  limit({9, 9});
  expect(1, 1, 0, 0);
  const runtime::Fd group = runtime::open_file(unified_directory(), O_RDONLY | O_DIRECTORY);
  EXPECT_EQ(GroupSockets::open(group).value().limits(), (SocketKnobs{9, 9}));
}

TEST_F(Sockets, ROOT_CGROUP_AGroupWithoutAProgramIsCountedFromTheFirstLimitOn) {
  layout_.socket_programs.reset();
  create();
  EXPECT_FALSE(read().tcp_sockets);
  layout_.socket_programs = std::make_shared<SocketPrograms>();
  EXPECT_FALSE(read().tcp_sockets);
  limit({1, {}});
  Child child = spawn([](int) { return until_refused(tcp); });
  EXPECT_EQ(child.wait(), 1 << 8);
  expect(0, 0, 1, 0);
}

// Many at once: never more than the limit, and all come back.
TEST_F(Sockets, ROOT_CGROUP_TheCountIsExactUnderContention) {
  intent_.knobs.sockets = {8, 8};
  create();
  std::vector<Child> children;
  for (int i = 0; i < 4; ++i)
    children.push_back(spawn([](int) {
      for (int round = 0; round < 3000; ++round) {
        const int one = tcp();
        const int two = udp();
        const int three = tcp();
        for (const int socket : {one, two, three})
          if (socket >= 0) close(socket);
      }
      return 0;
    }));
  for (Child& child : children) EXPECT_EQ(child.wait(), 0);
  expect(0, 0, 0, 0);
}

}  // namespace
}  // namespace croft::cgroups
