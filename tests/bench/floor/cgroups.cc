#include "tests/bench/floor/cgroups.h"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

namespace croft::bench {
namespace {

constexpr const char* kBase = "/sys/fs/cgroup";
constexpr const char* kTenant = "/bench";

bool is_cgroup2(const std::string& path) {
  struct statfs fs {};
  return statfs(path.c_str(), &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

bool is_directory(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

// Where cpu and cpuacct are one hierarchy.
bool same_directory(const std::string& a, const std::string& b) {
  struct stat first {};
  struct stat second {};
  return stat(a.c_str(), &first) == 0 && stat(b.c_str(), &second) == 0 && first.st_dev == second.st_dev;
}

void make_directory(const std::string& path) {
  if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) fail("mkdir " + path);
}

std::vector<Hierarchy> detect() {
  std::vector<Hierarchy> found;
  if (is_cgroup2(kBase)) {
    found.push_back({kBase,
                     Fd(),
                     {{"memory.max", "1073741824"}, {"cpu.max", "200000 100000"}, {"pids.max", "4096"}},
                     true});
    return found;
  }
  const std::string base = std::string(kBase) + "/";
  auto add = [&](const char* dir, std::vector<Limit> limits, bool v2) {
    if (is_directory(base + dir)) found.push_back({base + dir, Fd(), std::move(limits), v2});
  };
  add("memory", {{"memory.limit_in_bytes", "1073741824"}}, false);
  add("cpu", {{"cpu.cfs_quota_us", "200000"}}, false);
  if (!same_directory(base + "cpu", base + "cpuacct")) add("cpuacct", {}, false);
  add("pids", {{"pids.max", "4096"}}, false);
  add("systemd", {}, false);
  if (is_cgroup2(base + "unified")) add("unified", {}, true);
  return found;
}

void enable_controllers(const std::string& dir) {
  for (const char* controller : {"+memory", "+cpu", "+pids"}) {
    const Fd file = open_or_fail(AT_FDCWD, dir + "/cgroup.subtree_control", O_WRONLY);
    check(write(file.get(), controller, std::char_traits<char>::length(controller)), "enable in " + dir);
  }
}

}  // namespace

Cgroups::Cgroups(const std::string& root) : root_(root), hierarchies_(detect()) {
  const bool pure = !hybrid();
  for (Hierarchy& h : hierarchies_) {
    const std::string top = h.mount + "/" + root_;
    make_directory(top);
    make_directory(top + kTenant);
    if (pure) {
      enable_controllers(h.mount);
      enable_controllers(top);
      enable_controllers(top + kTenant);
    }
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
