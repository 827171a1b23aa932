// croftd from outside, as real processes with another engine: start, stop, kill, restart, systemd's
// protocols.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

#include "ctl/api/listen.h"
#include "ctl/daemon/daemon.h"
#include "ctl/daemon/directories.h"
#include "ctl/daemon/journal.h"
#include "ctl/daemon/options.h"
#include "ctl/daemon/service.h"
#include "tests/unit/api/fixture.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;
using testing::HasSubstr;

DaemonOptions parse(const std::vector<std::string>& arguments) {
  return parse_daemon_options(arguments, "/usr/libexec/croft/croft-keeper");
}

TEST(DaemonOptionsTest, defaults_and_both_ways_to_give_a_value) {
  EXPECT_EQ(parse({}).engine.data, "/var/lib/croft");
  EXPECT_EQ(parse({}).engine.keeper_path, "/usr/libexec/croft/croft-keeper");
  EXPECT_EQ(parse({"--keeper="}).engine.keeper_path, "");
  const DaemonOptions options = parse({"--data", "/a", "--run=/b", "--cgroup-root", "x.slice/y",
                                       "--root-mode", "shifted", "--plans=/etc/p", "--hooks=/etc/h",
                                       "--net4=10.1.0.0/16", "--allow-faults", "--socket-group=staff"});
  EXPECT_EQ(options.engine.data, "/a");
  EXPECT_EQ(options.engine.run, "/b");
  EXPECT_EQ(options.engine.cgroup_root, "x.slice/y");
  EXPECT_EQ(options.engine.root_mode, "shifted");
  EXPECT_EQ(options.engine.net4, "10.1.0.0/16");
  EXPECT_EQ(options.engine.plans, "/etc/p");
  EXPECT_EQ(options.engine.hooks, "/etc/h");
  EXPECT_TRUE(options.engine.allow_faults);
  EXPECT_EQ(options.socket_group, "staff");
}

TEST(DaemonOptionsTest, every_option_of_the_parser_is_in_the_usage) {
  for (const char* name : {"--data", "--run", "--cgroup-root", "--keeper", "--plans", "--tariffs",
                           "--accounts", "--hooks", "--socket-group", "--root-mode", "--net4", "--net6",
                           "--ledger-sample", "--ledger-interval", "--allow-faults", "--help", "--version"})
    EXPECT_THAT(std::string(daemon_usage()), HasSubstr(name));
}

TEST(DaemonOptionsTest, wrong_ones_are_named_all_at_once) {
  try {
    parse({"--dta", "/a", "--run", "relative", "--net4", "10.1.2.3/16"});
    FAIL() << "no error";
  } catch (const Error& error) {
    ASSERT_EQ(error.fields().size(), 4U);
    EXPECT_EQ(error.fields()[0].path, "--dta");
    EXPECT_EQ(error.fields()[2].path, "--run");
    EXPECT_EQ(error.fields()[3], (runtime::FieldError{"--net4", "has bits beyond its prefix"}));
  }
}

TEST(DaemonOptionsTest, bad_values) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"--data"},
                                             {"--data", ""},
                                             {"--help=1"},
                                             {"--run", "/a", "--run", "/b"},
                                             {"--cgroup-root", "/abs"},
                                             {"--cgroup-root", "a/../b"},
                                             {"--cgroup-root", "a//b"},
                                             {"--cgroup-root", "a/"},
                                             {"--root-mode", "fast"},
                                             {"--net4", "10.0.0.0"},
                                             {"--net4", "10.0.0.0/33"},
                                             {"--net4", "fd00::/64"},
                                             {"--net6", "fd00::1/64"},
                                             {"--net6", "fd00::/x"},
                                             {"--ledger-sample", "0"},
                                             {"--ledger-sample", "10s"},
                                             {"--ledger-interval", "7"},
                                             {"--ledger-interval", "7200"},
                                             {"--socket-group", "a b"}})
    EXPECT_THROW(parse(arguments), Error) << testing::PrintToString(arguments);
}

class DaemonTest : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    data_ = directory_ + "/data/croft";
    run_ = directory_ + "/run";
    path_ = run_ + "/api.sock";
  }
  void TearDown() override {
    for (const pid_t pid : running_) {
      kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);
    }
    ApiTest::TearDown();
  }

  // Runs croftd in a child; standard error goes to a file. `prepare` runs in the child before.
  pid_t launch(std::vector<std::string> more = {}, const std::function<void()>& prepare = {}) {
    std::vector<std::string> arguments = {
        "croftd", "--data", data_, "--run", run_, "--socket-group", "croft-test-no-such-group"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const pid_t pid = fork();
    if (pid == 0) {
      const Fd log = runtime::open_file(directory_ + "/log", O_WRONLY | O_CREAT | O_APPEND, 0600);
      dup2(log.get(), STDERR_FILENO);
      if (prepare) prepare();
      std::vector<char*> argv;
      for (std::string& argument : arguments) argv.push_back(argument.data());
      _exit(run_daemon(static_cast<int>(argv.size()), argv.data()));
    }
    running_.insert(pid);
    return pid;
  }
  bool serving() {
    return eventually([this] {
      try {
        return client().request("GET", "/v1").status == 200;
      } catch (const Error&) {
        return false;
      }
    });
  }
  // -1 when a signal ended it.
  int exit_of(pid_t pid) {
    int status = 0;
    waitpid(pid, &status, 0);
    running_.erase(pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::string log() { return runtime::read_file(directory_ + "/log"); }
  static mode_t mode_of(const std::string& path) {
    struct stat info {};
    EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 07777;
  }

  std::string data_;
  std::string run_;
  std::set<pid_t> running_;
};

TEST_F(DaemonTest, serves_and_stops_on_sigterm_and_sigint) {
  for (const int signal : {SIGTERM, SIGINT}) {
    const pid_t pid = launch();
    ASSERT_TRUE(serving());
    EXPECT_EQ(mode_of(data_), 0700U);
    EXPECT_EQ(mode_of(run_), 0711U);
    EXPECT_EQ(mode_of(path_), 0600U);
    kill(pid, signal);
    EXPECT_EQ(exit_of(pid), 0);
    EXPECT_FALSE(runtime::exists(path_));
  }
}

TEST_F(DaemonTest, operations_and_keys_outlive_sigkill) {
  pid_t pid = launch();
  ASSERT_TRUE(serving());
  const Headers key = {{"Idempotency-Key", "k"}};
  const Response made = client().request("POST", "/v1/containers", Json{{"name", "web1"}}, key);
  runtime::replace_file(data_ + "/hold", "", 0600, false);
  const std::string id = client().call("POST", "/v1/containers/web1/start")["id"];
  kill(pid, SIGKILL);
  EXPECT_EQ(exit_of(pid), -1);
  unlink((data_ + "/hold").c_str());
  pid = launch();
  ASSERT_TRUE(serving());
  EXPECT_EQ(client().call("GET", "/v1/operations/" + id)["status"], "interrupted");
  EXPECT_EQ(client().request("POST", "/v1/containers", Json{{"name", "web1"}}, key).text, made.text);
}

TEST_F(DaemonTest, second_daemon_on_the_same_directory_is_refused) {
  const pid_t first = launch();
  ASSERT_TRUE(serving());
  EXPECT_EQ(exit_of(launch()), 1);
  EXPECT_THAT(log(),
              HasSubstr("another croftd (process " + std::to_string(first) + ") uses `" + data_ + "`"));
  EXPECT_EQ(exit_of(launch({"--data", data_})), 2);
  EXPECT_TRUE(serving());
}

TEST_F(DaemonTest, what_fails_at_start_is_said_once) {
  EXPECT_EQ(exit_of(launch({"--cgroup-root", "croft-test-broken"})), 1);
  EXPECT_THAT(log(), HasSubstr("croftd: error: cannot recover"));
  const std::string text = log();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
}

TEST_F(DaemonTest, directory_that_others_can_write_to_is_refused) {
  runtime::make_directories(data_, 0755);
  ASSERT_EQ(chmod(data_.c_str(), 0777), 0);
  EXPECT_EQ(exit_of(launch()), 1);
  EXPECT_THAT(log(), HasSubstr("others than its owner can write to"));
  EXPECT_EQ(mode_of(data_), 0777U);
}

// A datagram socket that collects what is sent to it, like systemd's.
class Mailbox {
 public:
  explicit Mailbox(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    void* generic = &address;
    EXPECT_EQ(bind(socket_.get(), static_cast<sockaddr*>(generic), sizeof address), 0);
    const timeval limit{10, 0};
    setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  std::string next() {
    char buffer[65536];
    const ssize_t got = recv(socket_.get(), buffer, sizeof buffer, 0);
    return {buffer, static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
  }
  // Skips everything before.
  bool until(const std::string& wanted) {
    for (std::string text = next(); !text.empty(); text = next())
      if (text == wanted) return true;
    return false;
  }

 private:
  Fd socket_;
};

TEST_F(DaemonTest, tells_the_service_manager) {
  const std::string notify = directory_ + "/notify";
  Mailbox mailbox(notify);
  const pid_t pid = launch({}, [&] {
    setenv("NOTIFY_SOCKET", notify.c_str(), 1);
    setenv("WATCHDOG_USEC", "100000", 1);
    setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
  });
  EXPECT_TRUE(mailbox.until("READY=1"));
  EXPECT_TRUE(mailbox.until("WATCHDOG=1"));
  EXPECT_TRUE(mailbox.until("WATCHDOG=1"));
  kill(pid, SIGTERM);
  EXPECT_TRUE(mailbox.until("STOPPING=1"));
  EXPECT_EQ(exit_of(pid), 0);
}

TEST_F(DaemonTest, takes_a_passed_socket_and_leaves_it) {
  runtime::make_directories(run_, 0711);
  const Fd listening = listen_at(path_, "none");
  for (int round = 0; round < 2; ++round) {
    const pid_t pid = launch({}, [&] {
      if (listening.get() == 3)
        fcntl(3, F_SETFD, 0);
      else
        dup2(listening.get(), 3);
      setenv("LISTEN_FDS", "1", 1);
      setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1);
    });
    EXPECT_EQ(client().request("GET", "/v1").status, 200);  // waits while nobody serves yet
    kill(pid, SIGTERM);
    EXPECT_EQ(exit_of(pid), 0);
    EXPECT_TRUE(runtime::exists(path_));
  }
}

TEST_F(DaemonTest, wrong_passed_sockets_are_refused) {
  const pid_t pid = launch({}, [] {
    dup2(STDERR_FILENO, 3);
    setenv("LISTEN_FDS", "1", 1);
    setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1);
  });
  EXPECT_EQ(exit_of(pid), 1);
  EXPECT_THAT(log(), HasSubstr("exactly one listening Unix stream socket"));
}

TEST_F(DaemonTest, records_become_lines_or_journal_entries) {
  const LogRecord record{LogRecord::Level::kError, "cannot mount\nx", "container.start",
                         "default/web1",           "system",          7};
  EXPECT_EQ(log_line(record, "T"),
            "T croftd: error: cannot mount x (container.start `default/web1`, uid 7)\n");
  const std::string socket = directory_ + "/journal";
  Mailbox mailbox(socket);
  const Fd output = runtime::open_file(directory_ + "/out", O_RDWR | O_CREAT, 0600);
  struct stat info {};
  ASSERT_EQ(fstat(output.get(), &info), 0);
  const std::string stream = std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino);
  Journal(stream.c_str(), output.get(), socket).write(record);
  const std::string entry = mailbox.next();
  EXPECT_THAT(entry, HasSubstr(std::string("MESSAGE\n\x0e\0\0\0\0\0\0\0cannot mount\nx\n", 31)));
  EXPECT_THAT(entry, HasSubstr("PRIORITY=3\n"));
  EXPECT_THAT(entry, HasSubstr("CROFT_OBJECT=default/web1\n"));
  Journal("1:2", output.get(), socket).write(record);
  EXPECT_THAT(runtime::read_file(directory_ + "/out"), HasSubstr("croftd: error: cannot mount x"));
}

}  // namespace
}  // namespace croft::ctl
