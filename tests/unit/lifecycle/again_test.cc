#include "ctl/lifecycle/again.h"

#include <gtest/gtest.h>

#include <csignal>
#include <string>

namespace croft::ctl {
namespace {

using runtime::ExitKind;
using runtime::ExitRecord;

constexpr std::int64_t kStart = 1'000'000'000;

ContainerRecord container(const Json& more, State state = State::kRunning) {
  Json spec{{"template", "t"}};
  if (!more.empty()) spec.update(more);
  ContainerRecord record;
  record.spec = KeptSpec(std::move(spec));
  record.state = state;
  record.started = "2001-09-09T01:46:40.000000Z";
  return record;
}

ExitRecord ended(ExitKind kind, int status, std::int64_t after = 3600) {
  ExitRecord record;
  record.kind = kind;
  record.status = status;
  record.time = kStart + after;
  return record;
}

const ExitRecord kSuccess = ended(ExitKind::kExited, 0);
const ExitRecord kFailure = ended(ExitKind::kExited, 3);
const ExitRecord kCrash = ended(ExitKind::kKilled, SIGSEGV);
const ExitRecord kUnknown = ended(ExitKind::kUnknown, 0);
const ExitRecord kPowerOff = ended(ExitKind::kKilled, SIGINT);
const ExitRecord kReboot = ended(ExitKind::kKilled, SIGHUP);

TEST(Again, ThePolicyDecidesByHowTheRunEnded) {
  struct Row {
    const ExitRecord& exit;
    bool never, on_failure, always;
  };
  for (const Row& row : {Row{kSuccess, false, false, true}, Row{kFailure, false, true, true},
                         Row{kCrash, false, true, true}, Row{kUnknown, false, true, true},
                         Row{kPowerOff, false, false, true}, Row{kReboot, true, true, true}}) {
    EXPECT_EQ(next_after(container({{"restart", "never"}}), row.exit).due, row.never);
    EXPECT_EQ(next_after(container({{"restart", "on-failure"}}), row.exit).due, row.on_failure);
    EXPECT_EQ(next_after(container({{"restart", "always"}}), row.exit).due, row.always);
  }
}

TEST(Again, WhoeverAskedForAStopGetsOne) {
  for (const ExitRecord& exit : {kSuccess, kFailure, kReboot}) {
    EXPECT_FALSE(next_after(container({{"restart", "always"}}, State::kStopping), exit).due);
    EXPECT_FALSE(next_after(container({{"ephemeral", true}}), exit).due);
  }
}

TEST(Again, WhatIsDueIsToldByTheRecordAlone) {
  for (const ExitRecord& exit : {kFailure, kReboot}) {
    ContainerRecord record = container({{"restart", "on-failure"}});
    record.reason = next_after(record, exit).reason;
    record.state = State::kStopped;
    EXPECT_TRUE(restart_due(record));
    EXPECT_FALSE(boot_due(record));
    record.state = State::kRunning;
    EXPECT_FALSE(start_due(record));
  }
  EXPECT_FALSE(restart_due(container({}, State::kStopped)));
}

TEST(Again, ShortRunsWaitLongerEachTimeUntilItGivesUp) {
  Live live;
  const ContainerRecord record = container({{"restart", "always"}, {"restart_limit", 6}});
  const ExitRecord exit = ended(ExitKind::kExited, 0, 1);
  for (const int pause : {0, 0, 0, 2, 4, 8}) {
    const Next next = next_after(live, record, exit);
    EXPECT_TRUE(next.due);
    EXPECT_EQ(next.pause.count(), pause) << next.reason;
  }
  const Next last = next_after(live, record, exit);
  EXPECT_FALSE(last.due);
  EXPECT_TRUE(last.given_up);
  EXPECT_NE(last.reason.find("6 times"), std::string::npos) << last.reason;
  EXPECT_TRUE(next_after(live, record, exit).due) << "it counts anew for whoever starts it";
}

TEST(Again, ALongRunEndsTheCount) {
  Live live;
  const ContainerRecord record = container({{"restart", "always"}, {"restart_limit", 1}});
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(next_after(live, record, ended(ExitKind::kExited, 0, 1)).due) << i;
    EXPECT_EQ(next_after(live, record, ended(ExitKind::kExited, 0, 10)).pause.count(), 0) << i;
  }
}

TEST(Again, ALimitOfNoneAndRestartsFromInsideAreNotGivenUp) {
  Live live;
  const ContainerRecord unlimited = container({{"restart", "always"}, {"restart_limit", 0}});
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(next_after(live, unlimited, ended(ExitKind::kExited, 0, 1)).due);
  EXPECT_EQ(next_after(live, unlimited, ended(ExitKind::kExited, 0, 1)).pause.count(), 64);
  Live other;
  const ContainerRecord limited = container({{"restart_limit", 2}});
  for (int i = 0; i < 9; ++i)
    EXPECT_TRUE(next_after(other, limited, ended(ExitKind::kKilled, SIGHUP, 1)).due);
}

TEST(Again, TheBootStartsWhatRanOrWhatAlwaysDoes) {
  EXPECT_TRUE(boots(container({}), true));
  EXPECT_FALSE(boots(container({}), false));
  EXPECT_TRUE(boots(container({{"onboot", "yes"}}), false));
  EXPECT_FALSE(boots(container({{"onboot", "no"}}), true));
  EXPECT_FALSE(boots(container({{"onboot", "yes"}, {"ephemeral", true}}), true));
  ContainerRecord record = container({}, State::kReady);
  record.reason = kBootDue;
  EXPECT_TRUE(boot_due(record));
  record.state = State::kRunning;
  EXPECT_FALSE(boot_due(record));
}

}  // namespace
}  // namespace croft::ctl
