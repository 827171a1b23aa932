// The disk of a container: what its own files may take of it, and what they take. It is there whether the
// container runs or not. Where the file system keeps no quotas (host check says so) nothing is bounded or
// counted.
#pragma once

#include <optional>
#include <string_view>

#include "ctl/lifecycle/context.h"
#include "fs/pool.h"
#include "runtime/change.h"

namespace croft::ctl {

fs::QuotaLimits disk_limits(const ContainerRecord& record);
// Empty where it is not counted.
std::optional<fs::QuotaUse> disk_use(const Context& context, const ContainerRecord& record);
// Whether a key is about what outlives a run, so that it cannot be changed for the run alone.
bool is_of_disk(std::string_view key);

// Adds what makes the limits of `saved` of those of `record`. Throws Error kUnsupported for a container whose
// files were made before their file system had quotas.
void plan_quota(const Context& context, const ContainerRecord& record, const ContainerRecord& saved,
                runtime::Changes& changes);
// What the registry says is put in force, whatever happened before; what an interrupted restore left goes.
void put_quota(const Context& context, const ContainerRecord& record);
// Before its ids are given back: the next container that has them begins without limits.
void drop_quota(const Context& context, const ContainerRecord& record);

}  // namespace croft::ctl
