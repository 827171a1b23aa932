// The journal: what was acknowledged is there, once, whatever fails or dies.
#include "ctl/ledger/journal.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "ctl/lifecycle/registry/sqlite.h"
#include "runtime/error.h"
#include "runtime/fd.h"
#include "tests/unit/ledger/failing_vfs.h"

namespace croft::ledger {
namespace {

struct JournalTest : testing::Test {
  std::string directory = [] {
    std::string text = "/tmp/croft-test-ledger-XXXXXX";
    return std::string(mkdtemp(text.data()));
  }();
  std::string path = directory + "/ledger.db";

  ~JournalTest() override { std::filesystem::remove_all(directory); }

  [[nodiscard]] JournalOptions options(const std::string& vfs = "") const {
    return {.path = path, .node = "node", .now = {.real = 1'700'000'000'000'000, .boot = 1}, .vfs = vfs};
  }
  // Not through the journal, which would notice.
  void tamper(const char* sql) const {
    ctl::Database database({.path = path});
    database.execute("DROP TRIGGER IF EXISTS records_stay; DROP TRIGGER IF EXISTS records_are_kept");
    database.execute(sql);
  }
};

// The record with which a container's cpu goes from `number` to `number`+1.
Record record_of(std::uint64_t number) {
  Record record;
  record.identity = {"ct", "boot", 1, 1};
  record.facts = {RunState::kRunning, R"({"tenant":"default","name":"web1"})"};
  record.from = {static_cast<std::int64_t>(number * 1000), number * 1000};
  record.to = {static_cast<std::int64_t>(number * 1000 + 1000), number * 1000 + 1000};
  record.counted.set(0);
  record.open[0] = number;
  record.close[0] = number + 1;
  return record;
}

std::vector<Record> records_from(std::uint64_t first, std::size_t count) {
  std::vector<Record> records;
  for (std::uint64_t i = 0; i < count; ++i) records.push_back(record_of(first + i));
  return records;
}

// Every record up to `count` is there once, in order.
void expect_chain(const Journal& journal, std::uint64_t count) {
  const Verified verified = journal.verify();
  EXPECT_EQ(verified.wrong, "");
  const std::vector<Record> all = journal.after(0, 1'000'000);
  ASSERT_EQ(all.size(), count);
  for (std::uint64_t i = 0; i < count; ++i) {
    ASSERT_EQ(all[i].seq, i + 1);
    ASSERT_EQ(all[i].open[0], i);
  }
}

TEST_F(JournalTest, what_is_added_is_there_when_it_is_opened_again) {
  {
    Journal journal(options());
    std::vector<Record> records = records_from(0, 5);
    journal.append(records);
    EXPECT_EQ(records[4].seq, 5U);
  }
  Journal journal(options());
  expect_chain(journal, 5);
  EXPECT_EQ(journal.last_of("ct")->seq, 5U);
  EXPECT_EQ(journal.last_of("other"), std::nullopt);
  EXPECT_EQ(journal.last_of_all().size(), 1U);
  EXPECT_EQ(journal.after(3, 10).size(), 2U);
  std::vector<std::uint64_t> between;
  journal.each_between(1000, 3000, [&](const Record& record) { between.push_back(record.seq); });
  EXPECT_THAT(between, testing::ElementsAre(2, 3));
}

TEST_F(JournalTest, knows_whom_it_has_records_of) {
  Journal journal(options());
  EXPECT_FALSE(journal.knows("ct"));
  std::vector<Record> records = records_from(0, 2);
  journal.append(records);
  EXPECT_TRUE(journal.knows("ct"));
  EXPECT_TRUE(journal.knows("default/web1"));
  for (const char* other :
       {"", "boot", "web1", "default/web", "other/web1", "/", "default/", R"({"tenant":1}/x)"})
    EXPECT_FALSE(journal.knows(other)) << other;
}

TEST_F(JournalTest, an_edit_is_found) {
  std::vector<Record> records = records_from(0, 5);
  Journal(options()).append(records);
  tamper("UPDATE records SET to_us = to_us + 1 WHERE seq = 3");
  const Verified verified = Journal(options()).verify();
  EXPECT_EQ(verified.records, 2U);
  EXPECT_EQ(verified.wrong, "record 3 is not what was written");
}

TEST_F(JournalTest, every_column_counts) {
  for (const char* column : {"kind", "cause", "generation", "cgroup", "state", "from_us", "to_us",
                             "from_boot_us", "to_boot_us", "covered_us"}) {
    SCOPED_TRACE(column);
    std::filesystem::remove(path);
    std::vector<Record> records = records_from(0, 3);
    Journal(options()).append(records);
    tamper(("UPDATE records SET " + std::string(column) + " = 1 - " + column + " WHERE seq = 2").c_str());
    EXPECT_NE(Journal(options()).verify().wrong, "");
  }
}

TEST_F(JournalTest, a_row_that_is_taken_out_is_found) {
  std::vector<Record> records = records_from(0, 5);
  Journal(options()).append(records);
  tamper("PRAGMA foreign_keys=OFF; DELETE FROM records WHERE seq = 2");
  EXPECT_EQ(Journal(options()).verify().wrong, "record 2 is missing");
}

TEST_F(JournalTest, rows_cannot_be_changed_by_mistake) {
  std::vector<Record> records = records_from(0, 1);
  Journal(options()).append(records);
  ctl::Database database({.path = path});
  EXPECT_THROW(database.execute("UPDATE records SET covered_us = 1"), runtime::Error);
  EXPECT_THROW(database.execute("DELETE FROM records"), runtime::Error);
}

TEST_F(JournalTest, a_newer_file_is_only_read) {
  std::vector<Record> records = records_from(0, 3);
  Journal(options()).append(records);
  tamper("PRAGMA user_version = 99");
  Journal journal(options());
  EXPECT_THAT(journal.state().read_only, testing::HasSubstr("newer Croft (version 99"));
  EXPECT_EQ(journal.after(0, 10).size(), 3U);
  EXPECT_THROW(journal.append(records), runtime::Error);
}

TEST_F(JournalTest, a_damaged_file_gives_what_is_intact) {
  std::vector<Record> records = records_from(0, 2000);
  Journal(options()).append(records);
  ASSERT_EQ(truncate(path.c_str(), static_cast<off_t>(std::filesystem::file_size(path) / 2 / 4096 * 4096)),
            0);
  Journal journal(options());
  const Verified verified = journal.verify();
  EXPECT_NE(verified.wrong, "");
  EXPECT_LT(verified.records, 2000U);
}

TEST_F(JournalTest, a_file_that_is_no_database_is_no_ledger) {
  const runtime::Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  const std::string text(8192, 'x');
  ASSERT_EQ(write(file.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  Journal journal(options());
  EXPECT_THAT(journal.state().read_only, testing::HasSubstr("is damaged"));
  EXPECT_TRUE(journal.after(0, 10).empty());
}

// Every n-th write, or sync, fails or is torn. What was acknowledged is there, once.
TEST_F(JournalTest, writes_that_fail_lose_nothing) {
  for (const bool torn : {false, true})
    for (const int every : {2, 3, 5, 7, 11, 17, 29}) {
      SCOPED_TRACE((torn ? "torn, every " : "failed, every ") + std::to_string(every));
      std::filesystem::remove_all(directory);
      std::filesystem::create_directory(directory);
      std::vector<Record> first = records_from(0, 1);
      Journal(options()).append(first);
      std::uint64_t acknowledged = 1;
      int failures = 0;
      {
        FailingVfs vfs(every, torn);
        std::unique_ptr<Journal> journal;
        for (int attempt = 0; attempt < 400 && acknowledged < 36; ++attempt) {
          std::vector<Record> records = records_from(acknowledged, 3);
          try {
            if (!journal) journal = std::make_unique<Journal>(options(vfs.name()));
            if (!journal->state().read_only.empty()) {
              journal.reset();
              ++failures;
              continue;
            }
            journal->append(records);
            acknowledged += records.size();
          } catch (const runtime::Error&) {
            ++failures;
          }
        }
      }
      EXPECT_GT(failures, 0);
      Journal again(options());
      const std::uint64_t there = again.state().last;
      EXPECT_GE(there, acknowledged);
      EXPECT_LE(there, acknowledged + 3);  // written, and yet not acknowledged
      expect_chain(again, there);
      if (HasFailure()) return;
    }
}

// A child that adds records and says so after each, killed at any moment.
TEST_F(JournalTest, kills_lose_nothing) {
  std::mt19937 random(7);
  std::uint64_t acknowledged = 0;
  for (int kill_number = 0; kill_number < 40; ++kill_number) {
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    const pid_t child = fork();
    if (child == 0) {
      Journal journal(options());
      for (std::uint64_t next = journal.state().last;; next += 4) {
        std::vector<Record> records = records_from(next, 4);
        journal.append(records);
        const std::uint64_t said = next + 4;
        if (write(ends[1], &said, sizeof said) != sizeof said) _exit(1);
      }
    }
    close(ends[1]);
    usleep(static_cast<useconds_t>(1000 + random() % 40'000));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    std::uint64_t said = 0;
    while (read(ends[0], &said, sizeof said) == sizeof said) acknowledged = said;
    close(ends[0]);
    const Journal journal(options());
    ASSERT_GE(journal.state().last, acknowledged);
    ASSERT_LE(journal.state().last, acknowledged + 4);
    acknowledged = journal.state().last;  // what was there once stays
  }
  EXPECT_GT(acknowledged, 0U);
  const Journal journal(options());
  expect_chain(journal, journal.state().last);
}

}  // namespace
}  // namespace croft::ledger
