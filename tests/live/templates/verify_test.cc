// What verify finds, what it repairs, and from what.
#include "templates/verify.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include <csignal>

#include "tests/live/templates/pool.h"

namespace croft::templates {
namespace {

using test::facts;
using test::get_file;
using test::Pool;
using test::put_file;
using test::tar_of;
using testing::IsEmpty;

void flip(const std::string& path, off_t at = 0) {
  const struct stat before = facts(path);
  const runtime::Fd fd = runtime::open_file(path, O_RDWR);
  char byte = 0;
  ASSERT_EQ(pread(fd.get(), &byte, 1, at), 1);
  byte = static_cast<char>(byte ^ 4);
  ASSERT_EQ(pwrite(fd.get(), &byte, 1, at), 1);
  const timespec times[2] = {before.st_atim, before.st_mtim};
  ASSERT_EQ(futimens(fd.get(), times), 0);
}

class ROOT_Verify : public testing::Test {
 protected:
  void SetUp() override {
    CROFT_NEEDS_ROOT;
    imported_ = pool_.import_archive(tar_of({{"d/", '5', "", "", 01777},
                                             {"d/alone", '0', "only copy"},
                                             {"d/one", '0', std::string(200'000, 't')},
                                             {"two", '0', std::string(200'000, 't')},
                                             {"three", '1', "", "two"},
                                             {"link", '2', "", "two"},
                                             {"empty", '0', ""}}));
    id_ = imported_.manifest.layers.at(0);
    root_ = pool_.root_of(imported_);
  }
  std::vector<Damage> damages(Repair repair = Repair::kYes) {
    return verify(pool_.store(), {id_}, {}, repair).damages;
  }
  // The only damage as text; fails for more and fewer.
  std::string damage(Repair repair = Repair::kYes) {
    const std::vector<Damage> all = damages(repair);
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? "" : all[0].path + " " + all[0].what + (all[0].repaired ? " repaired" : "");
  }
  Pool pool_;
  Imported imported_;
  std::string id_;
  std::string root_;
};

TEST_F(ROOT_Verify, AWholeLayer) {
  const Verified verified = verify(pool_.store(), {id_}, {}, Repair::kYes);
  EXPECT_THAT(verified.damages, IsEmpty());
  EXPECT_EQ(verified.layers, 1U);
  EXPECT_EQ(verified.files, 8U);
  EXPECT_EQ(verified.bytes, 400'009U);
}

TEST_F(ROOT_Verify, AFlippedBitIsRepairedFromTheSecondCopy) {
  flip(root_ + "/d/one", 150'000);
  EXPECT_EQ(damage(Repair::kNo), "d/one has other content or attributes");
  EXPECT_EQ(damage(), "d/one has other content or attributes repaired");
  EXPECT_THAT(damages(), IsEmpty());
  EXPECT_EQ(get_file(root_ + "/d/one"), std::string(200'000, 't'));
}

TEST_F(ROOT_Verify, AllNamesOfADamagedFileAreMendedTogether) {
  ASSERT_EQ(truncate((root_ + "/two").c_str(), 10), 0);
  ASSERT_EQ(chmod((root_ + "/two").c_str(), 0), 0);
  ASSERT_EQ(setxattr((root_ + "/two").c_str(), "user.stray", "x", 1, 0), 0);
  for (const Damage& damage : damages()) EXPECT_TRUE(damage.repaired) << damage.path;
  EXPECT_THAT(damages(), IsEmpty());
  EXPECT_EQ(facts(root_ + "/two").st_ino, facts(root_ + "/three").st_ino);
}

TEST_F(ROOT_Verify, WhatHasNoSecondCopyIsNamed) {
  flip(root_ + "/d/alone");
  EXPECT_EQ(damage(), "d/alone has other content or attributes");
  EXPECT_EQ(damage(), "d/alone has other content or attributes");
}

TEST_F(ROOT_Verify, EveryFactOfEveryKindCounts) {
  ASSERT_EQ(chmod((root_ + "/d").c_str(), 0755), 0);
  EXPECT_EQ(damage(), "d has other content or attributes");
  ASSERT_EQ(chmod((root_ + "/d").c_str(), 01777), 0);
  EXPECT_THAT(damages(), IsEmpty());
  ASSERT_EQ(lchown((root_ + "/link").c_str(), 1, 1), 0);
  EXPECT_EQ(damage(), "link has other content or attributes");
  ASSERT_EQ(unlink((root_ + "/link").c_str()), 0);
  EXPECT_EQ(damages().size(), 2U) << "it, and the time of the directory that it was in";
  put_file(root_ + "/link", "now a file");
  put_file(root_ + "/stray", "x");
  std::string all;
  for (const Damage& damage : damages()) all += damage.path + " " + damage.what + "\n";
  EXPECT_EQ(all, " has other content or attributes\nlink is of another type\nstray does not belong there\n");
}

TEST_F(ROOT_Verify, ADamagedListIsMadeAnew) {
  const std::string list = pool_.store().root_path(id_) + "/../files";
  flip(list, 2);
  EXPECT_EQ(damage(Repair::kNo).substr(0, 5), " its ");
  damages();
  EXPECT_THAT(damages(), IsEmpty());
  std::filesystem::remove(list);
  EXPECT_THAT(damages(), IsEmpty());
  EXPECT_EQ(layer_id(pool_.store().inventory(id_)), id_);
}

TEST_F(ROOT_Verify, WithoutListTheLayerIsNamed) {
  std::filesystem::remove(pool_.store().root_path(id_) + "/../files");
  flip(root_ + "/d/alone");
  EXPECT_THAT(damage(), testing::StartsWith(" something in it differs"));
}

TEST_F(ROOT_Verify, AProgramThatRunsIsNotWrittenTo) {
  const std::string shell = get_file("/bin/sleep");
  imported_ = pool_.import_archive(tar_of({{"a", '0', shell, "", 0755}, {"b", '0', shell, "", 0755}}));
  id_ = imported_.manifest.layers.at(0);
  root_ = pool_.root_of(imported_);
  flip(root_ + "/a", static_cast<off_t>(shell.size()) - 1);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    execl((root_ + "/a").c_str(), "sleep", "1000", nullptr);
    _exit(1);
  }
  // Until the exec it is our own program that it runs.
  const std::string program = "/proc/" + std::to_string(child) + "/exe";
  while (std::filesystem::read_symlink(program) == std::filesystem::read_symlink("/proc/self/exe"))
    usleep(1000);
  const bool repaired = damages().at(0).repaired;
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_FALSE(repaired);
  EXPECT_EQ(damage(), "a has other content or attributes repaired");
}

}  // namespace
}  // namespace croft::templates
