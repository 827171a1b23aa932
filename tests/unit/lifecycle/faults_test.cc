// What the registry says, and leaves behind, when its file or its disk is not as it should be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include <cstdio>
#include <fstream>

#include "ctl/lifecycle/registry/schema.h"
#include "tests/unit/lifecycle/scratch.h"

namespace croft::ctl {
namespace {

using runtime::ErrorKind;
using testing::HasSubstr;

struct Faults : RegistryTest {
  runtime::Error refusal() const {
    return error_of([this] { (void)open(); });
  }
};

// Runs `body` in a child with a mount namespace of its own; its exit status is 0 when `body` returned true.
template <class Body>
int in_own_mounts(Body body) {
  const pid_t child = fork();
  if (child == 0) {
    bool good = unshare(CLONE_NEWNS) == 0 && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    try {
      good = good && body();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
      good = false;
    }
    _exit(good ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

#define NEED_ROOT() \
  if (geteuid() != 0) GTEST_SKIP() << "needs ROOT: mounts a small tmpfs"

TEST_F(Faults, ANewerFormatIsRefusedAndLeftAlone) {
  registry->create_container(container("web1"), draft("container.created"));
  registry.reset();
  {
    Database database({.path = path});
    database.execute(("PRAGMA user_version=" + std::to_string(kSchemaVersion + 1)).c_str());
  }
  const auto error = refusal();
  EXPECT_EQ(error.kind(), ErrorKind::kUnsupported);
  EXPECT_THAT(error.what(),
              HasSubstr("has format " + std::to_string(kSchemaVersion + 1) +
                        " of a newer Croft; this one knows up to " + std::to_string(kSchemaVersion)));
  EXPECT_THAT(error.what(), HasSubstr(path));
  {
    Database database({.path = path});
    database.execute(("PRAGMA user_version=" + std::to_string(kSchemaVersion)).c_str());
  }
  EXPECT_EQ(open()->get("web1").name, "web1");
}

TEST_F(Faults, AnotherProgramsDatabaseIsRefused) {
  registry.reset();
  std::filesystem::remove(path);
  {
    Database database({.path = path});
    database.execute("CREATE TABLE theirs (a)");
  }
  const auto error = refusal();
  EXPECT_EQ(error.kind(), ErrorKind::kInvalid);
  EXPECT_THAT(error.what(), HasSubstr("is no registry of Croft"));
}

TEST_F(Faults, GarbageIsDamage) {
  registry.reset();
  std::ofstream(path, std::ios::trunc) << std::string(8192, 'x');
  const auto error = refusal();
  EXPECT_EQ(error.kind(), ErrorKind::kSystem);
  EXPECT_THAT(error.what(), HasSubstr("`" + path + "` is damaged"));
  EXPECT_THAT(error.what(), HasSubstr("restore a backup"));
}

TEST_F(Faults, ADamagedPageIsFound) {
  for (int i = 0; i < 50; ++i) registry->append_event(draft("tick"), std::string(1000, 'x'));
  registry.reset();
  const auto size = std::filesystem::file_size(path);
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(size / 2));
    file << std::string(4096, '\xff');
  }
  registry = open();
  const auto error = error_of([&] {
    registry->check();
    (void)registry->events_after(0, 1000);
  });
  EXPECT_EQ(error.kind(), ErrorKind::kSystem);
  EXPECT_THAT(error.what(), HasSubstr("is damaged"));
}

TEST_F(Faults, AMissingDirectoryIsNamed) {
  path = dir.file("missing/state.db");
  const auto error = refusal();
  EXPECT_EQ(error.kind(), ErrorKind::kNotFound);
  EXPECT_THAT(error.what(), HasSubstr(path));
}

TEST_F(Faults, ASecondDaemonIsRefused) {
  registry.reset();
  int ready[2];
  int done[2];
  ASSERT_EQ(pipe2(ready, O_CLOEXEC), 0);
  ASSERT_EQ(pipe2(done, O_CLOEXEC), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto held = open();
    char byte = 'r';
    if (write(ready[1], &byte, 1) == 1) (void)!read(done[0], &byte, 1);
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  const auto error = refusal();
  EXPECT_EQ(error.kind(), ErrorKind::kBusy);
  EXPECT_THAT(error.what(), HasSubstr("in use by another process; stop the other croftd"));
  // What SIGKILL ends holds nothing.
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_NO_THROW((void)open());
  for (const int fd : {ready[0], ready[1], done[0], done[1]}) close(fd);
}

TEST_F(Faults, ROOT_AFullDiskRefusesAndChangesNothing) {
  NEED_ROOT();
  registry.reset();
  const int status = in_own_mounts([this] {
    const std::string small = dir.file("small");
    std::filesystem::create_directory(small);
    if (mount("croft-test", small.c_str(), "tmpfs", 0, "size=1m") != 0) return false;
    path = small + "/state.db";
    registry = open();
    int made = 0;
    for (;; ++made) {
      try {
        registry->create_container(container("c" + std::to_string(made)), draft("container.created"));
      } catch (const runtime::Error& error) {
        std::fprintf(stderr, "after %d: %s\n", made, error.what());
        const bool clear =
            error.kind() == ErrorKind::kExhausted &&
            std::string(error.what()).find("`" + path + "`: its file system is full") != std::string::npos;
        if (!clear) return false;
        break;
      }
    }
    // Reading goes on, nothing half is there, and with space again it continues.
    if (registry->containers().size() != static_cast<std::size_t>(made)) return false;
    if (registry->last_event() != static_cast<std::uint64_t>(made)) return false;
    if (mount(nullptr, small.c_str(), nullptr, MS_REMOUNT, "size=8m") != 0) return false;
    registry->create_container(container("after"), draft("container.created"));
    registry.reset();
    registry = open();
    registry->check();
    const bool whole = registry->containers().size() == static_cast<std::size_t>(made) + 1;
    registry.reset();
    return whole && made > 10;
  });
  EXPECT_EQ(status, 0);
}

TEST_F(Faults, ROOT_AReadOnlyFileSystemIsNamed) {
  NEED_ROOT();
  registry.reset();
  const int status = in_own_mounts([this] {
    const std::string small = dir.file("small");
    std::filesystem::create_directory(small);
    if (mount("croft-test", small.c_str(), "tmpfs", 0, "size=8m") != 0) return false;
    path = small + "/state.db";
    registry = open();
    registry.reset();
    if (mount(nullptr, small.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0) return false;
    try {
      registry = open();
    } catch (const runtime::Error& error) {
      std::fprintf(stderr, "%s\n", error.what());
      return error.kind() == ErrorKind::kRefused && std::string(error.what()).find(path) != std::string::npos;
    }
    return false;
  });
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace croft::ctl
