// croft top from end to end: batches, JSON, and a real terminal.
#include <atomic>
#include <thread>

#include "tests/unit/cli/resources.h"
#include "tests/unit/cli/sessions.h"

namespace croft::ctl {
namespace {

Json host() {
  return {{"cpus", 8}, {"states", {{"running", 3}}}, {"resources", {{{"resource", "cpu"}, {"held", 500}}}}};
}

Reply three_running(const Request& request) {
  if (request.target == "/v1/host") return {200, host()};
  if (request.target.starts_with("/v1/resources?"))
    return {200, page({resources("web1"), resources("db"), resources("mail", "acme")})};
  return {404, problem(404, "not-found", "no")};
}

TEST(TopCommand, PrintsPlainFramesWhereThereIsNoTerminal) {
  FakeDaemon daemon(three_running);
  const Ran ran = run_against(daemon, {"top", "-n", "2", "-i", "0.5", "-s", "name"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.err, "");
  const std::string table =
      "NAME*         CPU  CPU%    MEM  MEM%      IO  TASKS  BURST   FAIL\n"
      "db           0.25   12%   300M   29%  3.0M/s     12    75%      0\n"
      "web1         0.25   12%   300M   29%  3.0M/s     12    75%      0\n";
  EXPECT_THAT(ran.out, testing::ContainsRegex("^..:..:..  3 running  cpu 0.50 of 8\nNAME"));
  EXPECT_THAT(ran.out, HasSubstr(table + "\n"));  // an empty line before the second frame
  EXPECT_THAT(ran.out, testing::EndsWith(table));
  EXPECT_THAT(daemon.requests().at(1).target, HasSubstr("?tenant=default"));
}

TEST(TopCommand, TakesOperandsAndTenants) {
  const FakeDaemon daemon(three_running);
  const auto out = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"top", "-b", "-n", "1"});
    return run_against(daemon, words).out;
  };
  EXPECT_THAT(out({"w*"}), AllOf(HasSubstr("\nweb1 "), Not(HasSubstr("\ndb "))));
  EXPECT_THAT(out({"-A"}), AllOf(HasSubstr("\nacme/mail "), HasSubstr("\ndefault/db ")));
  EXPECT_THAT(out({"-t", "acme"}), AllOf(HasSubstr("\nmail "), Not(HasSubstr("web1"))));
  EXPECT_THAT(out({"nobody"}), HasSubstr("\nnothing runs\n"));
}

TEST(TopCommand, JsonIsOneObjectALineWithWhatTheDaemonSaid) {
  const FakeDaemon daemon(three_running);
  const Ran ran = run_against(daemon, {"top", "-j", "-n", "2", "-i", "0.5", "db"});
  std::istringstream lines(ran.out);
  std::size_t frames = 0;
  for (std::string line; std::getline(lines, line); ++frames) {
    const Json frame = Json::parse(line);
    EXPECT_EQ(frame["host"], host());
    EXPECT_EQ(frame["items"], Json::array({resources("db")}));
    EXPECT_TRUE(frame["time"].get<std::string>().ends_with("Z"));
  }
  EXPECT_EQ(frames, 2U);
}

TEST(TopCommand, ABatchGoesOnWhileTheDaemonIsAway) {
  std::atomic<int> asked = 0;
  const FakeDaemon daemon([&](const Request& request) -> Reply {
    if (request.target == "/v1/host" && ++asked == 2)
      return {503, problem(503, "unavailable", "croftd is stopping")};
    return three_running(request);
  });
  const Ran text = run_against(daemon, {"top", "-b", "-n", "3", "-i", "0.5"});
  EXPECT_EQ(text.status, 0);
  EXPECT_THAT(text.out, HasSubstr("  the daemon is away: croftd is stopping\n\n"));
  EXPECT_THAT(text.out, testing::EndsWith("75%      0\n"));
  asked = 0;
  const Ran json = run_against(daemon, {"top", "-j", "-n", "2", "-i", "0.5"});
  EXPECT_THAT(json.out, HasSubstr("\"error\":{\"code\":\"unavailable\",\"detail\":\"croftd is stopping\"}"));
}

TEST(TopCommand, WhatWillNotBecomeBetterEndsIt) {
  EXPECT_EQ(run_line({"top", "--socket", "/nowhere/api.sock"}).status, 11);
  const FakeDaemon daemon([](const Request&) -> Reply { return {403, problem(403, "refused", "no")}; });
  EXPECT_EQ(run_against(daemon, {"top", "-b"}).status, 6);
}

TEST(TopCommand, RefusesWrongOptionsBeforeItAsks) {
  FakeDaemon daemon(three_running);
  for (const char* interval : {"0.4", "61", "", "s", "2x", "nan", "-1", "1e9"})
    EXPECT_EQ(run_against(daemon, {"top", "-i", interval}).status, 2) << interval;
  EXPECT_EQ(run_against(daemon, {"top", "-n", "0"}).status, 2);
  EXPECT_EQ(run_against(daemon, {"top", "-s", "cpus"}).status, 2);
  EXPECT_EQ(run_against(daemon, {"top", "a/b/c"}).status, 2);
  EXPECT_TRUE(daemon.requests().empty());
}

// croft top on a terminal, in a thread that signals can be sent to.
class OnTerminal {
 public:
  explicit OnTerminal(const FakeDaemon& daemon, std::vector<std::string> more = {})
      : caller_([this, &daemon, more = std::move(more)] {
          std::vector<std::string> words{"top", "-i", "0.5"};
          words.insert(words.end(), more.begin(), more.end());
          ran_ = run_line(words, {{"CROFT_SOCKET", daemon.socket_path()}, {"TERM", "xterm"}},
                          {pty.slave.get(), pty.slave.get(), pty.slave.get()});
        }) {}
  ~OnTerminal() {
    if (caller_.joinable()) caller_.join();
  }
  OnTerminal(const OnTerminal&) = delete;
  OnTerminal& operator=(const OnTerminal&) = delete;

  void signal(int number) { pthread_kill(caller_.native_handle(), number); }
  // Waits for it to leave, and looks at the terminal.
  Ran end() {
    expect_on(pty, "\x1b[?7h\x1b[?25h\x1b[?1049l");
    caller_.join();
    EXPECT_FALSE(pty.is_raw());
    return ran_;
  }

  PtyPair pty;

 private:
  Ran ran_;
  std::thread caller_;
};

TEST(TopScreen, ObeysKeysAndSizesAndLeavesTheTerminalAsItWas) {
  const FakeDaemon daemon(three_running);
  OnTerminal top(daemon);
  EXPECT_THAT(expect_on(top.pty, "web1"), StartsWith("\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"));
  EXPECT_TRUE(top.pty.is_raw());
  type(top.pty, "n");
  expect_on(top.pty, "NAME*");
  type(top.pty, "h");
  expect_on(top.pty, "this help");
  type(top.pty, "h");
  expect_on(top.pty, "NAME*");
  winsize size{};
  size.ws_row = 10;
  size.ws_col = 40;
  ioctl(top.pty.slave.get(), TIOCSWINSZ, &size);
  top.signal(SIGWINCH);
  expect_on(top.pty, "NAME*         CPU    MEM      IO  BURST");
  type(top.pty, "q");
  const Ran ran = top.end();
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.err, "");
}

TEST(TopScreen, ControlCLeavesAndCountsAreKept) {
  const FakeDaemon daemon(three_running);
  OnTerminal top(daemon);
  expect_on(top.pty, "web1");
  type(top.pty, "\x03");
  EXPECT_EQ(top.end().status, 0);
  OnTerminal counted(daemon, {"-n", "2"});
  EXPECT_EQ(counted.end().status, 0);
}

TEST(TopScreen, SignalsRestoreTheTerminal) {
  const FakeDaemon daemon(three_running);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) {
    OnTerminal top(daemon);
    expect_on(top.pty, "web1");
    top.signal(number);
    EXPECT_EQ(top.end().status, 128 + number);
  }
}

TEST(TopScreen, GoesOnWhenTheDaemonComesBack) {
  std::atomic<bool> away = false;
  const FakeDaemon daemon([&](const Request& request) -> Reply {
    if (away) return {503, problem(503, "unavailable", "croftd is stopping")};
    return three_running(request);
  });
  OnTerminal top(daemon);
  expect_on(top.pty, "web1");
  away = true;
  expect_on(top.pty, "the daemon is away: croftd is stopping");
  away = false;
  expect_on(top.pty, "h helps");
  type(top.pty, "q");
  EXPECT_EQ(top.end().status, 0);
}

TEST(TopScreen, AnErrorThatStaysEndsItWithTheTerminalRestored) {
  std::atomic<bool> refused = false;
  const FakeDaemon daemon([&](const Request& request) -> Reply {
    if (refused) return {403, problem(403, "refused", "not yours any more")};
    return three_running(request);
  });
  OnTerminal top(daemon);
  expect_on(top.pty, "web1");
  refused = true;
  const Ran ran = top.end();
  EXPECT_EQ(ran.status, 6);
  EXPECT_EQ(ran.err, "croft: not yours any more\n");
}

}  // namespace
}  // namespace croft::ctl
