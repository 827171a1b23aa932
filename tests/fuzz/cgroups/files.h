// What the fuzzer of the kernel's own files tries: texts of all gauges, mountinfo, in which whoever mounts
// chooses a part of the line, and kernel lists of CPUs.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cgroups/cpu_sets.h"
#include "cgroups/figures.h"
#include "cgroups/mountinfo.h"
#include "cgroups/reading.h"
#include "cgroups/v1/drivers.h"
#include "cgroups/v2/drivers.h"
#include "tests/fuzz/cgroups/targets.h"

namespace croft::cgroups::fuzz {

inline void gauges(std::span<const Gauge> all, std::string_view text) {
  const Wanted one_device{.devices = {{8, 0}}};
  for (const Gauge& gauge : all) {
    Reading every, one;
    gauge.read(text, {}, every);
    gauge.read(text, one_device, one);
    if (every.io && one.io) promise(one.io->reads <= every.io->reads, "one device does no more than all");
  }
}

inline void numbers(std::string_view text) {
  if (const auto number = number_of_line(text, "populated"))
    promise(text.find("populated ") != std::string_view::npos, "a number stands behind its key");
  if (const auto number = number_of_word(text, "total"))
    promise(text.find("total=") != std::string_view::npos, "a number stands behind its word");
  (void)stall_total(text, "full");
}

inline void mounts(std::string_view text) {
  for (const CgroupMount& mount : cgroup_mounts(text)) {
    promise(mount.type == "cgroup" || mount.type == "cgroup2", "only mounts of cgroups");
    promise(mount.point.size() <= text.size(), "a path is of the text");
  }
  (void)mount_of(text, 32);
}

inline void cpus(std::string_view text) {
  const auto set = cpu_set_of(text);
  if (!set) return;
  promise(set->any(), "no list is of none");
  promise(cpu_set_of(to_text(*set)) == set, "sets come back");
}

inline void files(std::string_view text) {
  for (const auto all :
       {v1::kMemory.gauges, v1::kCpu.gauges, v1::kCpuUsage.gauges, v1::kTasks.gauges, v1::kIo.gauges,
        v2::kMemory.gauges, v2::kCpu.gauges, v2::kCpuUsage.gauges, v2::kTasks.gauges, v2::kIo.gauges})
    gauges(all, text);
  numbers(text);
  mounts(text);
  cpus(text);
}

}  // namespace croft::cgroups::fuzz
