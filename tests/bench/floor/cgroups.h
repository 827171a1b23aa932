// The cgroups of one cycle, as Croft makes them for a container that runs a command: a directory in each
// hierarchy that there is, with the controllers on that Croft turns on.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/floor/check.h"

namespace croft::bench {

struct Limit {
  std::string file;
  std::string value;
};

struct Hierarchy {
  std::string mount;  // "/sys/fs/cgroup/memory"
  Fd parent;          // the directory that holds one directory per cycle
  std::vector<Limit> limits;
  bool v2 = false;
  bool cpuset = false;
};

// Detects the layout and makes ROOT/bench in every hierarchy; removed again by ~Cgroups.
class Cgroups {
 public:
  explicit Cgroups(const std::string& root);
  ~Cgroups();
  Cgroups(const Cgroups&) = delete;
  Cgroups& operator=(const Cgroups&) = delete;

  void make(const std::string& id);
  void set_limits(const std::string& id);
  // The v1 `tasks` files, open for writing: the child moves itself by writing "0".
  [[nodiscard]] std::vector<Fd> open_tasks(const std::string& id) const;
  // The cgroup2 directory for CLONE_INTO_CGROUP.
  [[nodiscard]] Fd open_unified(const std::string& id) const;
  void remove(const std::string& id) noexcept;

  [[nodiscard]] const std::vector<Hierarchy>& hierarchies() const { return hierarchies_; }
  [[nodiscard]] bool hybrid() const { return hierarchies_.size() > 1; }

 private:
  std::string root_;
  std::vector<Hierarchy> hierarchies_;
};

}  // namespace croft::bench
