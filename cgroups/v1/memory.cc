#include "cgroups/files.h"
#include "cgroups/v1/drivers.h"

namespace croft::cgroups::v1 {
namespace {

std::vector<FileValue> limit(std::optional<Bytes> value) {
  return {{"memory.limit_in_bytes", value ? std::to_string(value->count) : "-1"}};
}

Bytes used(const runtime::Fd& directory) {
  return {read_number(directory, "memory.usage_in_bytes")};
}

}  // namespace

constinit const MemoryDriver kMemory{limit, used};

}  // namespace croft::cgroups::v1
