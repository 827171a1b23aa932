// Equal files are one inode, whatever templates they are in, and never because two paths of one layer are
// equal.
#include <fcntl.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include <csignal>
#include <filesystem>
#include <set>

#include "templates/usage.h"
#include "tests/live/templates/pool.h"

namespace croft::templates {
namespace {

using test::facts;
using test::get_file;
using test::Pool;
using test::tar_of;
using test::TarEntry;

class ROOT_Objects : public testing::Test {
 protected:
  void SetUp() override { CROFT_NEEDS_ROOT; }

  std::string import(const std::vector<TarEntry>& entries) {
    imported_.push_back(pool_.import_archive(tar_of(entries)));
    return pool_.root_of(imported_.back());
  }
  [[nodiscard]] std::set<std::string> objects() const {
    std::set<std::string> paths;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(pool_.scratch() / "data/objects"))
      if (entry.is_regular_file()) paths.insert(entry.path());
    return paths;
  }
  Pool pool_;
  std::vector<Imported> imported_;
};

TEST_F(ROOT_Objects, EqualFilesOfTwoLayersAreOneInode) {
  const std::string one = import({{"lib", '0', "library"}, {"a", '0', "first"}});
  const std::string two = import({{"lib", '0', "library"}, {"a", '0', "second"}});
  EXPECT_EQ(facts(one + "/lib").st_ino, facts(two + "/lib").st_ino);
  EXPECT_EQ(facts(two + "/lib").st_nlink, 3U);
  EXPECT_NE(facts(one + "/a").st_ino, facts(two + "/a").st_ino);
  EXPECT_EQ(get_file(two + "/a"), "second");
  EXPECT_EQ(objects().size(), 3U);
}

TEST_F(ROOT_Objects, EveryFactMustBeEqual) {
  const std::vector<TarEntry> kinds{
      {"f", '0', "x"},
      {"f", '0', "x", "", 0600},
      {"f", '0', "x", "", 0644, 1},
      {"f", '0', "x", "", 0644, 0, 1},
      {"f", '0', "x", "", 0644, 0, 0, 7},
      {"f", '0', "x", "", 0644, 0, 0, 1000000000, {{"SCHILY.xattr.user.note", "n"}}},
      {"f", '0', "y"},
  };
  std::set<ino_t> inodes;
  for (const TarEntry& kind : kinds) inodes.insert(facts(import({kind, {"g", '0', "other"}}) + "/f").st_ino);
  EXPECT_EQ(inodes.size(), kinds.size());
}

TEST_F(ROOT_Objects, TwoPathsOfALayerStayTwoFiles) {
  const std::vector<TarEntry> twins{{"a", '0', "twin"}, {"b", '0', "twin"}, {"c", '1', "", "a"}};
  const std::string one = import(twins);
  EXPECT_NE(facts(one + "/a").st_ino, facts(one + "/b").st_ino);
  EXPECT_EQ(facts(one + "/a").st_ino, facts(one + "/c").st_ino);
  std::vector<TarEntry> more = twins;
  more.push_back({"d", '0', "twin"});
  const std::string two = import(more);
  const std::set<ino_t> apart{facts(two + "/a").st_ino, facts(two + "/b").st_ino, facts(two + "/d").st_ino};
  EXPECT_EQ(apart.size(), 3U);
  EXPECT_TRUE(apart.contains(facts(one + "/a").st_ino) && apart.contains(facts(one + "/b").st_ino));
  EXPECT_EQ(objects().size(), 3U);
}

TEST_F(ROOT_Objects, DirectoriesKeepTheirTimes) {
  const std::vector<TarEntry> entries{{"d/", '5', "", "", 0755, 0, 0, 1234}, {"d/f", '0', "x"}};
  import(entries);
  std::vector<TarEntry> more = entries;
  more.push_back({"other", '0', "y"});
  EXPECT_EQ(facts(import(more) + "/d").st_mtim.tv_sec, 1234);
}

TEST_F(ROOT_Objects, GoWhenNoLayerHasThem) {
  import({{"a", '0', "shared"}, { "b", '0', "alone" }});
  const std::string kept = import({{"a", '0', "shared"}});
  const std::string id = imported_.back().manifest.layers.at(0);
  imported_.erase(imported_.begin());
  for (const std::string& tree : pool_.store().collect([&] { return std::set{id}; }))
    runtime::remove_tree(tree);
  EXPECT_EQ(pool_.store().objects().sweep(true).files, 1U);
  EXPECT_EQ(objects().size(), 2U);
  const Objects::Unused unused = pool_.store().objects().sweep(false);
  EXPECT_EQ(unused.files, 1U);
  EXPECT_GT(unused.bytes, 0U);
  EXPECT_EQ(objects().size(), 1U);
  EXPECT_EQ(get_file(kept + "/a"), "shared");
}

TEST_F(ROOT_Objects, OneThatChangedIsNotTaken) {
  const std::string one = import({{"a", '0', "content"}});
  ASSERT_EQ(truncate((one + "/a").c_str(), 3), 0);
  const std::string two = import({{"a", '0', "content"}, {"b", '0', "x"}});
  EXPECT_EQ(get_file(two + "/a"), "content");
}

TEST_F(ROOT_Objects, AnotherBeginsWhereLinksRunOut) {
  const std::string one = import({{"a", '0', "content"}});
  const std::string object = *objects().begin();
  const std::string links = pool_.scratch() / "links";
  std::filesystem::create_directory(links);
  int made = 0;
  while (made < 70'000 && link(object.c_str(), (links + "/" + std::to_string(made)).c_str()) == 0) ++made;
  if (made == 70'000) GTEST_SKIP() << "this file system has no bound on links to run into";
  ASSERT_EQ(errno, EMLINK);
  const std::string two = import({{"a", '0', "content"}, {"b", '0', "x"}});
  const std::string three = import({{"a", '0', "content"}, {"b", '0', "y"}});
  EXPECT_EQ(get_file(two + "/a"), "content");
  EXPECT_NE(facts(one + "/a").st_ino, facts(two + "/a").st_ino);
  EXPECT_EQ(facts(two + "/a").st_ino, facts(three + "/a").st_ino);
}

TEST_F(ROOT_Objects, SharedAndUniqueBytes) {
  const std::string large(100'000, 'l');
  const std::string small(9'000, 's');
  import({{"large", '0', large}, { "small", '0', small }});
  import({{"large", '0', large}, { "other", '0', small + "x" }});
  imported_[1].manifest.name = "u";
  const Usages usages = usage_of(pool_.store(), {imported_[0].manifest, imported_[1].manifest});
  const auto disk = [&](std::size_t i, const char* name) {
    return static_cast<std::uint64_t>(facts(pool_.root_of(imported_[i]) + "/" + name).st_blocks) * 512;
  };
  ASSERT_EQ(usages.templates.size(), 2U);
  EXPECT_EQ(usages.templates[0].shared, disk(0, "large"));
  EXPECT_EQ(usages.templates[0].unique(), disk(0, "small") + disk(0, "."));
  EXPECT_EQ(usages.templates[1].unique(), disk(1, "other") + disk(1, "."));
  EXPECT_EQ(usages.bytes, usages.templates[0].bytes + usages.templates[1].unique());
}

// Ends the child that imports at a moment that chance picks, again and again.
TEST_F(ROOT_Objects, AnImportThatIsKilledLeavesNothing) {
  std::vector<TarEntry> entries;
  for (int i = 0; i < 300; ++i)
    entries.push_back({"f" + std::to_string(i), '0', std::string(3000, static_cast<char>('a' + i % 26))});
  const std::string kept = import({{"f0", '0', std::string(3000, 'a')}});
  const std::string id = imported_.back().manifest.layers.at(0);
  const std::string archive = tar_of(entries);
  for (int round = 0; round < 12; ++round) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      pool_.import_archive(archive);
      _exit(0);
    }
    usleep(static_cast<useconds_t>(round) * 2500);
    kill(child, SIGKILL);
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
    // The daemon's start.
    Store store(pool_.scratch() / "data");
    store.collect([&] { return std::set{id}; });
    for (const std::string& path : store.leftovers()) runtime::remove_tree(path);
    store.objects().sweep(false);
    EXPECT_EQ(objects().size(), 1U);
    EXPECT_EQ(store.layers().size(), 1U);
    EXPECT_EQ(get_file(kept + "/f0"), std::string(3000, 'a'));
  }
}

}  // namespace
}  // namespace croft::templates
