#include "ctl/webhook/confine.h"

#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

#include "ctl/webhook/wire.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

constexpr rlim_t kMemory = rlim_t{64} << 20;  // that it can write to
constexpr rlim_t kStack = rlim_t{1} << 20;    // also of the thread that looks up names
constexpr rlim_t kFiles = 64;
constexpr rlim_t kProcesses = 256;  // of all of them together

void bound(__rlimit_resource_t resource, rlim_t most) {
  const rlimit both{most, most};
  if (setrlimit(resource, &both) != 0) runtime::fail_errno("cannot set a resource limit");
}

}  // namespace

void confine() {
  bound(RLIMIT_DATA, kMemory);
  bound(RLIMIT_STACK, kStack);
  bound(RLIMIT_NOFILE, kFiles);
  bound(RLIMIT_NPROC, kProcesses);
  bound(RLIMIT_FSIZE, 0);
  bound(RLIMIT_CORE, 0);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || setgroups(0, nullptr) != 0 ||
      setresgid(kSenderId, kSenderId, kSenderId) != 0 || setresuid(kSenderId, kSenderId, kSenderId) != 0)
    runtime::fail_errno("cannot become nobody");
  // The change of user forgot the one, and allowed the other (prctl(2)).
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
    runtime::fail_errno("cannot set what ends it");
}

}  // namespace croft::ctl
