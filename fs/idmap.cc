#include "fs/idmap.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "runtime/error.h"

namespace croft::fs {
namespace {

// The child that holds the namespace while its maps are written. Killed and reaped with this object.
class Holder {
 public:
  // No signal at exit (the 0 in the low byte), so that nobody who waits for children of their own sees this
  // one.
  Holder() : pid_(static_cast<pid_t>(syscall(SYS_clone, CLONE_NEWUSER, nullptr, nullptr, nullptr, nullptr))) {
    if (pid_ == 0) wait_for_death();
    if (pid_ < 0) runtime::fail_errno("cannot make a user namespace");
  }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;
  ~Holder() {
    kill(pid_, SIGKILL);
    while (waitpid(pid_, nullptr, __WALL) < 0 && errno == EINTR) {
    }
  }
  [[nodiscard]] std::string proc(const char* file) const {
    return "/proc/" + std::to_string(pid_) + "/" + file;
  }

 private:
  [[noreturn]] static void wait_for_death() {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) syscall(SYS_pause);
  }
  pid_t pid_;
};

}  // namespace

runtime::Fd make_user_namespace(std::uint32_t base, std::uint32_t size) {
  const Holder holder;
  const std::string map = "0 " + std::to_string(base) + " " + std::to_string(size);
  runtime::write_file(holder.proc("uid_map"), map);
  runtime::write_file(holder.proc("gid_map"), map);
  return runtime::open_file(holder.proc("ns/user"), O_RDONLY);
}

}  // namespace croft::fs
