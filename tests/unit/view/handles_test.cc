#include "fs/view/handles.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace croft::view {
namespace {

std::string part(std::string_view text, std::int64_t offset, std::size_t size) {
  const std::span<const char> found = part_of(text, offset, size);
  return {found.begin(), found.end()};
}

TEST(Part, IsWhatIsThereFromAnOffsetOn) {
  EXPECT_EQ(part("abcdef", 0, 3), "abc");
  EXPECT_EQ(part("abcdef", 4, 3), "ef");
  EXPECT_EQ(part("abcdef", 6, 3), "");
  EXPECT_EQ(part("abcdef", std::numeric_limits<std::int64_t>::max(), SIZE_MAX), "");
  EXPECT_EQ(part("abcdef", -1, SIZE_MAX), "abcdef");
  EXPECT_EQ(part("", 0, 10), "");
}

// A number goes to another file after it was closed, or to nobody.
TEST(Handles, AreFoundByTheirOwnNumberOnly) {
  Handles handles(3);
  Handles later(4);
  const std::uint64_t one = handles.open(std::nullopt);
  ASSERT_NE(handles.find(one), nullptr);
  EXPECT_EQ(later.find(one), nullptr);
  EXPECT_EQ(handles.find(0), nullptr);
  EXPECT_EQ(handles.find(one + 1), nullptr);
  handles.close(one);
  EXPECT_EQ(handles.find(one), nullptr);
  handles.close(one);
}

TEST(Handles, KeepNoMoreThanTheirBound) {
  Handles handles(3);
  const std::string text(kMaxKept / 2 + 1, 'x');
  Handle* const first = handles.find(handles.open(std::nullopt));
  handles.keep(*first, text);
  EXPECT_EQ(first->kept.size(), text.size());
  const std::uint64_t number = handles.open(std::nullopt);
  handles.keep(*handles.find(number), text);
  EXPECT_EQ(handles.find(number)->kept.size(), 0U);
}

}  // namespace
}  // namespace croft::view
