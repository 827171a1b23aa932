// Many containers in one call: labels and states, --count, --parallel, --fail-fast, and exec in several.
#include <algorithm>
#include <atomic>

#include "tests/unit/cli/containers.h"
#include "tests/unit/cli/sessions.h"

namespace croft::ctl {
namespace {

Json labelled(const std::string& name, const std::string& state, const Json& labels) {
  Json made = container(name, state);
  made["labels"] = labels;
  return made;
}

Reply shop(const Request& request) {
  if (!request.target.starts_with("/v1/containers?")) return {200, container("any", "running")};
  return {
      200,
      page({labelled("web2", "running", {{"app", "shop"}}), labelled("web1", "stopped", {{"app", "shop"}}),
            labelled("db", "running", {{"app", "db"}}), labelled("bare", "running", Json::object())})};
}

// The containers that were asked to do it, in the order of names.
std::vector<std::string> asked(FakeDaemon& daemon, const std::string& verb) {
  std::vector<std::string> found;
  for (const Request& request : daemon.requests()) {
    const std::string path = request.target.substr(0, request.target.find('?'));
    if (!path.ends_with("/" + verb)) continue;
    const std::size_t begin = std::string("/v1/containers/").size();
    found.push_back(path.substr(begin, path.rfind('/') - begin));
  }
  std::sort(found.begin(), found.end());
  return found;
}

using Names = std::vector<std::string>;

TEST(Choosing, LabelsAndStatesStandForOperands) {
  FakeDaemon daemon(shop);
  EXPECT_EQ(run_against(daemon, {"freeze", "-q", "-l", "app=shop"}).status, 0);
  EXPECT_EQ(asked(daemon, "freeze"), (Names{"web1", "web2"}));
  EXPECT_EQ(run_against(daemon, {"stop", "-l", "app", "--state", "running"}).status, 0);
  EXPECT_EQ(asked(daemon, "stop"), (Names{"db", "web2"}));
  EXPECT_EQ(run_against(daemon, {"thaw", "--state", "stopped,frozen"}).status, 0);
  EXPECT_EQ(asked(daemon, "thaw"), (Names{"web1"}));
}

TEST(Choosing, NarrowsWhatOperandsName) {
  FakeDaemon daemon(shop);
  EXPECT_EQ(run_against(daemon, {"freeze", "-l", "app", "web*"}).status, 0);
  EXPECT_EQ(asked(daemon, "freeze"), (Names{"web1", "web2"}));
  EXPECT_EQ(run_against(daemon, {"set", "-l", "app=db", "cpu.limit=2"}).status, 0);
  EXPECT_THAT(daemon.requests().back().target, HasSubstr("/v1/containers/db?"));
  EXPECT_EQ(run_against(daemon, {"list", "-q", "-l", "app=shop", "--state", "running"}).out, "web2\n");
}

TEST(Choosing, NothingChosenIsAnError) {
  FakeDaemon daemon(shop);
  EXPECT_EQ(run_against(daemon, {"stop", "-l", "app=nowhere"}).status, 3);
  EXPECT_TRUE(asked(daemon, "stop").empty());
  EXPECT_EQ(run_against(daemon, {"list", "-q", "-l", "app=nowhere"}).status, 0);
}

TEST(Choosing, WrongLabelsAndStatesAreToldBeforeAnythingIsAsked) {
  FakeDaemon daemon(shop);
  const Ran state = run_against(daemon, {"stop", "--state", "runing"});
  EXPECT_EQ(state.status, 2);
  EXPECT_THAT(state.err, HasSubstr("did you mean `running`?"));
  EXPECT_EQ(run_against(daemon, {"stop", "-l", "=x"}).status, 2);
  EXPECT_EQ(run_against(daemon, {"stop", "--state", ""}).status, 2);
  EXPECT_EQ(run_against(daemon, {"stop"}).status, 2);
  EXPECT_TRUE(daemon.requests().empty());
}

// Makes everything but `refused`.
FakeDaemon::Answer maker(const std::string& refused = "") {
  return [refused](const Request& request) -> Reply {
    const std::string name = request.body.value("name", "");
    if (name == refused) return {409, problem(409, "exists", "`" + name + "` is there already")};
    return {201, container(name, "configured")};
  };
}

TEST(Count, NumbersEveryName) {
  FakeDaemon daemon(maker());
  const Ran ran = run_against(daemon, {"create", "-q", "--parallel", "1", "--count", "3", "--first", "9",
                                       "--template", "bb", "--plan", "small", "web%04d", "x%d-db"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.out, "web0009\nweb0010\nweb0011\nx9-db\nx10-db\nx11-db\n");
  const Json spec = daemon.requests().front().body["spec"];
  EXPECT_EQ(spec["template"], "bb");
  EXPECT_EQ(spec["plan"]["name"], "small");
}

TEST(Count, NamesThatCannotBeNumberedMakeNothing) {
  FakeDaemon daemon(maker());
  using Lines = std::vector<std::vector<std::string>>;
  for (const std::vector<std::string>& words : Lines{{"--count", "2", "bb", "web"},
                                                     {"--count", "2", "bb", "web%s"},
                                                     {"--count", "2", "bb", "%d%d"},
                                                     {"--count", "2", "bb", "web%"},
                                                     {"--count", "x", "bb", "web%d"},
                                                     {"--first", "2", "bb", "web"},
                                                     {"--count", "100001", "bb", "web%d"},
                                                     {"--count", "2", "bb"}}) {
    std::vector<std::string> line{"create"};
    line.insert(line.end(), words.begin(), words.end());
    EXPECT_EQ(run_against(daemon, line).status, 2) << testing::PrintToString(words);
  }
  EXPECT_TRUE(daemon.requests().empty());
}

TEST(Count, FailuresOfSomeDoNotStopTheOthersAndAreCounted) {
  FakeDaemon daemon(maker("w07"));
  const Ran ran = run_against(daemon, {"create", "-q", "--count", "30", "bb", "w%02d"});
  EXPECT_EQ(ran.status, 4);
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 29);
  EXPECT_THAT(ran.err, HasSubstr("cannot create `w07`"));
  EXPECT_THAT(ran.err, HasSubstr("1 of 30 failed"));
}

TEST(FailFast, BeginsNothingFurther) {
  FakeDaemon daemon(maker("w02"));
  const Ran ran =
      run_against(daemon, {"create", "--fail-fast", "--parallel", "1", "--count", "9", "bb", "w%02d"});
  EXPECT_EQ(ran.status, 4);
  EXPECT_EQ(daemon.requests().size(), 2U);
  EXPECT_THAT(ran.err, HasSubstr("1 of 9 failed, 7 not begun"));
}

TEST(Parallel, IsWhatIsAskedFor) {
  std::atomic<int> now = 0;
  std::atomic<int> most = 0;
  FakeDaemon daemon([&](const Request& request) -> Reply {
    const int here = ++now;
    for (int seen = most; here > seen && !most.compare_exchange_weak(seen, here);) continue;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    --now;
    return maker()(request);
  });
  EXPECT_EQ(run_against(daemon, {"create", "--parallel", "3", "--count", "24", "bb", "w%d"}).status, 0);
  EXPECT_LE(most, 3);
  for (const char* wrong : {"0", "65", "x", "-1"})
    EXPECT_EQ(run_against(daemon, {"create", "--parallel", wrong, "bb", "w"}).status, 2) << wrong;
}

// --- exec in several

TEST(ExecMany, OutputStandsBehindNamesAndTheEndIsSummed) {
  const FakeDaemon daemon(shop, serve_exec);
  const Ran ran = run_against(daemon, {"exec", "--parallel", "1", "-l", "app=shop", "--", "sh", "-c",
                                       "echo one; printf two; echo wrong >&2"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.out, "web1: one\nweb1: two\nweb2: one\nweb2: two\n");
  EXPECT_EQ(ran.err, "web1: wrong\nweb2: wrong\ncroft: exited: 2 with 0\n");
}

TEST(ExecMany, TheStatusIsThatOfTheFirstWhichFailed) {
  std::atomic<int> turn = 0;
  const FakeDaemon daemon(shop, [&](const Request& request, int socket) {
    Request own = request;
    own.body["command"] = {"sh", "-c", "exit " + std::to_string(turn++ * 3)};
    serve_exec(own, socket);
  });
  const Ran ran = run_against(daemon, {"exec", "--parallel", "1", "web*", "db*", "--", "true"});
  EXPECT_EQ(ran.status, 3);
  EXPECT_THAT(ran.err, HasSubstr("croft: exited: 1 with 0; 1 with 3: web2; 1 with 6: db\n"));
}

TEST(ExecMany, WhatCannotRunIsToldAndTheOthersGoOn) {
  const FakeDaemon daemon(shop, [](const Request& request, int socket) {
    if (request.target.find("/web1/") == std::string::npos) return serve_exec(request, socket);
    receive_streams(socket);
    Json error = problem(404, "not-found", "`nope` is not there");
    error["exit_status"] = 127;
    send_line(socket, {{"error", error}});
  });
  const Ran ran = run_against(daemon, {"exec", "web*", "--", "true"});
  EXPECT_EQ(ran.status, 127);
  EXPECT_THAT(ran.err, HasSubstr("cannot execute `true` in `web1`: `nope` is not there"));
  EXPECT_THAT(ran.err, HasSubstr("1 with 0; 1 with 127: web1"));
}

TEST(ExecMany, JsonIsOneObjectALineAlsoOfOne) {
  const FakeDaemon daemon(shop, serve_exec);
  const Ran ran = run_against(daemon, {"exec", "-j", "web1", "--", "sh", "-c", "echo a; exit 4"});
  EXPECT_EQ(ran.status, 4);
  EXPECT_EQ(ran.out,
            "{\"line\":\"a\",\"object\":\"web1\",\"stream\":\"out\"}\n"
            "{\"object\":\"web1\",\"result\":{\"status\":4}}\n");
  EXPECT_EQ(ran.err, "");
}

TEST(ExecMany, ALineWithoutEndIsPrintedInPieces) {
  const FakeDaemon daemon(shop, serve_exec);
  const Ran ran = run_against(daemon, {"exec", "-q", "web*", "--parallel", "1", "--", "sh", "-c",
                                       "head -c 300000 /dev/zero | tr '\\0' x"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), 'x'), 600000);
  EXPECT_GT(std::count(ran.out.begin(), ran.out.end(), '\n'), 2);
}

TEST(ExecMany, TerminalsAndInputAreForOne) {
  FakeDaemon daemon(shop, serve_exec);
  EXPECT_EQ(run_against(daemon, {"exec", "-t", "web*", "--", "sh"}).status, 125);
  EXPECT_EQ(run_against(daemon, {"exec", "-i", "-l", "app", "--", "sh"}).status, 125);
  EXPECT_TRUE(daemon.requests().empty());
}

}  // namespace
}  // namespace croft::ctl
