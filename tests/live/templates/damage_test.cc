// Archives that are cut short, damaged or no archives at all, and imports that end early for other reasons.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include <atomic>
#include <csignal>
#include <random>
#include <thread>

#include "tests/live/templates/pool.h"

namespace croft::templates {
namespace {

using runtime::ErrorKind;
using test::get_file;
using test::Pool;
using test::put_file;
using test::tar_of;
using test::TarEntry;
using testing::HasSubstr;

TEST(ROOT_DamagedTar, AHeaderThatClaimsTooMuch) {
  CROFT_NEEDS_ROOT;
  Pool pool;
  for (const long long size : {1LL << 20, 1LL << 40, (1LL << 62)}) {
    TarEntry entry{"big", '0', "short"};
    entry.size = size;
    EXPECT_THAT(pool.refusal(tar_of({entry})), HasSubstr("big")) << size;
  }
}

TEST(ROOT_DamagedTar, WhatIsNoTarIsRefused) {
  CROFT_NEEDS_ROOT;
  Pool pool;
  EXPECT_THAT(pool.refusal(""), HasSubstr("archive"));
  EXPECT_THAT(pool.refusal("hello"), HasSubstr("archive"));
  EXPECT_THAT(pool.refusal(std::string(100'000, 'x')), HasSubstr("archive"));
  EXPECT_THAT(pool.refusal(std::string("PK\3\4").append(5000, 'x')), HasSubstr("archive"));
  EXPECT_THAT(pool.refusal(std::string(10240, '\0')), HasSubstr("no entries"));
}

TEST(ROOT_DamagedTar, TruncationIsNoticedAtEveryBlock) {
  CROFT_NEEDS_ROOT;
  Pool pool;
  TarEntry named{"second", '0', std::string(600, 'y')};
  named.pax = {{"path", "second-with-a-longer-name"}};
  const std::string whole =
      tar_of({{"first", '0', "data"}, named, {"zeros", '0', std::string(1024, '\0')}, {"l", '2', "", "x"}});
  for (std::size_t size = 1; size + 1024 < whole.size(); size += 256)
    EXPECT_NE(pool.refusal(whole.substr(0, size)), "") << size;
  EXPECT_NE(pool.refusal(whole.substr(0, whole.size() - 1024)), "");
  EXPECT_EQ(pool.refusal(whole.substr(0, whole.size() - 512)), "");  // one zero block is an end, too
}

TEST(ROOT_DamagedTar, FlippedBitsNeverEscape) {
  CROFT_NEEDS_ROOT;
  std::mt19937 random(20260101);  // seeded: a failure can be repeated
  TarEntry attributes{"attributes", '0', "x"};
  attributes.pax = {{"SCHILY.xattr.user.a", "b"},
                    {"mtime", "1700000000.123456789"},
                    {"SCHILY.acl.access", "user::rw-,user:5:r--,group::r--,mask::r--,other::r--"}};
  const std::string whole = tar_of({{"d/", '5', "", "", 0755},
                                    {"d/file", '0', std::string(700, 'x')},
                                    {"d/link", '2', "", "file"},
                                    {"hard", '1', "", "d/file"},
                                    attributes});
  Pool pool;
  put_file(pool.scratch() / "canary", "good");
  int refused = 0;
  for (int round = 0; round < 200; ++round) {
    std::string bytes = whole;
    for (int flips = 1 + round % 3; flips > 0; --flips)
      bytes[random() % (bytes.size() - 1024)] ^= static_cast<char>(1U << (random() % 8));
    try {
      const Imported imported = pool.import_archive(bytes);
      pool.remove_all_layers();
    } catch (const runtime::Error& error) {
      ++refused;
      EXPECT_FALSE(std::string(error.what()).empty());
    }
    ASSERT_TRUE(std::filesystem::is_empty(pool.scratch() / "data/tmp")) << round;
  }
  EXPECT_GT(refused, 50);
  EXPECT_EQ(get_file(pool.scratch() / "canary"), "good");
}

TEST(ROOT_Import, CanBeCancelled) {
  CROFT_NEEDS_ROOT;
  Pool pool;
  std::atomic<bool> cancelled{true};
  Control control;
  control.cancelled = &cancelled;
  EXPECT_THAT(pool.refusal(tar_of({{"a", '0', "x"}}), control), HasSubstr("cancelled"));
  EXPECT_EQ(pool.kind(), ErrorKind::kConflict);
}

TEST(ROOT_Import, CanBeCancelledWhileAPipeIsSilent) {
  CROFT_NEEDS_ROOT;
  Pool pool;
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const runtime::Fd out(ends[0]);
  const runtime::Fd in(ends[1]);
  std::atomic<bool> cancelled{false};
  Control control;
  control.cancelled = &cancelled;
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    cancelled = true;
  });
  EXPECT_THROW(import_template(pool.store(), "t", SourceKind::kArchive, out, control), runtime::Error);
  later.join();
}

TEST(ROOT_Import, AFullPoolIsNamed) {
  CROFT_NEEDS_ROOT;
  // A pool of 1 MiB needs a mount, which a directory on a size-limited tmpfs would be; done in its own
  // namespace.
  Pool unused;
  const int pid = fork();
  if (pid == 0) {
    if (unshare(CLONE_NEWNS) != 0) _exit(2);
    if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) _exit(2);
    if (mount("tmpfs", (unused.scratch() / "data").c_str(), "tmpfs", 0, "size=1m") != 0) _exit(2);
    // The thread that feeds has them until this process ends.
    std::string bytes = tar_of({{"big", '0', std::string(std::size_t{3} << 20, 'x')}});
    bytes.shrink_to_fit();
    int ends[2];
    try {
      Store store(unused.scratch() / "data");
      if (pipe2(ends, O_CLOEXEC) != 0) _exit(2);
      std::thread feed([&] {
        signal(SIGPIPE, SIG_IGN);
        for (std::size_t at = 0; at < bytes.size();) {
          const ssize_t put = write(ends[1], bytes.data() + at, bytes.size() - at);
          if (put <= 0) break;
          at += static_cast<std::size_t>(put);
        }
        close(ends[1]);
      });
      feed.detach();
      import_template(store, "t", SourceKind::kArchive, runtime::Fd(ends[0]));
    } catch (const runtime::Error& error) {
      const std::string text = error.what();
      const bool good = error.kind() == ErrorKind::kExhausted && text.find("data`") != std::string::npos &&
                        text.find("bytes") != std::string::npos && text.find("big") != std::string::npos &&
                        std::filesystem::is_empty(unused.scratch() / "data/tmp");
      if (!good) std::fprintf(stderr, "%s\n", text.c_str());
      _exit(good ? 0 : 1);
    }
    _exit(3);
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace croft::templates
