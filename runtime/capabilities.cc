#include "runtime/capabilities.h"

#include <sys/capability.h>

#include "runtime/error.h"

namespace croft::runtime {
namespace {

std::uint64_t bit_of(std::string_view name) {
  std::string full(name);
  for (char& c : full)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (!full.starts_with("cap_")) full = "cap_" + full;
  cap_value_t value = 0;
  if (cap_from_name(full.c_str(), &value) != 0 || value < 0 || value > 63)
    throw Error(ErrorKind::kInvalid, "`" + std::string(name) + "` is no capability")
        .cure("capabilities(7) lists the names, for example cap_net_raw");
  return std::uint64_t{1} << static_cast<unsigned>(value);
}

}  // namespace

const std::vector<DroppedCapability>& dropped_capabilities() {
  static const std::vector<DroppedCapability> table{
      {"cap_sys_module", "kernel modules are the host's"},
      {"cap_sys_rawio", "ports and raw memory are the host's; systemd skips its debug mounts without it"},
      {"cap_sys_time", "the clock is the host's; time services see that and stay off"},
      {"cap_mac_admin", "the security module's policy is the host's"},
      {"cap_mac_override", "the security module's policy is the host's"},
      {"cap_wake_alarm", "waking the machine is the host's matter"},
      {"cap_block_suspend", "suspending the machine is the host's matter"},
      {"cap_syslog", "the kernel's log is the host's"},
      {"cap_audit_control", "the audit system is the host's"},
      {"cap_audit_read", "the audit log is the host's; journald skips its audit socket without it"},
      {"cap_perfmon", "performance counters are the host's"},
      {"cap_bpf", "programs in the kernel are the host's"},
  };
  return table;
}

std::uint64_t bounding_set(const std::vector<std::string>& more) {
  std::uint64_t set = (std::uint64_t{1} << static_cast<unsigned>(cap_max_bits())) - 1;
  for (const DroppedCapability& dropped : dropped_capabilities()) set &= ~bit_of(dropped.name);
  for (const std::string& name : more) set &= ~bit_of(name);
  return set;
}

}  // namespace croft::runtime
