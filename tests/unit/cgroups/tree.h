// Literal /proc and /sys trees in a temporary directory, for the layouts that hosts have.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "cgroups/hierarchy.h"
#include "runtime/error.h"

namespace croft::cgroups {

class HostTree {
 public:
  HostTree() {
    std::string name = (std::filesystem::temp_directory_path() / "croft-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) runtime::fail_errno("cannot make a temporary directory");
    top_ = name;
    file("proc/sys/kernel/osrelease", "6.1.0-18-amd64\n");
  }
  HostTree(const HostTree&) = delete;
  HostTree& operator=(const HostTree&) = delete;
  ~HostTree() { std::filesystem::remove_all(top_); }

  void file(const std::string& path, const std::string& content) const {
    std::filesystem::create_directories((top_ / path).parent_path());
    std::ofstream(top_ / path) << content;
  }
  // A mount of a hierarchy at /sys/fs/cgroup/NAME, with its line of mountinfo.
  void v1(const std::string& name, const std::string& options) { mount("/" + name, "cgroup", options); }
  void v2(const std::string& name, const std::string& options, const std::string& controllers) {
    mount(name.empty() ? "" : "/" + name, "cgroup2", options);
    file("sys/fs/cgroup/" + name + "/cgroup.controllers", controllers + "\n");
  }
  // Says that `directory`, which must be of a file system without a device, lies on this.
  void mounted(const std::string& directory, const std::string& type, const std::string& source) {
    struct statx info {};
    if (statx(AT_FDCWD, directory.c_str(), 0, STATX_MNT_ID, &info) != 0) runtime::fail_errno("statx");
    line(std::to_string(info.stx_mnt_id) + " 1 0:99 / /x rw shared:1 - " + type + " " + source + " rw");
  }
  void line(const std::string& mountinfo) { mountinfo_ += mountinfo + "\n"; }
  [[nodiscard]] Roots roots() const {
    file("proc/self/mountinfo", mountinfo_);
    return {(top_ / "proc").string(), (top_ / "sys").string()};
  }
  [[nodiscard]] std::string sys(const std::string& path) const {
    return (top_ / "sys/fs/cgroup" / path).string();
  }

 private:
  void mount(const std::string& at, const std::string& type, const std::string& options) {
    line("32 31 0:29 / /sys/fs/cgroup" + at + " rw,relatime shared:9 - " + type + " " + type + " " + options);
    file("sys/fs/cgroup" + at + "/cgroup.procs", "");
  }

  std::filesystem::path top_;
  std::string mountinfo_ = "23 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n";
};

// Debian 12 with systemd.
inline void fill_v2(HostTree& tree) {
  tree.v2("", "rw,nsdelegate,memory_recursiveprot", "cpuset cpu io memory hugetlb pids rdma misc");
  tree.file("proc/self/cgroup", "0::/system.slice/croftd.service\n");
  tree.file("proc/cgroups",
            "#subsys_name\thierarchy\tnum_cgroups\tenabled\nmemory\t0\t90\t1\nfreezer\t0\t90\t1\n");
}

// Controllers on v1, one hierarchy each, and a unified mount with what is left.
inline void fill_hybrid(HostTree& tree) {
  for (const char* name : {"cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids"})
    tree.v1(name, std::string("rw,") + name);
  tree.v1("systemd", "rw,xattr,name=systemd");
  tree.v2("unified", "rw", "hugetlb");
  tree.file("proc/self/cgroup",
            "9:name=systemd:/\n8:pids:/\n7:blkio:/\n6:freezer:/\n5:devices:/\n4:memory:/agent/1\n3:cpuset:/\n"
            "2:cpuacct:/\n1:cpu:/\n0::/\n");
}

// As older distributions mount it: cpu and cpuacct together, no unified mount.
inline void fill_v1(HostTree& tree) {
  tree.v1("cpu,cpuacct", "rw,cpu,cpuacct");
  for (const char* name : {"memory", "devices", "freezer", "pids"}) tree.v1(name, std::string("rw,") + name);
  tree.v1("systemd", "rw,name=systemd");
  tree.file("proc/self/cgroup",
            "6:pids:/\n5:freezer:/\n4:devices:/\n3:memory:/\n2:cpu,cpuacct:/\n1:name=systemd:/\n");
}

}  // namespace croft::cgroups
