// croft net: pools, addresses, and what was dropped.
#include <set>

#include "tests/unit/cli/containers.h"

namespace croft::ctl {
namespace {

Json prefix(const std::string& text, std::uint64_t capacity, std::uint64_t leased, bool embedded) {
  return {{"prefix", text},
          {"capacity", capacity},
          {"leased", leased},
          {"embedded", embedded},
          {"nat", embedded}};
}

Json pools() {
  return Json::array(
      {{{"name", "default"},
        {"prefixes",
         {prefix("10.207.0.0/16", 65534, 2, true), prefix("fd63::/64", std::uint64_t{1} << 62, 2, true)}}},
       {{"name", "public"}, {"prefixes", {prefix("203.0.113.0/29", 6, 1, false)}}}});
}

Json network() {
  return {{"uuid", "u"},
          {"name", "web1"},
          {"tenant", "acme"},
          {"state", "running"},
          {"mode", "routed"},
          {"interface", "cr0123456789ab"},
          {"mac", "02:01"},
          {"addresses", {"203.0.113.1"}},
          {"pool", "public"},
          {"isolation", "tenant"},
          {"forwards", {"8080:80/tcp", "53:53/udp"}}};
}

TEST(NetListCommand, ShowsPoolsAndContainers) {
  FakeDaemon daemon([](const Request& request) -> Reply {
    const bool of_pools = request.target.starts_with("/v1/net/pools");
    return {200, {{"items", of_pools ? pools() : Json::array({network()})}, {"next", nullptr}}};
  });
  EXPECT_EQ(run_against(daemon, {"net", "list", "-A"}).out,
            "POOL     PREFIX          ADDRESSES  LEASED  NAT  FROM\n"
            "default  10.207.0.0/16       65534       2  yes  daemon\n"
            "default  fd63::/64          plenty       2  yes  daemon\n"
            "public   203.0.113.0/29          6       1  no   added\n"
            "\n"
            "CONTAINER  STATE    INSIDE  MODE    LINK            POOL    ADDRESSES\n"
            "acme/web1  running  eth0    routed  cr0123456789ab  public  203.0.113.1\n");
  EXPECT_THAT(daemon.requests().at(1).target, HasSubstr("all_tenants=1"));
  const Json json = Json::parse(run_against(daemon, {"net", "list", "-t", "acme", "-j"}).out);
  EXPECT_EQ(json["containers"][0]["name"], "web1");
  EXPECT_EQ(json["pools"].size(), 2U);
}

TEST(NetPoolSetCommand, SaysWhetherAddressesAreTranslated) {
  FakeDaemon daemon([](const Request&) -> Reply { return {200, pools()[1]}; });
  EXPECT_EQ(run_against(daemon, {"net", "pool", "set", "public", "inner", "nat=no"}).status, 0);
  ASSERT_EQ(daemon.requests().size(), 2U);
  EXPECT_EQ(daemon.requests()[0].body, (Json{{"nat", false}}));
  std::set<std::string> targets;
  for (const Request& request : daemon.requests())
    targets.insert(request.target.substr(0, request.target.find('?')));
  EXPECT_EQ(targets, (std::set<std::string>{"/v1/net/pools/inner", "/v1/net/pools/public"}));
  run_against(daemon, {"net", "pool", "set", "public", "nat=yes", "--prefix", "203.0.113.0/29"});
  EXPECT_EQ(daemon.requests().at(2).body, (Json{{"nat", true}, {"prefix", "203.0.113.0/29"}}));
  const Ran ran = run_against(daemon, {"net", "pool", "set", "public", "inner"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.err, HasSubstr("`inner` is no setting of a pool"));
  EXPECT_EQ(daemon.requests().size(), 3U);
}

TEST(NetForwardListCommand, ShowsWhereEachPortLeads) {
  FakeDaemon daemon([](const Request&) -> Reply {
    return {200, {{"items", Json::array({network()})}, {"next", nullptr}}};
  });
  EXPECT_EQ(run_against(daemon, {"net", "forward", "list", "-A"}).out,
            "FORWARD      CONTAINER  ADDRESSES\n"
            "8080:80/tcp  acme/web1  203.0.113.1\n"
            "53:53/udp    acme/web1  203.0.113.1\n");
  const Json json = Json::parse(run_against(daemon, {"net", "forward", "ls", "-j", "-A"}).out);
  EXPECT_EQ(json[1]["forward"], "53:53/udp");
  EXPECT_EQ(json[1]["container"], "web1");
}

// The order in which prefixes are added is the order in which they are used up.
TEST(NetPoolAddCommand, AddsOneAfterTheOtherAndTellsTheFirstFailure) {
  FakeDaemon daemon([](const Request& request) -> Reply {
    if (request.body["prefix"] == "bad") return {409, fakes::problem(409, "exists", "it overlaps")};
    return {201, pools()[1]};
  });
  const Ran ran =
      run_against(daemon, {"net", "pool", "add", "10.1.0.0/16", "bad", "10.2.0.0/16", "--name", "p"});
  EXPECT_EQ(ran.out, "10.1.0.0/16: added\n10.2.0.0/16: added\n");
  EXPECT_THAT(ran.err, HasSubstr("cannot add `bad`: it overlaps"));
  EXPECT_EQ(ran.status, 4);
  const std::vector<Request> seen = daemon.requests();
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[2].body, (Json{{"prefix", "10.2.0.0/16"}, {"name", "p"}}));
}

TEST(NetPoolRemoveCommand, NamesThePrefixInTheQuery) {
  FakeDaemon daemon([](const Request&) -> Reply { return {200, {{"name", "p"}}}; });
  EXPECT_EQ(run_against(daemon, {"net", "pool", "rm", "p", "--prefix", "10.1.0.0/16"}).out, "p: removed\n");
  EXPECT_EQ(daemon.requests().at(0).method, "DELETE");
  EXPECT_THAT(daemon.requests().at(0).target, StartsWith("/v1/net/pools/p?prefix=10.1.0.0"));
}

TEST(NetShowCommand, CountsWhatWasDroppedByReason) {
  FakeDaemon daemon([](const Request&) -> Reply {
    Json shown = network();
    shown["unfiltered"] = nullptr;
    shown["dropped"] = {{"mac", {{"packets", 3}, {"bytes", 180}}}};
    return {200, shown};
  });
  const Ran ran = run_against(daemon, {"net", "show", "acme/web1"});
  EXPECT_THAT(ran.out, HasSubstr("Isolation:  tenant\n"));
  EXPECT_THAT(ran.out, HasSubstr("mac                 3    180\n"));
  EXPECT_EQ(ran.out.find("Unfiltered"), std::string::npos);
  EXPECT_THAT(daemon.requests().at(0).target, HasSubstr("/v1/containers/web1/net?tenant=acme"));
}

TEST(NetCommands, HalfANameIsAGroup) {
  FakeDaemon daemon([](const Request&) -> Reply { return {200, {}}; });
  EXPECT_EQ(run_against(daemon, {"net", "pool"}).status, 2);
  EXPECT_THAT(run_against(daemon, {"net", "pool", "--help"}).out, HasSubstr("pool add"));
  EXPECT_THAT(run_against(daemon, {"net", "pool", "ad"}).err, HasSubstr("unknown command `net pool ad`"));
  EXPECT_THAT(run_against(daemon, {"net", "lst"}).err, HasSubstr("did you mean `list`?"));
}

}  // namespace
}  // namespace croft::ctl
