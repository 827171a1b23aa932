// croft-view(8): started by the keeper, which hands it what it serves, and starts the next one when it ends.
#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "fs/view/server.h"
#include "runtime/error.h"

namespace {

using croft::runtime::Fd;

constexpr const char* kUsage =
    "usage: croft-view --root GROUP --notes DIR\n"
    "\n"
    "Shows every container its own machine: serves /proc/meminfo, /proc/stat, /sys/devices/system/cpu and "
    "others over\n"
    "FUSE. Started by croft-keeper, with the mounted /dev/fuse as descriptor 3 and its memory as 4. See\n"
    "croft-view(8).\n"
    "\n"
    "  --root GROUP   the cgroup that holds all tenants\n"
    "  --notes DIR    where croftd says what containers may use\n"
    "  --help         this text\n"
    "  --version      print the version\n"
    "\n"
    "example: croft-view --root croft.slice --notes /run/croft/view.d\n";

constexpr int kDevice = 3;
constexpr int kMemory = 4;
constexpr uid_t kNobody = 65534;

// All it reads everybody may read; it writes answers only. As nobody, and nobody else's nobody may look into
// it.
void drop_privileges() {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  if (geteuid() == 0 && (setgroups(0, nullptr) != 0 || setresgid(kNobody, kNobody, kNobody) != 0 ||
                         setresuid(kNobody, kNobody, kNobody) != 0))
    croft::runtime::fail_errno("cannot become nobody");
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

int serve(const std::string& root, const std::string& notes) {
  using namespace croft::view;  // NOLINT(google-build-using-namespace): of four names
  const Fd device(kDevice);
  const Fd memory(kMemory);
  Shared* const shared = map_shared(memory);
  Machines machines(open_host({}, notes), *shared, Callers("/proc", root));
  drop_privileges();
  croft::view::serve(device, *shared, machines);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::string root;
  std::string notes;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const bool more = i + 1 < argc;
    if (word == "--root" && more) {
      root = argv[++i];
    } else if (word == "--notes" && more) {
      notes = argv[++i];
    } else if (word == "--help") {
      fputs(kUsage, stdout);
      return 0;
    } else if (word == "--version") {
      puts("croft-view " CROFT_VERSION);
      return 0;
    } else {
      fprintf(stderr, "croft-view: unknown argument `%s`\n%s", argv[i], kUsage);
      return 2;
    }
  }
  if (root.empty() || notes.empty()) {
    fprintf(stderr, "croft-view: --root and --notes are needed\n%s", kUsage);
    return 2;
  }
  try {
    return serve(root, notes);
  } catch (const std::exception& error) {
    fprintf(stderr, "croft-view: %s\n", error.what());
    return 1;
  }
}
