// Reads groups for the governor and the ledger: descriptors kept open, no allocation in a pass, memory.stat
// never.
#pragma once

#include <memory>
#include <string>

#include "cgroups/group.h"
#include "cgroups/hierarchy.h"
#include "cgroups/reading.h"

namespace croft::cgroups {

// What is to be read of one group beside what costs one short read (CPU, memory, tasks): readings that nobody
// judges are not taken.
struct Wanted {
  bool swap = false;
  bool io = false;
  bool events = true;  // memory.events, pids.events
  bool stall = false;  // memory.pressure
  bool peaks = false;
  bool sockets = false;
};

class Meter {
 public:
  // Opens the group's files; those that the host does not have are left out of every reading. Throws Error
  // kNotFound when the group is gone. `layout` must outlive it.
  Meter(const Layout& layout, const GroupPath& path, const Wanted& wanted);
  Meter(Meter&&) noexcept;
  Meter& operator=(Meter&&) noexcept;
  ~Meter();
  // Throws Error kNotFound when the group is gone.
  [[nodiscard]] Reading read() const;

 private:
  struct Files;
  std::unique_ptr<Files> files_;
};

// The host's pressure files and meminfo, kept open. `proc` is /proc, `online` /sys/devices/system/cpu/online.
class HostMeter {
 public:
  HostMeter(const std::string& proc, const std::string& online);
  HostMeter(HostMeter&&) noexcept;
  ~HostMeter();
  [[nodiscard]] HostReading read() const;

 private:
  struct Files;
  std::unique_ptr<Files> files_;
};

}  // namespace croft::cgroups
