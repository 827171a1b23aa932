// croft net class and croft net usage.
#include "tests/unit/cli/containers.h"

namespace croft::ctl {
namespace {

Json classes() {
  return Json::array({{{"name", "0"}, {"prefixes", {"10.9.0.0/16"}}},
                      {{"name", "10"}, {"prefixes", {"203.0.113.0/24", "2001:db8::/32"}}},
                      {{"name", "2"}, {"prefixes", {"10.0.0.0/8"}}}});
}

Json counted(unsigned number, std::uint64_t bytes) {
  const Json in{{"packets", bytes / 100}, {"bytes", bytes}};
  return {{"class", number}, {"in", in}, {"out", {{"packets", 0}, {"bytes", 0}}}};
}

TEST(NetClassListCommand, OrdersByNumberAndNamesTheRest) {
  FakeDaemon daemon([](const Request&) -> Reply { return {200, {{"items", classes()}, {"next", nullptr}}}; });
  EXPECT_EQ(run_against(daemon, {"net", "class", "list"}).out,
            "CLASS  PREFIX\n"
            "    0  10.9.0.0/16\n"
            "    0  all others\n"
            "    2  10.0.0.0/8\n"
            "   10  203.0.113.0/24\n"
            "   10  2001:db8::/32\n");
  EXPECT_EQ(run_against(daemon, {"net", "class", "ls", "-q"}).out, "0\n10\n2\n");
}

TEST(NetClassAddCommand, SendsEveryPrefixWithTheNumber) {
  FakeDaemon daemon([](const Request&) -> Reply { return {201, classes()[2]}; });
  const Ran ran = run_against(daemon, {"net", "class", "add", "2", "10.0.0.0/8", "fd00::/8"});
  EXPECT_THAT(ran.out, AllOf(HasSubstr("10.0.0.0/8: added\n"), HasSubstr("fd00::/8: added\n")))
      << "in any order";
  ASSERT_EQ(daemon.requests().size(), 2U);
  EXPECT_EQ(daemon.requests()[0].body["class"], 2);
  for (const char* wrong : {"16", "x", "", "100", "-1", "1.0"}) {
    const Ran refused = run_against(daemon, {"net", "class", "add", "--", wrong, "10.0.0.0/8"});
    EXPECT_EQ(refused.status, 2) << wrong;
  }
  EXPECT_EQ(daemon.requests().size(), 2U);
}

TEST(NetClassRemoveCommand, NamesThePrefixInTheQuery) {
  FakeDaemon daemon([](const Request&) -> Reply { return {200, {{"name", "2"}}}; });
  EXPECT_EQ(run_against(daemon, {"net", "class", "rm", "2", "--prefix", "10.0.0.0/8"}).out, "2: removed\n");
  EXPECT_EQ(daemon.requests().at(0).method, "DELETE");
  EXPECT_THAT(daemon.requests().at(0).target, StartsWith("/v1/net/classes/2?prefix=10.0.0.0"));
}

TEST(NetUsageCommand, HasARowForEachClassOfEachContainer) {
  FakeDaemon daemon([](const Request&) -> Reply {
    const Json web{{"uuid", "u"},
                   {"name", "web1"},
                   {"tenant", "acme"},
                   {"state", "running"},
                   {"traffic", {counted(0, 200), counted(10, 5 << 20)}}};
    return {200, {{"items", Json::array({web})}, {"next", nullptr}}};
  });
  EXPECT_EQ(run_against(daemon, {"net", "usage", "-A"}).out,
            "CONTAINER  CLASS    IN  OUT  PACKETS IN  PACKETS OUT\n"
            "acme/web1      0   200    0           2            0\n"
            "acme/web1     10  5.0M    0       52428            0\n");
  EXPECT_THAT(daemon.requests().at(0).target, HasSubstr("all_tenants=1"));
  const Json json = Json::parse(run_against(daemon, {"net", "usage", "-t", "acme", "-j"}).out);
  EXPECT_EQ(json[0]["traffic"][1]["in"]["bytes"], 5 << 20);
  EXPECT_EQ(run_against(daemon, {"net", "usage", "-H", "-t", "acme", "other"}).out, "");
}

}  // namespace
}  // namespace croft::ctl
