// A backup as bytes: what was written is verified, and no other byte of it can be changed unnoticed.
#include "templates/backup.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <random>

#include "runtime/error.h"
#include "tests/unit/templates/scratch.h"

namespace croft::templates {
namespace {

using runtime::Error;
using runtime::Fd;
using test::put_file;
using test::Scratch;

constexpr std::uint64_t kHole = 3'000'000;

class Backup : public testing::Test {
 protected:
  Backup() {
    put_file(upper_ + "/etc/file", "content");
    put_file(upper_ + "/etc/other", std::string(200'000, 'x'));
    put_file(upper_ + "/name with \xff and \n", "bytes");
    put_file(upper_ + "/sparse", "begin");
    std::filesystem::resize_file(upper_ + "/sparse", kHole);
    std::filesystem::create_hard_link(upper_ + "/etc/file", upper_ + "/link");
    std::filesystem::create_symlink("../../etc/passwd", upper_ + "/symbolic");
    if (mkfifo((upper_ + "/fifo").c_str(), 0600) != 0) throw std::runtime_error("mkfifo");
  }

  std::string written(const Control& control = {}) {
    const Fd file(memfd_create("backup", MFD_CLOEXEC));
    const nlohmann::json about{{"container", {{"name", "web1"}}}};
    Report report;
    const Fd upper = runtime::open_file(upper_, O_RDONLY | O_DIRECTORY);
    figures_ = write_backup(store_, {about, {}, upper, getuid()}, file, control, report);
    std::string bytes(figures_.bytes, '\0');
    if (pread(file.get(), bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
      throw std::runtime_error("pread");
    return bytes;
  }

  static VerifiedBackup verified(const std::string& bytes) {
    const Fd file = runtime::sealed_memory("backup", bytes);
    lseek(file.get(), 0, SEEK_SET);
    Report report;
    return verify_backup(file, {}, report);
  }

  Scratch data_;
  Scratch tree_;
  std::string upper_ = tree_.path();
  Store store_{data_.path()};
  BackupFigures figures_;
};

TEST_F(Backup, WhatIsWrittenIsWhole) {
  const std::string bytes = written();
  const VerifiedBackup found = verified(bytes);
  EXPECT_EQ(found.id, figures_.id);
  EXPECT_EQ(found.files, figures_.files);
  EXPECT_EQ(found.files, 8U);
  EXPECT_LT(bytes.size(), 50'000U) << "a hole costs nothing";
  const auto about = nlohmann::json::parse(found.about);
  EXPECT_EQ(about["format"], kBackupFormat);
  EXPECT_EQ(about["container"]["name"], "web1");
}

TEST_F(Backup, NoPartOfItCanBeMissing) {
  const std::string bytes = written();
  for (std::size_t size = 0; size < bytes.size(); size += 7)
    EXPECT_THROW(verified(bytes.substr(0, size)), Error) << size;
}

// In what is packed most flips break the packing; each is told all the same, or changes nothing that was
// kept.
TEST_F(Backup, AFlippedBitIsTold) {
  std::mt19937 chance(11);
  const std::string bytes = written();
  int told = 0;
  for (int i = 0; i < 200; ++i) {
    std::string flipped = bytes;
    flipped[chance() % flipped.size()] ^= static_cast<char>(1U << (chance() % 8));
    try {
      EXPECT_EQ(verified(flipped).id, figures_.id);
    } catch (const Error&) {
      ++told;
    }
  }
  EXPECT_GT(told, 150);
}

TEST_F(Backup, ThePathThatDiffersIsNamed) {
  const Inventory one{{.path = "", .type = EntryType::kDirectory, .record = {}}, {.path = "a", .record = {}}};
  Inventory other = one;
  other[1].record[0] = 1;
  const auto message = [](const Inventory& found, const Inventory& listed) {
    try {
      compare_with_list(found, listed);
      return std::string();
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  EXPECT_EQ(message(one, one), "");
  EXPECT_EQ(message(one, other), "`root/a` is not what it was");
  EXPECT_EQ(message({one[0]}, one), "`root/a` is missing from it");
  EXPECT_EQ(message(one, {one[0]}), "`root/a` is not what it was");
}

TEST_F(Backup, ACancelledOneEnds) {
  const std::atomic<bool> cancelled = true;
  Control control;
  control.cancelled = &cancelled;
  EXPECT_THROW(written(control), Error);
}

}  // namespace
}  // namespace croft::templates
