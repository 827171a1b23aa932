#include <algorithm>
#include <array>

#include "cgroups/files.h"
#include "cgroups/v1/drivers.h"

namespace croft::cgroups::v1 {
namespace {

constexpr std::array kCpusetFiles{"cpuset.cpus", "cpuset.mems"};
constexpr const char* kHandsDown = "cgroup.clone_children";

bool has_cpuset(const std::vector<std::string>& controllers) {
  return std::find(controllers.begin(), controllers.end(), "cpuset") != controllers.end();
}

bool empty(const runtime::Fd& group, const char* file) {
  return read_value(group, file).find_first_not_of('\n') == std::string::npos;
}

// A new cpuset is empty, and takes no process until it has CPUs and memory nodes.
bool ready(const runtime::Fd& parent, const std::vector<std::string>& controllers) {
  if (!has_cpuset(controllers)) return true;
  return std::none_of(kCpusetFiles.begin(), kCpusetFiles.end(),
                      [&](const char* file) { return empty(parent, file); });
}

// Whether anything was empty.
bool inherit(const runtime::Fd& parent, const runtime::Fd& child) {
  bool filled = false;
  for (const char* file : kCpusetFiles) {
    if (!empty(child, file)) continue;
    runtime::write_file_at(child, file, read_value(parent, file));
    filled = true;
  }
  return filled;
}

// Finds work where another start has just made the group and not yet filled it. To fill it twice does no
// harm, and nothing is to be taken back.
std::string prepare(const runtime::Fd& parent, const std::string&,
                    const std::vector<std::string>& controllers) {
  if (!ready(parent, controllers)) inherit(runtime::open_at(parent, "..", O_RDONLY | O_DIRECTORY), parent);
  return {};
}

void unprepare(const runtime::Fd&, const std::string&) noexcept {}

// Groups below one that was filled have its CPUs and nodes from the beginning (cgroup-v1/cgroups.rst, 2.1;
// the flag is inherited): to write them has the kernel work out its scheduling domains anew, which costs the
// more the more groups there are.
void made(const runtime::Fd& parent, const runtime::Fd& child, const std::vector<std::string>& controllers) {
  if (has_cpuset(controllers) && inherit(parent, child)) runtime::write_file_at(child, kHandsDown, "1");
}

}  // namespace

// `tasks` and not cgroup.procs to enter: a single thread that moves itself needs no lock on all processes.
const TreeDriver& tree() {
  static const TreeDriver driver{ready, prepare, unprepare, made, {"cgroup.procs", "tasks"}, {}, "tasks"};
  return driver;
}

}  // namespace croft::cgroups::v1
