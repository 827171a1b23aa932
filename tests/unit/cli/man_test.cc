// The built pages: mandoc has nothing to say against them, and they render with their sections and keys.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>

#include "ctl/cli/arguments.h"
#include "ctl/cli/help.h"
#include "ctl/cli/table.h"
#include "ctl/lifecycle/states.h"
#include "ctl/spec/keys.h"
#include "runtime/fd.h"
#include "runtime/seccomp.h"

namespace croft::ctl {
namespace {

using testing::HasSubstr;

struct Shell {
  int status = -1;
  std::string output;
};

Shell shell(const std::string& line) {
  Shell result;
  FILE* pipe = popen((line + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return result;
  std::array<char, 4096> buffer{};
  for (std::size_t got = 0; (got = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    result.output.append(buffer.data(), got);
  result.status = pclose(pipe);
  return result;
}

std::string page_path(const std::string& page) {
  return std::string(CROFT_MAN_DIR) + "/" + page;
}

// As text: what a terminal shows bold or underlined is written as a character, a backspace and another one.
std::string rendered(const std::string& page) {
  std::string text = shell("mandoc -T ascii -O width=100 " + page_path(page)).output;
  for (std::size_t at = text.find('\b'); at != std::string::npos; at = text.find('\b', at)) {
    text.erase(at - 1, 2);
    --at;
  }
  return text;
}

class Man : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (shell("command -v mandoc").status != 0) GTEST_SKIP() << "needs mandoc: it reads the pages";
  }
};

TEST_P(Man, LintIsSilent) {
  const Shell lint = shell("mandoc -T lint -W warning " + page_path(GetParam()));
  EXPECT_EQ(lint.status, 0);
  EXPECT_EQ(lint.output, "");
}

TEST_P(Man, Renders) {
  const std::string text = rendered(GetParam());
  EXPECT_THAT(text, HasSubstr("DESCRIPTION"));
  EXPECT_THAT(text, HasSubstr("SEE ALSO"));
  for (const char* part : {"@commands@", "@exit-status@", "@settings@", "@system-calls@"})
    EXPECT_EQ(text.find(part), std::string::npos) << part;
}

INSTANTIATE_TEST_SUITE_P(Pages, Man,
                         testing::Values("croft.1", "croftd.8", "croft-keeper.8", "croft-view.8",
                                         "croft-spec.5", "croft-fleet.5", "croft-ledger.7", "croft-rating.7",
                                         "croft-states.7", "croft-webhook.7"));

class ManContent : public Man {};

TEST_P(ManContent, CommandsHaveTheirOptionsAsHelpShowsThem) {
  const std::string text = rendered("croft.1");
  for (const Command& command : all_commands()) {
    if (command.name.starts_with("__")) continue;
    EXPECT_THAT(text, HasSubstr("croft " + std::string(command.name)));
    for (const Option& option : command.options)
      EXPECT_THAT(text, HasSubstr("--" + long_name(option))) << command.name;
  }
}

TEST_P(ManContent, SettingsAreAllThere) {
  const std::string text = rendered("croft-spec.5");
  for (const Key& key : keys()) EXPECT_THAT(text, HasSubstr(std::string(key.name)));
}

TEST_P(ManContent, RefusedSystemCallsAreAllThereWithTheirReasons) {
  std::string text = rendered("croft-spec.5");
  for (std::size_t at = 0; (at = text.find_first_of(" \n", at)) != std::string::npos; ++at)
    text.replace(at, std::min(text.find_first_not_of(" \n", at), text.size()) - at, " ");
  for (const runtime::RefusedCall& refused : runtime::refused_calls()) {
    EXPECT_THAT(text, HasSubstr(std::string(refused.name)));
    EXPECT_THAT(text, HasSubstr(std::string(refused.reason)));
  }
  for (const runtime::RefusedArgument& refused : runtime::refused_arguments()) {
    EXPECT_THAT(text, HasSubstr(std::string(refused.name)));
    EXPECT_THAT(text, HasSubstr(std::string(refused.reason)));
  }
}

// "     running     frozen stopping stopped failed"
std::string row_of(const std::string& text, const std::string& state) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first;
    std::string second;
    words >> first >> second;
    const bool row = first == state && (state_of(second) || second == "nothing;");
    if (row) return line;
  }
  return "";
}

TEST_P(ManContent, MovesAreThoseOfTheTable) {
  const std::string text = rendered("croft-states.7");
  for (State from : kStates) {
    std::istringstream words(row_of(text, std::string(to_text(from))));
    std::string shown;
    words >> shown;
    ASSERT_EQ(shown, to_text(from));
    std::string found;
    for (std::string word; words >> word;)
      if (state_of(word)) found += word + " ";
    for (State to : kStates) {
      const bool listed = found.find(std::string(to_text(to)) + " ") != std::string::npos;
      EXPECT_EQ(listed, may_move(from, to)) << to_text(from) << " -> " << to_text(to);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, ManContent, testing::Values("croft.1"));

}  // namespace
}  // namespace croft::ctl
