#include "ctl/lifecycle/console_log.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "tests/unit/lifecycle/scratch.h"

namespace croft::ctl {
namespace {

struct ConsoleLog : testing::Test {
  ScratchDir dir;
  std::string path = dir.file("console.log");

  void write(const std::string& text) const { std::ofstream(path, std::ios::app) << text; }
  void turn() const { rename(path.c_str(), (path + ".1").c_str()); }
  [[nodiscard]] LogPiece from(const std::string& place) const { return read_log(path, {.place = place}); }
};

TEST_F(ConsoleLog, IsEmptyBeforeAnythingIsWritten) {
  const LogPiece piece = from(kLogBegin);
  EXPECT_EQ(piece.data, "");
  EXPECT_EQ(piece.next, kLogBegin);
  write("a");
  EXPECT_EQ(from(piece.next).data, "a");
}

TEST_F(ConsoleLog, FollowsOverATurn) {
  write("one ");
  const std::string after_one = from(kLogBegin).next;
  write("two ");
  turn();
  EXPECT_EQ(from(after_one).data, "two ");
  const std::string after_two = from(after_one).next;
  write("three ");
  EXPECT_EQ(from(after_one).data, "two three ");
  EXPECT_EQ(from(after_two).data, "three ");
  EXPECT_EQ(from(kLogBegin).data, "one two three ");
  EXPECT_FALSE(from(after_one).skipped);
}

TEST_F(ConsoleLog, SaysWhatItMissed) {
  write("one ");
  const std::string place = from(kLogBegin).next;
  turn();
  write("two ");
  turn();
  write("three ");
  const LogPiece piece = from(place);
  EXPECT_TRUE(piece.skipped);
  EXPECT_EQ(piece.data, "two three ");
  EXPECT_FALSE(from(piece.next).skipped);
}

TEST_F(ConsoleLog, EveryByteComesOnceHoweverItIsTurned) {
  std::string place = kLogBegin;
  std::string read;
  std::string written;
  for (int i = 0; i < 300; ++i) {
    const std::string text = std::to_string(i) + "\n";
    write(text);
    written += text;
    if (i % 7 == 3) turn();
    if (i % 5 == 0) {
      const LogPiece piece = from(place);
      ASSERT_FALSE(piece.skipped) << i;
      read += piece.data;
      place = piece.next;
    }
  }
  EXPECT_EQ(read + from(place).data, written);
}

TEST_F(ConsoleLog, TheTailReachesIntoTheOlderFile) {
  write("abcd");
  turn();
  write("ef");
  EXPECT_EQ(read_log(path, {.place = {}, .tail = 3}).data, "def");
  EXPECT_EQ(read_log(path, {.place = {}, .tail = 100}).data, "abcdef");
  EXPECT_EQ(read_log(path, {.place = {}, .tail = 0}).data, "");
}

TEST_F(ConsoleLog, DoesNotCutACharacter) {
  write("x\xe2\x82");
  const LogPiece first = from(kLogBegin);
  EXPECT_EQ(first.data, "x");
  write("\xac");
  EXPECT_EQ(from(first.next).data, "\xe2\x82\xac");
}

TEST_F(ConsoleLog, GivesPiecesOfBoundedSize) {
  write(std::string(kMaxLogPiece + 5, 'x'));
  const LogPiece first = from(kLogBegin);
  EXPECT_EQ(first.data.size(), kMaxLogPiece);
  EXPECT_EQ(from(first.next).data, "xxxxx");
}

TEST_F(ConsoleLog, RefusesWhatIsNoPlace) {
  for (const char* wrong : {"", "12", "a.b", ":5", "a.b:", "a.b:-1", "a.b:5x", "a.b:99999999999999999999"})
    EXPECT_THROW(static_cast<void>(from(wrong)), runtime::Error) << wrong;
}

}  // namespace
}  // namespace croft::ctl
