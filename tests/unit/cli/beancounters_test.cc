// croft beancounters: the classic table to the byte, and where its figures come from.
#include "ctl/cli/beancounters.h"

#include "tests/unit/cli/resources.h"

namespace croft::ctl {
namespace {

const std::string kHead =
    "Version: 2.5\n"
    "       uid  resource                     held              maxheld              barrier"
    "                limit              failcnt\n";

// web1 of resources.h: 300 MiB of memory within 256M:512M:1G and 512 MiB of swap, none used.
const std::string kWeb1 =
    "      web1: kmemsize                        0                    0"
    "  9223372036854775807  9223372036854775807                    0\n"
    "            lockedpages                     0                    0"
    "  9223372036854775807  9223372036854775807                    0\n"
    "            privvmpages                 76800                76800"
    "               262144               393216                    0\n"
    "            shmpages                        0                    0"
    "  9223372036854775807  9223372036854775807                    0\n"
    "            dummy                           0                    0"
    "                    0                    0                    0\n"
    "            numproc                        12                   12"
    "                  500                  500                    0\n"
    "            physpages                   76800               102400"
    "               131072               262144                    0\n"
    "            vmguarpages                     0                    0"
    "                65536  9223372036854775807                    0\n"
    "            oomguarpages                76800                76800"
    "                65536  9223372036854775807                    0\n"
    "            numtcpsock                      3                    3"
    "                  200                  200                    0\n"
    "            numflock                        0                    0"
    "  9223372036854775807  9223372036854775807                    0\n"
    "            numpty                          0                    0"
    "  9223372036854775807  9223372036854775807                    0\n"
    "            numsiginfo                      0                    0"
    "  9223372036854775807  9223372036854775807                    0\n"
    "            tcpsndbuf                       0                    0"
    "  9223372036854775807  9223372036854775807                    0\n"
    "            tcprcvbuf                       0                    0"
    "  9223372036854775807  9223372036854775807                    0\n"
    "            othersockbuf                    0                    0"
    "  9223372036854775807  9223372036854775807                    0\n"
    "            dgramrcvbuf                     0                    0"
    "  9223372036854775807  9223372036854775807                    0\n"
    "            numothersock                    1                    1"
    "                  200                  200                    0\n"
    "            dcachesize                      0                    0"
    "  9223372036854775807  9223372036854775807                    0\n"
    "            numfile                        80                   80"
    "  9223372036854775807  9223372036854775807                    0\n"
    "            dummy                           0                    0"
    "                    0                    0                    0\n"
    "            dummy                           0                    0"
    "                    0                    0                    0\n"
    "            dummy                           0                    0"
    "                    0                    0                    0\n"
    "            numiptent                       0                    0"
    "  9223372036854775807  9223372036854775807                    0\n";

std::vector<ResourceFigures> figures(const Json& container) {
  return resources_of(Json::parse(container.dump()));
}

Beancounter row(const Json& container, const std::string& name) {
  for (const Beancounter& found : beancounters_of(figures(container)))
    if (found.resource == name) return found;
  return {};
}

TEST(Beancounters, AreTheClassicTable) {
  EXPECT_EQ(beancounter_head(), kHead);
  EXPECT_EQ(beancounter_rows("web1", beancounters_of(figures(resources("web1")))), kWeb1);
}

TEST(Beancounters, OfNothingAreAllThere) {
  const std::vector<Beancounter> rows = beancounters_of({});
  ASSERT_EQ(rows.size(), kClassicRows + 1);
  for (const Beancounter& one : rows) {
    SCOPED_TRACE(one.resource);
    const bool dummy = one.resource == "dummy";
    EXPECT_EQ(one.held + one.maxheld + one.failcnt, 0U);
    EXPECT_EQ(one.limit, dummy ? 0 : kBeancounterMax);
    const bool promised = one.resource == "vmguarpages" || one.resource == "oomguarpages";
    EXPECT_EQ(one.barrier, promised ? 0 : one.limit);
  }
  EXPECT_EQ(rows.back().resource, "swappages");
}

TEST(Beancounters, NumbersStayInsideTheTable) {
  Json web = resources("web1");
  at_resource(web, "tasks").update({{"held", 18446744073709551615U}, {"limit", 18446744073709551615U}});
  at_resource(web, "swap").update({{"barrier", 18446744073709551615U}, {"limit", 18446744073709551615U}});
  EXPECT_EQ(row(web, "numproc").held, kBeancounterMax);
  EXPECT_EQ(row(web, "numproc").limit, kBeancounterMax);
  EXPECT_EQ(row(web, "privvmpages").limit, kBeancounterMax);
  std::istringstream lines(beancounter_rows("0123456789", beancounters_of(figures(web))));
  for (std::string line; std::getline(lines, line);) EXPECT_EQ(line.size(), 10 + 1 + 1 + 12 + 5 * 21U);
}

TEST(Beancounters, PagesOfMemoryAndSwapAreBoundByTheirSumToo) {
  constexpr std::uint64_t kMega = 256;  // pages
  Json web = resources("web1");
  EXPECT_EQ(row(web, "privvmpages").limit, (1024 + 512) * kMega);
  at_resource(web, "memswap")
      .update({{"held", 310U << 20U}, {"barrier", 1200U << 20U}, {"limit", 1200U << 20U}});
  EXPECT_EQ(row(web, "privvmpages").limit, 1200 * kMega);
  EXPECT_EQ(row(web, "privvmpages").barrier, 1024 * kMega);
  EXPECT_EQ(row(web, "oomguarpages").held, 310 * kMega);
  EXPECT_EQ(row(web, "physpages").held, 300 * kMega);
  at_resource(web, "memory")["limit"] = nullptr;
  EXPECT_EQ(row(web, "physpages").limit, kBeancounterMax);
  EXPECT_EQ(row(web, "privvmpages").limit, 1200 * kMega);
  at_resource(web, "memswap").update({{"limit", nullptr}, {"held", nullptr}});
  EXPECT_EQ(row(web, "privvmpages").limit, kBeancounterMax);
  EXPECT_EQ(row(web, "privvmpages").held, 300 * kMega);
}

TEST(Beancounters, PartsOfMemoryAreTheirOwnRows) {
  Json web = resources("web1");
  web["memory_parts"] = {
      {"kernel", 5000}, {"locked", 8192}, {"shared", 4096}, {"slab", nullptr}, {"sockets", 77}};
  std::map<std::string_view, std::uint64_t> held;
  for (const Beancounter& one : beancounters_of(figures(web), memory_parts_of(Json::parse(web.dump())))) {
    held[one.resource] = one.held;
    EXPECT_GE(one.maxheld, one.held) << one.resource;
  }
  EXPECT_EQ(held["kmemsize"], 5000U);
  EXPECT_EQ(held["lockedpages"], 2U);
  EXPECT_EQ(held["shmpages"], 1U);
  EXPECT_EQ(held["tcprcvbuf"], 77U);
  EXPECT_EQ(held["dcachesize"], 0U);
}

TEST(Beancounters, FailuresAreCountedOnce) {
  Json web = resources("web1");
  at_resource(web, "memory")["failcnt"] = 7;
  at_resource(web, "memswap")["failcnt"] = 7;
  at_resource(web, "tasks")["failcnt"] = 2;
  std::uint64_t all = 0;
  for (const Beancounter& one : beancounters_of(figures(web))) all += one.failcnt;
  EXPECT_EQ(all, 9U);
  EXPECT_EQ(row(web, "physpages").failcnt, 7U);
  EXPECT_EQ(row(web, "numproc").failcnt, 2U);
}

TEST(Beancounters, TheUidIsTheNameWhereItFits) {
  EXPECT_EQ(beancounter_uid("acme/web1", "6c1f0c5e-0000"), "acme/web1");
  EXPECT_EQ(beancounter_uid("0123456789", "6c1f0c5e-0000"), "0123456789");
  EXPECT_EQ(beancounter_uid("0123456789a", "6c1f0c5e-0000"), "6c1f0c5e");
  EXPECT_EQ(beancounter_uid("a\x1b[2J", "6c1f0c5e-0000"), "a\\x1b[2J");
}

TEST(BeancountersCommand, PrintsWhatIsNamedOrAllThatRun) {
  const FakeDaemon daemon([](const Request& request) -> Reply {
    if (request.target == "/v1/resources?parts=1&tenant=default")
      return {200, page({resources("web2"), resources("web1")})};
    if (request.target == "/v1/resources?all_tenants=1&parts=1")
      return {200, page({resources("web1", "acme")})};
    if (request.target == "/v1/containers/web1/resources?parts=1&tenant=default")
      return {200, resources("web1")};
    return {409, problem(409, "conflict", "`db` does not run")};
  });
  EXPECT_EQ(run_against(daemon, {"beancounters", "web1"}).out, kHead + kWeb1);
  const Ran all = run_against(daemon, {"beancounters"});
  EXPECT_THAT(all.out, StartsWith(kHead + kWeb1 + "      web2: kmemsize "));
  EXPECT_THAT(run_against(daemon, {"beancounters", "-A"}).out, StartsWith(kHead + " acme/web1: kmemsize "));
  const Ran bad = run_against(daemon, {"beancounters", "db", "web1"});
  EXPECT_EQ(bad.status, 5);
  EXPECT_EQ(bad.out, kHead + kWeb1);
  EXPECT_EQ(bad.err, "croft: cannot show the beancounters of `db`: `db` does not run\n");
}

TEST(BeancountersCommand, WhatFailsPrintsOnlyItsError) {
  const FakeDaemon daemon([](const Request& request) -> Reply {
    if (request.target == "/v1/resources?parts=1&tenant=default") return {200, page({})};
    if (request.target == "/v1/resources?parts=1&tenant=acme")
      return {404, problem(404, "not-found", "no tenant")};
    return {404, problem(404, "not-found", "there is no container `nobody`")};
  });
  for (std::vector<std::string> words :
       {std::vector<std::string>{"nobody"}, {"nobody", "none"}, {"-t", "acme"}}) {
    words.insert(words.begin(), "beancounters");
    const Ran ran = run_against(daemon, words);
    EXPECT_EQ(ran.status, 3) << words[1];
    EXPECT_EQ(ran.out, "") << words[1];
    EXPECT_THAT(ran.err, StartsWith("croft: ")) << words[1];
  }
  EXPECT_EQ(run_against(daemon, {"beancounters"}).out, kHead);  // an answer, though an empty one
}

TEST(BeancountersCommand, JsonHasSwapAndNoDummies) {
  const FakeDaemon daemon([](const Request&) -> Reply { return {200, resources("web1")}; });
  const Json json = Json::parse(run_against(daemon, {"beancounters", "-j", "web1"}).out);
  EXPECT_EQ(json["name"], "web1");
  ASSERT_EQ(json["beancounters"].size(), 21U);
  EXPECT_EQ(json["beancounters"][0], (Json{{"resource", "kmemsize"},
                                           {"held", 0},
                                           {"maxheld", 0},
                                           {"barrier", kBeancounterMax},
                                           {"limit", kBeancounterMax},
                                           {"failcnt", 0}}));
  EXPECT_EQ(json["beancounters"][20]["resource"], "swappages");
  EXPECT_EQ(json["beancounters"][20]["limit"], 131072);
}

}  // namespace
}  // namespace croft::ctl
