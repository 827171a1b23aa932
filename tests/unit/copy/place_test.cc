#include "ctl/copy/place.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/error.h"
#include "tests/unit/copy/ground.h"

namespace croft::ctl::test {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using testing::ElementsAre;
using testing::HasSubstr;

// What placing these says that is wrong.
Error failure(const Ground& ground, const std::vector<TarEntry>& entries, const PlaceRules& rules = {}) {
  try {
    place_from(ground, open_bytes(tar_of(entries)), "", rules);
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "it was placed";
  return Error(ErrorKind::kSystem, "");
}

mode_t mode_of(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(lstat(path.c_str(), &info), 0) << path;
  return info.st_mode & 07777;
}

TEST(Place, MakesFilesDirectoriesAndLinks) {
  const Ground ground;
  place_from(ground, open_bytes(tar_of({{"d/", '5', "", "", 0750},
                                        {"d/f", '0', "hello", "", 04755},
                                        {"d/s", '2', "", "/etc/passwd"},
                                        {"d/h", '1', "", "d/f"},
                                        {"new/line\nin it", '0', "x"}})));
  EXPECT_THAT(ground.names(), ElementsAre("d", "d/f", "d/h", "d/s", "new", "new/line\nin it"));
  EXPECT_EQ(get_file(ground / "d/f"), "hello");
  EXPECT_EQ(mode_of(ground / "d"), 0750U);
  EXPECT_EQ(mode_of(ground / "d/f"), 0755U);  // without the set-user-id bit
  EXPECT_EQ(std::filesystem::read_symlink(ground / "d/s"), "/etc/passwd");
  EXPECT_EQ(std::filesystem::hard_link_count(ground / "d/h"), 2U);
  struct stat info {};
  ASSERT_EQ(stat((ground / "d").c_str(), &info), 0);
  EXPECT_EQ(info.st_mtime, 1000000000);
}

TEST(Place, GivesTheNameThatIsAskedFor) {
  const Ground ground;
  place_from(ground, open_bytes(tar_of({{"d/f", '0', "x"}, {"d/h", '1', "", "d/f"}})), "other");
  EXPECT_THAT(ground.names(), ElementsAre("other", "other/f", "other/h"));
  const Ground second;
  place_from(second, open_bytes(tar_of({{"f", '0', "x"}})), "g");
  EXPECT_THAT(second.names(), ElementsAre("g"));
}

TEST(Place, MergesDirectoriesAndReplacesFiles) {
  const Ground ground;
  put_file(ground / "d/old", "old");
  put_file(ground / "d/f", "old");
  ASSERT_EQ(chmod((ground / "d").c_str(), 0711), 0);
  place_from(ground, open_bytes(tar_of({{"d/", '5', "", "", 0700}, {"d/f", '0', "new"}})));
  EXPECT_THAT(ground.names(), ElementsAre("d", "d/f", "d/old"));
  EXPECT_EQ(get_file(ground / "d/f"), "new");
  EXPECT_EQ(mode_of(ground / "d"), 0711U);
}

TEST(Place, PassesThroughNoSymbolicLink) {
  const Ground ground;
  std::filesystem::create_symlink(ground.victim(), ground / "up");
  std::filesystem::create_symlink("../victim", ground / "side");
  for (const char* name : {"up/f", "side/f", "up/", "up/deep/f"}) {
    const Error error = failure(ground, {{name, name[2] == '/' && name[3] == '\0' ? '5' : '0', "x"}});
    EXPECT_THAT(error.what(), HasSubstr(std::string(name, name[0] == 'u' ? 2 : 4)));
  }
  EXPECT_EQ(failure(ground, {{"side/f", '0', "x"}}).kind(), ErrorKind::kRefused);
  // Nor through one that the archive itself has made.
  failure(ground, {{"l", '2', "", ground.victim()}, {"l/f", '0', "x"}});
  EXPECT_TRUE(ground.is_untouched());
  EXPECT_THAT(ground.names(), ElementsAre("l", "side", "up"));
}

TEST(Place, NeverOpensWhatWasThere) {
  const Ground ground;
  std::filesystem::create_hard_link(ground.victim() + "/secret", ground / "alias");
  std::filesystem::create_symlink(ground.victim() + "/secret", ground / "link");
  ASSERT_EQ(mkfifo((ground / "fifo").c_str(), 0600), 0);
  place_from(ground, open_bytes(tar_of({{"alias", '0', "a"}, {"link", '0', "b"}, {"fifo", '0', "c"}})));
  EXPECT_TRUE(ground.is_untouched());
  EXPECT_EQ(get_file(ground / "alias") + get_file(ground / "link") + get_file(ground / "fifo"), "abc");
}

TEST(Place, LinksToNothingThatTheArchiveHasNot) {
  const Ground ground;
  std::filesystem::create_hard_link(ground.victim() + "/secret", ground / "alias");
  EXPECT_EQ(failure(ground, {{"x", '1', "", "alias"}}).kind(), ErrorKind::kInvalid);
  failure(ground, {{"x", '1', "", "../victim/secret"}});
  failure(ground, {{"x", '1', "", "x"}});
  EXPECT_THAT(ground.names(), ElementsAre("alias"));
}

TEST(Place, RefusesNamesThatLeadOutside) {
  const Ground ground;
  for (const char* name : {"../evil", "a/../../evil", ".."}) failure(ground, {{name, '0', "x"}});
  place_from(ground, open_bytes(tar_of({{ground.victim() + "/secret", '0', "inside"}})));
  EXPECT_EQ(get_file(ground.root() + ground.victim() + "/secret"), "inside");
  EXPECT_TRUE(ground.is_untouched());
}

TEST(Place, LeavesDevicesAndFifosOut) {
  const Ground ground;
  Place sink(ground.open(), "", {});
  templates::Report report;
  const runtime::Fd archive = open_bytes(tar_of({{"c", '3'}, {"b", '4'}, {"p", '6'}, {"f", '0', "x"}}));
  templates::read_archive(archive, {}, report, sink);
  sink.finish();
  EXPECT_THAT(ground.names(), ElementsAre("f"));
  EXPECT_EQ(sink.left_out() + report.devices, 3U);
}

TEST(Place, LeavesNothingHalfMade) {
  const Ground ground;
  const std::string whole = tar_of({{"first", '0', "x"}, {"f", '0', std::string(100'000, 'x')}});
  EXPECT_THROW(place_from(ground, open_bytes(whole.substr(0, 50'000))), Error);
  EXPECT_THAT(ground.names(), ElementsAre("first"));
}

TEST(Place, KeepsToItsBounds) {
  const Ground ground;
  PlaceRules rules;
  rules.bounds = {3, 20, 100};
  EXPECT_EQ(failure(ground, {{"a"}, {"b"}, {"c"}, {"d"}}, rules).kind(), ErrorKind::kExhausted);
  EXPECT_EQ(failure(ground, {{std::string(21, 'n')}}, rules).kind(), ErrorKind::kExhausted);
  EXPECT_EQ(failure(ground, {{"e", '0', std::string(101, 'x')}}, rules).kind(), ErrorKind::kExhausted);
  EXPECT_THAT(ground.names(), ElementsAre("a", "b", "c"));
}

TEST(Place, RefusesOwnersThatNoContainerHas) {
  const Ground ground;
  PlaceRules rules;
  rules.keep_owner = true;
  EXPECT_THAT(failure(ground, {{"f", '0', "x", "", 0644, 70'000}}, rules).what(), HasSubstr("--chown"));
  EXPECT_THAT(ground.names(), ElementsAre());
}

TEST(Place, MakesHolesOfZeros) {
  const Ground ground;
  place_from(ground, open_bytes(tar_of({{"f", '0', std::string(4 << 20, '\0')}})));
  struct stat info {};
  ASSERT_EQ(stat((ground / "f").c_str(), &info), 0);
  EXPECT_EQ(info.st_size, 4 << 20);
  EXPECT_EQ(info.st_blocks, 0);
}

// Somebody puts a link to the outside in the place of the directory, all the time.
TEST(Place, StaysInsideWhileDirectoriesBecomeLinks) {
  const Ground ground;
  std::filesystem::create_directories(ground / "d/e");
  std::filesystem::create_directories(ground / "links");
  std::filesystem::create_symlink(ground.victim(), ground / "links/d");
  const Exchanging exchanging(ground / "d", ground / "links/d");
  for (int i = 0; i < 400; ++i) {
    try {
      place_from(ground, open_bytes(tar_of({{"d/e/", '5'}, {"d/e/f", '0', "x"}, {"d/secret", '0', "y"}})));
    } catch (const Error&) {  // it met the link
      continue;
    }
  }
  EXPECT_TRUE(ground.is_untouched());
}

}  // namespace
}  // namespace croft::ctl::test
