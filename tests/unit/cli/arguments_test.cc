#include "ctl/cli/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl/cli/suggest.h"
#include "ctl/cli/table.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Arguments parse(const std::vector<std::string>& line) {
  const std::vector<Command> table = all_commands();
  const Found found = find_command(table, line);
  if (found.command == nullptr) throw runtime::Error(runtime::ErrorKind::kInvalid, found.wrong);
  return parse_arguments(*found.command,
                         {line.begin() + static_cast<std::ptrdiff_t>(found.words), line.end()});
}

std::string failure(const std::vector<std::string>& line) {
  try {
    parse(line);
  } catch (const runtime::Error& error) {
    EXPECT_EQ(error.kind(), runtime::ErrorKind::kInvalid);
    return error.what();
  }
  return "no failure";
}

TEST(Arguments, OptionsMayStandAnywhere) {
  const Arguments a = parse({"stop", "web1", "-T", "5s", "web2", "-jq"});
  EXPECT_THAT(a.operands, ElementsAre("web1", "web2"));
  EXPECT_EQ(a.value("timeout"), "5s");
  EXPECT_TRUE(a.has("json"));
  EXPECT_TRUE(a.has("quiet"));
  EXPECT_FALSE(a.has("dry-run"));
}

TEST(Arguments, ValuesMayLookLikeAnything) {
  EXPECT_EQ(parse({"stop", "--timeout=0", "x"}).value("timeout"), "0");
  EXPECT_EQ(parse({"stop", "-T0", "x"}).value("timeout"), "0");
  EXPECT_THAT(parse({"exec", "-e", "A=1", "-e", "B= x=y", "ct", "--", "id"}).values("env"),
              ElementsAre("A=1", "B= x=y"));
  EXPECT_EQ(parse({"stop", "-T", "1", "-T", "2", "x"}).value("timeout"), "2");
}

TEST(Arguments, SettingsAreOperands) {
  EXPECT_THAT(parse({"set", "web1", "net.address-=10.0.0.1", "hostname=", "command=[\"a\",\"b\"]"}).operands,
              ElementsAre("web1", "net.address-=10.0.0.1", "hostname=", "command=[\"a\",\"b\"]"));
}

TEST(Arguments, ACommandLineOfItsOwnIsLeftAlone) {
  const Arguments a = parse({"exec", "web1", "-u", "www", "--", "ls", "-l", "--help", "--", "x"});
  EXPECT_THAT(a.operands, ElementsAre("web1"));
  EXPECT_EQ(a.value("user"), "www");
  EXPECT_THAT(a.command, ElementsAre("ls", "-l", "--help", "--", "x"));
  EXPECT_FALSE(a.has("help"));
}

TEST(Arguments, ACommandLineWithoutDashesBeginsBehindTheContainer) {
  const Arguments a = parse({"exec", "-t", "web1", "ls", "-t", "--color"});
  EXPECT_THAT(a.operands, ElementsAre("web1"));
  EXPECT_THAT(a.command, ElementsAre("ls", "-t", "--color"));
  EXPECT_EQ(a.values("tty").size(), 1U);
  EXPECT_THAT(parse({"run", "busybox", "echo", "A=1"}).command, ElementsAre("echo", "A=1"));
}

TEST(Arguments, SettingsOfRunStandBeforeTheDashes) {
  const Arguments a = parse({"run", "busybox", "memory.limit=64M", "--", "env", "A=1"});
  EXPECT_THAT(a.operands, ElementsAre("busybox", "memory.limit=64M"));
  EXPECT_THAT(a.command, ElementsAre("env", "A=1"));
}

TEST(Arguments, WhatFollowsDashesIsNoOption) {
  EXPECT_THAT(parse({"stop", "--", "-x"}).operands, ElementsAre("-x"));
}

TEST(Arguments, MistakesNameTheCure) {
  EXPECT_THAT(failure({"stop", "--tiemout", "5", "x"}), HasSubstr("did you mean `--timeout`?"));
  EXPECT_THAT(failure({"stop", "-x", "web1"}), HasSubstr("unknown option `-x`"));
  EXPECT_THAT(failure({"stop"}), HasSubstr("needs CONTAINER..."));
  EXPECT_THAT(failure({"exec", "-u"}), HasSubstr("`--user` needs USER"));
  EXPECT_THAT(failure({"rename", "a", "b", "c"}), HasSubstr("`c`"));
  EXPECT_THAT(failure({"strat", "web1"}), HasSubstr("did you mean `start`?"));
  EXPECT_THAT(failure({"template", "imprt", "x"}), HasSubstr("did you mean `import`?"));
  EXPECT_THAT(failure({"exec", "--usr", "x", "web1", "id"}), HasSubstr("did you mean `--user`?"));
}

TEST(Arguments, AliasesAreCommandsToo) {
  const std::vector<Command> table = all_commands();
  EXPECT_EQ(find_command(table, {"ls"}).command->name, "list");
  EXPECT_EQ(find_command(table, {"template", "rm", "x"}).command->name, "template remove");
  EXPECT_EQ(find_command(table, {"template"}).group, "template");
}

TEST(Suggest, CountsSwapsAsOne) {
  EXPECT_EQ(distance("strat", "start"), 1U);
  EXPECT_EQ(distance("", "abc"), 3U);
  EXPECT_EQ(distance("kitten", "sitting"), 3U);
  EXPECT_EQ(nearest_word("xyzzy", {"start", "stop"}), "");
  EXPECT_EQ(nearest_word("temp", {"start", "template"}), "template");
}

}  // namespace
}  // namespace croft::ctl
