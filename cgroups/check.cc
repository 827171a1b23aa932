#include "cgroups/check.h"

#include <algorithm>

namespace croft::cgroups {
namespace {

constexpr unsigned kKillFile = 5014;  // Linux 5.14 brought cgroup.kill

std::string where(const Layout& layout, std::size_t hierarchy) {
  const Hierarchy& at = layout.hierarchies[hierarchy];
  return std::string(at.version == Version::kV2 ? "v2" : "v1") + " at " + at.mount;
}

Absence why_absent(const Layout& layout, const char* controller) {
  const auto found = layout.absent.find(controller);
  return found == layout.absent.end() ? Absence{} : found->second;
}

template <class Driver>
CheckRow limit_row(const Layout& layout, const std::optional<Facet<Driver>>& facet, const char* resource,
                   const char* controller) {
  if (facet) return {resource, "limit", KeptBy::kKernel, where(layout, facet->hierarchy), {}};
  const Absence absence = why_absent(layout, controller);
  return {resource, "limit", KeptBy::kAbsent, std::string(controller) + ": " + absence.reason, absence.cure};
}

CheckRow devices_row(const Layout& layout) {
  if (layout.devices) {
    const bool program = layout.hierarchies[layout.devices->hierarchy].version == Version::kV2;
    return {"devices",
            "access",
            KeptBy::kKernel,
            (program ? "BPF program, " : "") + where(layout, layout.devices->hierarchy),
            {}};
  }
  return {
      "devices", "access", KeptBy::kBestEffort,
      "neither BPF device programs nor the v1 controller; a container has only the device nodes that Croft "
      "gives it, and its user namespace can make no others",
      "boot a kernel with CONFIG_CGROUP_BPF and mount the unified hierarchy"};
}

CheckRow freeze_row(const Layout& layout) {
  if (layout.freeze)
    return {"processes", "freeze", KeptBy::kKernel, where(layout, layout.freeze->hierarchy), {}};
  const Absence absence = why_absent(layout, "freezer");
  return {"processes", "freeze", KeptBy::kAbsent, "neither a unified hierarchy nor the v1 freezer",
          absence.cure};
}

CheckRow kill_row(const Layout& layout) {
  if (!layout.kill)
    return {
        "processes", "kill", KeptBy::kBestEffort,
        "no cgroup hierarchy tells which processes belong to a container: only its init is killed, and the "
        "kernel ends the rest of its pid namespace",
        "mount the unified hierarchy: mount -t cgroup2 cgroup2 /sys/fs/cgroup"};
  if (layout.hierarchies[layout.kill->hierarchy].version == Version::kV2 && layout.kernel >= kKillFile)
    return {"processes", "kill", KeptBy::kKernel, where(layout, layout.kill->hierarchy), {}};
  return {"processes", "kill", KeptBy::kBestEffort,
          "without cgroup.kill every process is signalled by itself, until none is left",
          "boot Linux 5.14 or later with the unified hierarchy mounted"};
}

bool has_option(const Layout& layout, const char* option) {
  if (!layout.unified) return false;
  const auto& options = layout.hierarchies[*layout.unified].options;
  return std::find(options.begin(), options.end(), option) != options.end();
}

CheckRow delegation_row(const Layout& layout) {
  const std::string kind = layout.kind();
  if (kind == "v2" && has_option(layout, "nsdelegate"))
    return {"cgroups", "delegation", KeptBy::kKernel, where(layout, *layout.unified), {}};
  if (kind == "v2")
    return {
        "cgroups", "delegation", KeptBy::kBestEffort,
        "the unified hierarchy is mounted without nsdelegate: only file owners keep a container in its part",
        "mount -o remount,nsdelegate " + layout.hierarchies[*layout.unified].mount};
  if (layout.systemd)
    return {"cgroups", "delegation", KeptBy::kBestEffort,
            "on v1 a container can make any number of cgroups of name=systemd, bounded by its memory only",
            "boot with systemd.unified_cgroup_hierarchy=1, or mount the unified hierarchy alone"};
  return {
      "cgroups", "delegation", KeptBy::kAbsent,
      "there is no name=systemd hierarchy: no systemd can boot inside",
      "mkdir /sys/fs/cgroup/systemd && mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd"};
}

CheckRow protection_row(const Layout& layout) {
  const bool unified = layout.memory && layout.unified == layout.memory->hierarchy;
  if (!unified)
    return {"memory", "protection", KeptBy::kAbsent,
            "the unified hierarchy does not have the memory controller",
            "boot with cgroup_no_v1=memory, or with the unified hierarchy alone"};
  if (has_option(layout, "memory_recursiveprot"))
    return {"memory",
            "protection",
            KeptBy::kKernel,
            "memory_recursiveprot, " + where(layout, *layout.unified),
            {}};
  return {"memory", "protection", KeptBy::kAbsent,
          "without memory_recursiveprot a container's protection ends at the cgroups that its init makes",
          "mount -o remount,memory_recursiveprot " + layout.hierarchies[*layout.unified].mount};
}

}  // namespace

std::string_view to_text(KeptBy kept_by) {
  switch (kept_by) {
    case KeptBy::kKernel:
      return "kernel";
    case KeptBy::kGovernor:
      return "governor";
    case KeptBy::kBestEffort:
      return "best-effort";
    default:
      return "absent";
  }
}

std::vector<CheckRow> check(const Layout& layout) {
  return {limit_row(layout, layout.memory, "memory", "memory"),
          limit_row(layout, layout.cpu, "cpu", "cpu"),
          limit_row(layout, layout.tasks, "tasks", "pids"),
          protection_row(layout),
          devices_row(layout),
          freeze_row(layout),
          kill_row(layout),
          delegation_row(layout)};
}

}  // namespace croft::cgroups
