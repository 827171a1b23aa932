#include "cgroups/lines.h"
#include "cgroups/v2/drivers.h"

namespace croft::cgroups::v2 {
namespace {

std::string line_of(const BlockDevice& device, const IoBounds& bounds) {
  const std::string bytes = number_or(bounds.bytes, "max");
  const std::string operations = number_or(bounds.operations, "max");
  return to_text(device) + " rbps=" + bytes + " wbps=" + bytes + " riops=" + operations +
         " wiops=" + operations;
}

// io.weight is iocost's, io.bfq.weight bfq's; a kernel may have both, one or neither.
void add_weights(std::vector<FileValue>& lines, std::uint32_t now, std::uint32_t next) {
  if (now == next) return;
  const auto text = [](std::uint32_t weight) { return "default " + std::to_string(weight); };
  lines.push_back({"io.weight", text(next), true, false, text(now)});
  lines.push_back({"io.bfq.weight", text(bfq_weight(next)), true, false, text(bfq_weight(now))});
}

std::vector<FileValue> lines(const IoKnobs& now, const IoKnobs& next) {
  std::vector<FileValue> result;
  for (const BlockDevice& device : devices_of(now, next)) {
    const IoBounds before = bounds_of(now, device);
    const IoBounds after = bounds_of(next, device);
    if (before != after)
      result.push_back({"io.max", line_of(device, after), true, false, line_of(device, before)});
  }
  add_weights(result, now.weight, next.weight);
  return result;
}

}  // namespace

constinit const IoDriver kIo{lines};

}  // namespace croft::cgroups::v2
