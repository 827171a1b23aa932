#include "tests/bench/floor/idmap.h"

#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace croft::bench {

void write_maps(pid_t pid, std::uint32_t base) {
  const std::string dir = "/proc/" + std::to_string(pid);
  const std::string map = "0 " + std::to_string(base) + " 65536";
  write_or_fail(AT_FDCWD, dir + "/uid_map", map);
  write_or_fail(AT_FDCWD, dir + "/gid_map", map);
}

Fd make_user_namespace(std::uint32_t base) {
  clone_args args{};
  args.flags = CLONE_NEWUSER;
  args.exit_signal = SIGCHLD;
  const int pid = check(syscall(SYS_clone3, &args, sizeof args), "clone3");
  if (pid == 0) {
    pause();
    _exit(0);
  }
  write_maps(pid, base);
  Fd users = open_or_fail(AT_FDCWD, "/proc/" + std::to_string(pid) + "/ns/user", O_RDONLY);
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  return users;
}

}  // namespace croft::bench
