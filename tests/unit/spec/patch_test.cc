#include "ctl/spec/patch.h"

#include <gtest/gtest.h>

#include "ctl/spec/spec.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::FieldError;

Json set(const char* spec, const std::map<std::string, std::string>& assignments) {
  return apply_assignments(parse_json(spec), assignments);
}

std::string refusal(const std::map<std::string, std::string>& assignments) {
  try {
    (void)apply_assignments(Json::object(), assignments);
  } catch (const runtime::Error& error) {
    return error.what();
  }
  return "accepted";
}

// RFC 7396, appendix A.
TEST(MergePatch, ExamplesOfTheStandard) {
  const std::vector<std::array<const char*, 3>> examples{
      {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
      {R"({"a":"b"})", R"({"a":null})", R"({})"},
      {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
      {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
      {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
      {R"([1,2])", R"({"a":"b","c":null})", R"({"a":"b"})"},
      {R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
      {R"({"a":"foo"})", R"("bar")", R"("bar")"}};
  for (const auto& [target, patch, result] : examples)
    EXPECT_EQ(merge_patch(parse_json(target), parse_json(patch)), parse_json(result)) << patch;
}

TEST(Assign, TypedTextBecomesCanonicalJson) {
  EXPECT_EQ(set("{}", {{"memory.limit", "512M"}}), parse_json(R"({"memory":{"limit":536870912}})"));
  EXPECT_EQ(set("{}", {{"cpu.limit", "0.5"}}), parse_json(R"({"cpu":{"limit":500}})"));
  EXPECT_EQ(set("{}", {{"cpu.limit", "unlimited"}}), parse_json(R"({"cpu":{"limit":"unlimited"}})"));
  EXPECT_EQ(set("{}", {{"stop.timeout", "2min"}, {"stop.signal", "TERM"}}),
            parse_json(R"({"stop":{"timeout":120,"signal":15}})"));
  EXPECT_EQ(set("{}", {{"pty", "no"}, {"ephemeral", "on"}}), parse_json(R"({"pty":false,"ephemeral":true})"));
  EXPECT_EQ(set("{}", {{"oom_score", "-5"}}), parse_json(R"({"oom_score":-5})"));
  EXPECT_EQ(set("{}", {{"sysctl.net.ipv4.ip_forward", "1"}}),
            parse_json(R"({"sysctl":{"net.ipv4.ip_forward":"1"}})"));
  EXPECT_EQ(set("{}", {{"rlimit.nofile", "1K"}}), parse_json(R"({"rlimit":{"nofile":"1024:1024"}})"));
  EXPECT_EQ(set("{}", {{"env.A", "[x]"}}), parse_json(R"({"env":{"A":"[x]"}})"));
}

TEST(Assign, CommandsAreCutAtBlanksOrGivenAsJson) {
  EXPECT_EQ(set("{}", {{"command", "/bin/sleep  60"}})["command"], parse_json(R"(["/bin/sleep","60"])"));
  EXPECT_EQ(set("{}", {{"command", R"(["sh","-c","a b"])"}})["command"], parse_json(R"(["sh","-c","a b"])"));
  EXPECT_EQ(refusal({{"command", "sh -c 'a b'"}}),
            R"(command: contains quotes: write a JSON list, as in ["sh","-c","echo a b"])");
  EXPECT_EQ(refusal({{"command", "[\"a\""}}), "command: is not valid JSON at byte 5");
  EXPECT_EQ(refusal({{"command", "[1]"}}), "command: must be text, not number");
  EXPECT_EQ(set(R"({"command":["a","b"]})", {{"command+", "b"}})["command"], parse_json(R"(["a","b","b"])"));
}

TEST(Assign, EmptyTextUnsets) {
  EXPECT_EQ(set(R"({"memory":{"limit":5},"hostname":"a"})", {{"memory.limit", ""}}),
            parse_json(R"({"hostname":"a"})"));
  EXPECT_EQ(set(R"({"env":{"A":"b","B":"c"}})", {{"env.A", ""}}), parse_json(R"({"env":{"B":"c"}})"));
  EXPECT_EQ(set(R"({"env":{"A":"b"}})", {{"env.A", ""}}), Json::object());
  EXPECT_EQ(set(R"({"env":{"A":"b","B":"c"}})", {{"env", ""}}), Json::object());
  EXPECT_EQ(set("{}", {{"hostname", ""}, {"env.A", ""}}), Json::object());
}

TEST(Assign, ListsGrowAndShrink) {
  const char* two = R"({"net":{"address":["10.0.0.1","fd00::1"]}})";
  EXPECT_EQ(set(two, {{"net.address+", "10.0.0.2"}})["net"]["address"],
            parse_json(R"(["10.0.0.1","fd00::1","10.0.0.2"])"));
  EXPECT_EQ(set(two, {{"net.address+", "10.0.0.1"}}), parse_json(two));
  // What is of a pool stays of it.
  EXPECT_EQ(set("{}", {{"net.address+", "10.0.0.1"}})["net"],
            parse_json(R"({"address":["10.0.0.1"],"pool":"default"})"));
  EXPECT_FALSE(set("{}", {{"net.address", "10.0.0.1"}})["net"].contains("pool"));
  EXPECT_FALSE(set(two, {{"net.address+", "10.0.0.7"}})["net"].contains("pool"));
  EXPECT_FALSE(set(R"({"net":{"mode":"bridge"}})", {{"net.address+", "10.0.0.7/8"}})["net"].contains("pool"));
  EXPECT_EQ(set(two, {{"net.address-", "FD00:0::1"}})["net"]["address"], parse_json(R"(["10.0.0.1"])"));
  EXPECT_EQ(set(two, {{"net.address-", "10.9.9.9"}}), parse_json(two));
  EXPECT_EQ(set(two, {{"net.address-", "10.0.0.1, fd00::1"}}), Json::object());
  EXPECT_EQ(set(two, {{"net.address+", ""}}), parse_json(two));
  EXPECT_EQ(
      set("{}", {{"security.capabilities.drop+", "net_raw,CAP_CHOWN"}})["security"]["capabilities"]["drop"],
      parse_json(R"(["CAP_NET_RAW","CAP_CHOWN"])"));
  EXPECT_EQ(refusal({{"hostname+", "x"}}), "hostname+: is no list: only lists take += and -=");
}

TEST(Assign, AllErrorsAtOnce) {
  EXPECT_EQ(
      refusal(
          {{"memory.limit", "x"}, {"memroy.limit", "1G"}, {"pty", "maybe"}, {"env", "x"}, {"env.1A", "x"}}),
      "env: has entries: set one, as in env.NAME=...; "
      "env.1A: `1A` is no variable name: use letters, digits and _, no digit first; "
      "memory.limit: `x` is not a number with a unit, as in 512M; "
      "memroy.limit: unknown key; did you mean `memory.limit`?; "
      "pty: `maybe` is neither true nor false");
  EXPECT_EQ(refusal({{"", "x"}}), ": unknown key");
  EXPECT_EQ(refusal({{"+", "x"}}), "+: unknown key");
}

TEST(Differences, AreDottedAndSayWhenTheyWork) {
  const Json before =
      parse_json(R"({"template":"a","memory":{"limit":5},"env":{"A":"1","B":"2"},"hostname":"x"})");
  const Json after = parse_json(R"({"template":"b","memory":{"limit":6},"env":{"A":"1","C":"3"}})");
  std::vector<std::string> found;
  for (const Difference& difference : differences(before, after))
    found.push_back(difference.key + " " + difference.before.dump() + " -> " + difference.after.dump() + " " +
                    std::string(to_text(difference.when)));
  EXPECT_EQ(found, (std::vector<std::string>{R"(template "a" -> "b" create)", R"(hostname "x" -> null live)",
                                             R"(env.B "2" -> null restart)", R"(env.C null -> "3" restart)",
                                             R"(memory.limit 5 -> 6 live)"}));
  EXPECT_TRUE(differences(before, before).empty());
}

}  // namespace
}  // namespace croft::ctl
