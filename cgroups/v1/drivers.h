// The tables of functions for the older hierarchies, one or more controllers each
// (Documentation/admin-guide/cgroup-v1/).
#pragma once

#include "cgroups/drivers.h"

namespace croft::cgroups::v1 {

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

}  // namespace croft::cgroups::v1
