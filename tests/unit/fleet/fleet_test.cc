// Fleet files: what is read from them, what is told of those that are wrong, and what a plan does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl/fleet/compare.h"
#include "ctl/fleet/numbered.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Fleet read(const std::string& text) {
  Fleet fleet;
  read_fleet(fleet, "f.yaml", text, "default");
  check_fleet(fleet);
  return fleet;
}

std::vector<std::string> wrong_in(const std::string& text) {
  std::vector<std::string> told;
  for (const Complaint& complaint : read(text).wrong) told.push_back(to_text(complaint));
  return told;
}

// --- YAML

TEST(ParseYaml, KeepsLinesAndTexts) {
  const Yaml root = parse_yaml("a: 1\nb:\n  - yes\n  - 'x y'\nc: {d: null, e: ~}\n");
  EXPECT_EQ(root.find("a")->text, "1");
  EXPECT_EQ(root.find("b")->line, 2);
  EXPECT_EQ(root.find("b")->list.at(1).text, "x y");
  EXPECT_EQ(root.find("b")->list.at(1).line, 4);
  EXPECT_EQ(root.find("c")->find("d")->kind, Yaml::Kind::kNull);
  EXPECT_EQ(root.find("nowhere"), nullptr);
  EXPECT_EQ(parse_yaml("").kind, Yaml::Kind::kNull);
}

std::string refusal_of(const std::string& text) {
  try {
    parse_yaml(text);
  } catch (const runtime::Error& error) {
    return error.what();
  }
  return "";
}

TEST(ParseYaml, RefusesWithTheLine) {
  EXPECT_THAT(refusal_of("a: 1\na: 2\n"), HasSubstr("line 2: `a` is there twice"));
  EXPECT_THAT(refusal_of("a: 1\nb: [\n"), HasSubstr("line "));
  EXPECT_THAT(refusal_of("? [a]\n: b\n"), HasSubstr("a key must be a text"));
  EXPECT_THAT(refusal_of(std::string(40, '[') + std::string(40, ']')), HasSubstr("32 deep"));
}

TEST(ParseYaml, AliasesOfAliasesEndSomewhere) {
  std::string text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int n = 0; n < 9; ++n) text += "," + before;
    text += "]\n";
  }
  EXPECT_THAT(refusal_of(text), HasSubstr("1,000,000"));
}

TEST(ToYaml, ComesBackAsItWas) {
  const Json value{{"a", "true"},
                   {"b", "1.5"},
                   {"c", "x: y # z"},
                   {"d", {"no", "ok", "-"}},
                   {"e", Json::object()},
                   {"f", Json::array()},
                   {"g", "line\nline"},
                   {"h", ""},
                   {"i", 7}};
  const Yaml back = parse_yaml(to_yaml(value));
  for (const char* key : {"a", "b", "c", "g", "h"}) EXPECT_EQ(back.find(key)->text, value[key]) << key;
  EXPECT_EQ(back.find("d")->list.at(0).text, "no");
  EXPECT_THAT(to_yaml(value), HasSubstr("a: \"true\""));
  EXPECT_THAT(to_yaml({{"x", "shop"}}), HasSubstr("x: shop\n"));
}

TEST(NumberedNames, CountWithTheWidth) {
  EXPECT_THAT(numbered_names("w%03d", 2, 99), ElementsAre("w099", "w100"));
  EXPECT_THAT(numbered_names("%d-a", 1, 0), ElementsAre("0-a"));
  EXPECT_THAT(numbered_names("a", 1, 5), ElementsAre("a"));
  for (const char* bad : {"a%", "a%s", "a%d%d", "a%10d", "a%dx%"})
    EXPECT_THROW(numbered_names(bad, 1, 1), runtime::Error) << bad;
}

// --- reading

TEST(ReadFleet, TakesDottedAndNestedSettings) {
  const Fleet fleet = read(
      "fleet: shop\ndefaults: {template: t, memory: {limit: 64M}}\ncontainers:\n"
      "  acme/w%02d: {count: 2, first: 9, state: running, memory.limit: 1G}\n"
      "  db:\n    env: {A: 'b, c'}\n    command: [sh, -c, 'echo a b']\n    hostname:\n");
  EXPECT_THAT(fleet.wrong, IsEmpty());
  ASSERT_EQ(fleet.containers.size(), 3U);
  EXPECT_EQ(fleet.containers[0].tenant + "/" + fleet.containers[0].name, "acme/w09");
  EXPECT_EQ(fleet.containers[1].name, "w10");
  EXPECT_EQ(fleet.containers[0].running, true);
  EXPECT_EQ(fleet.containers[2].running, std::nullopt);
  EXPECT_EQ(stated_spec(fleet.containers[0])["memory"]["limit"], 1 << 30);
  const Json db = stated_spec(fleet.containers[2]);
  EXPECT_EQ(db["memory"]["limit"], 64 << 20);
  EXPECT_EQ(db["env"]["A"], "b, c");
  EXPECT_EQ(db["command"], (Json{"sh", "-c", "echo a b"}));
  EXPECT_EQ(db["label"]["fleet"], "shop");
}

TEST(ReadFleet, JsonIsReadToo) {
  const Fleet fleet = read(R"({"containers": {"a": {"template": "t", "cpu.limit": 1.5, "pty": false}}})");
  EXPECT_THAT(fleet.wrong, IsEmpty());
  EXPECT_EQ(stated_spec(fleet.containers.at(0))["cpu"]["limit"], 1500);
}

TEST(ReadFleet, EverythingThatIsWrongIsToldWithItsLine) {
  EXPECT_THAT(
      wrong_in("containers:\n  a: {memroy.limit: 1G}\n  b:\n    cpu:\n      limit: lots\n  C: {}\n  d: [x]\n"
               "  e: {state: up}\n  f: {count: 2}\n  g%d: {count: x}\n"),
      ElementsAre(HasSubstr("f.yaml:2: container default/a: memroy.limit: unknown key; did you mean"),
                  HasSubstr("f.yaml:5: container default/b: cpu.limit: `lots`"),
                  HasSubstr("f.yaml:6: container C: `C` cannot be the name"),
                  HasSubstr("f.yaml:7: container d: must be a map of settings, not a list"),
                  HasSubstr("f.yaml:8: container e: state: must be running or stopped"),
                  HasSubstr("f.yaml:9: container f: `f` is one name for 2"),
                  HasSubstr("f.yaml:10: container g%d: count: must be a number")));
}

TEST(ReadFleet, RulesBetweenKeysAreToldWhereOneStands) {
  EXPECT_THAT(wrong_in("containers:\n  a:\n    memory:\n      guarantee: 2G\n      limit: 1G\n"),
              ElementsAre(testing::AllOf(HasSubstr("f.yaml:"), HasSubstr("memory."))));
  EXPECT_THAT(
      wrong_in("containers:\n  a:\n    template: t\n    net.forward:\n      - 80:80\n      - 99999:1\n"),
      ElementsAre(HasSubstr("f.yaml:4: container default/a: net.forward")));
}

TEST(ReadFleet, WrongDefaultsAreToldOnce) {
  EXPECT_THAT(wrong_in("defaults: {template: t, cpu.limit: x}\ncontainers: {a: , b: , c: }\n"),
              ElementsAre(HasSubstr("f.yaml:1: defaults: cpu.limit")));
}

TEST(ReadFleet, TwiceIsToldAcrossFiles) {
  Fleet fleet;
  read_fleet(fleet, "one", "containers: {a: {}, x/b: {}}", "default");
  read_fleet(fleet, "two", "\ncontainers: {default/a: {}, b: {}}", "default");
  check_fleet(fleet);
  ASSERT_EQ(fleet.wrong.size(), 1U);
  EXPECT_EQ(to_text(fleet.wrong[0]), "two:2: container default/a: is there already, in one:1");
}

TEST(ReadFleet, WhatIsNoFleetIsTold) {
  EXPECT_THAT(wrong_in("[a]"), ElementsAre(HasSubstr("a fleet is a map, not a list")));
  EXPECT_THAT(wrong_in("container: {}"), ElementsAre(HasSubstr("container: is none of fleet")));
  EXPECT_THAT(wrong_in("containers: [a]"),
              ElementsAre(HasSubstr("containers: must be a map of names, not a list")));
  EXPECT_THAT(wrong_in("tenants: {a: {memory.barrier: 1G}}"),
              ElementsAre(HasSubstr("tenant a: memory.barrier")));
  EXPECT_THAT(wrong_in("pools: {p: {prefixes: [x], n: y}}"), testing::SizeIs(2));
  EXPECT_THAT(wrong_in("classes: {16: [10.0.0.0/8]}"), ElementsAre(HasSubstr("class 16")));
}

TEST(ReadFleet, AThousandWithThreeWrongTellsThree) {
  std::string text = "containers:\n";
  for (int i = 0; i < 1000; ++i)
    text +=
        "  c" + std::to_string(i) + (i % 400 == 7 ? ": {memory.limit: none}\n" : ": {memory.limit: 1G}\n");
  EXPECT_THAT(wrong_in(text), ElementsAre(HasSubstr("f.yaml:9: container default/c7: memory.limit"),
                                          HasSubstr("f.yaml:409: "), HasSubstr("f.yaml:809: ")));
}

// --- comparing

Json there(const std::string& name, const Json& spec, const std::string& state = "stopped",
           const std::string& tenant = "default") {
  Json whole{{"template", "t"}};
  if (!spec.is_null()) whole.merge_patch(spec);
  return {{"name", name},
          {"tenant", tenant},
          {"state", state},
          {"spec", to_json(parse_spec(whole))},
          {"labels", whole.value("label", Json::object())}};
}

Present with(std::initializer_list<Json> containers) {
  Present present;
  present.tenants.push_back({{"name", "default"}});
  present.containers = Json(containers);
  return present;
}

TEST(PlanFleet, ComparesOnlyWhatIsStated) {
  const Fleet fleet = read("containers: {a: {memory.limit: 1G}, b: {memory.limit: 2G}, c: {hostname: }}");
  const FleetPlan plan =
      plan_fleet(fleet,
                 with({there("a", {{"memory", {{"limit", 1 << 30}}}, {"cpu", {{"limit", 500}}}}),
                       there("b", {{"cpu", {{"limit", 500}}}}), there("c", {{"hostname", "x"}})}),
                 false);
  EXPECT_THAT(plan.wrong, IsEmpty());
  ASSERT_EQ(plan.containers.size(), 2U);
  ASSERT_EQ(plan.containers[0].changes.size(), 1U);
  EXPECT_EQ(plan.containers[0].changes[0].key, "memory.limit");
  EXPECT_EQ(plan.containers[1].changes[0].key, "hostname");
  EXPECT_TRUE(plan.containers[1].changes[0].after.is_null());
}

TEST(PlanFleet, StatesStartAndStop) {
  const Fleet fleet =
      read("containers: {a: {state: running}, b: {state: stopped}, c: {}, d: {template: t, state: running}}");
  const FleetPlan plan =
      plan_fleet(fleet, with({there("a", {}), there("b", {}, "running"), there("c", {}, "running")}), false);
  ASSERT_EQ(plan.containers.size(), 3U);
  EXPECT_EQ(plan.containers[0].run, true);
  EXPECT_EQ(plan.containers[1].run, false);
  EXPECT_TRUE(plan.containers[2].make);
  EXPECT_EQ(plan.containers[2].run, true);
}

TEST(PlanFleet, PruneTakesThoseOfTheFleetAlone) {
  const Fleet fleet = read("fleet: shop\ncontainers: {a: {}}");
  const Json shop{{"label", {{"fleet", "shop"}}}};
  const Present present = with({there("a", shop), there("old", shop, "running"), there("mine", {}),
                                there("x", {{"label", {{"fleet", "y"}}}})});
  EXPECT_TRUE(plan_fleet(fleet, present, false).empty());
  const FleetPlan plan = plan_fleet(fleet, present, true);
  ASSERT_EQ(plan.containers.size(), 1U);
  EXPECT_EQ(plan.containers[0].name, "old");
  EXPECT_TRUE(plan.containers[0].remove && plan.containers[0].is_running);
}

TEST(PlanFleet, WhatCannotChangeIsTold) {
  const Fleet fleet = read("containers: {a: {template: other}, new: {}, none/b: {template: t}}");
  std::vector<std::string> told;
  for (const Complaint& one : plan_fleet(fleet, with({there("a", {})}), false).wrong)
    told.push_back(to_text(one));
  EXPECT_THAT(told, ElementsAre(HasSubstr("default/a: template: cannot change"),
                                HasSubstr("default/new: template: is stated nowhere"),
                                HasSubstr("there is no tenant `none`")));
}

TEST(PlanFleet, TenantsComeBelowThoseAboveThem) {
  const Fleet fleet =
      read("tenants: {c: {parent: b}, b: {parent: a}, a: {labels: {x: y}}, lost: {parent: nobody}}");
  const FleetPlan plan = plan_fleet(fleet, with({}), false);
  ASSERT_EQ(plan.tenants.size(), 3U);
  EXPECT_EQ(plan.tenants[0].wanted->name, "a");
  EXPECT_EQ(plan.tenants[2].wanted->name, "c");
  ASSERT_EQ(plan.wrong.size(), 1U);
  EXPECT_THAT(to_text(plan.wrong[0]), HasSubstr("there is no tenant `nobody`"));
}

TEST(PlanFleet, PoolsAndClassesGetWhatTheyLack) {
  const Fleet fleet =
      read("pools: {p: {prefixes: [10.1.0.0/16, 10.2.0.0/16], nat: yes}}\nclasses: {3: [10.0.0.0/8]}");
  Present present = with({});
  present.pools.push_back({{"name", "p"}, {"prefixes", {{{"prefix", "10.1.0.0/16"}, {"nat", false}}}}});
  present.classes.push_back({{"name", "3"}, {"prefixes", {"10.0.0.0/8"}}});
  const FleetPlan plan = plan_fleet(fleet, present, false);
  ASSERT_EQ(plan.pools.size(), 1U);
  EXPECT_THAT(plan.pools[0].add, ElementsAre("10.2.0.0/16"));
  EXPECT_TRUE(plan.pools[0].set_nat);
  EXPECT_THAT(plan.classes, IsEmpty());
}

}  // namespace
}  // namespace croft::ctl
