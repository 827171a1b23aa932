// Builders against the real busybox and mmdebstrap, and against programs that misbehave.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <termios.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "runtime/program.h"
#include "templates/build.h"
#include "tests/live/templates/pool.h"

namespace croft::templates {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using test::facts;
using test::get_file;
using test::Pool;
using test::put_file;
using testing::AllOf;
using testing::HasSubstr;

const BuildRequest kDefault;

TEST(ROOT_Busybox, IsBuiltTheSameEveryTime) {
  CROFT_NEEDS_ROOT;
  if (runtime::find_program("busybox", kDefault.search_path).empty())
    GTEST_SKIP() << "needs busybox: package busybox-static";
  Pool pool;
  const Imported first = build_template(pool.store(), "busybox", {});
  const Imported second = build_template(pool.store(), "again", {.recipe = "busybox"});
  EXPECT_EQ(first.manifest.layers, second.manifest.layers);
  EXPECT_EQ(first.manifest.init, InitKind::kBusybox);
  EXPECT_EQ(first.manifest.os.id, "busybox");
  EXPECT_EQ(first.manifest.command, std::vector<std::string>{"/sbin/init"});
  EXPECT_TRUE(S_ISLNK(facts(pool.root_of(first) + "/bin/sh").st_mode));
  EXPECT_EQ(facts(pool.root_of(first) + "/etc/shadow").st_mode & 0777, 0600U);
}

// Becomes process 1 of fresh namespaces with `root` as its root and `console` as its terminal. Never returns.
[[noreturn]] void boot(const std::string& root, const std::string& console) {
  const auto require = [](bool done) {
    if (!done) _exit(99);
  };
  require(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0);
  require(mount(root.c_str(), root.c_str(), nullptr, MS_BIND, nullptr) == 0);
  require(mount("tmpfs", (root + "/dev").c_str(), "tmpfs", 0, nullptr) == 0);
  require(mount("proc", (root + "/proc").c_str(), "proc", 0, nullptr) == 0);
  require(mknod((root + "/dev/null").c_str(), S_IFCHR | 0666, makedev(1, 3)) == 0);
  require(open((root + "/dev/console").c_str(), O_CREAT | O_CLOEXEC | O_WRONLY, 0600) >= 0);
  require(mount(console.c_str(), (root + "/dev/console").c_str(), nullptr, MS_BIND, nullptr) == 0);
  const int fd = open(console.c_str(), O_RDWR | O_NOCTTY);
  require(setsid() > 0 && dup2(fd, 0) == 0 && dup2(fd, 1) == 1 && dup2(fd, 2) == 2);
  close_range(3, ~0U, 0);
  require(chroot(root.c_str()) == 0 && chdir("/") == 0);
  const char* argv[] = {"/sbin/init", nullptr};
  const char* environment[] = {"container=croft", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", nullptr};
  execve(argv[0], const_cast<char**>(argv), const_cast<char**>(environment));
  _exit(98);
}

class Machine {
 public:
  explicit Machine(const std::string& root) : master_(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    grantpt(master_.get());
    unlockpt(master_.get());
    std::string slave_name(64, '\0');
    ptsname_r(master_.get(), slave_name.data(), slave_name.size());
    const runtime::Fd slave = runtime::open_file(slave_name.c_str(), O_RDWR | O_NOCTTY);
    // vfork-like clones are no use here: the child needs its own memory.
    const unsigned long flags =
        CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | SIGCHLD;
    pid_ = static_cast<pid_t>(syscall(SYS_clone, flags, nullptr, nullptr, nullptr, nullptr));
    if (pid_ == 0) boot(root, slave_name.c_str());
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  ~Machine() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  void type(const std::string& text) {
    ASSERT_EQ(write(master_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  bool says(const std::string& text) {
    for (int waited = 0; waited < 100 && seen_.find(text) == std::string::npos; ++waited) {
      pollfd ready{master_.get(), POLLIN, 0};
      if (poll(&ready, 1, 100) <= 0) continue;
      std::string part(4096, '\0');
      const ssize_t got = read(master_.get(), part.data(), part.size());
      if (got > 0) seen_.append(part, 0, static_cast<std::size_t>(got));
    }
    return seen_.find(text) != std::string::npos;
  }
  // The signal that ended process 1: SIGINT after poweroff and halt, SIGHUP after reboot (reboot(2)); -1 if
  // it lives.
  int end() {
    for (int waited = 0; waited < 150; ++waited) {
      int status = 0;
      if (waitpid(pid_, &status, WNOHANG) == pid_) {
        pid_ = -1;
        return WIFSIGNALED(status) ? WTERMSIG(status) : -2;
      }
      says("never said");
    }
    return -1;
  }
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] const std::string& seen() const { return seen_; }

 private:
  runtime::Fd master_;
  pid_t pid_ = -1;
  std::string seen_;
};

TEST(ROOT_Busybox, BootsGivesAShellAndStops) {
  CROFT_NEEDS_ROOT;
  if (runtime::find_program("busybox", kDefault.search_path).empty())
    GTEST_SKIP() << "needs busybox: package busybox-static";
  Pool pool;
  const std::string root = pool.root_of(build_template(pool.store(), "busybox", {}));
  {
    Machine machine(root);
    ASSERT_TRUE(machine.says("# ")) << machine.seen();
    machine.type("echo $((6 * 7))-is-it; id -u; cat /proc/1/comm\n");
    EXPECT_TRUE(machine.says("42-is-it")) << machine.seen();
    machine.type("ps | grep -c '[s]yslogd'; echo ps-done\n");
    EXPECT_TRUE(machine.says("ps-done")) << machine.seen();
    machine.type("poweroff\n");
    EXPECT_EQ(machine.end(), SIGINT) << machine.seen();
  }
  {
    Machine machine(root);
    ASSERT_TRUE(machine.says("# ")) << machine.seen();
    machine.type("reboot\n");
    EXPECT_EQ(machine.end(), SIGHUP) << machine.seen();
  }
  {
    Machine machine(root);
    ASSERT_TRUE(machine.says("# ")) << machine.seen();
    kill(machine.pid(), SIGUSR2);  // what Croft sends to stop it
    EXPECT_EQ(machine.end(), SIGINT) << machine.seen();
  }
}

// A program in place of mmdebstrap, whose arguments are of no interest.
BuildRequest with_mmdebstrap(const Pool& pool, const std::string& script) {
  const std::string path = pool.scratch() / "bin/mmdebstrap";
  put_file(path, "#!/bin/sh\n" + script);
  std::filesystem::permissions(path, std::filesystem::perms(0755));
  return {.recipe = "debian-12",
          .mirror = "http://mirror.example.org/",
          .packages = {},
          .search_path = (pool.scratch() / "bin") + ":/usr/bin:/bin"};
}

std::string failure(Pool& pool, const BuildRequest& request, ErrorKind expected,
                    const Control& control = {}) {
  std::string message;
  try {
    build_template(pool.store(), "t", request, control);
  } catch (const Error& error) {
    message = error.what();
    EXPECT_EQ(error.kind(), expected) << message;
  }
  EXPECT_TRUE(std::filesystem::is_empty(pool.scratch() / "data/tmp")) << message;
  EXPECT_TRUE(pool.store().layers().empty()) << message;
  return message;
}

TEST(ROOT_Debian, TakesTheArchiveFromThePipe) {
  CROFT_NEEDS_ROOT;
  Pool pool;
  std::vector<std::string> seen;
  Control control;
  control.progress = [&](const Progress& progress) { seen.push_back(progress.what); };
  put_file(pool.scratch() / "tree/etc/os-release", "ID=debian\n");
  const BuildRequest request = with_mmdebstrap(
      pool, "echo 'I: installing remaining packages...' >&2; sleep 0.3; touch $TMPDIR/x; exec tar -c -C " +
                (pool.scratch() / "tree") + " .");
  const Imported imported = build_template(pool.store(), "t", request, control);
  EXPECT_EQ(imported.manifest.os.id, "debian");
  EXPECT_THAT(seen, AllOf(testing::Contains("installing packages"), testing::Contains("flushing")));
  EXPECT_TRUE(std::filesystem::is_empty(pool.scratch() / "data/tmp"));
}

TEST(ROOT_Debian, AFailureSaysWhatTheProgramSaid) {
  CROFT_NEEDS_ROOT;
  Pool pool;
  const std::string words = failure(
      pool, with_mmdebstrap(pool, "echo 'E: package \x1b[31mx is gone' >&2; exit 7"), ErrorKind::kSystem);
  EXPECT_THAT(words, AllOf(HasSubstr("status 7"), HasSubstr("package ?[31mx is gone")));
  const std::string mirror = failure(
      pool,
      with_mmdebstrap(pool, "echo \"W: Temporary failure resolving 'mirror.example.org'\" >&2; exit 25"),
      ErrorKind::kUnavailable);
  EXPECT_THAT(mirror, HasSubstr("no package mirror answers"));
}

TEST(ROOT_Debian, AProgramThatFailsAfterItsArchiveFails) {
  CROFT_NEEDS_ROOT;
  Pool pool;
  put_file(pool.scratch() / "tree/file", "x");
  const std::string tree = pool.scratch() / "tree";
  EXPECT_THAT(failure(pool, with_mmdebstrap(pool, "tar -c -C " + tree + " .; echo 'E: late' >&2; exit 3"),
                      ErrorKind::kSystem),
              HasSubstr("late"));
  EXPECT_THAT(
      failure(pool, with_mmdebstrap(pool, "tar -c -C " + tree + " . | head -c 700"), ErrorKind::kInvalid),
      HasSubstr("archive"));
}

TEST(ROOT_Debian, AChattyProgramDoesNotBlock) {
  CROFT_NEEDS_ROOT;
  Pool pool;
  put_file(pool.scratch() / "tree/file", "x");
  const BuildRequest request =
      with_mmdebstrap(pool,
                      "i=0; while [ $i -lt 20000 ]; do echo \"N: $i a line that nobody needs to read at "
                      "all\"; i=$((i+1)); done >&2; exec tar -c -C " +
                          (pool.scratch() / "tree") + " .");
  EXPECT_EQ(build_template(pool.store(), "t", request).manifest.files, 1U);
}

bool runs(const std::string& marker) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (get_file(entry.path() / "cmdline").find(marker) != std::string::npos) return true;
  }
  return false;
}

TEST(ROOT_Debian, CancelEndsEverythingItStarted) {
  CROFT_NEEDS_ROOT;
  Pool pool;
  const std::string marker = "98765.4321" + std::to_string(getpid());
  std::atomic<bool> cancelled{false};
  Control control;
  control.cancelled = &cancelled;
  std::thread later([&] {
    for (int i = 0; i < 100 && !runs(marker); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_TRUE(runs(marker));
    cancelled = true;
  });
  const std::string script =
      "mkdir -p $TMPDIR/a/b; mount -t tmpfs none $TMPDIR/a/b; touch $TMPDIR/a/b/x; (trap '' TERM INT HUP; "
      "setsid sleep " +
      marker + ") & sleep " + marker;
  EXPECT_THAT(failure(pool, with_mmdebstrap(pool, script), ErrorKind::kConflict, control),
              HasSubstr("cancelled"));
  later.join();
  EXPECT_FALSE(runs(marker));
}

// quickstart does the same as an operator would; here it is the importer's full path that is looked at.
TEST(SOAK_NET_ROOT_Debian, IsBuiltFromRealPackages) {
  CROFT_NEEDS_ROOT;
  const char* soak = getenv("CROFT_SOAK");
  if (soak == nullptr || std::string_view(soak) != "full" ||
      runtime::find_program("mmdebstrap", kDefault.search_path).empty())
    GTEST_SKIP() << "needs SOAK: CROFT_SOAK=full and mmdebstrap; it takes a minute";
  Pool pool;
  int last = 0;
  Control control;
  control.progress = [&](const Progress& progress) {
    if (progress.percent < 0) return;
    EXPECT_GE(progress.percent, last);
    last = progress.percent;
  };
  Imported imported;
  try {
    imported = build_template(pool.store(), "debian-12", {}, control);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kUnavailable) GTEST_SKIP() << "needs NET: " << error.what();
    throw;
  }
  const std::string root = pool.root_of(imported);
  EXPECT_EQ(imported.manifest.init, InitKind::kSystemd);
  EXPECT_EQ(imported.manifest.os.id, "debian");
  EXPECT_EQ(imported.manifest.os.version, "12");
  EXPECT_GT(imported.manifest.files, 5000U);
  EXPECT_GE(last, 88);
  for (const char* program :
       {"/usr/bin/ip", "/usr/bin/ps", "/usr/bin/ping", "/usr/bin/login", "/usr/bin/dbus-daemon"})
    EXPECT_TRUE(runtime::exists(root + program)) << program;
  EXPECT_EQ(facts(root + "/etc/machine-id").st_size, 0);
  EXPECT_FALSE(runtime::exists(root + "/etc/hostname"));
  EXPECT_FALSE(runtime::exists(root + "/etc/resolv.conf"));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root + "/var/lib/apt/lists"))
    EXPECT_TRUE(entry.is_directory() || entry.path().filename() == "lock") << entry.path();
  EXPECT_GE(imported.report.devices, 5U);
  const Imported again = pool.import_directory(root);
  EXPECT_EQ(again.manifest.layers, imported.manifest.layers);
}

}  // namespace
}  // namespace croft::templates
