// Where this host keeps its cgroups: pure v2, hybrid (v1 controllers plus a unified mount), or v1, each
// possibly with only a part of the controllers. Asked once; the answer says for every facet of a container
// which directory tree serves it and which driver knows that tree's files. Nothing else in Croft asks for the
// version. cgroups(7), Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cgroups/drivers.h"
#include "cgroups/sockets.h"

namespace croft::cgroups {

enum class Version : std::uint8_t { kV1, kV2 };  // for people and tables; code goes by the drivers

// One mounted tree of cgroups.
struct Hierarchy {
  std::string mount;  // directory where it is mounted
  Version version = Version::kV1;
  std::vector<std::string> controllers;  // v1: those bound to it; v2: those its root offers
  std::string name;                      // of a named v1 hierarchy ("systemd"), else empty
  std::vector<std::string> options;      // of the mount ("nsdelegate", "memory_recursiveprot")
  std::vector<std::string> needed;       // controllers that must be on in a container's group
  const TreeDriver* tree = nullptr;
};

// A facet: an index into Layout::hierarchies and the driver for it.
template <class Driver>
struct Facet {
  std::size_t hierarchy = 0;
  const Driver* driver = nullptr;
};

// Why a controller is not there, and what the operator can do about it.
struct Absence {
  std::string reason;
  std::string cure;  // empty when there is nothing to do
};

// A file system that a container mounts to see its groups.
struct InsideMount {
  std::string target;
  std::string type;
  std::vector<std::pair<std::string, std::string>> options;
};

struct Roots {
  std::string proc = "/proc";  // self/mountinfo, self/cgroup, cgroups, sys/kernel/osrelease
  std::string sys = "/sys";    // stands for /sys in the mount points that mountinfo names
};

struct Layout {
  std::vector<Hierarchy> hierarchies;
  std::optional<std::size_t> unified;  // the cgroup2 mount
  std::optional<std::size_t> systemd;  // name=systemd, where v1 is in use: a systemd inside needs it then

  std::optional<Facet<MemoryDriver>> memory;
  std::optional<Facet<CpuDriver>> cpu;
  std::optional<Facet<CpuUsageDriver>> cpu_usage;
  std::optional<Facet<TasksDriver>> tasks;
  std::optional<Facet<IoDriver>> io;
  std::optional<Facet<CpusetDriver>> cpuset;
  std::optional<Facet<HugetlbDriver>> hugetlb;
  std::optional<Facet<DevicesDriver>> devices;
  std::optional<Facet<FreezeDriver>> freeze;
  std::optional<Facet<KillDriver>> kill;  // also tells whether anything lives

  std::map<std::string, Absence>
      absent;  // controller, or "swap" (its accounting) -> why this host does not offer it
  // The first carries the directories for the others.
  std::vector<InsideMount> inside;
  unsigned kernel = 0;  // major * 1000 + minor: 6.1 is 6001
  std::shared_ptr<DevicePrograms> device_programs;
  std::shared_ptr<SocketPrograms> socket_programs;  // null where sockets cannot be counted

  // "v2", "hybrid", "v1" or "none", by what Croft uses: a stray v1 mount does not make a host hybrid.
  [[nodiscard]] std::string kind() const;
};

// Reads the layout. `device_programs` and `socket_programs` say whether the kernel takes these
// (device_programs_work(), socket_programs_work()). A host without any cgroup mount gives an empty layout,
// not an error. Throws Error when `roots` cannot be read.
Layout detect(const Roots& roots, bool device_programs, bool socket_programs = false);

// The hierarchies that a container's group is made in (group.h says why), as indexes into
// layout.hierarchies, ascending.
std::vector<std::size_t> used_hierarchies(const Layout& layout);

}  // namespace croft::cgroups
