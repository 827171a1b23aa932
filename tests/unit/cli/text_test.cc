#include "ctl/cli/text.h"

#include <gtest/gtest.h>

#include "ctl/cli/columns.h"

namespace croft::ctl {
namespace {

TEST(Text, WidthIsInColumnsNotBytes) {
  EXPECT_EQ(display_width("web1"), 4U);
  EXPECT_EQ(display_width("größe"), 5U);
  EXPECT_EQ(display_width("容器"), 4U);
  EXPECT_EQ(display_width("e\xcc\x81"), 1U);  // combining acute
  EXPECT_EQ(display_width("\xff\xfe"), 2U);   // no UTF-8
}

TEST(Text, ControlCharactersBecomeVisible) {
  EXPECT_EQ(visible("a\x1b[31mb"), "a\\x1b[31mb");
  EXPECT_EQ(visible("a\nb\x7f"), "a\\x0ab\\x7f");
  EXPECT_EQ(visible("\xc2\x9b"), "\\x9b");  // C1 control sequence introducer
  EXPECT_EQ(visible("\xe2\x80\xae"
                    "x"),
            "\\u{202e}x");  // right-to-left override
  EXPECT_EQ(visible("\xff"), "\\xff");
  EXPECT_EQ(visible("größe 容器"), "größe 容器");
}

TEST(Text, StreamPassesColoursAndLinesOnly) {
  std::string kept;
  EXPECT_EQ(visible_stream("\x1b[1;32mok\x1b[0m\r\n\tx", kept), "\x1b[1;32mok\x1b[0m\r\n\tx");
  EXPECT_EQ(visible_stream("\x1b]0;title\x07", kept), "\\x1b]0;title\\x07");
  EXPECT_EQ(visible_stream("\x1b[2J", kept), "\\x1b[2J");
  EXPECT_TRUE(kept.empty());
}

TEST(Text, StreamKeepsWhatIsCut) {
  std::string kept;
  EXPECT_EQ(visible_stream("a\x1b[3", kept), "a");
  EXPECT_EQ(visible_stream("1mb", kept), "\x1b[31mb");
  EXPECT_EQ(visible_stream("\xe5\xae", kept), "");
  EXPECT_EQ(visible_stream("\xb9", kept), "容");
}

TEST(Text, StreamDoesNotKeepForEver) {
  std::string kept;
  visible_stream("\x1b[" + std::string(100, '1'), kept);
  EXPECT_TRUE(kept.empty());
}

TEST(Text, WrapsAtBlanks) {
  EXPECT_EQ(wrap_text("one two three", 7, 2), "one two\n  three");
  EXPECT_EQ(wrap_text("one", 2, 0), "one");
}

TEST(Columns, AlignWideCharactersAndNumbers) {
  const std::string table =
      format_table({{"NAME"}, {"SIZE", true}, {"WHAT"}},
                   {{{"容器"}, {"1.0G"}, {"x"}}, {{"web1"}, {"12K"}, {""}}}, true, false);
  EXPECT_EQ(table,
            "NAME  SIZE  WHAT\n"
            "容器  1.0G  x\n"
            "web1   12K\n");
}

TEST(Columns, ColourDoesNotCountAsWidth) {
  const std::string table = format_table({{"A"}, {"B"}}, {{{"x", Colour::kBad}, {"y"}}}, false, true);
  EXPECT_EQ(table, "\x1b[31mx\x1b[0m  y\n");
}

TEST(Columns, CellsCannotControlTheTerminal) {
  EXPECT_EQ(format_table({{"A"}}, {{{"a\x1b[2J"}}}, false, false), "a\\x1b[2J\n");
}

TEST(Text, IsCutToColumnsAndSaysSo) {
  EXPECT_EQ(cut_text("web1", 4), "web1");
  EXPECT_EQ(cut_text("web12", 4), "web~");
  EXPECT_EQ(cut_text("web12", 1), "~");
  EXPECT_EQ(cut_text("web12", 0), "");
  EXPECT_EQ(cut_text("\xe4\xb8\xad\xe6\x96\x87", 4), "\xe4\xb8\xad\xe6\x96\x87");
  EXPECT_EQ(cut_text("\xe4\xb8\xad\xe6\x96\x87", 3), "\xe4\xb8\xad~");
  EXPECT_EQ(cut_text("\xe4\xb8\xad\xe6\x96\x87", 2), "~");
}

}  // namespace
}  // namespace croft::ctl
