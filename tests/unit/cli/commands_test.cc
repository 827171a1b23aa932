// The other commands: what is asked of the daemon, and what is printed.
#include <atomic>

#include "tests/unit/cli/containers.h"

namespace croft::ctl {
namespace {

TEST(CreateCommand, SendsTheSpecNested) {
  FakeDaemon daemon([](const Request&) -> Reply { return {201, container("web1", "ready")}; });
  const Ran ran = run_against(daemon, {"create", "debian-12", "acme/web1", "memory.limit=512M",
                                       "cpu.limit=0.5", "env.LANG=C.UTF-8", "sysctl.net.ipv4.ip_forward=1"});
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(ran.out, "acme/web1: created\n");
  const Json body = daemon.requests().at(0).body;
  EXPECT_EQ(body["name"], "web1");
  EXPECT_EQ(body["tenant"], "acme");
  EXPECT_EQ(body["spec"]["template"], "debian-12");
  EXPECT_EQ(body["spec"]["memory"]["limit"], 512 << 20);
  EXPECT_EQ(body["spec"]["cpu"]["limit"], 500);
  EXPECT_EQ(body["spec"]["env"]["LANG"], "C.UTF-8");
  EXPECT_EQ(body["spec"]["sysctl"]["net.ipv4.ip_forward"], "1");
}

TEST(CreateCommand, WrongSettingsAreToldTogether) {
  FakeDaemon daemon([](const Request&) -> Reply { return {201, {}}; });
  const Ran ran = run_against(daemon, {"create", "debian-12", "web1", "memory.limt=1", "cpu.limit=much"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, StartsWith("croft: 2 settings are wrong\n"));
  EXPECT_THAT(ran.err, HasSubstr("memory.limt  unknown key; did you mean `memory.limit`?"));
  EXPECT_TRUE(daemon.requests().empty());
}

TEST(CreateCommand, FieldsFromTheDaemonAreListedUnderTheSentence) {
  const FakeDaemon daemon([](const Request&) -> Reply {
    Json told = problem(400, "invalid", "net.address[0]: is taken; label.a: is too long");
    told["fields"] = {{{"path", "net.address[0]"}, {"message", "is taken"}},
                      {{"path", "label.a"}, {"message", "is too long"}}};
    return {400, told};
  });
  EXPECT_EQ(run_against(daemon, {"create", "debian-12", "web1"}).err,
            "croft: cannot create `web1`: 2 settings are wrong\n"
            "  net.address[0]  is taken\n"
            "  label.a         is too long\n");
}

TEST(LaunchCommand, CreatesAndStarts) {
  FakeDaemon daemon([](const Request&) -> Reply { return {200, container("web1", "running")}; });
  EXPECT_EQ(run_against(daemon, {"launch", "-w", "debian-12", "web1"}).out, "web1: up\n");
  const std::vector<Request> seen = daemon.requests();
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_THAT(seen[1].target, HasSubstr("/web1/start"));
  EXPECT_THAT(seen[2].target, HasSubstr("/web1/wait?for=up"));
}

TEST(SetCommand, SendsWhatWasTyped) {
  FakeDaemon daemon([](const Request&) -> Reply { return {200, container("web1", "running")}; });
  const Ran ran =
      run_against(daemon, {"set", "web1", "memory.limit=2G", "hostname=", "net.address+=10.0.0.9"});
  EXPECT_EQ(ran.out, "web1: changed\n");
  const Request seen = daemon.requests().at(0);
  EXPECT_EQ(seen.method, "PATCH");
  EXPECT_EQ(seen.body,
            (Json{{"set", {{"memory.limit", "2G"}, {"hostname", ""}, {"net.address+", "10.0.0.9"}}}}));
}

TEST(SetCommand, RuntimeIsAskedForInTheBody) {
  FakeDaemon daemon([](const Request&) -> Reply { return {200, {}}; });
  EXPECT_EQ(run_against(daemon, {"set", "--runtime", "web1", "memory.limit=2G"}).status, 0);
  EXPECT_EQ(daemon.requests().at(0).body, (Json{{"set", {{"memory.limit", "2G"}}}, {"runtime", true}}));
}

TEST(SetCommand, AKeyTwiceIsAMistakeButAListGrows) {
  FakeDaemon daemon([](const Request&) -> Reply { return {200, {}}; });
  EXPECT_EQ(run_against(daemon, {"set", "a", "hostname=x", "hostname=y"}).status, 2);
  run_against(daemon, {"set", "a", "net.address+=10.0.0.9", "net.address+=10.0.0.10"});
  EXPECT_EQ(daemon.requests().at(0).body["set"]["net.address+"], "10.0.0.9,10.0.0.10");
}

TEST(ShowCommand, PrintsPeopleAndProgramsTheirOwn) {
  const FakeDaemon daemon(two_containers);
  const Ran ran = run_against(daemon, {"show", "web1"});
  EXPECT_THAT(ran.out, HasSubstr("Name:            default/web1\n"));
  EXPECT_THAT(ran.out, HasSubstr("Memory:          4.0M of 1.0G\n"));
  EXPECT_THAT(ran.out, HasSubstr("  memory.limit  1G\n"));
  EXPECT_EQ(Json::parse(run_against(daemon, {"show", "-j", "web1"}).out)["usage"]["memory_bytes"], 4 << 20);
}

TEST(StatusCommand, LeavesWithFiveUnlessAllRun) {
  const FakeDaemon daemon([](const Request& request) -> Reply {
    const bool bad = request.target.find("/bad?") != std::string::npos;
    return {200, container(bad ? "bad" : "good", bad ? "failed" : "running")};
  });
  EXPECT_EQ(run_against(daemon, {"status", "good"}).status, 0);
  const Ran ran = run_against(daemon, {"status", "good", "bad"});
  EXPECT_EQ(ran.status, 5);
  EXPECT_THAT(ran.out, testing::ContainsRegex("bad   failed  +the template is gone\n"));
  EXPECT_EQ(run_against(daemon, {"status", "-q", "bad"}).out, "");
}

TEST(WaitCommand, ALongWaitIsAskedForInSlices) {
  std::atomic<int> asked = 0;
  FakeDaemon daemon([&](const Request&) -> Reply {
    if (++asked < 3) return {504, problem(504, "timeout", "`web1` is still starting")};
    return {200, container("web1", "running")};
  });
  EXPECT_EQ(run_against(daemon, {"wait", "--for", "up", "-T", "10min", "web1"}).out, "web1: up\n");
  EXPECT_EQ(daemon.requests().size(), 3U);
  EXPECT_THAT(daemon.requests().at(0).target, HasSubstr("timeout=50"));
}

TEST(WaitCommand, TheEndOfTheTimeIsAFailure) {
  const FakeDaemon daemon([](const Request&) -> Reply {
    return {504, problem(504, "timeout", "`web1` runs")};
  });
  EXPECT_EQ(run_against(daemon, {"wait", "-T", "1", "web1"}).status, 10);
  EXPECT_EQ(run_against(daemon, {"wait", "-T", "1m", "web1"}).status, 2);
  EXPECT_EQ(run_against(daemon, {"wait", "--for", "upp", "web1"}).status, 2);
}

TEST(KillCommand, KnowsSignalsByName) {
  FakeDaemon daemon([](const Request&) -> Reply { return {200, {}}; });
  EXPECT_EQ(run_against(daemon, {"kill", "web1"}).out, "web1: killed\n");
  EXPECT_EQ(run_against(daemon, {"kill", "-s", "HUP", "web1"}).out, "web1: SIGHUP sent\n");
  EXPECT_EQ(run_against(daemon, {"kill", "-s", "FOO", "web1"}).status, 2);
  EXPECT_EQ(daemon.requests().at(0).body, (Json{{"signal", 9}}));
  EXPECT_EQ(daemon.requests().at(1).body, (Json{{"signal", 1}}));
}

TEST(LogsCommand, PrintsTheLastLines) {
  const std::string log = "one\ntwo\nthree\n";
  const FakeDaemon daemon([&](const Request& request) -> Reply {
    const bool more = request.target.find("from=x.1%3A14") != std::string::npos ||
                      request.target.find("from=x.1:14") != std::string::npos;
    return {200, {{"next", "x.1:14"}, {"data", more ? "" : log}, {"skipped", false}}};
  });
  EXPECT_EQ(run_against(daemon, {"logs", "web1"}).out, log);
  EXPECT_EQ(run_against(daemon, {"logs", "-n", "2", "web1"}).out, "two\nthree\n");
  EXPECT_EQ(run_against(daemon, {"logs", "-n", "0", "web1"}).out, "");
  EXPECT_EQ(run_against(daemon, {"logs", "-n", "9", "web1"}).out, log);
  EXPECT_EQ(run_against(daemon, {"logs", "-n", "x", "web1"}).status, 2);
}

TEST(TemplateCommands, ListShowRemoveBuild) {
  const Json debian{{"name", "debian-12"},
                    {"created", "2026-11-21T02:13:00Z"},
                    {"layers", {"sha256:0"}},
                    {"size_bytes", 215 << 20},
                    {"files", 9000},
                    {"init", "systemd"},
                    {"os", {{"id", "debian"}, {"version", "12"}, {"pretty", "Debian GNU/Linux 12"}}},
                    {"architecture", "amd64"},
                    {"containers", 3}};
  FakeDaemon daemon([&](const Request& request) -> Reply {
    if (request.target == "/v1/templates") return {200, page({debian})};
    return {200, debian};
  });
  const Ran list = run_against(daemon, {"template", "list", "-H"});
  EXPECT_THAT(list.out, StartsWith("debian-12  Debian GNU/Linux 12  systemd  215M  3  "));
  EXPECT_EQ(run_against(daemon, {"template", "list", "-q"}).out, "debian-12\n");
  EXPECT_THAT(run_against(daemon, {"template", "show", "debian-12"}).out, HasSubstr("Size:          215M\n"));
  EXPECT_EQ(run_against(daemon, {"template", "remove", "deb*"}).out, "debian-12: removed\n");
  EXPECT_EQ(run_against(daemon, {"template", "build", "--include", "nginx,curl", "web"}).out, "web: built\n");
  EXPECT_EQ(daemon.requests().back().body, (Json{{"packages", {"nginx", "curl"}}}));
}

TEST(TenantCommands, LabelsAreSetAndRemoved) {
  FakeDaemon daemon([](const Request&) -> Reply { return {200, Json::object()}; });
  EXPECT_EQ(run_against(daemon, {"tenant", "create", "acme", "plan=small"}).out, "acme: created\n");
  EXPECT_EQ(run_against(daemon, {"tenant", "set", "acme", "plan=", "label.x=y"}).out, "acme: changed\n");
  EXPECT_EQ(run_against(daemon, {"tenant", "set", "acme", "beta"}).status, 2);
  EXPECT_EQ(daemon.requests().at(0).body, (Json{{"name", "acme"}, {"labels", {{"plan", "small"}}}}));
  EXPECT_EQ(daemon.requests().at(1).body, (Json{{"labels", {{"plan", nullptr}, {"x", "y"}}}}));
}

TEST(TenantCommands, ResourcesAreToldFromLabels) {
  FakeDaemon daemon([](const Request&) -> Reply { return {200, Json::object()}; });
  run_against(daemon, {"tenant", "create", "dev", "--parent", "acme", "memory.guarantee=4G", "label.cpu=x"});
  run_against(daemon, {"tenant", "set", "dev", "memory=16G", "cpu.share=", "contact=ops"});
  EXPECT_EQ(daemon.requests().at(0).body, (Json{{"name", "dev"},
                                                {"parent", "acme"},
                                                {"labels", {{"cpu", "x"}}},
                                                {"set", {{"memory.guarantee", "4G"}}}}));
  EXPECT_EQ(daemon.requests().at(1).body,
            (Json{{"labels", {{"contact", "ops"}}}, {"set", {{"memory", "16G"}, {"cpu.share", ""}}}}));
  const Ran wrong = run_against(daemon, {"tenant", "set", "dev", "memory.limt=1G", "cpu.limit=much"});
  EXPECT_EQ(wrong.status, 2);
  EXPECT_THAT(wrong.err, HasSubstr("memory.limt  unknown key; did you mean `memory.limit`?"));
  EXPECT_THAT(wrong.err, HasSubstr("cpu.limit    `much`"));
  EXPECT_EQ(daemon.requests().size(), 2U);
}

TEST(TenantCommands, AreATree) {
  const FakeDaemon daemon([](const Request& request) -> Reply {
    const auto one = [](const char* name, const Json& parent) {
      return Json{
          {"name", name},
          {"parent", parent},
          {"containers", 1},
          {"labels", Json::object()},
          {"resources",
           {{"memory", {{"guarantee", std::uint64_t{4} << 30}, {"limit", "unlimited"}, {"share", 200}}},
            {"swap", {{"limit", 0}}}}}};
    };
    if (request.target.find("/v1/tenants/") == 0) return {200, one("dev", "acme")};
    return {200,
            {{"items", {one("acme", nullptr), one("beta", nullptr), one("dev", "acme"), one("web", "dev")}},
             {"next", nullptr}}};
  });
  EXPECT_EQ(run_against(daemon, {"tenant", "list", "-H"}).out,
            "acme     1  -  -\n"
            "  dev    1  -  -\n"
            "    web  1  -  -\n"
            "beta     1  -  -\n");
  EXPECT_EQ(run_against(daemon, {"tenant", "list", "-q"}).out, "acme\nbeta\ndev\nweb\n");
  const std::string shown = run_against(daemon, {"tenant", "show", "dev"}).out;
  EXPECT_THAT(shown, HasSubstr("Parent:      acme\n"));
  EXPECT_THAT(shown, HasSubstr("RESOURCE  GUARANTEE      LIMIT  SHARE\n"
                               "memory           4G  unlimited    200\n"
                               "swap              -          0      -\n"));
  EXPECT_EQ(
      Json::parse(run_against(daemon, {"tenant", "show", "-j", "dev"}).out)["resources"]["swap"]["limit"], 0);
}

TEST(PlanCommands, ApplyTellsWhatChangedWhatStaysAndWhatFailed) {
  FakeDaemon daemon([](const Request&) -> Reply {
    return {200,
            {{"plan", "small"},
             {"items",
              {{{"container", "default/web1"},
                {"changed", {{{"key", "plan.name"}}, {{"key", "memory.limit"}}}},
                {"own", {{{"key", "cpu.limit"}, {"value", 1500}, {"plan", 1000}}}}},
               {{"container", "acme/db"},
                {"error",
                 {{"code", "conflict"}, {"detail", "it is being destroyed"}, {"fields", Json::array()}}}}}}}};
  });
  const Ran ran = run_against(daemon, {"plan", "apply", "small", "web1", "acme/db"});
  EXPECT_EQ(ran.out, "default/web1: changed memory.limit; stays cpu.limit=1.5\n");
  EXPECT_THAT(ran.err, HasSubstr("cannot apply plan `small` to `acme/db`: it is being destroyed"));
  EXPECT_EQ(ran.status, 5);
  EXPECT_THAT(daemon.requests().at(0).target, StartsWith("/v1/plans/small/apply"));
  EXPECT_EQ(daemon.requests().at(0).body, (Json{{"containers", {"default/web1", "acme/db"}}}));
  run_against(daemon, {"plan", "apply", "--followers", "--override", "small"});
  EXPECT_EQ(daemon.requests().at(1).body, (Json{{"followers", true}, {"override", true}}));
  EXPECT_EQ(run_against(daemon, {"plan", "apply", "small"}).status, 2);
  EXPECT_EQ(run_against(daemon, {"plan", "apply", "--followers", "small", "web1"}).status, 2);
}

TEST(PlanCommands, CheckPrintsFiguresAndFindings) {
  const FakeDaemon daemon([](const Request&) -> Reply {
    return {200,
            {{"name", "small"},
             {"good", false},
             {"findings", {{{"weight", "error"}, {"key", "cpu.guarantee"}, {"says", "is 9"}}}},
             {"resources",
              {{{"resource", "cpu"},
                {"guarantee", 500},
                {"barrier", nullptr},
                {"limit", nullptr},
                {"host", 8000},
                {"reserve", 0},
                {"fit", 16},
                {"fit_at_limit", nullptr}}}}}};
  });
  const Ran ran = run_against(daemon, {"plan", "check", "small"});
  EXPECT_EQ(ran.out,
            "small:\n"
            "RESOURCE  GUARANTEE  BARRIER      LIMIT  HOST  FIT  FIT AT LIMIT\n"
            "cpu             0.5        -  unlimited     8   16             -\n"
            "error: cpu.guarantee is 9\n");
  EXPECT_NE(ran.status, 0);
}

TEST(PlanCommands, SplitAndScalePrintAFile) {
  FakeDaemon daemon([](const Request&) -> Reply {
    return {200, {{"text", "cpu.share=5\n"}, {"values", Json::object()}}};
  });
  EXPECT_EQ(run_against(daemon, {"plan", "split", "10"}).out, "cpu.share=5\n");
  EXPECT_EQ(run_against(daemon, {"plan", "scale", "small", "1.5"}).out, "cpu.share=5\n");
  EXPECT_EQ(daemon.requests().at(0).target, "/v1/host/split?count=10");
  EXPECT_EQ(daemon.requests().at(1).target, "/v1/plans/small/scale?factor=1.5");
}

TEST(EventsCommand, ReadsPagesByNumber) {
  const FakeDaemon daemon([](const Request& request) -> Reply {
    if (request.target.find("since=0") == std::string::npos) return {200, {{"items", Json::array()}}};
    return {200,
            {{"items",
              {{{"number", 1},
                {"time", "2026-11-21T02:13:00Z"},
                {"kind", "container.started"},
                {"object", "default/web1"},
                {"detail", nullptr}}}}}};
  });
  EXPECT_THAT(run_against(daemon, {"events"}).out,
              AllOf(StartsWith("     1  "), HasSubstr("container.started       default/web1\n")));
  EXPECT_EQ(Json::parse(run_against(daemon, {"events", "-j"}).out)["number"], 1);
}

TEST(VersionCommand, TellsBothAndTheClientAloneWithoutADaemon) {
  const FakeDaemon daemon([](const Request&) -> Reply { return {200, {{"version", "9.9"}}}; });
  EXPECT_EQ(run_against(daemon, {"version"}).out, "croft " CROFT_VERSION "\ncroftd 9.9\n");
  const Ran alone = run_line({"version", "--socket", "/nowhere/api.sock"});
  EXPECT_EQ(alone.status, 11);
  EXPECT_EQ(alone.out, "croft " CROFT_VERSION "\n");
  EXPECT_EQ(run_line({"--version"}).out, "croft " CROFT_VERSION "\n");
}

TEST(Errors, ControlCharactersDoNotReachTheTerminal) {
  const FakeDaemon daemon([](const Request&) -> Reply {
    return {409, problem(409, "conflict", "bad \x1b[2J name")};
  });
  EXPECT_THAT(run_against(daemon, {"start", "a"}).err, HasSubstr("bad \\x1b[2J name"));
}

TEST(Errors, AnswersThatAreNotUnderstoodAreSaidSo) {
  const FakeDaemon daemon([](const Request&) -> Reply { return {200, {{"next", 5}}}; });
  const Ran ran = run_against(daemon, {"logs", "web1"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err, HasSubstr("not what this version understands"));
}

TEST(Usage, WithoutACommandTheOverviewGoesToStandardError) {
  const Ran ran = run_line({});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, HasSubstr("Usage: croft COMMAND"));
  EXPECT_EQ(run_line({"template"}).status, 2);
  EXPECT_EQ(run_line({"template", "--help"}).status, 0);
  EXPECT_EQ(run_line({"bogus"}).status, 2);
}

}  // namespace
}  // namespace croft::ctl
