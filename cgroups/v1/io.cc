#include "cgroups/lines.h"
#include "cgroups/v1/drivers.h"

namespace croft::cgroups::v1 {
namespace {

constexpr const char* kNone = "0";

// Throttling may be left out of a kernel; `croft host check` says so then.
void add_bound(std::vector<FileValue>& lines, const char* file, const BlockDevice& device,
               std::optional<std::uint64_t> now, std::optional<std::uint64_t> next) {
  if (now == next) return;
  const std::string name = to_text(device) + " ";
  lines.push_back({std::string("blkio.throttle.") + file, name + number_or(next, kNone), true, false,
                   name + number_or(now, kNone)});
}

// The weight is bfq's: CFQ, which had blkio.weight, ended with Linux 5.0.
std::vector<FileValue> lines(const IoKnobs& now, const IoKnobs& next) {
  std::vector<FileValue> result;
  for (const BlockDevice& device : devices_of(now, next)) {
    const IoBounds before = bounds_of(now, device);
    const IoBounds after = bounds_of(next, device);
    add_bound(result, "read_bps_device", device, before.bytes, after.bytes);
    add_bound(result, "write_bps_device", device, before.bytes, after.bytes);
    add_bound(result, "read_iops_device", device, before.operations, after.operations);
    add_bound(result, "write_iops_device", device, before.operations, after.operations);
  }
  if (now.weight != next.weight)
    result.push_back({"blkio.bfq.weight", std::to_string(bfq_weight(next.weight)), true});
  return result;
}

}  // namespace

constinit const IoDriver kIo{lines};

}  // namespace croft::cgroups::v1
