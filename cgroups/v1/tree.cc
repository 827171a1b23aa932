#include <algorithm>

#include "cgroups/files.h"
#include "cgroups/v1/drivers.h"

namespace croft::cgroups::v1 {
namespace {

bool ready(const runtime::Fd&, const std::vector<std::string>&) {
  return true;
}

std::string prepare(const runtime::Fd&, const std::string&, const std::vector<std::string>&) {
  return {};
}

void unprepare(const runtime::Fd&, const std::string&) noexcept {}

void inherit(const runtime::Fd& parent, const runtime::Fd& child, const char* file) {
  runtime::write_file_at(child, file, read_value(parent, file));
}

// A new cpuset is empty and takes no process until it has CPUs and memory nodes. Only met where cpuset is
// mounted together with a controller that is used.
void made(const runtime::Fd& parent, const runtime::Fd& child, const std::vector<std::string>& controllers) {
  if (std::find(controllers.begin(), controllers.end(), "cpuset") == controllers.end()) return;
  inherit(parent, child, "cpuset.cpus");
  inherit(parent, child, "cpuset.mems");
}

}  // namespace

// `tasks` and not cgroup.procs to enter: a single thread that moves itself needs no lock on all processes.
const TreeDriver& tree() {
  static const TreeDriver driver{ready, prepare, unprepare, made, {"cgroup.procs", "tasks"}, {}, "tasks"};
  return driver;
}

}  // namespace croft::cgroups::v1
