// exec -t and enter from end to end; the caller's terminal is a real pty.
#include <thread>

#include "tests/unit/cli/sessions.h"

namespace croft::ctl {
namespace {

TEST(Tty, EntersAShellWithAPtyOfItsOwn) {
  const FakeDaemon daemon(nothing, serve_exec);
  const PtyPair pty;
  Ran ran;
  std::thread caller([&] {
    ran = run_line({"exec", "-t", "web1", "--", "sh"},
                   {{"CROFT_SOCKET", daemon.socket_path()}, {"TERM", "vt100"}},
                   {pty.slave.get(), pty.slave.get(), pty.slave.get()});
  });
  type(pty, "stty size; tty\n");
  const std::string seen = expect_on(pty, "/dev/pts/");
  EXPECT_THAT(seen, HasSubstr("30 100"));
  EXPECT_TRUE(pty.is_raw());

  winsize size{};
  size.ws_row = 50;
  size.ws_col = 132;
  ioctl(pty.slave.get(), TIOCSWINSZ, &size);
  pthread_kill(caller.native_handle(), SIGWINCH);
  type(pty, "until [ \"$(stty size)\" = '50 132' ]; do sleep 0.01; done; echo resized-$((1 + 1))\n");
  expect_on(pty, "resized-2");

  // Said by the child itself, which by then has the terminal: before, the shell would take the signal.
  type(pty, "sh -c 'echo asleep-$((1 + 1)); exec sleep 60'\n");
  expect_on(pty, "asleep-2");
  type(pty, "\x03");  // a byte here, a signal there
  type(pty, "exit 5\n");
  caller.join();
  EXPECT_EQ(ran.status, 5);
  EXPECT_FALSE(pty.is_raw());
}

TEST(Tty, ShowsTheLastOutput) {
  const FakeDaemon daemon(nothing, serve_exec);
  const PtyPair pty;
  Ran ran;
  std::thread caller([&] {
    ran = run_against(daemon, {"exec", "-t", "web1", "--", "sh", "-c", "seq 3000; echo the end"},
                      {pty.slave.get(), pty.slave.get(), pty.slave.get()});
  });
  expect_on(pty, "the end");
  caller.join();
  EXPECT_EQ(ran.status, 0);
}

TEST(Tty, ATerminationRestoresTheTerminal) {
  const FakeDaemon daemon(nothing, serve_exec);
  const PtyPair pty;
  Ran ran;
  std::thread caller([&] {
    ran = run_against(daemon, {"enter", "web1"}, {pty.slave.get(), pty.slave.get(), pty.slave.get()});
  });
  type(pty, "echo is-$((40 + 2))\n");  // what is echoed is not what is printed
  expect_on(pty, "is-42");
  EXPECT_TRUE(pty.is_raw());
  pthread_kill(caller.native_handle(), SIGTERM);
  caller.join();
  EXPECT_EQ(ran.status, 128 + SIGTERM);
  EXPECT_FALSE(pty.is_raw());
}

TEST(Tty, ABrokenStreamRestoresTheTerminal) {
  const FakeDaemon daemon(nothing, [](const Request&, int socket) {
    receive_streams(socket);
    const PtyPair inner;
    send_line(socket, {{"started", 1}, {"exec", "x1"}}, {inner.master.get()});
    send_line(socket, "this is no object");
  });
  const PtyPair pty;
  const Ran ran = run_against(daemon, {"enter", "web1"}, {pty.slave.get(), pty.slave.get(), pty.slave.get()});
  EXPECT_EQ(ran.status, 125);
  EXPECT_FALSE(pty.is_raw());
}

TEST(Tty, InputFromAFileEndsWithEndOfFile) {
  const FakeDaemon daemon(nothing, serve_exec);
  const Fd in = scratch_file("exit 4\n");
  Files files;
  EXPECT_EQ(
      run_against(daemon, {"exec", "-t", "web1", "--", "sh"}, {in.get(), files.out[1], files.out[1]}).status,
      4);
}

}  // namespace
}  // namespace croft::ctl
