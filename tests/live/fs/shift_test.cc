// Shifted copies of layers: the same root, seen from the container, as with id-mapped layers.
#include "fs/shift.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/xattr.h>

#include <cstring>
#include <map>

#include "fs/copy_tree.h"
#include "fs/idmap.h"
#include "fs/overlay.h"
#include "fs/pool.h"
#include "tests/live/fs/container_root.h"

namespace croft::fs {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;
using test::kBase;

void check(int result, const char* what) {
  if (result != 0) runtime::fail_errno(what);
}

void put_attribute(const std::string& path, const char* name, const std::string& value) {
  check(lsetxattr(path.c_str(), name, value.data(), value.size(), 0), name);
}

// A layer with one of everything that a template may hold.
void make_layer(const std::string& top) {
  runtime::make_directories(top + "/etc/deep/er", 0755);
  runtime::make_directories(top + "/sticky", 0755);
  check(chmod((top + "/sticky").c_str(), 01777), "chmod");
  check(chown((top + "/sticky").c_str(), 8, 12), "chown");
  runtime::replace_file(top + "/etc/deep/er/file", "content", 0640, false);
  check(chown((top + "/etc/deep/er/file").c_str(), 65535, 42), "chown");
  check(link((top + "/etc/deep/er/file").c_str(), (top + "/hard").c_str()), "link");
  check(link((top + "/etc/deep/er/file").c_str(), (top + "/etc/hard2").c_str()), "link");
  runtime::replace_file(top + "/setuid", "program", 04755, false);
  check(chmod((top + "/setuid").c_str(), 06755), "chmod");
  check(symlink("../../../etc/passwd", (top + "/link").c_str()), "symlink");
  check(lchown((top + "/link").c_str(), 33, 33), "lchown");
  check(mkfifo((top + "/fifo").c_str(), 0620), "mkfifo");
  check(mknod((top + "/socket").c_str(), S_IFSOCK | 0777, 0), "mknod");
  put_attribute(top + "/etc", "user.note", std::string(1000, 'n'));
  put_attribute(top + "/hard", "user.empty", "");
  runtime::replace_file(top + "/ping", "program", 0755, false);
  put_attribute(top + "/ping", "security.capability",
                std::string("\1\0\0\2\0\40\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20));
  const std::string acl(
      "\2\0\0\0\1\0\6\0\377\377\377\377\2\0\4\0\350\3\0\0\4\0\4\0\377\377\377\377\20\0\4\0\377\377\377\377"
      "\40\0\0\0\377\377\377\377",
      44);
  put_attribute(top + "/etc/deep/er/file", "system.posix_acl_access", acl);
  put_attribute(top + "/sticky", "system.posix_acl_default", acl);
  const Fd sparse = runtime::open_file(top + "/sparse", O_WRONLY | O_CREAT, 0600);
  check(ftruncate(sparse.get(), 64 << 20), "ftruncate");
  for (const off_t at : {off_t{1} << 20, off_t{40} << 20}) {
    if (pwrite(sparse.get(), "island", 6, at) != 6) runtime::fail_errno("pwrite");
  }
  const std::array<timespec, 2> times{timespec{1000000, 5}, timespec{2000000, 123456789}};
  for (const char* name : {"/link", "/setuid", "/etc/deep", "/fifo", ""})
    check(utimensat(AT_FDCWD, (top + name).c_str(), times.data(), AT_SYMLINK_NOFOLLOW), "utimensat");
}

std::string attributes_of(const std::string& path) {
  std::string list(65536, '\0');
  const ssize_t size = llistxattr(path.c_str(), list.data(), list.size());
  std::map<std::string, std::string> values;
  for (ssize_t at = 0; at < size; at += static_cast<ssize_t>(std::strlen(list.c_str() + at)) + 1) {
    std::string value(65536, '\0');
    const ssize_t got = lgetxattr(path.c_str(), list.c_str() + at, value.data(), value.size());
    values[list.c_str() + at] = got < 0 ? "unreadable" : value.substr(0, static_cast<std::size_t>(got));
  }
  std::string text;
  for (const auto& [name, value] : values) text += " " + name + "=" + testing::PrintToString(value);
  return text;
}

// A line for every file below `top`: all that can be seen of it.
void list_tree(const std::string& top, const std::string& path, std::map<std::string, std::string>& lines) {
  struct stat info {};
  check(lstat((top + path).c_str(), &info), path.c_str());
  std::string line = std::to_string(info.st_mode) + " " + std::to_string(info.st_uid) + ":" +
                     std::to_string(info.st_gid) + " " + std::to_string(info.st_rdev) + " " +
                     std::to_string(info.st_mtim.tv_sec) + "." + std::to_string(info.st_mtim.tv_nsec) +
                     attributes_of(top + path);
  if (S_ISREG(info.st_mode))
    line += " " + std::to_string(info.st_nlink) + " " +
            std::to_string(std::hash<std::string>()(runtime::read_file(top + path, 1U << 27)));
  if (S_ISLNK(info.st_mode)) {
    std::string content(4096, '\0');
    line += " " + content.substr(0, static_cast<std::size_t>(
                                        readlink((top + path).c_str(), content.data(), content.size())));
    line += content.c_str();
  }
  lines[path] = line;
  if (!S_ISDIR(info.st_mode)) return;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir((top + path).c_str()), closedir);
  while (const dirent* entry = readdir(stream.get()))
    if (entry->d_name[0] != '.') list_tree(top, path + "/" + entry->d_name, lines);
}

class Shift : public testing::Test {
 protected:
  void SetUp() override {
    if (getuid() != 0) GTEST_SKIP() << "needs ROOT: changes owners";
    make_layer(directory_ / "layer");
    runtime::make_directories(directory_ / "own", 0700);
    runtime::make_directories(directory_ / "staging", 0700);
  }
  ShiftLayers change(const std::vector<std::string>& layers) {
    return {layers, directory_ / "own", kBase, 65536};
  }
  test::TemporaryDirectory directory_;
};

// Before Linux 6.2 overlay does not map the ids of named users and groups in the ACLs of an id-mapped layer:
// they show as nobody. Shifted layers have them right there too.
bool maps_acls() {
  utsname names{};
  uname(&names);
  int major = 0;
  int minor = 0;
  return sscanf(names.release, "%d.%d", &major, &minor) == 2 && (major > 6 || (major == 6 && minor >= 2));
}

TEST_F(Shift, KERNEL_ROOT_LooksLikeIdmappedFromInside) {
  if (!maps_acls()) GTEST_SKIP() << "needs KERNEL: 6.2, where overlay maps the ACLs of id-mapped layers";
  const RootFacts facts = probe_root(directory_.path(), directory_ / "staging");
  if (facts.mode != RootMode::kIdmapped) GTEST_SKIP() << "needs id-mapped layers: " << facts.reason;
  ShiftLayers shift = change({directory_ / "layer"});
  shift.apply();
  const runtime::FdSlot userns = runtime::make_slot(make_user_namespace(kBase));
  std::map<std::string, std::string> seen[2];
  for (const RootMode mode : {RootMode::kIdmapped, RootMode::kShifted}) {
    const bool shifted = mode == RootMode::kShifted;
    MakeContainerFiles files{container_paths(directory_.path(), shifted ? "shifted" : "mapped"), kBase,
                             open_pool(PoolKind::kDir, directory_.path())};
    files.apply();
    RootFacts with = facts;
    with.mode = mode;
    MountRoot root{std::make_shared<RootFacts>(with),
                   {shifted ? shifted_layer(directory_ / "own", 0) : directory_ / "layer"},
                   files.paths.upper,
                   files.paths.work,
                   directory_ / "staging",
                   userns,
                   runtime::make_slot()};
    root.apply();
    const std::string listing = directory_ / (shifted ? "listing-shifted" : "listing-mapped");
    const Fd out = runtime::open_file(listing, O_RDWR | O_CREAT, 0600);
    EXPECT_TRUE(test::as_container_root(*userns, [&] {
      std::map<std::string, std::string> lines;
      list_tree("/proc/self/fd/" + std::to_string(root.out->get()) + "/.", "", lines);
      lines.erase("");  // the top's times are the upper directory's
      for (const auto& [path, line] : lines) dprintf(out.get(), "%s: %s\n", path.c_str(), line.c_str());
    }));
  }
  const std::string mapped = runtime::read_file(directory_ / "listing-mapped");
  EXPECT_EQ(mapped, runtime::read_file(directory_ / "listing-shifted"));
  EXPECT_NE(mapped.find("/etc/deep/er/file"), std::string::npos);
  EXPECT_NE(mapped.find("security.capability"), std::string::npos);
  EXPECT_NE(mapped.find("posix_acl_access"), std::string::npos);
}

TEST_F(Shift, ROOT_OwnersOnTheHostAreInTheRange) {
  change({directory_ / "layer"}).apply();
  const std::string copy = shifted_layer(directory_ / "own", 0);
  std::map<std::string, std::string> lines;
  list_tree(copy, "", lines);
  for (const auto& [path, line] : lines) {
    struct stat info {};
    ASSERT_EQ(lstat((copy + path).c_str(), &info), 0);
    EXPECT_GE(info.st_uid, kBase) << path;
    EXPECT_LT(info.st_uid, kBase + 65536) << path;
    EXPECT_GE(info.st_gid, kBase) << path;
  }
  // On the host a capability of the copy means nothing: its root id is no root of the host.
  unsigned char value[32] = {};
  EXPECT_EQ(getxattr((copy + "/ping").c_str(), "security.capability", value, sizeof value), 24);
  EXPECT_EQ(value[3], 3);
  EXPECT_EQ(value[23], kBase >> 24);
}

// A clone by snapshot has to look like one that was copied, and to lead back to where it came from.
TEST_F(Shift, ROOT_InPlaceIsAsACopy) {
  constexpr std::uint32_t kOther = kBase + 7 * 65536;
  check(mknod((directory_ / "layer/gone").c_str(), S_IFCHR, makedev(0, 0)), "mknod");
  copy_shifted(directory_ / "layer", directory_ / "one", kBase, 65536);
  copy_shifted(directory_ / "layer", directory_ / "other", kOther, 65536);
  check(lchown((directory_ / "one/gone").c_str(), 0, 0), "chown");
  check(lchown((directory_ / "other/gone").c_str(), 0, 0), "chown");
  std::map<std::string, std::string> was;
  std::map<std::string, std::string> expected;
  std::map<std::string, std::string> seen;
  list_tree(directory_ / "one", "", was);
  list_tree(directory_ / "other", "", expected);
  ASSERT_NE(was, expected);

  shift_tree(directory_ / "one", {kOther, 65536, kBase}, {});
  list_tree(directory_ / "one", "", seen);
  EXPECT_EQ(seen, expected);

  runtime::make_directories(directory_ / "copy", 0700);
  copy_tree(directory_ / "one", directory_ / "copy", {kBase, 65536, kOther},
            {.go_on = {}, .copied = {}, .apart = true});
  seen.clear();
  list_tree(directory_ / "copy", "", seen);
  EXPECT_EQ(seen, was);
}

TEST_F(Shift, ROOT_ACancelledShiftEnds) {
  runtime::make_directories(directory_ / "many", 0700);
  for (int i = 0; i < 200; ++i)
    runtime::replace_file(directory_ / ("many/" + std::to_string(i)), "", 0600, false);
  EXPECT_THROW(shift_tree(directory_ / "many", {kBase, 65536}, {.go_on = [] { return false; }, .copied = {}}),
               Error);
}

TEST_F(Shift, ROOT_HardLinksHolesAndWhiteoutsStay) {
  check(mknod((directory_ / "layer/gone").c_str(), S_IFCHR, makedev(0, 0)), "mknod");
  check(mknod((directory_ / "layer/null").c_str(), S_IFCHR | 0666, makedev(1, 3)), "mknod");
  check(mknod((directory_ / "layer/disk").c_str(), S_IFBLK | 0666, makedev(7, 0)), "mknod");
  put_attribute(directory_ / "layer/etc", "trusted.overlay.opaque", "y");
  change({directory_ / "layer"}).apply();
  const std::string copy = shifted_layer(directory_ / "own", 0);
  struct stat one {};
  struct stat two {};
  ASSERT_EQ(stat((copy + "/hard").c_str(), &one), 0);
  ASSERT_EQ(stat((copy + "/etc/deep/er/file").c_str(), &two), 0);
  EXPECT_EQ(one.st_ino, two.st_ino);
  EXPECT_EQ(one.st_nlink, 3U);
  ASSERT_EQ(stat((copy + "/sparse").c_str(), &one), 0);
  EXPECT_EQ(one.st_size, 64 << 20);
  EXPECT_LT(one.st_blocks * 512, 1 << 20);
  ASSERT_EQ(lstat((copy + "/gone").c_str(), &one), 0);
  EXPECT_TRUE(S_ISCHR(one.st_mode));
  EXPECT_EQ(one.st_rdev, makedev(0, 0));
  EXPECT_FALSE(runtime::exists(copy + "/null"));
  EXPECT_FALSE(runtime::exists(copy + "/disk"));
  EXPECT_NE(attributes_of(copy + "/etc").find("opaque=\"y\""), std::string::npos);
}

TEST_F(Shift, ROOT_UndoAndFailureLeaveNothing) {
  ShiftLayers good = change({directory_ / "layer", directory_ / "layer"});
  good.apply();
  EXPECT_TRUE(runtime::exists(shifted_layer(directory_ / "own", 1)));
  EXPECT_THROW(good.apply(), Error) << "copied over a copy";
  EXPECT_TRUE(runtime::exists(shifted_layer(directory_ / "own", 0)));
  good.undo();
  EXPECT_EQ(rmdir((directory_ / "own").c_str()), 0) << "something is left";
  check(mkdir((directory_ / "own").c_str(), 0700), "mkdir");
  ShiftLayers bad = change({directory_ / "layer", directory_ / "no-such-layer"});
  try {
    bad.apply();
    ADD_FAILURE() << "copied a layer that is not there";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kNotFound);
  }
  EXPECT_EQ(rmdir((directory_ / "own").c_str()), 0) << "something is left";
}

TEST_F(Shift, ROOT_AnInterruptedCopyIsBegunAnew) {
  runtime::make_directories(shifted_layer(directory_ / "own", 0) + ".part/half", 0700);
  runtime::make_directories(shifted_layer(directory_ / "own", 1) + "/whole", 0700);
  change({directory_ / "layer", directory_ / "layer"}).apply();
  EXPECT_FALSE(runtime::exists(shifted_layer(directory_ / "own", 0) + "/half"));
  EXPECT_FALSE(runtime::exists(shifted_layer(directory_ / "own", 1) + "/whole"));
  EXPECT_TRUE(runtime::exists(shifted_layer(directory_ / "own", 0) + "/etc"));
}

TEST_F(Shift, ROOT_DoesNotLeaveTheLayer) {
  check(symlink("/etc", (directory_ / "layer/way-out").c_str()), "symlink");
  EXPECT_TRUE(test::in_own_mounts([&] {
    runtime::make_directories(directory_ / "layer/mounted", 0755);
    ASSERT_EQ(mount("/etc", (directory_ / "layer/mounted").c_str(), nullptr, MS_BIND, nullptr), 0);
    try {
      change({directory_ / "layer"}).apply();
      ADD_FAILURE() << "went onto a mount";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kRefused) << error.what();
    }
  }));
  check(rmdir((directory_ / "layer/mounted").c_str()), "rmdir");
  change({directory_ / "layer"}).apply();
  struct stat info {};
  ASSERT_EQ(lstat((shifted_layer(directory_ / "own", 0) + "/way-out").c_str(), &info), 0);
  EXPECT_TRUE(S_ISLNK(info.st_mode));
}

}  // namespace
}  // namespace croft::fs
