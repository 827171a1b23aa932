#include "runtime/change.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "runtime/error.h"

namespace croft::runtime {
namespace {

using Journal = std::vector<std::string>;
using testing::ElementsAre;
using testing::IsEmpty;

struct Note {
  Journal* journal;
  std::string name;
  bool fails = false;

  [[nodiscard]] Description describe() const { return {"note", name, ""}; }
  void apply() const {
    if (fails) throw Error(ErrorKind::kBusy, "the pen is taken", EBUSY);
    journal->push_back("+" + name);
  }
  void undo() const noexcept { journal->push_back("-" + name); }
};

Changes notes(Journal& journal, std::size_t count, std::size_t failing = 99) {
  Changes list;
  for (std::size_t i = 0; i < count; ++i) add(list, Note{&journal, std::to_string(i), i == failing});
  return list;
}

TEST(Changes, AreAppliedInOrderAndUndoneInReverse) {
  Journal journal;
  Changes list = notes(journal, 3);
  apply_changes(list);
  undo_changes(list);
  EXPECT_THAT(journal, ElementsAre("+0", "+1", "+2", "-2", "-1", "-0"));
}

TEST(Changes, AFailureUndoesExactlyWhatWasDone) {
  for (std::size_t failing = 0; failing < 4; ++failing) {
    Journal journal;
    Changes list = notes(journal, 4, failing);
    EXPECT_THROW(apply_changes(list), Error);
    Journal expected;
    for (std::size_t i = 0; i < failing; ++i) expected.push_back("+" + std::to_string(i));
    for (std::size_t i = failing; i > 0; --i) expected.push_back("-" + std::to_string(i - 1));
    EXPECT_EQ(journal, expected) << "failing at " << failing;
  }
}

TEST(Changes, AFailureIsReportedInTheWordsOfItsChange) {
  Journal journal;
  Changes list = notes(journal, 2, 1);
  try {
    apply_changes(list);
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "cannot note 1: the pen is taken: Device or resource busy");
    EXPECT_EQ(error.kind(), ErrorKind::kBusy);
    return;
  }
  FAIL() << "the list was applied";
}

TEST(Changes, AForeignExceptionUndoesToo) {
  Journal journal;
  Changes list = notes(journal, 3);
  const auto before = [](std::size_t index, const Change&) {
    if (index == 2) throw std::runtime_error("not of ours");
  };
  EXPECT_THROW(apply_changes(list, before), std::runtime_error);
  EXPECT_THAT(journal, ElementsAre("+0", "+1", "-1", "-0"));
}

TEST(Changes, TheHookBeforeAChangeCanMakeItFail) {
  Journal journal;
  Changes list = notes(journal, 2);
  const auto before = [](std::size_t, const Change&) { throw Error(ErrorKind::kSystem, "injected"); };
  EXPECT_THROW(apply_changes(list, before), Error);
  EXPECT_THAT(journal, IsEmpty());
}

TEST(Changes, CanBePrintedWithoutBeingApplied) {
  Journal journal;
  const Changes list = notes(journal, 2);
  EXPECT_THAT(describe(list), ElementsAre(Description{"note", "0", ""}, Description{"note", "1", ""}));
  EXPECT_THAT(journal, IsEmpty());
}

TEST(Description, NamesTheValueOnlyWhereThereIsOne) {
  EXPECT_EQ(to_text({"write", "/x/memory.max", "1G"}), "write /x/memory.max = 1G");
  EXPECT_EQ(to_text({"mkdir", "/x", ""}), "mkdir /x");
}

}  // namespace
}  // namespace croft::runtime
