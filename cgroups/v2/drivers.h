// The tables of functions for the unified hierarchy (Documentation/admin-guide/cgroup-v2.rst).
#pragma once

#include "cgroups/drivers.h"

namespace croft::cgroups::v2 {

extern const MemoryDriver kMemory;
extern const CpuDriver kCpu;
extern const CpuUsageDriver kCpuUsage;
extern const TasksDriver kTasks;
extern const IoDriver kIo;
extern const CpusetDriver kCpuset;
extern const HugetlbDriver kHugetlb;
extern const DevicesDriver kDevices;
extern const FreezeDriver kFreeze;
extern const KillDriver kKill;
const TreeDriver& tree();

}  // namespace croft::cgroups::v2
