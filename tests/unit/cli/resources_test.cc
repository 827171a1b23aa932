// croft resources: the table, what is highlighted, and exact JSON.
#include "tests/unit/cli/resources.h"

#include "ctl/cli/resource_figures.h"

namespace croft::ctl {
namespace {

Reply two_with_resources(const Request& request) {
  if (request.target.starts_with("/v1/containers?"))
    return {200, page({container("web2", "running"), container("web1", "running")})};
  if (request.target == "/v1/containers/web1/resources?tenant=default") return {200, resources("web1")};
  if (request.target == "/v1/containers/web2/resources?tenant=default") return {200, resources("web2")};
  return {404, problem(404, "not-found", "there is no container `db`")};
}

TEST(ResourcesCommand, PrintsOneRowAResource) {
  const FakeDaemon daemon(two_with_resources);
  const Ran ran = run_against(daemon, {"resources", "web1"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(ran.out,
            "RESOURCE         HELD  MAXHELD  GUARANTEE    BARRIER      LIMIT  BURST-LEFT  SHARE  FAILCNT\n"
            "cpu              0.25     0.25        0.5          1          2        7min    100        0\n"
            "memory           300M     400M       256M       512M       1.0G       30min    100        0\n"
            "swap                0        0          -       512M       512M           -    100        0\n"
            "memswap          300M     300M          -  unlimited  unlimited           -    100        0\n"
            "io             3.0M/s   3.0M/s          -  unlimited  unlimited           -    100        0\n"
            "iops            120/s    120/s          -     1000/s     1000/s           -    100        0\n"
            "tasks              12       12          -        500        500           -    100        0\n"
            "files              80       80          -  unlimited  unlimited           -    100        0\n"
            "sockets.tcp         3        3          -        200        200           -    100        0\n"
            "sockets.other       1        1          -        200        200           -    100        0\n");
}

TEST(ResourcesCommand, SeveralHaveTheirNamesAboveAndFailuresTheirStatus) {
  const FakeDaemon daemon(two_with_resources);
  const Ran globbed = run_against(daemon, {"resources", "web*"});
  EXPECT_THAT(globbed.out, AllOf(StartsWith("web1:\nRESOURCE "), HasSubstr("\n\nweb2:\nRESOURCE ")));
  const Ran ran = run_against(daemon, {"resources", "db", "web1"});
  EXPECT_EQ(ran.status, 3);
  EXPECT_THAT(ran.out, StartsWith("web1:\n"));
  EXPECT_EQ(ran.err, "croft: cannot show the resources of `db`: there is no container `db`\n");
}

TEST(ResourcesCommand, JsonIsWhatTheDaemonSaid) {
  const FakeDaemon daemon(two_with_resources);
  const Ran ran = run_against(daemon, {"resources", "-j", "web1", "web2"});
  std::istringstream lines(ran.out);
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_EQ(Json::parse(line), resources("web1"));
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_EQ(Json::parse(line), resources("web2"));
}

TEST(ResourcesCommand, WhatIsNotCountedIsADash) {
  const FakeDaemon daemon([](const Request&) -> Reply {
    Json web = resources("web1");
    at_resource(web, "files").update({{"held", nullptr}, {"maxheld", nullptr}});
    return {200, web};
  });
  EXPECT_THAT(run_against(daemon, {"resources", "web1"}).out,
              HasSubstr("\nfiles               -        -          -  unlimited"));
}

// The row of `name` after `change`, as a colour terminal gets it.
std::string coloured_row(const std::string& name, const Json& change) {
  const FakeDaemon daemon([&](const Request&) -> Reply {
    Json web = resources("web1");
    at_resource(web, name).update(change);
    return {200, web};
  });
  std::ostringstream out;
  std::ostringstream err;
  Screen screen{.out = out, .err = err, .colour = true};
  run_croft({"resources", "web1"}, screen, {}, {{"CROFT_SOCKET", daemon.socket_path()}});
  std::istringstream lines(out.str());
  for (std::string line; std::getline(lines, line);)
    if (line.find(name) < 10) return line;
  return "";
}

TEST(ResourcesCommand, HighlightsWhatIsNearItsBounds) {
  const std::string yellow = "\x1b[33m";
  const std::string red = "\x1b[31m";
  EXPECT_THAT(coloured_row("cpu", {{"held", 1000}}), Not(HasSubstr("\x1b[")));
  EXPECT_THAT(coloured_row("cpu", {{"held", 1001}}), StartsWith(yellow + "cpu"));
  EXPECT_THAT(coloured_row("cpu", {{"held", 1899}}), StartsWith(yellow));
  EXPECT_THAT(coloured_row("cpu", {{"held", 1900}}), StartsWith(red));
  EXPECT_THAT(coloured_row("cpu", {{"failcnt", 1}}), StartsWith(red));
  EXPECT_THAT(coloured_row("swap", {{"barrier", 0}, {"limit", 0}}), Not(HasSubstr("\x1b[")));
  EXPECT_THAT(coloured_row("tasks", {{"held", 474}}), Not(HasSubstr("\x1b[")));
  EXPECT_THAT(coloured_row("tasks", {{"held", 475}}), StartsWith(red));
}

TEST(ResourceFigures, BurstIsInWhatItIsPaidWith) {
  const auto text = [](const char* resource, std::uint64_t left, bool allowed) {
    return burst_text(resource, {.amount = 0, .left = left, .allowed = allowed});
  };
  EXPECT_EQ(text("cpu", 2'550'000, true), "2.5s");
  EXPECT_EQ(text("memory", 0, false), "0s!");
  EXPECT_EQ(text("memory", 999, true), "<1ms");
  EXPECT_EQ(text("memory", 850'000, true), "850ms");
  EXPECT_EQ(text("io", 3U << 20U, false), "3.0M!");
  EXPECT_EQ(text("iops", 1500, true), "1500");
}

}  // namespace
}  // namespace croft::ctl
