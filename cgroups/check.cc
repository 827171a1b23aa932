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

// Rows of the table of OpenVZ's that hold 0 for all containers.
CheckRow beancounters_row(const Layout& layout) {
  constexpr unsigned kKernelMemory = 5018;  // Linux 5.18 brought "kernel" of memory.stat
  std::string none = "numflock, numpty, numsiginfo, tcpsndbuf, othersockbuf, dgramrcvbuf, numiptent";
  if (!layout.memory)
    none += ", kmemsize, lockedpages, shmpages, tcprcvbuf, dcachesize";
  else if (layout.hierarchies[layout.memory->hierarchy].version == Version::kV1)
    none += ", dcachesize";
  else if (layout.kernel < kKernelMemory)
    none += ", kmemsize";
  return {"beancounters", "held", KeptBy::kBestEffort, "nothing here counts for a container: " + none,
          "read `croft resources`, which shows what is counted"};
}

// Who is squeezed first when the host is short: the governor's work, which needs to know that it is.
CheckRow shortage_row(const HostFacts& facts) {
  if (facts.pressure)
    return {"host", "shortage", KeptBy::kGovernor, "seen by the kernel's pressure figures", {}};
  return {
      "host", "shortage", KeptBy::kBestEffort,
      "without pressure figures (PSI) it is seen by free memory and waiting processes, of disks not at all",
      "boot with psi=1 on the kernel's command line"};
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

std::vector<CheckRow> check(const Layout& layout, const HostFacts& facts) {
  std::vector<CheckRow> rows = check_resources(layout, facts);
  for (CheckRow& row :
       std::vector<CheckRow>{shortage_row(facts), devices_row(layout), freeze_row(layout), kill_row(layout),
                             delegation_row(layout), beancounters_row(layout)})
    rows.push_back(std::move(row));
  return rows;
}

}  // namespace croft::cgroups
