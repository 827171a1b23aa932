// Archives made to harm the host that unpacks them. Each is either refused, with the entry's name, or
// contained.
#include <sys/xattr.h>

#include "templates/bounds.h"
#include "tests/live/templates/pool.h"

namespace croft::templates {
namespace {

using runtime::ErrorKind;
using test::facts;
using test::get_file;
using test::Pool;
using test::put_file;
using test::tar_of;
using test::TarEntry;
using testing::AllOf;
using testing::HasSubstr;

TEST(ROOT_TarAttack, AbsolutePathsBecomeRelative) {
  CROFT_NEEDS_ROOT;
  Pool pool;
  const std::string canary = pool.scratch() / "canary";
  const Imported imported = pool.import_archive(tar_of({{canary, '0', "evil"}}));
  EXPECT_FALSE(runtime::exists(canary));
  EXPECT_EQ(get_file(pool.root_of(imported) + canary), "evil");
}

TEST(ROOT_TarAttack, DotDotIsRefused) {
  CROFT_NEEDS_ROOT;
  Pool pool;
  for (const std::string path : {"../x", "a/../../x", "/../x", "a/.."}) {
    EXPECT_THAT(pool.refusal(tar_of({{path, '0', "x"}})), AllOf(HasSubstr(path), HasSubstr("`..`"))) << path;
    EXPECT_EQ(pool.kind(), ErrorKind::kInvalid);
    EXPECT_THAT(pool.refusal(tar_of({{"f", '0', "x"}, {"h", '1', "", path}})), HasSubstr("`..`")) << path;
  }
}

TEST(ROOT_TarAttack, NothingIsWrittenThroughASymlink) {
  CROFT_NEEDS_ROOT;
  for (const std::string target : {"/tmp", "../../..", ".", "real"}) {
    Pool pool;
    const std::vector<TarEntry> through{
        {"real/", '5'}, {"link", '2', "", target}, {"link/file", '0', "evil"}};
    EXPECT_THAT(pool.refusal(tar_of(through)), AllOf(HasSubstr("link/file"), HasSubstr("symbolic link")));
    const std::vector<TarEntry> directory{{"link", '2', "", target}, {"link/sub/", '5'}};
    EXPECT_THAT(pool.refusal(tar_of(directory)), HasSubstr("symbolic link"));
  }
}

TEST(ROOT_TarAttack, AFileReplacesASymlinkInsteadOfFollowingIt) {
  CROFT_NEEDS_ROOT;
  Pool pool;
  put_file(pool.scratch() / "canary", "good");
  const Imported imported =
      pool.import_archive(tar_of({{"link", '2', "", pool.scratch() / "canary"}, {"link", '0', "evil"}}));
  EXPECT_EQ(get_file(pool.scratch() / "canary"), "good");
  EXPECT_TRUE(S_ISREG(facts(pool.root_of(imported) + "/link").st_mode));
}

TEST(ROOT_TarAttack, ADirectoryReplacesASymlinkInsteadOfFollowingIt) {
  CROFT_NEEDS_ROOT;
  Pool pool;
  std::filesystem::create_directories(pool.scratch() / "outside");
  const Imported imported = pool.import_archive(tar_of(
      {{"d", '2', "", pool.scratch() / "outside"}, {"d/", '5', "", "", 0777}, {"d/file", '0', "evil"}}));
  EXPECT_TRUE(std::filesystem::is_empty(pool.scratch() / "outside"));
  EXPECT_EQ(get_file(pool.root_of(imported) + "/d/file"), "evil");
}

TEST(ROOT_TarAttack, TheRootMustBeADirectory) {
  CROFT_NEEDS_ROOT;
  Pool pool;
  for (const std::string path : {"./", ".", "/"}) {
    TarEntry entry{path, '2', "", "/etc"};
    EXPECT_THAT(pool.refusal(tar_of({entry, {"passwd", '0', "evil"}})), HasSubstr("not a directory")) << path;
  }
}

TEST(ROOT_TarAttack, HardLinksStayInTheArchive) {
  CROFT_NEEDS_ROOT;
  Pool pool;
  put_file(pool.scratch() / "canary", "good");
  EXPECT_THAT(pool.refusal(tar_of({{"h", '1', "", pool.scratch() / "canary"}})),
              HasSubstr("does not come before"));
  EXPECT_THAT(pool.refusal(tar_of({{"h", '1', "", "/etc/passwd"}})), HasSubstr("etc/passwd"));
  EXPECT_THAT(pool.refusal(tar_of({{"h", '1', "", "later"}, {"later", '0', "x"}})),
              HasSubstr("does not come before"));
  EXPECT_THAT(pool.refusal(tar_of({{"h", '1', "", "h"}})), HasSubstr("does not come before"));
  EXPECT_THAT(pool.refusal(tar_of({{"f", '0', "x"}, {"f", '1', "", "f"}})), HasSubstr("hard link"));
  EXPECT_THAT(pool.refusal(tar_of({{"d/", '5'}, {"h", '1', "", "d"}})), HasSubstr("directory"));
  EXPECT_EQ(facts(pool.scratch() / "canary").st_nlink, 1U);
}

TEST(ROOT_TarAttack, HardLinksDoNotFollowSymlinks) {
  CROFT_NEEDS_ROOT;
  Pool pool;
  put_file(pool.scratch() / "out/canary", "good");
  EXPECT_THAT(pool.refusal(tar_of({{"dir", '2', "", pool.scratch() / "out"}, {"h", '1', "", "dir/canary"}})),
              HasSubstr("does not come before"));
  // A link to a symlink is one more name of the symlink.
  const Imported imported = pool.import_archive(
      tar_of({{"s", '2', "", pool.scratch() / "out/canary"}, {"h", '1', "", "s"}, {"h2", '1', "", "h"}}));
  EXPECT_TRUE(S_ISLNK(facts(pool.root_of(imported) + "/h2").st_mode));
  EXPECT_EQ(facts(pool.scratch() / "out/canary").st_nlink, 1U);
}

TEST(ROOT_TarAttack, DeviceNodesAreCountedNotMade) {
  CROFT_NEEDS_ROOT;
  Pool pool;
  const Imported imported = pool.import_archive(tar_of({{"dev/", '5'}, {"dev/sda", '4'}, {"dev/mem", '3'}}));
  EXPECT_EQ(imported.report.devices, 2U);
  EXPECT_THAT(imported.report.notes, testing::ElementsAre(HasSubstr("dev/sda"), HasSubstr("dev/mem")));
  EXPECT_TRUE(std::filesystem::is_empty(pool.root_of(imported) + "/dev"));
}

TEST(ROOT_TarAttack, OwnersBeyondAContainerAreRefused) {
  CROFT_NEEDS_ROOT;
  Pool pool;
  for (const long long bad : {65536LL, 1LL << 31, (1LL << 32) - 1, 1LL << 32, -1LL, -2LL}) {
    EXPECT_THAT(pool.refusal(tar_of({{"file", '0', "x", "", 04755, bad}})),
                AllOf(HasSubstr("`file`"), HasSubstr("65535")))
        << bad;
    EXPECT_THAT(pool.refusal(tar_of({{"file", '0', "x", "", 02755, 0, bad}})), HasSubstr("65535")) << bad;
  }
  for (const std::string bad : {"4294967296", "2147483648", "18446744073709551616", "-1"}) {
    TarEntry entry{"file", '0', "x"};
    entry.pax = {{"uid", bad}};
    EXPECT_NE(pool.refusal(tar_of({entry})), "") << bad;
  }
  const Imported imported = pool.import_archive(tar_of({{"file", '0', "x", "", 0644, 65535, 65535}}));
  EXPECT_EQ(facts(pool.root_of(imported) + "/file").st_uid, 65535U);
}

TEST(ROOT_TarAttack, AHugeHoleTakesNoSpace) {
  CROFT_NEEDS_ROOT;
  Pool pool;
  TarEntry entry{"GNUSparseFile.0/huge", '0'};
  entry.data = "1\n1099511627772\n4\n";  // one extent: 4 bytes just before 1 TiB
  entry.data.resize(512);
  entry.data += "tail";
  entry.pax = {{"GNU.sparse.major", "1"},
               {"GNU.sparse.minor", "0"},
               {"GNU.sparse.name", "huge"},
               {"GNU.sparse.realsize", "1099511627776"}};
  const Imported imported = pool.import_archive(tar_of({entry}));
  const struct stat info = facts(pool.root_of(imported) + "/huge");
  EXPECT_EQ(info.st_size, 1LL << 40);
  EXPECT_LT(info.st_blocks * 512, 1 << 20);
  EXPECT_EQ(imported.manifest.size_bytes, 4U);
}

TEST(ROOT_TarAttack, BrokenSparseMapsAreRefused) {
  CROFT_NEEDS_ROOT;
  Pool pool;
  for (const std::string map :
       {"2\n100\n4\n0\n4\n", "1\n2000\n4\n", "999999999\n1\n1\n", "1\n-5\n4\n", "2\n0\n4\n2\n4\n", "x"}) {
    TarEntry entry{"GNUSparseFile.0/s", '0', map};
    entry.data.resize(512);
    entry.data += "abcdefgh";
    entry.pax = {{"GNU.sparse.major", "1"},
                 {"GNU.sparse.minor", "0"},
                 {"GNU.sparse.name", "s"},
                 {"GNU.sparse.realsize", "1000"}};
    EXPECT_NE(pool.refusal(tar_of({entry})), "") << map;
  }
}

TEST(ROOT_TarAttack, BoundsHold) {
  CROFT_NEEDS_ROOT;
  Pool pool;
  std::vector<TarEntry> many;
  for (int i = 0; i < 50; ++i) many.push_back({"file" + std::to_string(i), '0', std::string(100, 'x')});
  Control control;
  control.bounds.entries = 49;
  EXPECT_THAT(pool.refusal(tar_of(many), control), HasSubstr("49 entries"));
  EXPECT_EQ(pool.kind(), ErrorKind::kExhausted);
  control = {};
  control.bounds.data_bytes = 4999;
  EXPECT_THAT(pool.refusal(tar_of(many), control), HasSubstr("4999 bytes of data"));
  control = {};
  control.bounds.name_bytes = 100;
  EXPECT_THAT(pool.refusal(tar_of(many), control), HasSubstr("100 bytes of names"));
  // A deep path implies directories, which count as well.
  control = {};
  control.bounds.entries = 50;
  EXPECT_THAT(pool.refusal(tar_of({{std::string("d/").append(std::string(0, 'x')) +
                                        std::string("d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/"
                                                    "d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/f"),
                                    '0', "x"},
                                   {"e/e/e/e", '0', "x"}}),
                           control),
              HasSubstr("50 entries"));
}

TEST(ROOT_TarAttack, ManyEntries) {
  CROFT_NEEDS_ROOT;
  Pool pool;
  std::string bytes;
  for (int i = 0; i < 20'000; ++i)
    bytes += test::tar_block({"d" + std::to_string(i % 100) + "/f" + std::to_string(i), '0', "", "", 0600});
  bytes.append(1024, '\0');
  const Imported imported = pool.import_archive(bytes);
  EXPECT_EQ(imported.manifest.files, 20'100U);
}

TEST(ROOT_TarAttack, LongNames) {
  CROFT_NEEDS_ROOT;
  Pool pool;
  const auto with_path = [](const std::string& path) {
    TarEntry entry{"short", '0', "x"};
    entry.pax = {{"path", path}};
    return tar_of({entry});
  };
  EXPECT_THAT(pool.refusal(with_path(std::string(256, 'n'))), HasSubstr("255"));
  std::string deep;
  for (int i = 0; i < 300; ++i) deep += "d/";
  EXPECT_THAT(pool.refusal(with_path(deep + "f")), HasSubstr("256 directories"));
  std::string wide;
  for (int i = 0; i < 25; ++i) wide += std::string(200, 'w') + "/";
  EXPECT_THAT(pool.refusal(with_path(wide + "f")), HasSubstr("4095"));
  EXPECT_NE(pool.refusal(with_path(std::string(std::size_t{3} << 20, 'n'))), "");
  TarEntry link{"l", '2'};
  link.pax = {{"linkpath", std::string(5000, 't')}};
  EXPECT_THAT(pool.refusal(tar_of({link})), HasSubstr("too long"));
  std::string longest;
  while (longest.size() + 201 < kMaxPathLength) longest += std::string(200, 'w') + "/";
  const Imported imported = pool.import_archive(with_path(longest + "f"));
  EXPECT_GT(imported.manifest.files, 15U);
}

TEST(ROOT_TarAttack, DuplicateEntriesKeepTheLast) {
  CROFT_NEEDS_ROOT;
  Pool pool;
  const Imported imported = pool.import_archive(tar_of({{"a", '0', "first", "", 04755},
                                                        {"link", '1', "", "a"},
                                                        {"a", '0', "second", "", 0600, 5},
                                                        {"d/", '5', "", "", 0700},
                                                        {"d/x", '0', "1"},
                                                        {"d/", '5', "", "", 0750, 7},
                                                        {"e/", '5'},
                                                        {"e", '0', "file"},
                                                        {"e/", '5', "", "", 0711}}));
  const std::string root = pool.root_of(imported);
  EXPECT_EQ(get_file(root + "/a"), "second");
  EXPECT_EQ(facts(root + "/a").st_mode & 07777, 0600U);
  EXPECT_EQ(get_file(root + "/link"), "first");
  EXPECT_EQ(facts(root + "/link").st_nlink, 2U) << "itself and its object";
  EXPECT_EQ(facts(root + "/d").st_mode & 07777, 0750U);
  EXPECT_EQ(facts(root + "/d").st_uid, 7U);
  EXPECT_TRUE(S_ISDIR(facts(root + "/e").st_mode));
  EXPECT_EQ(imported.manifest.size_bytes, 5U + 6U + 1U);
  EXPECT_EQ(imported.manifest.layers, pool.import_directory(root).manifest.layers);
  EXPECT_THAT(pool.import_archive(tar_of({{"x", '0'}})).manifest.files, 1U);
  Pool other;
  EXPECT_THAT(other.refusal(tar_of({{"d/f", '0', "x"}, {"d", '0', "file"}})), HasSubstr("has entries"));
}

TEST(ROOT_TarAttack, XattrBombs) {
  CROFT_NEEDS_ROOT;
  Pool pool;
  TarEntry many{"file", '0', "x"};
  for (std::size_t i = 0; i <= kMaxXattrs; ++i)
    many.pax.emplace_back("SCHILY.xattr.user.n" + std::to_string(i), "v");
  EXPECT_THAT(pool.refusal(tar_of({many})), AllOf(HasSubstr("`file`"), HasSubstr("extended attributes")));
  TarEntry big{"file", '0', "x"};
  big.pax = {{"SCHILY.xattr.user.big", std::string(kMaxXattrBytes + 1, 'v')}};
  const Imported imported = pool.import_archive(tar_of({big}));
  EXPECT_THAT(imported.report.notes, testing::ElementsAre(HasSubstr("too long")));
}

TEST(ROOT_TarAttack, AttributesThatSteerOverlayAreLeftOut) {
  CROFT_NEEDS_ROOT;
  Pool pool;
  TarEntry entry{"d/", '5'};
  entry.pax = {{"SCHILY.xattr.trusted.overlay.opaque", "y"},
               {"SCHILY.xattr.trusted.overlay.redirect", "/etc"},
               {"SCHILY.xattr.user.overlay.metacopy", ""},
               {"SCHILY.xattr.security.selinux", "x"},
               {"SCHILY.xattr.user.kept", "yes"}};
  const Imported imported = pool.import_archive(tar_of({entry}));
  EXPECT_EQ(imported.report.notes.size(), 4U);
  std::string names(1000, '\0');
  names.resize(static_cast<std::size_t>(
      llistxattr((pool.root_of(imported) + "/d").c_str(), names.data(), names.size())));
  EXPECT_EQ(names, std::string("user.kept\0", 10));
}

TEST(ROOT_TarAttack, TimesThatTheKernelWouldTakeForCommandsAreRefused) {
  CROFT_NEEDS_ROOT;
  Pool pool;
  TarEntry old{"file", '0', "x"};
  old.mtime = -1;
  const Imported imported = pool.import_archive(tar_of({old}));
  EXPECT_EQ(facts(pool.root_of(imported) + "/file").st_mtim.tv_sec, -1);
}

}  // namespace
}  // namespace croft::templates
