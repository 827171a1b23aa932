#include "ctl/spec/interfaces.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl/spec/patch.h"

namespace croft::ctl {
namespace {

using testing::ElementsAre;

std::string told(const Json& nics) {
  std::string text;
  try {
    (void)parse_spec({{"template", "t"}, {"nic", nics}});
  } catch (const runtime::Error& error) {
    for (const runtime::FieldError& one : error.fields()) text += one.path + " " + one.message + "\n";
  }
  return text;
}

Json assigned(const Json& spec, const std::map<std::string, std::string>& assignments) {
  return to_json(parse_spec(apply_assignments(spec, assignments)));
}

std::string refused(const std::map<std::string, std::string>& assignments) {
  try {
    (void)apply_assignments({{"template", "t"}}, assignments);
  } catch (const runtime::Error& error) {
    return error.fields().at(0).path + " " + error.fields().at(0).message;
  }
  return "accepted";
}

TEST(Interfaces, HaveTheKeysOfTheFirst) {
  const Json spec = assigned({{"template", "t"}}, {{"nic.eth1.mode", "bridge"},
                                                   {"nic.eth1.parent", "br0"},
                                                   {"nic.eth1.address", "192.0.2.8/24"},
                                                   {"nic.eth1.address+", "192.0.2.9/24"},
                                                   {"nic.b.pool", "p"}});
  const Spec parsed = parse_spec(spec);
  ASSERT_EQ(parsed.nic.size(), 2U);
  EXPECT_EQ(parsed.nic.at("eth1").mode, NetMode::kBridge);
  EXPECT_THAT(parsed.nic.at("eth1").address, ElementsAre("192.0.2.8/24", "192.0.2.9/24"));
  EXPECT_EQ(parsed.nic.at("b").pool, "p");
  EXPECT_EQ(spec["nic"]["b"]["mtu"], 1500);
  EXPECT_EQ(to_json(parsed), spec);
  EXPECT_EQ(assigned(spec, {{"nic.eth1", ""}, {"nic.b", ""}}).contains("nic"), false);
  EXPECT_EQ(parse_spec(assigned(spec, {{"nic.eth1.address-", "192.0.2.8/24"}})).nic.at("eth1").address.size(),
            1U);
  EXPECT_EQ(pool_of(parsed.nic.at("b")), "p");
  EXPECT_EQ(pool_of(parsed.nic.at("eth1")), std::nullopt);
}

TEST(Interfaces, AreCheckedAsTheFirstUnderTheirOwnNames) {
  EXPECT_EQ(told({{"e", {{"mode", "bridge"}}}}), "nic.e.parent is required with nic.e.mode=bridge\n");
  EXPECT_EQ(told({{"e", {{"mode", "none"}}}}), "nic.e.mode an interface that is none is left out\n");
  EXPECT_EQ(told({{"eth0", Json::object()}, {"lo", Json::object()}, {"a.b", Json::object()}}),
            "nic.a.b an interface has a name of 1 to 15 letters, digits, `_` and `-`\n"
            "nic.eth0 there is an interface of that name: `eth0` is the first one\n"
            "nic.lo there is an interface of that name: `lo` is the loopback\n");
  EXPECT_EQ(told({{"e", {{"mtu", 9}}}}), "nic.e.mtu is out of range: 1280..65535\n");
  EXPECT_EQ(told({{"e", {{"moed", 9}}}}), "nic.e.moed unknown key; did you mean `nic.e.mode`?\n");
  EXPECT_EQ(told({{"e", {{"in", {{"limit", 5000}}}}}}),
            "nic.e.in.limit is of the container as a whole, and no key of an interface\n");
  EXPECT_EQ(told({{"e", 5}}), "nic.e must be an object, not number\n");
  EXPECT_EQ(told(Json::array()), "nic must be an object, not array\n");
  const Json phys = {{"mode", "phys"}, {"parent", "eno1"}};
  EXPECT_EQ(told({{"e", phys}, {"f", phys}}),
            "nic.e.parent is another interface's of this container, too\n"
            "nic.f.parent is another interface's of this container, too\n");
  EXPECT_EQ(told({{"e", {{"forward", {"80:80"}}}}, {"f", {{"forward", {"80:81"}}}}}),
            "nic.f.forward[0] has a port of 80:80/tcp of another interface\n");
  Json many = Json::object();
  for (int i = 0; i < 16; ++i) many["e" + std::to_string(i + 1)] = Json::object();
  EXPECT_EQ(told(many), "nic has more than 15 entries\n");
}

TEST(Interfaces, TypedWordsAreRefusedUnderTheirNames) {
  EXPECT_EQ(refused({{"nic.eth1.moed", "x"}}), "nic.eth1.moed unknown key; did you mean `nic.eth1.mode`?");
  EXPECT_EQ(refused({{"nic.eth0.mode", "routed"}}),
            "nic.eth0.mode there is an interface of that name: `eth0` is the first one");
  EXPECT_EQ(refused({{"nic.eth1.in.limit", "5000"}}),
            "nic.eth1.in.limit is of the container as a whole, and no key of an interface");
  EXPECT_EQ(refused({{"nic.eth1.mode+", "routed"}}), "nic.eth1.mode+ is no list: only lists take += and -=");
  EXPECT_EQ(refused({{"nic.eth1", "bridge"}}),
            "nic.eth1 has keys of its own: set one, as in nic.NAME.mode=bridge");
}

TEST(Interfaces, DifferencesAreOfTheirKeys) {
  const Json none = to_json(parse_spec({{"template", "t"}}));
  const Json one = assigned(none, {{"nic.e.address", "10.0.0.1"}});
  const Json other = assigned(none, {{"nic.e.address", "10.0.0.2"}, {"nic.e.isolation", "none"}});
  const std::vector<Difference> found = differences(one, other);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].key, "nic.e.address");
  EXPECT_EQ(found[0].when, When::kLive);
  EXPECT_EQ(found[1].key, "nic.e.isolation");
  EXPECT_EQ(found[1].when, When::kLive);
  EXPECT_GT(differences(none, one).size(), 2U);
}

}  // namespace
}  // namespace croft::ctl
