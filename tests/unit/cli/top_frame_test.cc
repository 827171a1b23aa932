// What croft top shows, without a terminal: columns, order, narrow screens, hostile names, large numbers.
#include "ctl/cli/top_frame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "ctl/cli/text.h"
#include "ctl/cli/top_figures.h"
#include "ctl/cli/top_keys.h"
#include "tests/unit/cli/resources.h"

namespace croft::ctl {
namespace {

using testing::ElementsAre;

constexpr std::uint64_t kMega = std::uint64_t{1} << 20U;

TopRow row(const std::string& name, std::uint64_t cpu, std::uint64_t memory) {
  TopRow made;
  made.uuid = "u-" + name;
  made.name = name;
  made.cpu_milli = cpu;
  made.cpu_limit = 2000;
  made.memory = memory * kMega;
  made.memory_limit = 1024 * kMega;
  made.io = 3 * kMega;
  made.tasks = 12;
  made.burst_percent = 75;
  return made;
}

TopFrame two_rows() {
  TopFrame frame;
  frame.time = "14:02:31";
  frame.cpus = 8;
  frame.cpu_milli = 1750;
  frame.memory = 812 * kMega;
  frame.memory_capacity = 65536 * kMega;
  frame.memory_guaranteed = 2048 * kMega;
  frame.running = 2;
  frame.rows = {row("web1", 250, 300), row("db", 1500, 512)};
  return frame;
}

TopFrame many_rows(std::size_t count) {
  TopFrame frame = two_rows();
  frame.rows.clear();
  for (std::size_t i = 0; i < count; ++i)
    frame.rows.push_back(row("web" + std::to_string(i), (i * 7919) % 2000, i % 1024));
  return frame;
}

std::vector<std::string> shown(const TopFrame& frame, const TopView& view) {
  return compose(frame, view, row_order(view.sort, view.reversed));
}

// The names of the rows, in the order shown.
std::vector<std::string> names(const TopFrame& frame, const TopView& view) {
  std::vector<std::string> found;
  const std::vector<std::string> lines = shown(frame, view);
  for (std::size_t i = kTopHeadLines; i < lines.size(); ++i)
    found.push_back(lines[i].substr(0, lines[i].find(' ')));
  return found;
}

TEST(TopFrame, IsATableBelowTheHost) {
  EXPECT_THAT(
      shown(two_rows(), {.interactive = true}),
      ElementsAre("14:02:31  2 running  cpu 1.75 of 8  memory 812M of 64G, 2.0G guaranteed",
                  "h helps, q quits", "NAME         CPU*  CPU%    MEM  MEM%      IO  TASKS  BURST   FAIL",
                  "db           1.50   75%   512M   50%  3.0M/s     12    75%      0",
                  "web1         0.25   12%   300M   29%  3.0M/s     12    75%      0"));
}

TEST(TopFrame, SortsByEachColumnBothWays) {
  TopFrame frame = two_rows();
  frame.rows.push_back(row("apt", 1000, 100));
  frame.rows[0].burst_percent = 20;
  frame.rows[1].burst_percent = std::nullopt;
  frame.rows[0].io = 1;
  frame.rows[2].tasks = 40;
  const auto by = [&](TopSort sort, bool reversed = false) {
    return names(frame, {.sort = sort, .reversed = reversed});
  };
  EXPECT_THAT(by(TopSort::kCpu), ElementsAre("db", "apt", "web1"));
  EXPECT_THAT(by(TopSort::kCpu, true), ElementsAre("web1", "apt", "db"));
  EXPECT_THAT(by(TopSort::kMemory), ElementsAre("db", "web1", "apt"));
  EXPECT_THAT(by(TopSort::kIo), ElementsAre("apt", "db", "web1"));
  EXPECT_THAT(by(TopSort::kTasks), ElementsAre("apt", "db", "web1"));
  EXPECT_THAT(by(TopSort::kName), ElementsAre("apt", "db", "web1"));
  EXPECT_THAT(by(TopSort::kName, true), ElementsAre("web1", "db", "apt"));
  EXPECT_THAT(by(TopSort::kBurst), ElementsAre("web1", "apt", "db"));
}

TEST(TopFrame, MarksWhatItIsSortedBy) {
  for (TopSort sort : kTopSorts) {
    const std::string head = shown(two_rows(), {.sort = sort}).at(2);
    EXPECT_EQ(std::count(head.begin(), head.end(), '*'), 1) << to_text(sort);
  }
  EXPECT_THAT(shown(two_rows(), {.sort = TopSort::kName}).at(2), StartsWith("NAME* "));
}

TEST(TopFrame, NeverLeavesItsScreen) {
  TopFrame frame = many_rows(50);
  frame.rows[3].name = std::string(300, 'x');
  frame.rows[4].name = "\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87";
  frame.rows[5].tasks = 12345678901234567890U;
  frame.rows[6].failures = 12345678901234567890U;
  frame.trouble = std::string(200, 'y');
  for (TopSort sort : kTopSorts) {
    for (std::size_t columns = 1; columns < 130; ++columns) {
      for (const bool help : {false, true})
        for (const std::string& line :
             shown(frame, {.lines = 60, .columns = columns, .sort = sort, .help = help}))
          ASSERT_LE(display_width(line), columns) << line;
    }
  }
  for (std::size_t lines = 0; lines < 60; ++lines)
    EXPECT_EQ(shown(frame, {.lines = lines}).size(), std::min<std::size_t>(lines, 53));
}

TEST(TopFrame, NarrowScreensKeepWhatMatters) {
  const auto head = [](std::size_t columns, TopSort sort) {
    return shown(two_rows(), {.columns = columns, .sort = sort}).at(2);
  };
  EXPECT_EQ(head(40, TopSort::kCpu), "NAME         CPU*    MEM      IO  BURST");
  EXPECT_EQ(head(40, TopSort::kTasks), "NAME          CPU    MEM TASKS*  BURST");
  EXPECT_EQ(head(17, TopSort::kMemory), "NAME         MEM*");
  EXPECT_EQ(head(9, TopSort::kMemory), "NAME     ");
}

TEST(TopFrame, ColoursAreBesideTheTextAndNothingElse) {
  TopFrame frame = two_rows();
  frame.rows[0].cpu_colour = Colour::kBad;
  frame.rows[1].burst_out = true;
  const std::vector<std::string> plain = shown(frame, {});
  const std::vector<std::string> bright = shown(frame, {.colour = true});
  ASSERT_EQ(plain.size(), bright.size());
  for (std::size_t i = 0; i < plain.size(); ++i) {
    std::string text = bright[i];
    for (std::size_t at = 0; (at = text.find('\x1b')) != std::string::npos;)
      text.erase(at, text.find('m', at) - at + 1);
    EXPECT_EQ(text, plain[i]);
  }
  EXPECT_THAT(bright[4], HasSubstr("\x1b[31m0.25\x1b[0m"));
  EXPECT_THAT(bright[3], HasSubstr("\x1b[31m75%!\x1b[0m"));
}

TEST(TopFrame, SaysThatNothingRunsAndThatTheDaemonIsAway) {
  TopFrame frame = many_rows(0);
  frame.trouble = "the daemon is away";
  EXPECT_THAT(shown(frame, {.interactive = true}), ElementsAre(StartsWith("14:02:31  "), "the daemon is away",
                                                               StartsWith("NAME "), "nothing runs"));
}

TEST(TopFrame, MovesThroughMoreThanFit) {
  const TopFrame frame = many_rows(1000);
  TopView view{.lines = 13, .sort = TopSort::kName, .interactive = true};
  apply_key(view, TopKey::kPageDown, 1000);
  EXPECT_THAT(shown(frame, view).at(1), StartsWith("11-20 of 1000; "));
  apply_key(view, TopKey::kDown, 1000);
  EXPECT_THAT(shown(frame, view).at(1), StartsWith("12-21 of 1000; "));
  for (int i = 0; i < 200; ++i) apply_key(view, TopKey::kPageDown, 1000);
  EXPECT_THAT(shown(frame, view).at(1), StartsWith("991-1000 of 1000; "));
  EXPECT_THAT(shown(many_rows(5), view).at(1), "h helps, q quits");
  for (int i = 0; i < 200; ++i) apply_key(view, TopKey::kPageUp, 1000);
  apply_key(view, TopKey::kUp, 1000);
  EXPECT_EQ(view.first, 0U);
}

// Twice the containers are twice the comparisons, and not one line more.
TEST(TopFrame, WorkGrowsWithTheContainersAndNoFaster) {
  const auto comparisons = [](std::size_t count) {
    std::size_t made = 0;
    const RowOrder order = row_order(TopSort::kCpu, false);
    const auto lines = compose(many_rows(count), {}, [&](const TopRow& a, const TopRow& b) {
      ++made;
      return order(a, b);
    });
    EXPECT_EQ(lines.size(), 24U);
    return made;
  };
  EXPECT_LE(comparisons(1000), 1000U * 5);
  EXPECT_LE(comparisons(100000), 100000U * 5);
}

TEST(TopFrame, RepaintsOnlyWhatChanged) {
  EXPECT_EQ(repaint({}, {"a", "b"}), "\x1b[1;1H\x1b[Ka\x1b[2;1H\x1b[Kb");
  EXPECT_EQ(repaint({"a", "b", "c"}, {"a", "x", "c"}), "\x1b[2;1H\x1b[Kx");
  EXPECT_EQ(repaint({"a", "b"}, {"a"}), "\x1b[2;1H\x1b[K");
  EXPECT_EQ(repaint({"a"}, {"a"}), "");
}

TEST(TopKeys, AreTakenOneByOneAndSequencesWhole) {
  const auto taken = [](std::string typed) { return take_keys(typed); };
  EXPECT_THAT(taken("q"), ElementsAre(TopKey::kQuit));
  EXPECT_THAT(taken("\x03"), ElementsAre(TopKey::kQuit));
  EXPECT_THAT(taken("mxn"), ElementsAre(TopKey::kSortMemory, TopKey::kSortName));
  EXPECT_THAT(taken("\x1b[A\x1b[6~\x1bOBj"),
              ElementsAre(TopKey::kUp, TopKey::kPageDown, TopKey::kDown, TopKey::kDown));
  EXPECT_THAT(taken("\x1b[1;5Cq"), ElementsAre(TopKey::kQuit));  // of a key that means nothing
  std::string typed = "\x1b[";
  EXPECT_THAT(take_keys(typed), ElementsAre());
  typed += "5~c";
  EXPECT_THAT(take_keys(typed), ElementsAre(TopKey::kPageUp, TopKey::kSortCpu));
  EXPECT_EQ(typed, "");
}

TEST(TopKeys, TheSameKeyAgainSortsTheOtherWay) {
  TopView view;
  apply_key(view, TopKey::kSortMemory, 5);
  EXPECT_EQ(view.sort, TopSort::kMemory);
  EXPECT_FALSE(view.reversed);
  apply_key(view, TopKey::kSortMemory, 5);
  EXPECT_TRUE(view.reversed);
  apply_key(view, TopKey::kSortName, 5);
  EXPECT_FALSE(view.reversed);
  apply_key(view, TopKey::kToggleHelp, 5);
  EXPECT_TRUE(view.help);
}

Json some_host() {
  return {{"cpus", 8},
          {"memory_bytes", 64U << 20U},
          {"states", {{"running", 2}, {"ready", 1}}},
          {"resources",
           {{{"resource", "cpu"}, {"held", 1750}},
            {{"resource", "memory"}, {"held", 812}, {"capacity", 4096}, {"guaranteed", 2048}}}}};
}

// As from the wire: numbers there have no sign.
TopSample sample(const Json& host, const Json& containers) {
  return {Json::parse(host.dump()), Json::parse(containers.dump())};
}

TEST(TopFigures, ComeFromTheDaemonsAnswers) {
  Json web = resources("web\x1b[2J");
  at_resource(web, "cpu").update({{"held", 1200}});
  at_resource(web, "memory")["burst"].update({{"left", 0}, {"allowed", false}});
  TopFigures figures(true);
  const TopFrame frame = figures.frame(sample(some_host(), Json::array({web})), "now");
  EXPECT_EQ(frame.cpus, 8U);
  EXPECT_EQ(frame.running, 2U);
  EXPECT_EQ(frame.cpu_milli, 1750U);
  EXPECT_EQ(frame.memory_capacity, 4096U);
  ASSERT_EQ(frame.rows.size(), 1U);
  const TopRow& row = frame.rows[0];
  EXPECT_EQ(row.name, "default/web\\x1b[2J");
  EXPECT_EQ(row.cpu_milli, 1200U);
  EXPECT_EQ(row.cpu_colour, Colour::kWarning);
  EXPECT_EQ(row.memory_limit, 1024 * kMega);
  EXPECT_EQ(row.burst_percent, 0U);
  EXPECT_TRUE(row.burst_out);
  EXPECT_EQ(row.tasks, 12U);
}

TEST(TopFigures, CountFailuresFromTheFirstLookAndOfANewRunFromNothing) {
  TopFigures figures(false);
  const auto failures = [&](std::uint64_t memory, std::uint64_t tasks) {
    Json web = resources("web1");
    at_resource(web, "memory")["failcnt"] = memory;
    at_resource(web, "tasks")["failcnt"] = tasks;
    return figures.frame(sample(some_host(), Json::array({web})), "now").rows.at(0).failures;
  };
  EXPECT_EQ(failures(5, 1), 0U);
  EXPECT_EQ(failures(6, 3), 3U);
  EXPECT_EQ(failures(0, 2), 2U);
  figures.frame(sample(some_host(), Json::array()), "now");
  EXPECT_EQ(failures(9, 0), 0U);
}

}  // namespace
}  // namespace croft::ctl
