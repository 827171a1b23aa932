#include "templates/digest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace croft::templates {
namespace {

Digest digest_of(std::initializer_list<std::pair<std::uint64_t, std::string>> parts, std::uint64_t size) {
  ContentDigest digest;
  for (const auto& [offset, bytes] : parts) digest.add(offset, bytes);
  return digest.finish(size);
}

TEST(Sha256, AgreesWithThePublishedExample) {
  Sha256 sha;
  sha.add("abc");
  const std::string expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  EXPECT_EQ(to_hex(sha.finish()), expected);
  sha.add("a");
  sha.add("bc");
  EXPECT_EQ(to_hex(sha.finish()), expected);  // begins anew
}

TEST(ContentDigest, HolesAreZeros) {
  const std::string zeros(200'000, '\0');
  EXPECT_EQ(digest_of({}, 200'000), digest_of({{0, zeros}}, 200'000));
  EXPECT_EQ(digest_of({{0, "x" + zeros + "y"}}, 200'002), digest_of({{0, "x"}, {200'001, "y"}}, 200'002));
  EXPECT_EQ(digest_of({{70'000, "mid"}}, 100'000),
            digest_of({{0, std::string(70'000, '\0')}, {70'000, "mid"}, {70'003, std::string(29'997, '\0')}},
                      100'000));
}

TEST(ContentDigest, TellsContentsApart) {
  EXPECT_NE(digest_of({}, 1), digest_of({}, 2));
  EXPECT_NE(digest_of({{0, "a"}}, 10), digest_of({{1, "a"}}, 10));
  EXPECT_NE(digest_of({{0, "a"}}, 70'000), digest_of({{65'536, "a"}}, 70'000));
}

TEST(ContentDigest, DoesNotDependOnHowItIsCut) {
  std::string text;
  for (int i = 0; i < 40'000; ++i) text += std::to_string(i);
  ContentDigest whole;
  whole.add(0, text);
  for (const std::size_t step : {1UL, 1000UL, 65'536UL, 65'537UL}) {
    ContentDigest parts;
    for (std::size_t at = 0; at < text.size(); at += step)
      parts.add(at, std::string_view(text).substr(at, step));
    ContentDigest again;
    again.add(0, text);
    EXPECT_EQ(parts.finish(text.size()), again.finish(text.size())) << step;
  }
}

Entry an_entry() {
  Entry entry;
  entry.path = "a";
  entry.mode = 0644;
  entry.mtime = {10, 20};
  entry.xattrs = {{"user.a", "1"}, {"user.b", "2"}};
  return entry;
}

TEST(RecordOf, CoversEveryFact) {
  Sha256 sha;
  const Digest base = record_of(sha, an_entry(), {});
  const auto changed = [&](auto change) {
    Entry entry = an_entry();
    change(entry);
    return record_of(sha, entry, {}) != base;
  };
  EXPECT_TRUE(changed([](Entry& e) { e.type = EntryType::kFifo; }));
  EXPECT_TRUE(changed([](Entry& e) { e.mode = 04644; }));
  EXPECT_TRUE(changed([](Entry& e) { e.uid = 1; }));
  EXPECT_TRUE(changed([](Entry& e) { e.gid = 1; }));
  EXPECT_TRUE(changed([](Entry& e) { e.mtime.tv_sec = 11; }));
  EXPECT_TRUE(changed([](Entry& e) { e.mtime.tv_nsec = 21; }));
  EXPECT_TRUE(changed([](Entry& e) { e.xattrs[0].value = "3"; }));
  EXPECT_TRUE(changed([](Entry& e) { e.xattrs.pop_back(); }));
  EXPECT_FALSE(changed([](Entry& e) { std::swap(e.xattrs[0], e.xattrs[1]); }));
  EXPECT_NE(record_of(sha, an_entry(), Digest{1}), base);
}

TEST(LayerId, DependsOnLinksButNotOnOrder) {
  const Digest one{1};
  const Digest two{2};
  const std::vector<NamedRecord> records{{"a", 0, &one}, {"b", 1, &two}, {"c", 0, &one}};
  std::vector<NamedRecord> reversed(records.rbegin(), records.rend());
  EXPECT_EQ(layer_id(records), layer_id(reversed));
  EXPECT_NE(layer_id(records), layer_id({{"a", 0, &one}, {"b", 1, &two}, {"c", 2, &one}}));
  EXPECT_NE(layer_id(records), layer_id({{"a", 0, &one}, {"b", 0, &two}}));
}

}  // namespace
}  // namespace croft::templates
