#include "runtime/clone.h"

#include <linux/sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace croft::runtime {

pid_t clone_process(const CloneRequest& request) noexcept {
  struct clone_args arguments {};
  arguments.flags = request.flags;
  arguments.exit_signal = static_cast<std::uint64_t>(request.exit_signal);
  if (request.pidfd != nullptr) arguments.pidfd = reinterpret_cast<std::uint64_t>(request.pidfd);
  if (request.cgroup >= 0) arguments.cgroup = static_cast<std::uint64_t>(request.cgroup);
  return static_cast<pid_t>(syscall(SYS_clone3, &arguments, sizeof arguments));
}

}  // namespace croft::runtime
