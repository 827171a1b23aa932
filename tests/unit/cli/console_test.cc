// console and template import from end to end.
#include <thread>

#include "ctl/cli/console_session.h"
#include "tests/unit/cli/sessions.h"

namespace croft::ctl {
namespace {

// A keeper's end of a console, handed to the client by the fake daemon.
struct Keeper {
  Fd ours;
  Fd theirs;
  Keeper() {
    std::array<int, 2> ends{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), 0);
    ours.reset(ends[0]);
    theirs.reset(ends[1]);
  }
  std::string packet() {
    std::array<char, 4096> buffer{};
    const ssize_t got = recv(ours.get(), buffer.data(), buffer.size(), 0);
    return {buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
  }
};

TEST(Console, JoinsUntilTheKeyAndLeavesTheTerminalAsItWas) {
  Keeper keeper;
  const FakeDaemon daemon(nothing, [&](const Request&, int socket) {
    send_line(socket, {{"attached", true}}, {keeper.theirs.get()});
    keeper.theirs.reset();
    std::array<char, 1> wait{};
    recv(socket, wait.data(), 1, 0);
  });
  const PtyPair pty;
  Ran ran;
  std::thread caller([&] {
    ran = run_against(daemon, {"console", "web1"}, {pty.slave.get(), pty.slave.get(), pty.slave.get()});
  });
  EXPECT_EQ(keeper.packet(), size_packet(30, 100));
  type(pty, "ls\r");
  EXPECT_EQ(keeper.packet(), "dls\r");
  EXPECT_TRUE(pty.is_raw());
  send(keeper.ours.get(), "dbin etc\r\n", 10, 0);
  expect_on(pty, "bin etc");
  type(pty, "x\x1dy");
  EXPECT_EQ(keeper.packet(), "dx");
  caller.join();
  EXPECT_EQ(keeper.packet(), "");  // end of file
  EXPECT_EQ(ran.status, 0);
  EXPECT_FALSE(pty.is_raw());
  EXPECT_THAT(ran.err, HasSubstr("Ctrl-] leaves"));
}

TEST(Console, EndsWithTheContainerAndFollowsWithoutInput) {
  Keeper keeper;
  const FakeDaemon daemon(nothing, [&](const Request&, int socket) {
    send_line(socket, {{"attached", true}}, {keeper.theirs.get()});
    keeper.theirs.reset();
    send(keeper.ours.get(), "dgood bye", 9, 0);
    keeper.ours.reset();
  });
  Files files;
  const Fd null = runtime::open_file("/dev/null", O_RDWR);
  const Ran ran = run_against(daemon, {"console", "web1"}, {null.get(), files.out[1], null.get()});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(files.take(), "good bye");
}

TEST(Console, SizesAreLittleEndian) {
  EXPECT_EQ(size_packet(0x0102, 0x0304), std::string("w\x02\x01\x04\x03"));
}

TEST(Import, HandsTheArchiveOverAndPrintsTheResult) {
  FakeDaemon daemon(nothing, [](const Request& request, int socket) {
    std::vector<Fd> fds = receive_streams(socket);
    ASSERT_EQ(fds.size(), 1U);
    std::string text(64, '\0');
    const ssize_t got = read(fds[0].get(), text.data(), text.size());
    send_line(socket, {{"progress", {{"what", "unpacking"}, {"percent", -1}, {"bytes", got}}}});
    if (got == 0) {
      send_line(socket, {{"error", problem(400, "invalid", "the archive is empty")}});
    } else {
      send_line(socket,
                {{"done", {{"name", "mine"}, {"size_bytes", 2048}, {"source", request.body["source"]}}}});
    }
  });
  const Fd archive = scratch_file("not really a tar");
  EXPECT_EQ(run_against(daemon, {"template", "import", "mine"}, {archive.get(), 1, 2}).out,
            "mine: imported, 2.0K\n");
  const Ran json = run_against(daemon, {"template", "import", "-j", "mine"}, {scratch_file("x").get(), 1, 2});
  EXPECT_EQ(Json::parse(json.out)["source"], "tar");
  const Ran bad = run_against(daemon, {"template", "import", "mine"}, {scratch_file("").get(), 1, 2});
  EXPECT_EQ(bad.status, 2);
  EXPECT_EQ(bad.err, "croft: cannot import `mine`: the archive is empty\n");
  const PtyPair pty;
  EXPECT_EQ(run_against(daemon, {"template", "import", "mine"}, {pty.slave.get(), 1, 2}).status, 2);
}

}  // namespace
}  // namespace croft::ctl
