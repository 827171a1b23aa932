#include "ctl/lifecycle/states.h"

#include <gtest/gtest.h>

#include <string>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

// The whole table, as the man page croft-states(7) draws it: rows from, columns to.
TEST(States, WholeTableOfMoves) {
  std::string table;
  for (const State from : kStates) {
    table += to_text(from);
    table += ":";
    for (const State to : kStates)
      if (may_move(from, to)) table += " " + std::string(to_text(to));
    table += "\n";
  }
  EXPECT_EQ(table,
            "configured: ready failed destroying\n"
            "ready: running stopping failed destroying\n"
            "running: frozen stopping stopped failed\n"
            "frozen: running stopping stopped failed\n"
            "stopping: stopped failed destroying\n"
            "stopped: running failed destroying\n"
            "failed: running stopping stopped destroying\n"
            "destroying:\n");
}

TEST(States, NamesGoBothWays) {
  for (const State state : kStates) EXPECT_EQ(state_of(to_text(state)), state);
  EXPECT_EQ(state_of("starting"), std::nullopt);
  EXPECT_EQ(state_of(""), std::nullopt);
}

TEST(States, ARefusedMoveSaysWhatWhereAndTheCure) {
  EXPECT_NO_THROW(check_move(State::kReady, State::kRunning, "default/web1"));
  try {
    check_move(State::kRunning, State::kDestroying, "default/web1");
    FAIL();
  } catch (const runtime::Error& error) {
    EXPECT_EQ(error.kind(), runtime::ErrorKind::kConflict);
    EXPECT_STREQ(error.what(), "`default/web1` is running and cannot become destroying; stop it first");
  }
}

}  // namespace
}  // namespace croft::ctl
