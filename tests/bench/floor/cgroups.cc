#include "tests/bench/floor/cgroups.h"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace croft::bench {
namespace {

constexpr const char* kBase = "/sys/fs/cgroup";
constexpr const char* kTenant = "/bench";
const std::set<std::string> kControllers{"cpu", "cpuset", "hugetlb", "io", "memory", "pids"};

bool is_cgroup2(const std::string& path) {
  struct statfs fs {};
  return statfs(path.c_str(), &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

void make_directory(const std::string& path) {
  if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) fail("mkdir " + path);
}

std::string read_line(const std::string& path) {
  std::string line;
  std::getline(std::ifstream(path), line);
  return line;
}

const std::vector<Limit> kOlderLimits{
    {"memory.limit_in_bytes", "1073741824"}, {"cpu.cfs_quota_us", "200000"}, {"pids.max", "4096"}};

// Every hierarchy below kBase; what is but another name of one is a symbolic link.
std::vector<Hierarchy> detect() {
  std::vector<Hierarchy> found;
  if (is_cgroup2(kBase)) {
    found.push_back({kBase,
                     Fd(),
                     {{"memory.max", "1073741824"}, {"cpu.max", "200000 100000"}, {"pids.max", "4096"}},
                     true});
    return found;
  }
  for (const auto& entry : std::filesystem::directory_iterator(kBase)) {
    const std::string mount = entry.path();
    if (entry.is_symlink() || !std::filesystem::exists(mount + "/cgroup.procs")) continue;
    Hierarchy one{mount, Fd(), {}, is_cgroup2(mount)};
    for (const Limit& limit : kOlderLimits)
      if (limit.file == "pids.max" ? mount.ends_with("/pids")
                                   : std::filesystem::exists(mount + "/" + limit.file))
        one.limits.push_back(limit);
    // A new cpuset takes no process until it has CPUs and memory nodes.
    for (const char* name : {"cpuset.cpus", "cpuset.mems"})
      if (const std::string all = read_line(mount + "/" + name); !all.empty()) {
        one.limits.push_back({name, all});
        one.cpuset = true;
      }
    found.push_back(std::move(one));
  }
  return found;
}

void enable_controllers(const std::string& mount, const std::string& dir) {
  std::istringstream offered(read_line(mount + "/cgroup.controllers"));
  for (std::string name; offered >> name;) {
    if (!kControllers.contains(name)) continue;
    const Fd file = open_or_fail(AT_FDCWD, dir + "/cgroup.subtree_control", O_WRONLY);
    const std::string word = "+" + name;
    check(write(file.get(), word.data(), word.size()), "enable " + name + " in " + dir);
  }
}

}  // namespace

Cgroups::Cgroups(const std::string& root) : root_(root), hierarchies_(detect()) {
  const bool pure = !hybrid();
  for (Hierarchy& h : hierarchies_) {
    const std::string top = h.mount + "/" + root_;
    make_directory(top);
    make_directory(top + kTenant);
    if (pure)
      for (const std::string& dir : {h.mount, top, top + kTenant}) enable_controllers(h.mount, dir);
    if (h.cpuset)
      for (const std::string& dir : {top, top + kTenant})
        for (const Limit& limit : h.limits) write_or_fail(AT_FDCWD, dir + "/" + limit.file, limit.value);
    h.parent = open_or_fail(AT_FDCWD, top + kTenant, O_PATH | O_DIRECTORY);
  }
}

Cgroups::~Cgroups() {
  for (const Hierarchy& h : hierarchies_) {
    rmdir((h.mount + "/" + root_ + kTenant).c_str());
    rmdir((h.mount + "/" + root_).c_str());
  }
}

void Cgroups::make(const std::string& id) {
  for (const Hierarchy& h : hierarchies_)
    check(mkdirat(h.parent.get(), id.c_str(), 0755), "mkdir in " + h.mount);
}

void Cgroups::set_limits(const std::string& id) {
  for (const Hierarchy& h : hierarchies_)
    for (const Limit& limit : h.limits) {
      const std::string file = id + "/" + limit.file;
      write_or_fail(h.parent.get(), file, limit.value);
    }
}

std::vector<Fd> Cgroups::open_tasks(const std::string& id) const {
  std::vector<Fd> tasks;
  for (const Hierarchy& h : hierarchies_)
    if (!h.v2) tasks.push_back(open_or_fail(h.parent.get(), id + "/tasks", O_WRONLY));
  return tasks;
}

Fd Cgroups::open_unified(const std::string& id) const {
  for (const Hierarchy& h : hierarchies_)
    if (h.v2) return open_or_fail(h.parent.get(), id, O_PATH | O_DIRECTORY);
  return Fd();
}

void Cgroups::remove(const std::string& id) noexcept {
  for (const Hierarchy& h : hierarchies_) {
    // An exiting task may hold its cgroup for a moment; bounded, about 100 ms.
    for (int i = 0; i < 100 && unlinkat(h.parent.get(), id.c_str(), AT_REMOVEDIR) != 0 && errno == EBUSY; ++i)
      usleep(1000);
  }
}

}  // namespace croft::bench
