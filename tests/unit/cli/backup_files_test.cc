#include "ctl/cli/backup_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;

constexpr std::int64_t kNoon = 1795348800;  // 2026-11-22 12:00 UTC

class BackupFiles : public testing::Test {
 protected:
  BackupFiles() {
    directory_ = testing::TempDir() + "croft-test-XXXXXX";
    if (mkdtemp(directory_.data()) == nullptr) throw std::runtime_error("no directory");
  }
  ~BackupFiles() override { std::filesystem::remove_all(directory_); }
  void touch(const std::string& name) const {
    runtime::replace_file(directory_ + "/" + name, "", 0600, false);
  }
  [[nodiscard]] std::size_t count() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(directory_), {}));
  }
  std::string directory_;
};

TEST_F(BackupFiles, ANameSaysWhoseAndWhen) {
  EXPECT_EQ(backup_name("acme", "web-1", kNoon), "acme_web-1_20261122-120000.croft.tar.zst");
  EXPECT_EQ(backup_time("acme_web-1_20261122-120000.croft.tar.zst", "acme", "web-1"), kNoon);
  for (const char* other :
       {"acme_web-1_20261122-120000.croft.tar.zst.old", "acme_web-11_20261122-120000.croft.tar.zst",
        "acme_web-1_20261322-120000.croft.tar.zst", "acme_web-1_20261122-120000.tar",
        "acme_web-1_2026112-1200000.croft.tar.zst", "acme_web-1_", "", "x"})
    EXPECT_FALSE(backup_time(other, "acme", "web-1")) << other;
}

TEST_F(BackupFiles, OnlyWhatIsWholeHasAName) {
  const std::string path = directory_ + "/a";
  {
    const NamelessFile never(path);
    EXPECT_EQ(write(never.fd(), "half", 4), 4);
    EXPECT_EQ(count(), 0U);
  }
  EXPECT_EQ(count(), 0U);
  const NamelessFile file(path);
  EXPECT_EQ(write(file.fd(), "whole", 5), 5);
  file.name();
  EXPECT_EQ(runtime::read_file(path), "whole");
  EXPECT_THROW(file.name(), Error) << "it is there";
  EXPECT_THROW(NamelessFile{path}, Error);
  EXPECT_THROW(NamelessFile{directory_ + "/none/a"}, Error);
}

TEST_F(BackupFiles, ExpireByTheirNamesAndLeaveOthersAlone) {
  for (std::int64_t day = 0; day < 10; ++day) touch(backup_name("acme", "web", kNoon - day * 86400));
  touch(backup_name("acme", "web2", kNoon - 900 * 86400));
  touch("acme_web_notes");
  const std::vector<std::string> removed = expire_backups(directory_, "acme", "web", parse_retention("3d"));
  EXPECT_EQ(removed.size(), 7U);
  EXPECT_EQ(removed.front(), backup_name("acme", "web", kNoon - 9 * 86400)) << "oldest first";
  EXPECT_EQ(count(), 5U);
  EXPECT_TRUE(expire_backups(directory_, "acme", "web", parse_retention("3d")).empty());
}

}  // namespace
}  // namespace croft::ctl
