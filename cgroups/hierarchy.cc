#include "cgroups/hierarchy.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "cgroups/files.h"
#include "cgroups/mountinfo.h"
#include "cgroups/v1/drivers.h"
#include "cgroups/v2/drivers.h"
#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::cgroups {
namespace {

using Words = std::vector<std::string>;

constexpr unsigned kSwapAlwaysCounted = 6001;

bool contains(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string read_or_empty(const std::string& path) {
  return runtime::exists(path) ? runtime::read_file(path) : std::string();
}

// All v1 controllers of this kernel that have a hierarchy: the middle column of /proc/self/cgroup.
std::set<std::string> bound_controllers(const std::string& proc) {
  std::set<std::string> names;
  for (const std::string& line : split(read_or_empty(proc + "/self/cgroup"), '\n')) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    for (std::string& word : split(line.substr(first + 1, second - first - 1), ','))
      if (!word.starts_with("name=")) names.insert(std::move(word));
  }
  return names;
}

// "6.1.0-18-amd64" -> 6001.
unsigned kernel_release(const std::string& proc) {
  const Words parts = split(read_or_empty(proc + "/sys/kernel/osrelease"), '.');
  unsigned number = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    unsigned part = 0;
    if (i < parts.size()) std::from_chars(parts[i].data(), parts[i].data() + parts[i].size(), part);
    number = number * 1000 + part;
  }
  return number;
}

Hierarchy unified_hierarchy(const CgroupMount& mount, const std::string& at) {
  Words controllers = split(read_or_empty(at + "/cgroup.controllers"), ' ');
  if (!controllers.empty() && controllers.back().ends_with('\n')) controllers.back().pop_back();
  std::erase(controllers, "");
  return {at, Version::kV2, std::move(controllers), {}, mount.options, {}, &v2::tree()};
}

Hierarchy bound_hierarchy(const CgroupMount& mount, const std::string& at,
                          const std::set<std::string>& bound) {
  Hierarchy result{at, Version::kV1, {}, {}, mount.options, {}, &v1::tree()};
  for (const std::string& option : mount.options) {
    if (bound.contains(option)) result.controllers.push_back(option);
    if (option.starts_with("name=")) result.name = option.substr(5);
  }
  return result;
}

bool same(const Hierarchy& left, const Hierarchy& right) {
  return left.version == right.version && left.name == right.name &&
         (left.version == Version::kV2 || left.controllers == right.controllers);
}

// Each hierarchy once, at its first mount that can be seen and written. Another mount may hide one.
std::vector<Hierarchy> mounted_hierarchies(const Roots& roots) {
  const std::set<std::string> bound = bound_controllers(roots.proc);
  std::vector<Hierarchy> found;
  for (const CgroupMount& mount : cgroup_mounts(runtime::read_file(roots.proc + "/self/mountinfo"))) {
    const std::string at = mount.point.starts_with("/sys/") ? roots.sys + mount.point.substr(4) : mount.point;
    if (!mount.writable || !runtime::exists(at + "/cgroup.procs")) continue;
    Hierarchy hierarchy =
        mount.type == "cgroup2" ? unified_hierarchy(mount, at) : bound_hierarchy(mount, at, bound);
    if (std::none_of(found.begin(), found.end(), [&](const Hierarchy& one) { return same(one, hierarchy); }))
      found.push_back(std::move(hierarchy));
  }
  return found;
}

// The hierarchy that has a controller. A controller is in one hierarchy only.
std::optional<std::size_t> holder(const Layout& layout, std::string_view controller) {
  for (std::size_t i = 0; i < layout.hierarchies.size(); ++i)
    if (contains(layout.hierarchies[i].controllers, controller)) return i;
  return std::nullopt;
}

template <class Driver>
std::optional<Facet<Driver>> facet(const Layout& layout, std::optional<std::size_t> at, const Driver& older,
                                   const Driver& unified) {
  if (!at) return std::nullopt;
  return Facet<Driver>{*at, layout.hierarchies[*at].version == Version::kV2 ? &unified : &older};
}

template <class Driver>
std::optional<Facet<Driver>> controller_facet(const Layout& layout, std::string_view controller,
                                              const Driver& older, const Driver& unified) {
  return facet(layout, holder(layout, controller), older, unified);
}

std::optional<std::size_t> named(const Layout& layout, std::string_view name) {
  for (std::size_t i = 0; i < layout.hierarchies.size(); ++i)
    if (layout.hierarchies[i].name == name) return i;
  return std::nullopt;
}

// What tells who is in a group, where there is neither a unified hierarchy nor a freezer.
std::optional<std::size_t> any_used(const Layout& layout) {
  for (const char* controller : {"freezer", "pids", "memory", "cpu"})
    if (const auto at = holder(layout, controller)) return at;
  return named(layout, "systemd");
}

void choose_drivers(Layout& layout, bool device_programs) {
  layout.memory = controller_facet(layout, "memory", v1::kMemory, v2::kMemory);
  layout.cpu = controller_facet(layout, "cpu", v1::kCpu, v2::kCpu);
  layout.tasks = controller_facet(layout, "pids", v1::kTasks, v2::kTasks);
  const auto core_or = [&](std::optional<std::size_t> other) {
    return layout.unified ? layout.unified : other;
  };
  layout.cpu_usage = facet(layout, core_or(holder(layout, "cpuacct")), v1::kCpuUsage, v2::kCpuUsage);
  layout.freeze = facet(layout, core_or(holder(layout, "freezer")), v1::kFreeze, v2::kFreeze);
  layout.kill = facet(layout, core_or(any_used(layout)), v1::kKill, v2::kKill);
  const bool by_program = layout.unified && device_programs;
  layout.devices =
      facet(layout, by_program ? layout.unified : holder(layout, "devices"), v1::kDevices, v2::kDevices);
}

bool on_v1(const Layout& layout, std::size_t at) {
  return layout.hierarchies[at].version == Version::kV1;
}

// What the chosen drivers work on.
std::set<std::size_t> served(const Layout& layout) {
  std::set<std::size_t> used;
  const auto use = [&](const auto&... facets) {
    ((facets ? void(used.insert(facets->hierarchy)) : void()), ...);
  };
  use(layout.memory, layout.cpu, layout.tasks, layout.cpu_usage, layout.devices, layout.freeze, layout.kill,
      layout.io, layout.cpuset, layout.hugetlb);
  return used;
}

bool serves_v1(const Layout& layout) {
  const auto used = served(layout);
  return std::any_of(used.begin(), used.end(), [&](std::size_t at) { return on_v1(layout, at); });
}

// After the others: a stray v1 mount of one of these does not make a pure v2 host a hybrid one.
void choose_lesser_drivers(Layout& layout) {
  const bool pure = !serves_v1(layout);
  const auto usable = [&](std::optional<std::size_t> at) {
    return at && pure && on_v1(layout, *at) ? std::nullopt : at;
  };
  const auto blkio = holder(layout, "blkio");  // the name that v1 has for it
  layout.io = facet(layout, usable(blkio ? blkio : holder(layout, "io")), v1::kIo, v2::kIo);
  layout.cpuset = facet(layout, usable(holder(layout, "cpuset")), v1::kCpuset, v2::kCpuset);
  layout.hugetlb = facet(layout, usable(holder(layout, "hugetlb")), v1::kHugetlb, v2::kHugetlb);
}

// In the unified hierarchy only what is limited there is turned on, and what it lacks is left out; a v1
// hierarchy comes with what is bound to it.
void choose_needed(Layout& layout) {
  for (Hierarchy& hierarchy : layout.hierarchies) {
    if (hierarchy.version == Version::kV1) hierarchy.needed = hierarchy.controllers;
    if (hierarchy.version == Version::kV2)
      for (const char* controller : {"cpu", "cpuset", "hugetlb", "io", "memory", "pids"})
        if (contains(hierarchy.controllers, controller)) hierarchy.needed.emplace_back(controller);
  }
}

// systemd 252 inside takes the layout from what is at /sys/fs/cgroup: cgroup2 itself is "unified", a tmpfs
// with `unified` in it "hybrid", a tmpfs without "legacy".
void choose_inside(Layout& layout) {
  if (layout.kind() == "none") return;
  if (layout.kind() == "v2") {
    layout.inside = {{"/sys/fs/cgroup", "cgroup2", {}}};
    return;
  }
  layout.inside = {{"/sys/fs/cgroup", "tmpfs", {{"mode", "0755"}, {"size", "16k"}, {"nr_inodes", "16"}}}};
  if (layout.systemd)
    layout.inside.push_back({"/sys/fs/cgroup/systemd", "cgroup", {{"none", ""}, {"name", "systemd"}}});
  if (layout.unified) layout.inside.push_back({"/sys/fs/cgroup/unified", "cgroup2", {}});
}

Absence absence_of(const std::string& controller, const std::string& table, bool bound) {
  if (bound)
    return {"its v1 hierarchy is mounted nowhere that can be written",
            "mount it: mount -t cgroup -o " + controller + " cgroup /sys/fs/cgroup/" + controller};
  for (const std::string& line : split(table, '\n')) {
    const Words columns = split(line, '\t');
    if (columns.size() < 4 || columns[0] != controller) continue;
    if (columns[3].starts_with('0'))
      return {"it was switched off when the kernel was booted",
              "boot without cgroup_disable=" + controller + " on the kernel's command line"};
    return {"no mounted cgroup hierarchy offers it",
            "mount the unified hierarchy: mount -t cgroup2 cgroup2 /sys/fs/cgroup"};
  }
  return {"this kernel does not have it", "boot a kernel with this controller built in"};
}

// Without swap accounting (swapaccount=0, before Linux 6.1) v1 shows no such file, not even at its root.
void note_swap(Layout& layout, const std::string& proc) {
  const Hierarchy& memory = layout.hierarchies[layout.memory->hierarchy];
  const bool there = memory.version == Version::kV1
                         ? runtime::exists(memory.mount + "/memory.memsw.limit_in_bytes")
                         : layout.kernel >= kSwapAlwaysCounted ||
                               !has_word(read_or_empty(proc + "/cmdline"), "swapaccount=0");
  if (!there)
    layout.absent["swap"] = {"the kernel was booted without swap accounting",
                             "boot with swapaccount=1 on the kernel's command line"};
}

void note_absent(Layout& layout, const std::string& proc) {
  const std::set<std::string> bound = bound_controllers(proc);
  const std::string table = read_or_empty(proc + "/cgroups");
  const auto note = [&](const std::string& controller, const std::string& name, bool there) {
    if (there) return;
    layout.absent[controller] =
        holder(layout, name) ? Absence{"a v1 hierarchy has taken it from the unified one",
                                       "unmount the v1 hierarchy of " + name + ", or reboot without it"}
                             : absence_of(name, table, bound.contains(name));
  };
  for (const char* controller : {"memory", "cpu", "pids", "devices", "freezer"})
    note(controller, controller, holder(layout, controller).has_value());
  note("io", "blkio", layout.io.has_value());  // the kernel's table has the old name
  note("cpuset", "cpuset", layout.cpuset.has_value());
  note("hugetlb", "hugetlb", layout.hugetlb.has_value());
  if (layout.memory) note_swap(layout, proc);
}

}  // namespace

std::string Layout::kind() const {
  if (serves_v1(*this)) return unified ? "hybrid" : "v1";
  return unified ? "v2" : "none";
}

std::vector<std::size_t> used_hierarchies(const Layout& layout) {
  std::set<std::size_t> used = served(layout);
  if (serves_v1(layout))
    for (std::size_t at = 0; at < layout.hierarchies.size(); ++at) used.insert(at);
  return {used.begin(), used.end()};
}

Layout detect(const Roots& roots, bool device_programs, bool socket_programs) {
  Layout layout;
  layout.hierarchies = mounted_hierarchies(roots);
  for (std::size_t i = 0; i < layout.hierarchies.size(); ++i)
    if (layout.hierarchies[i].version == Version::kV2) layout.unified = i;
  choose_drivers(layout, device_programs);
  choose_lesser_drivers(layout);
  if (layout.kind() != "v2") layout.systemd = named(layout, "systemd");
  choose_needed(layout);
  choose_inside(layout);
  layout.kernel = kernel_release(roots.proc);
  note_absent(layout, roots.proc);
  layout.device_programs = std::make_shared<DevicePrograms>();
  if (layout.unified && socket_programs) layout.socket_programs = std::make_shared<SocketPrograms>();
  return layout;
}

}  // namespace croft::cgroups
