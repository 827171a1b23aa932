#include "cgroups/oom_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "runtime/error.h"
#include "runtime/fd.h"
#include "tests/fuzz/cgroups/targets.h"

namespace croft::cgroups {
namespace {

std::string oom(const std::string& where, const std::string& command = "hog", const std::string& pid = "42") {
  return "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=u,mems_allowed=0" + where +
         ",task=" + command + ",pid=" + pid + ",uid=1000";
}
std::string killed(const std::string& command = "hog", const std::string& pid = "42") {
  return "Memory cgroup out of memory: Killed process " + pid + " (" + command +
         ") total-vm:100kB, anon-rss:20kB, file-rss:3kB, shmem-rss:4kB, UID:1000 pgtables:44kB "
         "oom_score_adj:-5";
}
const std::string kOwn = "/croft.slice/t/u";
const std::string kPlain = ",oom_memcg=" + kOwn + ",task_memcg=" + kOwn;

// The last kill that the messages tell of.
std::optional<OomKill> last(const std::vector<std::string>& messages) {
  OomLog log;
  std::optional<OomKill> found;
  for (const std::string& message : messages) {
    const std::string line = "6,17,1234,-;" + message + "\n";
    const auto record = parse_record(line);
    EXPECT_TRUE(record) << line;
    if (record)
      if (auto kill = log.feed(*record)) found = std::move(kill);
  }
  return found;
}

TEST(LogRecord, AsTheKernelGivesIt) {
  const auto record = parse_record("4,1234,5678,-,caller=T1;a message; with more\n SUBSYSTEM=x\n");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->sequence, 1234U);
  EXPECT_EQ(record->at, Micros{5678});
  EXPECT_EQ(record->text, "a message; with more");
}

TEST(LogRecord, WhatProgramsWroteOrIsNoneIsPassedOver) {
  for (const char* text : {"12,1,1,-;from a program", "8,1,1,-;likewise", "", ";", "6", "6,1", "6,1,1",
                           "6,1,1,-", "x,1,1,-;a", "6,x,1,-;a", "-1,1,1,-;a"})
    EXPECT_FALSE(parse_record(text)) << text;
}

TEST(OomLog, OneKill) {
  const auto kill = last({"hog invoked oom-killer: gfp_mask=0xcc0", oom(kPlain), killed()});
  ASSERT_TRUE(kill);
  const OomKill expected{
      Micros{1234},    42, "hog", kOwn, kOwn, Bytes{20 * 1024}, Bytes{3 * 1024}, Bytes{4 * 1024},
      std::int64_t{-5}};
  EXPECT_EQ(*kill, expected);
}

TEST(OomLog, OfTheWholeHost) {
  const auto kill = last({oom(",global_oom,task_memcg=" + kOwn + "/app"), killed()});
  ASSERT_TRUE(kill);
  EXPECT_EQ(kill->full_group, "");
  EXPECT_EQ(kill->group, kOwn + "/app");
}

TEST(OomLog, WithoutItsFirstLineAKillHasNoGroup) {
  EXPECT_EQ(last({killed()})->group, "");
  EXPECT_EQ(last({oom(kPlain), killed("hog", "43")})->group, "");
  EXPECT_EQ(last({oom(kPlain), "oom-kill:torn", killed()})->group, "");
  EXPECT_FALSE(last({oom(kPlain)}));
}

TEST(OomLog, OnlyTheProcessThatWasNamedHasAGroup) {
  const std::string whole = "Tasks in " + kOwn + " are going to be killed due to memory.oom.group set";
  const auto kill = last({oom(kPlain), killed(), whole, killed("other", "43")});
  EXPECT_EQ(kill->group, "");
  EXPECT_EQ(kill->command, "other");
  EXPECT_EQ(last({oom(kPlain), killed(), killed()})->group, "") << "a number used again";
}

TEST(OomLog, NamesOfProcessesDeceiveNobody) {
  for (const char* command : {"a,pid=1,uid=0", ",task=x,pid=9", "a) total-vm:1kB", "b) (", "\\x0a6,1,1,-;x",
                              "", ": Killed proces", ") anon-rss:99kB"}) {
    const auto kill = last({oom(kPlain, command), killed(command)});
    ASSERT_TRUE(kill) << command;
    EXPECT_EQ(kill->pid, 42U) << command;
    EXPECT_EQ(kill->group, kOwn) << command;
    EXPECT_EQ(kill->command, command);
    EXPECT_EQ(kill->anonymous, Bytes{20 * 1024}) << command;
  }
}

// A delegated container may call its groups what it likes, but for slashes.
TEST(OomLog, NamesOfGroupsDeceiveNobody) {
  const std::string hostile = kOwn + "/a,task_memcg=/croft.slice/t/victim";
  const auto kill = last({oom(",oom_memcg=" + hostile + ",task_memcg=" + hostile), killed()});
  EXPECT_EQ(kill->full_group, kOwn + "/a");
  EXPECT_EQ(kill->group, kOwn + "/a");
  const std::string cpuset =
      "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=x,oom_memcg=,global_oom,mems_allowed=0" +
      kPlain + ",task=hog,pid=42,uid=0";
  EXPECT_EQ(last({cpuset, killed()})->group, kOwn);
  const std::string beside = ",oom_memcg=" + kOwn + ",task_memcg=" + kOwn + "2";
  EXPECT_EQ(last({oom(beside), killed()})->group, kOwn);
}

TEST(OomLog, OtherMessagesAreNone) {
  for (const char* text :
       {"Killed process 1 (x) total-vm:1kB", "x: Out of memory: Killed process 1 (x) total-vm:1kB",
        "Memory cgroup out of memory: Killed process x (y) total-vm:1kB",
        "Memory cgroup out of memory: Killed process 1 y", "oom-kill:constraint=", "oom-kill:"})
    EXPECT_FALSE(last({text})) << text;
}

TEST(KernelLog, ReadsWhatComesAfterItWasOpened) {
  std::string name = (std::filesystem::temp_directory_path() / "croft-test-XXXXXX").string();
  const runtime::Fd file(mkstemp(name.data()));
  ASSERT_TRUE(file);
  ASSERT_EQ(write(file.get(), "before", 6), 6);
  KernelLog log(name);
  EXPECT_FALSE(log.next());
  ASSERT_EQ(write(file.get(), "after", 5), 5);
  EXPECT_EQ(log.next(), "after");
  EXPECT_FALSE(log.next());
  unlink(name.c_str());
  EXPECT_THROW(KernelLog("/nowhere/at/all"), runtime::Error);
}

TEST(FuzzReplay, TheKernelsLog) {
  std::size_t seeds = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(CROFT_SOURCE_DIR "/tests/fuzz/cgroups/corpus/kmsg")) {
    fuzz::kmsg(runtime::read_file(entry.path()));
    ++seeds;
  }
  EXPECT_GT(seeds, 10U);
}

}  // namespace
}  // namespace croft::cgroups
