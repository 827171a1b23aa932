// list and the verbs on containers: what is asked of the daemon, and what is printed.
#include <atomic>

#include "tests/unit/cli/containers.h"

namespace croft::ctl {
namespace {

TEST(ListCommand, PrintsAnAlignedTableSortedByName) {
  const FakeDaemon daemon(two_containers);
  const Ran ran = run_against(daemon, {"list"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(ran.out,
            "NAME  STATE    UP       TEMPLATE   ADDRESSES         MEMORY  TASKS\n"
            "web1  stopped  -        debian-12  10.0.0.8,fd00::8       -      -\n"
            "web2  running  running  debian-12  10.0.0.8,fd00::8    4.0M     12\n");
}

TEST(ListCommand, TakesColumnsSortingAndNoHeader) {
  const FakeDaemon daemon(two_containers);
  EXPECT_EQ(
      run_against(daemon, {"list", "-H", "-r", "-s", "name", "-o", "name,memory-limit,cpu-limit,tasks-limit"})
          .out,
      "web2  1.0G  0.5  unlimited\nweb1  1.0G  0.5  unlimited\n");
  EXPECT_EQ(run_against(daemon, {"list", "-q", "*1"}).out, "web1\n");
  const Json list = Json::parse(run_against(daemon, {"list", "-j"}).out);
  EXPECT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0]["spec"]["memory"]["limit"], 1073741824);
}

TEST(ListCommand, OperandsMeanTheTenantUnlessTheyNameOne) {
  FakeDaemon daemon([](const Request&) -> Reply {
    return {200, page({container("web1", "running"), container("web1", "running", "acme"),
                       container("db", "running", "acme")})};
  });
  EXPECT_EQ(run_against(daemon, {"list", "-q", "-t", "acme"}).out, "db\nweb1\n");
  EXPECT_EQ(run_against(daemon, {"list", "-H", "-o", "tenant,name", "web*", "*/db"}).out,
            "acme     db\ndefault  web1\n");
  EXPECT_EQ(run_against(daemon, {"list", "-A", "-q", "web*"}).out, "acme/web1\ndefault/web1\n");
  EXPECT_EQ(run_against(daemon, {"list", "-q", "a/b/c"}).status, 2);
  const std::vector<Request> seen = daemon.requests();
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_THAT(seen[0].target, HasSubstr("&tenant=acme"));
  EXPECT_THAT(seen[1].target, HasSubstr("all_tenants=1"));
}

TEST(ListCommand, UnknownColumnsAreToldBeforeAnythingIsAsked) {
  FakeDaemon daemon(two_containers);
  const Ran ran = run_against(daemon, {"list", "-o", "nme"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, HasSubstr("unknown column `nme`; did you mean `name`?"));
  EXPECT_TRUE(daemon.requests().empty());
}

TEST(ListCommand, ReadsEveryPage) {
  const FakeDaemon daemon([](const Request& request) -> Reply {
    if (request.target.find("cursor=abc") != std::string::npos) return {200, page({container("b", "ready")})};
    return {200, {{"items", {container("a", "ready")}}, {"next", "abc"}}};
  });
  EXPECT_EQ(run_against(daemon, {"list", "-q"}).out, "a\nb\n");
}

TEST(HostCheckCommand, PrintsWhoKeepsWhatWithReasonAndCure) {
  const FakeDaemon daemon([](const Request&) -> Reply {
    return {
        200,
        {{"items",
          {{{"resource", "memory"}, {"word", "limit"}, {"kept_by", "kernel"}, {"reason", "v2"}, {"cure", ""}},
           {{"resource", "disk"},
            {"word", "limit"},
            {"kept_by", "absent"},
            {"reason", "no quota"},
            {"cure", "mount xfs"}}}}}};
  });
  const Ran ran = run_against(daemon, {"host", "check"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.out,
            "WHAT          KEPT BY  HOW, OR WHY NOT\n"
            "memory limit  kernel   v2\n"
            "disk limit    absent   no quota. To have it: mount xfs\n");
}

TEST(ContainerVerbs, GlobsBecomeOneRequestEach) {
  FakeDaemon daemon(two_containers);
  const Ran ran = run_against(daemon, {"stop", "-T", "5s", "web*"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("web1: stopped\n"), HasSubstr("web2: stopped\n")));
  std::size_t stops = 0;
  for (const Request& request : daemon.requests()) {
    if (request.method != "POST") continue;
    ++stops;
    EXPECT_THAT(request.target, HasSubstr("/stop?tenant=default"));
    EXPECT_EQ(request.body, (Json{{"timeout_s", 5}}));
  }
  EXPECT_EQ(stops, 2U);
}

TEST(ContainerVerbs, AGlobWithoutMatchIsNotFound) {
  const FakeDaemon daemon(two_containers);
  const Ran ran = run_against(daemon, {"stop", "db*"});
  EXPECT_EQ(ran.status, 3);
  EXPECT_EQ(ran.err, "croft: no container matches `db*`; `croft list -A` shows which there are\n");
}

TEST(ContainerVerbs, EachOperandHasItsResultAndTheFirstFailureTheStatus) {
  const FakeDaemon daemon([](const Request& request) -> Reply {
    if (request.target.find("/a/") != std::string::npos) return {200, container("a", "running")};
    if (request.target.find("/b/") != std::string::npos)
      return {409, problem(409, "conflict", "`b` is running")};
    return {404, problem(404, "not-found", "there is no container `c`")};
  });
  const Ran ran = run_against(daemon, {"start", "a", "b", "c"});
  EXPECT_EQ(ran.status, 5);
  EXPECT_EQ(ran.out, "a: started\n");
  EXPECT_THAT(ran.err, HasSubstr("croft: cannot start `b`: `b` is running\n"));
  EXPECT_THAT(ran.err, HasSubstr("croft: cannot start `c`: there is no container `c`\n"));
}

TEST(ContainerVerbs, JsonHasOneLineAnOperandFailuresToo) {
  const FakeDaemon daemon([](const Request& request) -> Reply {
    if (request.target.find("/a/") != std::string::npos) return {200, container("a", "running")};
    return {423, problem(423, "busy", "`b` is being changed")};
  });
  const Ran ran = run_against(daemon, {"start", "-j", "a", "b"});
  EXPECT_EQ(ran.status, 7);
  std::istringstream lines(ran.out);
  std::size_t good = 0;
  std::size_t bad = 0;
  for (std::string line; std::getline(lines, line);) {
    const Json value = Json::parse(line);
    good += value.contains("result") ? 1 : 0;
    if (value.contains("error")) {
      ++bad;
      EXPECT_EQ(value["object"], "b");
      EXPECT_EQ(value["error"]["code"], "busy");
    }
  }
  EXPECT_EQ(good, 1U);
  EXPECT_EQ(bad, 1U);
}

TEST(ContainerVerbs, EveryKindOfProblemHasItsStatus) {
  const std::vector<std::pair<std::string, int>> kinds{{"system", 1},   {"invalid", 2},     {"not-found", 3},
                                                       {"exists", 4},   {"conflict", 5},    {"refused", 6},
                                                       {"busy", 7},     {"unsupported", 8}, {"exhausted", 9},
                                                       {"timeout", 10}, {"unavailable", 11}};
  for (const auto& [code, status] : kinds) {
    const FakeDaemon daemon([&, code = code](const Request&) -> Reply {
      return {500, problem(500, code, "no")};
    });
    EXPECT_EQ(run_against(daemon, {"freeze", "a"}).status, status) << code;
  }
}

TEST(ContainerVerbs, DryRunsPrintTheChanges) {
  FakeDaemon daemon([](const Request&) -> Reply {
    return {200,
            {{"changes",
              {{{"do", "write"}, {"object", "/x/memory.max"}, {"value", "1"}},
               {{"do", "clone"}, {"object", "web1"}, {"value", ""}}}}}};
  });
  EXPECT_EQ(run_against(daemon, {"start", "--dry-run", "web1"}).out,
            "web1:\n  write /x/memory.max = 1\n  clone web1\n");
  EXPECT_THAT(daemon.requests().at(0).target, HasSubstr("dry_run=1"));
  const Json json = Json::parse(run_against(daemon, {"start", "--dry-run", "-j", "web1"}).out);
  EXPECT_EQ(json["result"]["changes"].size(), 2U);
}

TEST(ContainerVerbs, OperationsAreSeenThrough) {
  std::atomic<int> asked = 0;
  const FakeDaemon daemon([&](const Request& request) -> Reply {
    Json operation{{"id", "op1"},
                   {"verb", "container.start"},
                   {"object", "default/web1"},
                   {"status", "running"},
                   {"progress", {{"what", "mounting"}, {"percent", 40}}},
                   {"created", ""},
                   {"updated", ""},
                   {"result", nullptr},
                   {"error", nullptr}};
    if (request.method == "POST" || ++asked < 2) return {202, operation, "/v1/operations/op1"};
    operation["status"] = "failed";
    operation["error"] = problem(507, "exhausted", "the pool is full");
    return {200, operation, "/v1/operations/op1"};
  });
  const Ran ran = run_against(daemon, {"start", "web1"});
  EXPECT_EQ(ran.status, 9);
  EXPECT_EQ(ran.err, "croft: cannot start `web1`: the pool is full\n");
}

TEST(ContainerVerbs, TenantsComeFromOperandOptionAndEnvironment) {
  FakeDaemon daemon([](const Request&) -> Reply { return {200, Json::object()}; });
  run_against(daemon, {"start", "acme/web1"});
  run_against(daemon, {"start", "-t", "corp", "web1"});
  run_line({"start", "web1"}, {{"CROFT_SOCKET", daemon.socket_path()}, {"CROFT_TENANT", "env"}});
  run_line({"--socket", daemon.socket_path(), "start", "web1"});
  const std::vector<Request> seen = daemon.requests();
  ASSERT_EQ(seen.size(), 4U);
  EXPECT_THAT(seen[0].target, StartsWith("/v1/containers/web1/start?tenant=acme"));
  EXPECT_THAT(seen[1].target, HasSubstr("tenant=corp"));
  EXPECT_THAT(seen[2].target, HasSubstr("tenant=env"));
  EXPECT_THAT(seen[3].target, HasSubstr("tenant=default"));
}

TEST(ContainerVerbs, OperandsCannotLeaveTheirRoute) {
  FakeDaemon daemon([](const Request&) -> Reply { return {404, problem(404, "not-found", "no")}; });
  EXPECT_EQ(run_against(daemon, {"destroy", "web1?force=1#"}).status, 3);  // a glob, and so not found
  EXPECT_EQ(run_against(daemon, {"destroy", "../tenants/a"}).status, 2);
  EXPECT_EQ(run_against(daemon, {"destroy", "a b%2f"}).status, 3);
  for (const Request& request : daemon.requests()) EXPECT_THAT(request.target, Not(HasSubstr(" ")));
}

}  // namespace
}  // namespace croft::ctl
