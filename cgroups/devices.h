// Which device numbers a container may open or make: an allow-list, everything else is refused by the kernel.
// Kept by a BPF program on the container's cgroup (Documentation/admin-guide/cgroup-v2.rst, "Device
// controller"), or by the v1 devices controller where BPF or the unified hierarchy is missing.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/fd.h"

namespace croft::cgroups {

struct DeviceRule {
  enum class Type : std::uint8_t { kAll, kBlock, kChar };
  Type type = Type::kAll;
  std::optional<std::uint32_t> major;  // empty: any
  std::optional<std::uint32_t> minor;
  bool read = false;
  bool write = false;
  bool make = false;  // mknod(2)
  auto operator<=>(const DeviceRule&) const = default;
};
using DeviceRules = std::vector<DeviceRule>;

// "c 1:3 rwm", as the v1 controller's devices.allow takes it.
std::string to_text(const DeviceRule& rule);
// null, zero, full, random, urandom, tty, console, ptmx and pseudo-terminals. Making nodes of any kind is
// left to the user namespace, which refuses it (mknod(2) of a device needs CAP_MKNOD in the initial one).
DeviceRules standard_device_rules();

// Device programs that are loaded, one for each distinct list: loaded once, attached to many cgroups.
// Thread-safe.
class DevicePrograms {
 public:
  // The program's descriptor. Throws Error: kInvalid beyond kMaxDeviceRules, else with bpf(2)'s errno.
  runtime::FdSlot get(const DeviceRules& rules);

 private:
  std::mutex mutex_;
  std::map<DeviceRules, runtime::FdSlot> loaded_;
};

// Does this kernel load and take such programs? Asks it with an empty list.
bool device_programs_work();

}  // namespace croft::cgroups
