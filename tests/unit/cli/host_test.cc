// croft host show and set.
#include "tests/unit/cli/containers.h"

namespace croft::ctl {
namespace {

Json host_resource(const std::string& name, const std::string& unit, const Json& capacity,
                   std::uint64_t worst) {
  return {{"resource", name}, {"unit", unit},  {"capacity", capacity}, {"reserve", 0},  {"held", 0},
          {"guaranteed", 0},  {"promised", 0}, {"worst", worst},       {"unlimited", 0}};
}

Json host() {
  constexpr std::uint64_t kGiga = std::uint64_t{1} << 30U;
  Json memory = host_resource("memory", "bytes", 64 * kGiga, 126 * kGiga);
  memory.update(
      {{"reserve", kGiga}, {"held", 12 * kGiga}, {"guaranteed", 20 * kGiga}, {"promised", 40 * kGiga}});
  Json io = host_resource("io", "bytes/s", nullptr, 0);
  io["unlimited"] = 3;
  Json iops = host_resource("iops", "1/s", 20000, 8000);
  iops["unlimited"] = 1;
  Json swap = host_resource("swap", "bytes", kGiga, kGiga);
  swap["reserve"] = kGiga;
  return {{"hostname", "node1"},
          {"cpus", 8},
          {"resources", {host_resource("cpu", "milli-cpu", 8000, 2000), memory, swap, io, iops}}};
}

TEST(HostShow, HasASumForEveryResource) {
  const FakeDaemon daemon([](const Request&) -> Reply { return {200, host()}; });
  EXPECT_EQ(run_against(daemon, {"host", "show"}).out,
            "Cpus:      8\n"
            "Hostname:  node1\n"
            "\n"
            "RESOURCE  CAPACITY  RESERVE  USED  GUARANTEED  PROMISED   WORST  OVERSELL\n"
            "cpu              8        0     0           0         0       2      0.25\n"
            "memory         64G     1.0G   12G         20G       40G    126G      2.00\n"
            "swap          1.0G     1.0G     0           0         0    1.0G         -\n"
            "io               -      0/s   0/s         0/s       0/s     0/s         -\n"
            "iops       20000/s      0/s   0/s         0/s       0/s  8000/s      0.40\n"
            "io: 3 containers without a limit, not in WORST\n"
            "iops: 1 container without a limit, not in WORST\n");
  EXPECT_EQ(Json::parse(run_against(daemon, {"host", "show", "-j"}).out), host());
}

TEST(HostShow, OfADaemonWithoutSumsIsAsBefore) {
  const FakeDaemon daemon([](const Request&) -> Reply { return {200, {{"hostname", "node1"}}}; });
  EXPECT_EQ(run_against(daemon, {"host", "show"}).out, "Hostname:  node1\n");
}

TEST(HostSet, SendsWhatWasTyped) {
  FakeDaemon daemon([](const Request& request) -> Reply {
    if (request.target.find("dry_run=1") == std::string::npos) return {200, host()};
    return {200, {{"changes", {{{"do", "set"}, {"object", "reserve.memory"}, {"value", "1G"}}}}}};
  });
  const Ran ran = run_against(daemon, {"host", "set", "reserve.memory=1G", "capacity.io="});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.out, "host: changed\n");
  const Request seen = daemon.requests().at(0);
  EXPECT_EQ(seen.method, "PATCH");
  EXPECT_THAT(seen.target, StartsWith("/v1/host?"));
  EXPECT_EQ(seen.body, (Json{{"set", {{"reserve.memory", "1G"}, {"capacity.io", ""}}}}));
  EXPECT_EQ(run_against(daemon, {"host", "set", "--dry-run", "reserve.memory=1G"}).out,
            "host:\n  set reserve.memory = 1G\n");
}

TEST(HostSet, RefusesWhatIsNoSetting) {
  FakeDaemon daemon([](const Request&) -> Reply { return {200, host()}; });
  EXPECT_EQ(run_against(daemon, {"host", "set", "reserve.memory"}).status, 2);
  EXPECT_EQ(run_against(daemon, {"host", "set", "reserve.cpu=1", "reserve.cpu=2"}).status, 2);
  EXPECT_EQ(run_against(daemon, {"host", "set"}).status, 2);
  EXPECT_TRUE(daemon.requests().empty());
}

TEST(HostSet, SaysWhatTheDaemonRefused) {
  const FakeDaemon daemon([](const Request&) -> Reply {
    Json told = problem(400, "invalid", "reserve.memory: is more than this host has");
    told["fields"] = Json::array({{{"path", "reserve.memory"}, {"message", "is more than this host has"}}});
    return {400, told};
  });
  const Ran ran = run_against(daemon, {"host", "set", "reserve.memory=1T"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_EQ(ran.err, "croft: cannot change `host`: reserve.memory: is more than this host has\n");
}

}  // namespace
}  // namespace croft::ctl
