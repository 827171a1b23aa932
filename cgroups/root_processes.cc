#include "cgroups/root_processes.h"

#include <algorithm>

#include "cgroups/files.h"
#include "runtime/fd.h"

namespace croft::cgroups {
namespace {

// "4:cpu,cpuacct:/" of cgroups(7); the unified hierarchy's line is "0::/".
bool is_root_of(const std::string& line, bool unified) {
  const std::vector<std::string> parts = split_all(line, ':');
  if (parts.size() != 3 || parts[2] != "/") return false;
  if (unified) return parts[0] == "0" && parts[1].empty();
  const std::vector<std::string> controllers = split(parts[1], ',');
  return std::find(controllers.begin(), controllers.end(), "cpu") != controllers.end();
}

}  // namespace

bool root_has_processes(const std::string& proc, const Layout& layout) {
  const std::string path = proc + "/1/cgroup";
  if (!layout.cpu || !runtime::exists(path)) return false;
  const bool unified = layout.hierarchies[layout.cpu->hierarchy].version == Version::kV2;
  for (const std::string& line : split(runtime::read_file(path), '\n'))
    if (is_root_of(line, unified)) return true;
  return false;
}

}  // namespace croft::cgroups
