// Reads groups for the governor and the ledger: descriptors kept open, no allocation in a pass. What is read
// of which file is in the drivers' gauges.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cgroups/gauge.h"
#include "cgroups/group.h"
#include "cgroups/hierarchy.h"
#include "cgroups/reading.h"

namespace croft::cgroups {

class Meter {
 public:
  // Opens the group's files; those that the host does not have are left out of every reading. What `also`
  // wants is only in whole readings, and opened for them. Throws Error kNotFound when the group is gone.
  Meter(const Layout& layout, const GroupPath& path, const Wanted& wanted, const Wanted& also = {});
  Meter(Meter&&) noexcept;
  Meter& operator=(Meter&&) noexcept;
  ~Meter();
  // Throws Error kNotFound when the group is gone.
  [[nodiscard]] Reading read() const;
  // Empty after one short read when its processes used no CPU time since that reading: then they neither
  // allocated nor forked, opened, waited or died. Never empty where that is not counted, nor where I/O is
  // wanted, which goes on after whoever wrote.
  [[nodiscard]] std::optional<Reading> read_if_run(const Reading& since) const;
  // With what `also` wants. Throws as read.
  [[nodiscard]] Reading read_whole() const;

 private:
  struct Files;
  std::unique_ptr<Files> files_;
};

// The host's pressure files, meminfo, vmstat and diskstats, kept open. Without PSI (CONFIG_PSI, or psi=0 when
// booted) there are no stalls.
class HostMeter {
 public:
  explicit HostMeter(const Roots& roots);
  HostMeter(HostMeter&&) noexcept;
  HostMeter& operator=(HostMeter&&) noexcept;
  ~HostMeter();
  [[nodiscard]] HostReading read() const;

 private:
  struct Files;
  std::unique_ptr<Files> files_;
};

}  // namespace croft::cgroups
