#include "cgroups/files.h"
#include "cgroups/v2/drivers.h"

namespace croft::cgroups::v2 {
namespace {

// memory.oom.group stays 0: the OOM killer takes one process of a container, as on a machine of its own.
std::vector<FileValue> limit(std::optional<Bytes> value) {
  return {{"memory.max", value ? std::to_string(value->count) : "max"}};
}

Bytes used(const runtime::Fd& directory) {
  return {read_number(directory, "memory.current")};
}

}  // namespace

constinit const MemoryDriver kMemory{limit, used};

}  // namespace croft::cgroups::v2
