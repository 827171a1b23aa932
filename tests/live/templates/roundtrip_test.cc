// What a layer keeps, compared with what tar itself unpacks.
#include <fcntl.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <sstream>

#include "templates/xattr.h"
#include "tests/live/templates/pool.h"

namespace croft::templates {
namespace {

using test::facts;
using test::get_file;
using test::Pool;
using test::put_file;
using test::Scratch;

int run(const std::string& command) {
  return std::system(command.c_str());
}

// Everything about a tree that a container could see, one line for each entry.
std::map<std::string, std::string> listing(const std::string& root) {
  std::map<std::string, std::string> lines;
  std::map<ino_t, std::string> first;
  std::vector<std::string> paths{root};
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  for (const std::string& path : paths) {
    const struct stat info = facts(path);
    std::ostringstream line;
    line << std::oct << info.st_mode << std::dec << ' ' << info.st_uid << ':' << info.st_gid << ' '
         << info.st_mtim.tv_sec << '.' << info.st_mtim.tv_nsec;
    if (!S_ISDIR(info.st_mode))
      line << " same-as " << first.emplace(info.st_ino, path.substr(root.size())).first->second;
    if (S_ISREG(info.st_mode)) line << ' ' << info.st_size << ' ' << std::hash<std::string>()(get_file(path));
    if (S_ISLNK(info.st_mode)) line << " -> " << std::filesystem::read_symlink(path).string();
    std::string names(4096, '\0');
    const ssize_t size = llistxattr(path.c_str(), names.data(), names.size());
    names.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    std::map<std::string, std::string> sorted;
    for (std::size_t at = 0; at < names.size(); at += std::strlen(names.c_str() + at) + 1) {
      std::string value(4096, '\0');
      const ssize_t length = lgetxattr(path.c_str(), names.c_str() + at, value.data(), value.size());
      sorted[names.c_str() + at] = value.substr(0, static_cast<std::size_t>(length));
    }
    for (const auto& [name, value] : sorted)
      line << ' ' << name << '=' << value.size() << ':' << std::hash<std::string>()(value);
    lines[path.substr(root.size())] = line.str();
  }
  return lines;
}

// The lines in which two listings differ; empty if they are equal.
std::string differences(const std::string& one, const std::string& other) {
  const auto ours = listing(one);
  const auto theirs = listing(other);
  std::string text;
  for (const auto& [path, line] : ours)
    if (!theirs.contains(path) || theirs.at(path) != line)
      text += path + "\n  " + line + "\n  " + (theirs.contains(path) ? theirs.at(path) : "missing") + "\n";
  for (const auto& [path, line] : theirs)
    if (!ours.contains(path)) text += path + " is only in the second\n";
  return text;
}

void set_xattr(const std::string& path, const std::string& name, const std::string& value) {
  ASSERT_EQ(lsetxattr(path.c_str(), name.c_str(), value.data(), value.size(), 0), 0) << path << " " << name;
}

void set_time(const std::string& path, time_t seconds, long nanoseconds) {
  const timespec times[2] = {{seconds, nanoseconds}, {seconds, nanoseconds}};
  ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW), 0);
}

// One of everything that an image may hold.
void make_tree(const std::string& root) {
  put_file(root + "/bin/tool", "tool");
  ASSERT_EQ(chown((root + "/bin/tool").c_str(), 3, 4), 0);
  ASSERT_EQ(chmod((root + "/bin/tool").c_str(), 04755), 0);
  ASSERT_EQ(link((root + "/bin/tool").c_str(), (root + "/bin/again").c_str()), 0);
  ASSERT_EQ(link((root + "/bin/tool").c_str(), (root + "/tool").c_str()), 0);
  put_file(root + "/bin/ping", "ping");
  std::string capability(20, '\0');
  capability[3] = 2;
  capability[5] = 0x20;  // cap_net_raw, permitted
  set_xattr(root + "/bin/ping", "security.capability", capability);
  put_file(root + "/srv/acl", "acl");
  set_xattr(root + "/srv/acl", "system.posix_acl_access",
            pack_acl({{kAclUserObject, 6, 0},
                      {kAclUser, 6, 1000},
                      {kAclGroupObject, 4, 0},
                      {kAclGroup, 5, 50},
                      {kAclMask, 7, 0},
                      {kAclOther, 0, 0}}));
  set_xattr(root + "/srv", "system.posix_acl_default",
            pack_acl({{kAclUserObject, 7, 0},
                      {kAclUser, 7, 1000},
                      {kAclGroupObject, 5, 0},
                      {kAclMask, 7, 0},
                      {kAclOther, 5, 0}}));
  set_xattr(root + "/srv/acl", "user.note", std::string("a\0b", 3));
  put_file(root + "/srv/empty", "");
  std::filesystem::create_directories(root + "/tmp");
  ASSERT_EQ(chmod((root + "/tmp").c_str(), 01777), 0);
  std::filesystem::create_symlink("/nowhere/at/all", root + "/dangling");
  std::filesystem::create_symlink("bin/tool", root + "/link");
  ASSERT_EQ(lchown((root + "/link").c_str(), 12, 13), 0);
  ASSERT_EQ(mkfifo((root + "/fifo").c_str(), 0620), 0);
  put_file(root + "/caf\xc3\xa9", "composed");
  put_file(root + "/cafe\xcc\x81", "decomposed");
  put_file(root + "/latin1-\xe9", "bytes");
  put_file(root + "/" + std::string(255, 'n'), "long name");
  put_file(root + "/deep/" + std::string(120, 'a') + "/" + std::string(120, 'b') + "/f", "deep");
  const runtime::Fd sparse = runtime::open_file(root + "/sparse", O_CREAT | O_WRONLY, 0600);
  ASSERT_EQ(pwrite(sparse.get(), "head", 4, 0), 4);
  ASSERT_EQ(pwrite(sparse.get(), "middle", 6, 40'000'000), 6);
  ASSERT_EQ(ftruncate(sparse.get(), 100'000'000), 0);
  set_time(root + "/bin/ping", 1700000000, 123456789);
  set_time(root + "/link", 1600000000, 987654321);
  set_time(root + "/fifo", 1, 1);
  set_time(root + "/srv", 1500000000, 5);
  set_time(root, 1400000000, 7);
}

class ROOT_RoundTrip : public testing::Test {
 protected:
  void SetUp() override {
    CROFT_NEEDS_ROOT;
    make_tree(tree_ / "root");
  }
  [[nodiscard]] std::string tar(const std::string& options) const {
    const std::string file = tree_ / "archive";
    EXPECT_EQ(run("tar --create --numeric-owner --sort=name " + options + " -f " + file + " -C " +
                  (tree_ / "root") + " ."),
              0);
    return file;
  }
  Scratch tree_;
  Pool pool_;
};
constexpr const char* kEverything = "--format=posix --xattrs --xattrs-include='*' --acls --sparse";

TEST_F(ROOT_RoundTrip, ADirectoryIsKeptWhole) {
  const Imported imported = pool_.import_directory(tree_ / "root");
  EXPECT_EQ(differences(pool_.root_of(imported), tree_ / "root"), "");
  EXPECT_LT(facts(pool_.root_of(imported) + "/sparse").st_blocks * 512, 1 << 20);
  EXPECT_TRUE(imported.report.notes.empty());
}

TEST_F(ROOT_RoundTrip, AnArchiveIsUnpackedAsTarDoes) {
  const std::string archive = tar(kEverything);
  std::filesystem::create_directories(tree_ / "by-tar");
  ASSERT_EQ(
      run("tar --extract --numeric-owner --preserve-permissions --xattrs --xattrs-include='*' --acls -f " +
          archive + " -C " + (tree_ / "by-tar")),
      0);
  const Imported imported =
      import_template(pool_.store(), "t", SourceKind::kArchive, runtime::open_file(archive, O_RDONLY));
  EXPECT_EQ(differences(pool_.root_of(imported), tree_ / "by-tar"), "");
  EXPECT_EQ(differences(pool_.root_of(imported), tree_ / "root"), "");
  EXPECT_LT(facts(pool_.root_of(imported) + "/sparse").st_blocks * 512, 1 << 20);
  EXPECT_TRUE(imported.report.notes.empty()) << imported.report.notes.front();
}

TEST_F(ROOT_RoundTrip, TheIdDoesNotDependOnThePacking) {
  const std::string id = pool_.import_directory(tree_ / "root").manifest.layers.at(0);
  for (const std::string options : {"", " --gzip", " --xz", " --zstd"}) {
    const std::string archive = tar(kEverything + options);
    Pool other;
    EXPECT_EQ(import_template(other.store(), "t", SourceKind::kArchive, runtime::open_file(archive, O_RDONLY))
                  .manifest.layers.at(0),
              id)
        << options;
  }
}

TEST_F(ROOT_RoundTrip, TheIdFollowsAChange) {
  const std::string before = pool_.import_directory(tree_ / "root").manifest.layers.at(0);
  set_time(tree_ / "root/bin/ping", 1700000000, 123456788);
  EXPECT_NE(pool_.import_directory(tree_ / "root").manifest.layers.at(0), before);
}

TEST_F(ROOT_RoundTrip, ALayerImportedAgainIsTheSame) {
  const Imported first = pool_.import_directory(tree_ / "root");
  const Imported second = pool_.import_directory(pool_.root_of(first));
  EXPECT_EQ(first.manifest.layers, second.manifest.layers);
  EXPECT_EQ(pool_.store().layers().size(), 1U);
}

TEST_F(ROOT_RoundTrip, OldFormatsWork) {
  for (const std::string options : {"--format=gnu --sparse", "--format=gnu --xz"}) {
    Pool other;
    const std::string archive = tar(options);
    const Imported imported =
        import_template(other.store(), "t", SourceKind::kArchive, runtime::open_file(archive, O_RDONLY));
    EXPECT_EQ(get_file(other.root_of(imported) + "/deep/" + std::string(120, 'a') + "/" +
                       std::string(120, 'b') + "/f"),
              "deep");
    EXPECT_EQ(get_file(other.root_of(imported) + "/latin1-\xe9"), "bytes");
    EXPECT_EQ(facts(other.root_of(imported) + "/sparse").st_size, 100'000'000);
    EXPECT_EQ(facts(other.root_of(imported) + "/bin/tool").st_nlink, 4U) << "three names and the object";
  }
}

TEST_F(ROOT_RoundTrip, APipeWorks) {
  const std::string archive = tar(std::string(kEverything) + " --zstd");
  FILE* pipe = popen(("cat " + archive).c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  const Imported imported =
      import_template(pool_.store(), "t", SourceKind::kArchive, runtime::Fd(dup(fileno(pipe))));
  pclose(pipe);
  EXPECT_EQ(differences(pool_.root_of(imported), tree_ / "root"), "");
}

TEST_F(ROOT_RoundTrip, CompressedArchivesCutShortOrDamagedAreRefused) {
  std::mt19937 random(7);
  for (const std::string options : {"--gzip", "--xz", "--zstd"}) {
    const std::string whole = get_file(tar(kEverything + std::string(" ") + options));
    for (int round = 0; round < 12; ++round)
      EXPECT_NE(pool_.refusal(whole.substr(0, random() % (whole.size() - 1))), "") << options;
    for (int round = 0; round < 12; ++round) {
      std::string bytes = whole;
      bytes[whole.size() / 4 + random() % (whole.size() / 2)] ^= static_cast<char>(1U << (random() % 8));
      pool_.refusal(bytes);  // checks that nothing is left, whether the damage shows or not
      pool_.remove_all_layers();
    }
  }
}

TEST_F(ROOT_RoundTrip, SocketsAndMountsAreLeftOut) {
  ASSERT_EQ(mknod((tree_ / "root/socket").c_str(), S_IFSOCK | 0600, 0), 0);
  ASSERT_EQ(mknod((tree_ / "root/null").c_str(), S_IFCHR | 0666, makedev(1, 3)), 0);
  const Imported imported = pool_.import_directory(tree_ / "root");
  EXPECT_EQ(imported.report.sockets, 1U);
  EXPECT_EQ(imported.report.devices, 1U);
  EXPECT_FALSE(runtime::exists(pool_.root_of(imported) + "/null"));
}

TEST_F(ROOT_RoundTrip, ProgressIsReported) {
  std::vector<Progress> seen;
  Control control;
  control.progress = [&](const Progress& progress) { seen.push_back(progress); };
  import_template(pool_.store(), "t", SourceKind::kDirectory, runtime::open_file(tree_ / "root", O_RDONLY),
                  control);
  ASSERT_FALSE(seen.empty());
  EXPECT_EQ(seen.back().what, "flushing");
  EXPECT_GT(seen.back().entries, 15U);
}

}  // namespace
}  // namespace croft::templates
