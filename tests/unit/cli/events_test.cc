// croft events: which are shown, and resource events in words.
#include "ctl/cli/event_text.h"

#include "tests/unit/cli/containers.h"

namespace croft::ctl {
namespace {

constexpr std::uint64_t kMega = std::uint64_t{1} << 20U;

Json event(int number, const std::string& kind, const std::string& object, const Json& detail = nullptr) {
  return {{"number", number},
          {"time", "2026-11-21T02:13:00Z"},
          {"kind", kind},
          {"object", object},
          {"uuid", object == "keeper" ? Json() : Json("6c1f0c5e-" + std::to_string(number))},
          {"detail", detail}};
}

std::string words(const std::string& kind, const Json& detail) {
  return event_text(Json::parse(event(1, "resource." + kind, "default/web1", detail).dump()));
}

Json memory(std::uint64_t held, std::uint64_t bound) {
  return {{"resource", "memory"}, {"held", held * kMega}, {"bound", bound * kMega}};
}

TEST(EventText, SaysWhatHappenedToAResource) {
  Json threshold = memory(812, 800);
  threshold["action"] = "event";
  EXPECT_EQ(words("threshold", threshold), "memory 812M, over its threshold of 800M (event)");
  EXPECT_EQ(words("burst-ended", {{"resource", "cpu"}, {"held", 1500}, {"bound", 1000}}),
            "cpu 1.5 cores, burst used up, held at its barrier of 1 core");
  EXPECT_EQ(words("burst-again", {{"resource", "cpu"}, {"held", 500}, {"bound", 2000}}),
            "cpu 0.5 cores, may burst again above its barrier of 2 cores");
  EXPECT_EQ(words("squeezed", memory(812, 512)),
            "memory 812M, held at its barrier of 512M, as the host is short");
  EXPECT_EQ(words("released", memory(500, 512)),
            "memory 500M, may burst again above its barrier of 512M, as the host has room");
  EXPECT_EQ(words("barrier", {{"resource", "sockets.tcp"}, {"held", 120}, {"bound", 100}}),
            "sockets.tcp 120, over its barrier of 100");
  EXPECT_EQ(words("throttled", {{"resource", "io"}, {"held", 12 * kMega}, {"bound", 10 * kMega}}),
            "io 12M/s, held back at its bound of 10M/s");
  EXPECT_EQ(words("throttled", {{"resource", "iops"}, {"held", 90}, {"bound", nullptr}}),
            "iops 90/s, held back at its bound");
  EXPECT_THAT(words("stuck", memory(512, 512)),
              StartsWith("memory 512M, stopped at its barrier of 512M without"));
}

TEST(EventText, NamesVictimsOrCountsThem) {
  Json oom = memory(1024, 1024);
  oom["count"] = 1;
  EXPECT_EQ(words("oom", oom), "memory 1.0G, at its limit of 1.0G: a process was killed");
  oom["count"] = 3;
  EXPECT_EQ(words("oom", oom), "memory 1.0G, at its limit of 1.0G: 3 processes were killed");
  oom["victims"] = {{{"pid", 4711}, {"name", "mysqld"}, {"anon_bytes", 812 * kMega}},
                    {{"pid", 12}, {"name", "sh"}}};
  oom["action"] = "kill-container";
  EXPECT_EQ(words("oom", oom),
            "memory 1.0G, at its limit of 1.0G: killed mysqld (4711, 812M), sh (12) (kill-container)");
  Json tasks{{"resource", "tasks"}, {"held", 100}, {"bound", 100}, {"count", 1}};
  EXPECT_EQ(words("refused", tasks), "tasks 100, at its limit of 100: refused once");
  tasks["count"] = 3;
  EXPECT_EQ(words("refused", tasks), "tasks 100, at its limit of 100: refused 3 times");
}

TEST(EventText, LeavesOthersAsTheyAre) {
  EXPECT_EQ(words("oom", nullptr), "");
  EXPECT_EQ(words("unheard-of", {{"a", 1}}), "a=1");
  EXPECT_EQ(words("oom", {{"why", "x"}}), "why=x");
  EXPECT_EQ(event_text(event(1, "container.failed", "default/web1", "no template")), "no template");
}

Reply five_events(const Request& request) {
  if (request.target.find("since=0") == std::string::npos) return {200, {{"items", Json::array()}}};
  Json oom = memory(10, 10);
  oom["victims"] = Json::array({{{"pid", 7}, {"name", "a\n\x1b[2J"}}});
  return {200,
          {{"items",
            {event(1, "container.started", "default/web1"), event(2, "resource.oom", "default/web1", oom),
             event(3, "resource.refused", "acme/web1"), event(4, "keeper.upgraded", "keeper"),
             event(5, "resource.barrier", "default/db")}}}};
}

// The numbers of the events that are shown.
std::string shown(const FakeDaemon& daemon, std::vector<std::string> words) {
  words.insert(words.begin(), {"events", "-j"});
  std::istringstream lines(run_against(daemon, words).out);
  std::string numbers;
  for (std::string line; std::getline(lines, line);)
    numbers += std::to_string(Json::parse(line)["number"].get<int>());
  return numbers;
}

TEST(EventsCommand, ShowsOnlyWhatWasAskedFor) {
  const FakeDaemon daemon(five_events);
  EXPECT_EQ(shown(daemon, {}), "12345");
  EXPECT_EQ(shown(daemon, {"web1"}), "12");
  EXPECT_EQ(shown(daemon, {"-t", "acme", "web1"}), "3");
  EXPECT_EQ(shown(daemon, {"*/web1", "db"}), "1235");
  EXPECT_EQ(shown(daemon, {"6c1f0c5e-5"}), "5");
  EXPECT_EQ(shown(daemon, {"--kind", "resource.*"}), "235");
  EXPECT_EQ(shown(daemon, {"-k", "*.oom", "-k", "keeper.*"}), "24");
  EXPECT_EQ(shown(daemon, {"-k", "resource.*", "web*"}), "2");
  EXPECT_EQ(run_against(daemon, {"events", "a/b/c"}).status, 2);
}

TEST(EventsCommand, OneLineEachWhateverAProcessCallsItself) {
  const FakeDaemon daemon(five_events);
  EXPECT_THAT(run_against(daemon, {"events", "-k", "*.oom"}).out,
              HasSubstr("resource.oom            default/web1  memory 10M, at its limit of 10M: killed "
                        "a\\x0a\\x1b[2J (7)\n"));
}

}  // namespace
}  // namespace croft::ctl
