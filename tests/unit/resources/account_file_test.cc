// Accounts survive whoever wrote them.
#include "ctl/resources/account_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/fakes/scratch.h"

namespace croft::ctl {
namespace {

runtime::Tag tag(std::uint8_t number) {
  runtime::Tag tag{};
  tag[0] = 1;
  tag[15] = number;
  return tag;
}

TEST(AccountFile, WhatWasWrittenIsThereForTheNext) {
  const fakes::Scratch scratch;
  {
    AccountFile file(scratch / "accounts");
    AccountSlot& slot = file.take(tag(1), 7);
    slot.account.cpu.left = 42;
    slot.allowance.memory = false;
    file.take(tag(2), 1).account.cpu.left = 43;
  }
  AccountFile file(scratch / "accounts");
  ASSERT_NE(file.find(tag(1), 7), nullptr);
  EXPECT_EQ(file.find(tag(1), 7)->account.cpu.left, 42U);
  EXPECT_FALSE(file.find(tag(1), 7)->allowance.memory);
  EXPECT_EQ(file.find(tag(2), 1)->account.cpu.left, 43U);
}

// A new run begins with full buckets, and not where an earlier one ended.
TEST(AccountFile, ARunHasItsOwnSlot) {
  const fakes::Scratch scratch;
  AccountFile file(scratch / "accounts");
  file.take(tag(1), 1).account.cpu.left = 42;
  EXPECT_EQ(file.find(tag(1), 2), nullptr);
  EXPECT_EQ(file.take(tag(1), 2).account.cpu.left, 0U);
  EXPECT_EQ(file.find(tag(1), 1), nullptr);
  EXPECT_EQ(&file.take(tag(1), 2), file.find(tag(1), 2));
}

TEST(AccountFile, WhatWasGivenBackIsGoneForTheNextToo) {
  const fakes::Scratch scratch;
  {
    AccountFile file(scratch / "accounts");
    file.take(tag(1), 1);
    file.give_back(tag(1));
    file.give_back(tag(1));
  }
  AccountFile file(scratch / "accounts");
  EXPECT_EQ(file.find(tag(1), 1), nullptr);
}

// One page of its head, and those that the slots in use lie in.
TEST(AccountFile, WhatIsFreeTakesNoMemory) {
  const fakes::Scratch scratch;
  for (std::uint8_t opened = 1; opened <= 3; ++opened) {
    AccountFile file(scratch / "accounts");
    file.take(tag(opened), 1);
    struct stat status {};
    ASSERT_EQ(stat((scratch / "accounts").c_str(), &status), 0);
    EXPECT_LE(status.st_blocks * 512, 4 * 4096);
    for (std::uint8_t before = 1; before <= opened; ++before) EXPECT_NE(file.find(tag(before), 1), nullptr);
  }
}

TEST(AccountFile, ItEndsSomewhereAndSaysSo) {
  const fakes::Scratch scratch;
  AccountFile file(scratch / "accounts");
  for (std::size_t i = 0; i < AccountFile::kSlots; ++i) {
    runtime::Tag one = tag(1);
    one[1] = static_cast<std::uint8_t>(i);
    one[2] = static_cast<std::uint8_t>(i >> 8);
    file.take(one, 1);
  }
  EXPECT_THROW(file.take(tag(9), 1), runtime::Error);
  file.give_back(tag(1));
  EXPECT_NO_THROW(file.take(tag(9), 1));
}

// Another version, a torn file, something else altogether: credits are full again, nothing fails.
TEST(AccountFile, AStrangeFileIsBegunAnew) {
  const fakes::Scratch scratch;
  for (const std::size_t size : {0U, 1U, 4096U, 100000U}) {
    scratch.file("accounts", std::string(size, 'x'));
    AccountFile file(scratch / "accounts");
    EXPECT_EQ(file.find(tag(1), 1), nullptr);
    EXPECT_NO_THROW(file.take(tag(1), 1));
  }
}

TEST(AccountFile, ALinkIsNotFollowed) {
  const fakes::Scratch scratch;
  scratch.file("elsewhere", "precious");
  std::filesystem::create_symlink(scratch / "elsewhere", scratch / "accounts");
  EXPECT_THROW(AccountFile(scratch / "accounts"), runtime::Error);
  EXPECT_EQ(runtime::read_file(scratch / "elsewhere"), "precious");
}

}  // namespace
}  // namespace croft::ctl
