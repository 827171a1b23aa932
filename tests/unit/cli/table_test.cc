// What must hold for every row, and for the texts made from all of them.
#include "ctl/cli/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "ctl/cli/complete.h"
#include "ctl/cli/help.h"
#include "ctl/cli/man_page.h"
#include "ctl/cli/text.h"
#include "tests/unit/cli/harness.h"

namespace croft::ctl {
namespace {

using testing::Contains;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(Table, EveryRowIsComplete) {
  for (const Command& command : all_commands()) {
    SCOPED_TRACE(command.name);
    EXPECT_FALSE(command.summary.empty());
    EXPECT_FALSE(command.description.empty());
    EXPECT_TRUE(command.description.ends_with('.'));
    EXPECT_FALSE(command.examples.empty());
    EXPECT_NE(command.run, nullptr);
    EXPECT_EQ(command.most != 0 || command.takes_command, !command.operands.empty());
    EXPECT_TRUE(command.most == kAnyNumber || command.most >= command.least);
    for (const Option& option : command.options) {
      EXPECT_FALSE(option.help.empty()) << option.flags;
      EXPECT_FALSE(option.help.ends_with('.')) << option.flags;
      EXPECT_FALSE(long_name(option).empty()) << option.flags;
    }
    for (const Example& example : command.examples) {
      EXPECT_FALSE(example.says.empty());
      EXPECT_THAT(std::string(example.line), HasSubstr("croft " + std::string(command.name)));
    }
  }
}

TEST(Table, NoFlagStandsForTwoOptionsOfARow) {
  for (const Command& command : all_commands()) {
    std::set<std::string> seen;
    for (const Option& option : command.options) {
      std::istringstream flags{std::string(option.flags)};
      for (std::string flag; std::getline(flags, flag, ',');)
        EXPECT_TRUE(seen.insert(flag).second) << command.name << " " << flag;
    }
  }
}

TEST(Table, NoWordStandsForTwoCommands) {
  std::set<std::string> seen;
  for (const Command& command : all_commands()) {
    const std::string group(command.name.substr(0, command.name.rfind(' ') + 1));
    EXPECT_TRUE(seen.insert(std::string(command.name)).second) << command.name;
    for (std::string_view alias : command.aliases)
      EXPECT_TRUE(seen.insert(group + std::string(alias)).second) << alias;
  }
}

TEST(Table, TheOverviewFitsOneScreen) {
  const std::vector<std::string> lines = lines_of(overview(all_commands()));
  EXPECT_LE(lines.size(), 23U);  // one line is left for the prompt
  for (const std::string& line : lines) EXPECT_LT(display_width(line), 80U) << line;
  EXPECT_EQ(run_line({"--help"}).out, overview(all_commands()));
  EXPECT_EQ(run_line({"help"}).out, overview(all_commands()));
  EXPECT_THAT(run_line({"help", "all"}).out, HasSubstr("reinstall    as new, same name"));
}

TEST(Table, TheOverviewNamesEveryCommand) {
  const std::string text = overview(all_commands());
  for (const Command& command : all_commands()) {
    if (command.name.starts_with("__")) {
      EXPECT_THAT(text, Not(HasSubstr(std::string(command.name))));
    } else {
      EXPECT_THAT(text, HasSubstr(std::string(group_of(command))));
    }
  }
}

TEST(Table, GroupsKeepNamesAndSummariesApart) {
  for (const Command& command : all_commands()) {
    if (!is_grouped(command)) continue;
    const std::string line =
        "\n" + std::string(verb_of(command)) + "  +" + std::string(command.summary) + "\n";
    EXPECT_THAT(group_help(all_commands(), group_of(command)), ContainsRegex(line));
  }
}

TEST(Table, EveryCommandHasHelpOfEveryOption) {
  for (const Command& command : all_commands()) {
    std::vector<std::string> words;
    std::istringstream name{std::string(command.name)};
    for (std::string word; name >> word;) words.push_back(word);
    words.emplace_back("--help");
    const Ran ran = run_line(words);
    SCOPED_TRACE(command.name);
    EXPECT_EQ(ran.status, 0);
    EXPECT_EQ(ran.err, "");
    EXPECT_THAT(ran.out, HasSubstr("Usage: croft " + std::string(command.name)));
    EXPECT_THAT(ran.out, HasSubstr("Examples:"));
    for (const Option& option : command.options) EXPECT_THAT(ran.out, HasSubstr(option_text(option)));
    for (const std::string& line : lines_of(ran.out)) EXPECT_LE(display_width(line), 90U) << line;
  }
}

TEST(Table, EveryOptionHasItsManLine) {
  const std::string page = mdoc_commands(all_commands());
  for (const Command& command : all_commands()) {
    if (command.name.starts_with("__")) continue;
    const std::size_t begin = page.find(".Ss croft " + std::string(command.name) + "\n");
    ASSERT_NE(begin, std::string::npos) << command.name;
    const std::string section = page.substr(begin, page.find(".Ss ", begin + 1) - begin);
    for (const Option& option : command.options) {
      if (option.flags == kHelp.flags || option.flags == kSocket.flags) continue;
      EXPECT_THAT(section, HasSubstr("Fl " + mdoc_escaped("-" + long_name(option)))) << command.name;
    }
  }
}

TEST(Table, EscapesWhatMdocWouldTakeForItsOwn) {
  EXPECT_EQ(mdoc_escaped(".Sh x"), "\\&.Sh x");
  EXPECT_EQ(mdoc_escaped("a\\b 'c' -d"), "a\\eb \\(aqc\\(aq \\-d");
}

std::vector<std::string> completed(const std::vector<std::string>& words) {
  return complete(all_commands(), words, [](Names names) -> std::vector<std::string> {
    if (names == Names::kContainers || names == Names::kSettings) return {"web1", "web2", "db"};
    if (names == Names::kTemplates) return {"debian-12"};
    return {};
  });
}

TEST(Complete, FollowsTheTable) {
  EXPECT_THAT(completed({"star"}), ElementsAre("start"));
  EXPECT_THAT(completed({"template", "b"}), ElementsAre("build"));
  EXPECT_THAT(completed({"set", "web1", "restart="}),
              ElementsAre("restart=always", "restart=never", "restart=on-failure"));
  EXPECT_THAT(completed({"set", "web1", "nic.eth1.mode=p"}), ElementsAre("nic.eth1.mode=phys"));
  EXPECT_THAT(completed({"create", "x", "template="}), ElementsAre("template=debian-12"));
  EXPECT_THAT(completed({"set", "web1", "memory.limit="}), ElementsAre());
  EXPECT_THAT(completed({"net", "p"}), ElementsAre("pool"));
  EXPECT_THAT(completed({"net", "pool", "r"}), ElementsAre("remove"));
  EXPECT_THAT(completed({"stop", "we"}), ElementsAre("web1", "web2"));
  EXPECT_THAT(completed({"stop", "--t"}), ElementsAre("--tenant", "--timeout"));
  EXPECT_THAT(completed({"tenant", "set", "acme", "memory."}),
              ElementsAre("memory.guarantee=", "memory.limit=", "memory.share="));
  EXPECT_THAT(completed({"set", "web1", "memory.b"}), ElementsAre("memory.barrier=", "memory.burst="));
  EXPECT_THAT(completed({"set", "web1", "sockets.t"}),
              ElementsAre("sockets.tcp.barrier=", "sockets.tcp.limit=", "sockets.tcp="));
  EXPECT_THAT(completed({"host", "set", "reserve.cpu=1", "capacity."}),
              ElementsAre("capacity.io=", "capacity.iops="));
  EXPECT_THAT(completed({"create", ""}), ElementsAre("debian-12"));
  EXPECT_THAT(completed({"completion", "b"}), ElementsAre("bash"));
  EXPECT_THAT(completed({"exec", "web1", "--", "l"}), IsEmpty());
  EXPECT_THAT(completed({"cp", "/etc/hosts", "we"}), ElementsAre("web1:", "web2:"));
  EXPECT_THAT(completed({"cp", "web1:/e"}), IsEmpty());
  EXPECT_THAT(completed({""}), Contains("launch"));
  EXPECT_THAT(completed({}), Not(Contains("__man")));
}

}  // namespace
}  // namespace croft::ctl
