// exec and run from end to end, without a terminal.
#include <atomic>
#include <thread>

#include "tests/unit/cli/sessions.h"

namespace croft::ctl {
namespace {

TEST(Exec, PassesPipesAndTheExitStatus) {
  const FakeDaemon daemon(nothing, serve_exec);
  Files files;
  const Fd null = runtime::open_file("/dev/null", O_RDWR);
  const Ran ran = run_against(daemon, {"exec", "web1", "--", "sh", "-c", "echo out; exit 7"},
                              {null.get(), files.out[1], null.get()});
  EXPECT_EQ(ran.status, 7);
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(files.take(), "out\n");
}

TEST(Exec, PumpsFilesThatAreNotHandedOver) {
  const FakeDaemon daemon(nothing, serve_exec);
  const std::string much(200000, 'x');
  const Fd in = scratch_file(much);
  const Fd out = scratch_file("");
  const Fd err = scratch_file("");
  const Ran ran = run_against(
      daemon, {"exec", "web1", "--", "sh", "-c", "ls -l /proc/self/fd/0 /proc/self/fd/1 >&2; wc -c"},
      {in.get(), out.get(), err.get()});
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(content_of(out), HasSubstr("200000"));
  EXPECT_THAT(content_of(err), HasSubstr("pipe:"));
  EXPECT_THAT(content_of(err), testing::Not(HasSubstr("croft-test")));
}

TEST(Exec, SaysWhatASignalDid) {
  const FakeDaemon daemon(nothing, serve_exec);
  const Fd null = runtime::open_file("/dev/null", O_RDWR);
  EXPECT_EQ(run_against(daemon, {"exec", "web1", "--", "sh", "-c", "kill -TERM $$"},
                        {null.get(), null.get(), null.get()})
                .status,
            128 + SIGTERM);
}

TEST(Exec, SendsEnvironmentUserAndDirectory) {
  FakeDaemon daemon(nothing, serve_exec);
  const Fd null = runtime::open_file("/dev/null", O_RDWR);
  run_line(
      {"exec", "-e", "A=1", "-e", "HOME", "-e", "NOT_SET", "-u", "www", "-w", "/srv", "acme/web1", "true"},
      {{"CROFT_SOCKET", daemon.socket_path()}, {"HOME", "/root"}}, {null.get(), null.get(), null.get()});
  const Request seen = daemon.requests().at(0);
  EXPECT_THAT(seen.target, HasSubstr("/v1/containers/web1/exec?tenant=acme"));
  EXPECT_EQ(seen.body["env"], (Json{{"A", "1"}, {"HOME", "/root"}}));
  EXPECT_EQ(seen.body["user"], "www");
  EXPECT_EQ(seen.body["workdir"], "/srv");
  EXPECT_EQ(seen.body["tty"], false);
}

TEST(Exec, FailuresOfItsOwnAre125) {
  const FakeDaemon daemon(nothing);
  const Ran ran = run_against(daemon, {"exec", "nowhere", "--", "id"});
  EXPECT_EQ(ran.status, 125);
  EXPECT_EQ(ran.err, "croft: cannot execute `id` in `nowhere`: there is no container `nowhere`\n");
  EXPECT_EQ(run_against(daemon, {"exec", "nowhere"}).status, 125);
  EXPECT_EQ(run_line({"exec", "--socket", "/nowhere", "web1", "id"}).status, 125);
}

int status_of_error(const Json& told) {
  const FakeDaemon daemon(nothing, [&](const Request&, int socket) {
    receive_streams(socket);
    send_line(socket, {{"error", told}});
  });
  const Fd null = runtime::open_file("/dev/null", O_RDWR);
  return run_against(daemon, {"exec", "web1", "--", "x"}, {null.get(), null.get(), null.get()}).status;
}

TEST(Exec, CommandsThatCannotRunAre126And127) {
  EXPECT_EQ(status_of_error(problem(404, "not-found", "there is no `x`")), 127);
  EXPECT_EQ(status_of_error(problem(403, "refused", "`x` is no program")), 126);
  EXPECT_EQ(status_of_error(problem(500, "system", "no")), 125);
  Json told = problem(404, "not-found", "there is no user `www`");
  told["exit_status"] = 125;
  EXPECT_EQ(status_of_error(told), 125);
}

TEST(Exec, ASignalToCroftGoesToTheCommand) {
  const FakeDaemon daemon(nothing, serve_exec);
  Files files;
  const Fd null = runtime::open_file("/dev/null", O_RDWR);
  Ran ran;
  std::thread caller([&] {
    ran = run_against(
        daemon,
        {"exec", "web1", "--", "sh", "-c", "trap 'exit 9' TERM; echo ready; while :; do sleep 0.02; done"},
        {null.get(), files.out[1], null.get()});
  });
  std::array<char, 16> ready{};
  EXPECT_EQ(read(files.out[0], ready.data(), ready.size()), 6);
  pthread_kill(caller.native_handle(), SIGTERM);
  caller.join();
  EXPECT_EQ(ran.status, 9);
}

TEST(Exec, TheStatusIsFetchedWhenTheDaemonIsRestarted) {
  std::atomic<int> asked = 0;
  FakeDaemon daemon(
      [&](const Request& request) -> Reply {
        EXPECT_EQ(request.target, "/v1/execs/x1");
        if (++asked < 3) return {200, {{"id", "x1"}, {"status", "running"}}};
        return {200, {{"id", "x1"}, {"status", "done"}, {"exited", 6}}};
      },
      [](const Request&, int socket) {
        receive_streams(socket);
        send_line(socket, {{"started", 1}, {"exec", "x1"}});
      });
  const Fd null = runtime::open_file("/dev/null", O_RDWR);
  const Ran ran = run_against(daemon, {"exec", "web1", "--", "x"}, {null.get(), null.get(), null.get()});
  EXPECT_EQ(ran.status, 6);
  EXPECT_EQ(ran.err, "");
}

TEST(Exec, AStatusThatIsLostIsSaidSo) {
  const FakeDaemon daemon(nothing, [](const Request&, int socket) {
    receive_streams(socket);
    send_line(socket, {{"started", 1}, {"exec", "x1"}});
  });
  const Fd null = runtime::open_file("/dev/null", O_RDWR);
  const Ran ran = run_against(daemon, {"exec", "web1", "--", "x"}, {null.get(), null.get(), null.get()});
  EXPECT_EQ(ran.status, 125);
  EXPECT_THAT(ran.err, HasSubstr("cannot execute `x` in `web1`: the connection to the daemon was lost"));
}

TEST(Run, MakesAnEphemeralContainerAndRunsItsCommand) {
  FakeDaemon daemon(
      [](const Request&) -> Reply {
        return {201, Json::object()};
      },
      [](const Request&, int socket) {
        const std::vector<Fd> fds = receive_streams(socket);
        const pid_t pid = spawn({"sh", "-c", "cat; exit 3"}, fds[0].get(), fds[1].get(), fds[2].get(), false);
        send_line(socket, {{"started", pid}, {"exec", "x1"}});
        serve_process(socket, pid);
      });
  Files files;
  const Fd in = scratch_file("through\n");
  const Ran ran = run_against(daemon, {"run", "--name", "job7", "busybox", "memory.limit=64M", "--", "cat"},
                              {in.get(), files.out[1], files.out[1]});
  EXPECT_EQ(ran.status, 3);
  EXPECT_EQ(files.take(), "through\n");
  const std::vector<Request> seen = daemon.requests();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].body["name"], "job7");
  EXPECT_EQ(seen[0].body["spec"]["init"], "command");
  EXPECT_EQ(seen[0].body["spec"]["ephemeral"], true);
  EXPECT_EQ(seen[0].body["spec"]["command"], Json::array({"cat"}));
  EXPECT_EQ(seen[0].body["spec"]["memory"]["limit"], 64 << 20);
  EXPECT_THAT(seen[1].target, HasSubstr("/v1/containers/job7/run"));
}

TEST(Run, DetachedPrintsTheNameAndAFailedStartLeavesNothing) {
  FakeDaemon daemon([](const Request& request) -> Reply {
    if (request.target.find("/bad/start") != std::string::npos)
      return {507, problem(507, "exhausted", "full")};
    return {200, Json::object()};
  });
  EXPECT_EQ(run_against(daemon, {"run", "-d", "--name", "good", "busybox", "--", "true"}).out, "good\n");
  const Ran bad = run_against(daemon, {"run", "-d", "--name", "bad", "busybox", "--", "true"});
  EXPECT_EQ(bad.status, 125);
  EXPECT_EQ(bad.err, "croft: cannot run `true`: full\n");
  EXPECT_EQ(daemon.requests().back().method, "DELETE");
}

}  // namespace
}  // namespace croft::ctl
