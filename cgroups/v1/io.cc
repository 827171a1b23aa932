#include <array>

#include "cgroups/figures.h"
#include "cgroups/lines.h"
#include "cgroups/reading.h"
#include "cgroups/v1/drivers.h"
#include "cgroups/wide.h"

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

// "8:0 Read 1", "8:0 Write 2", ...: lines for each device and way, and sums that are left out here.
struct Ways {
  std::uint64_t read = 0;
  std::uint64_t written = 0;
};

Ways ways_in(std::string_view text, const Wanted& wanted) {
  Ways ways;
  for (std::string_view line; next_line(text, line);) {
    if (!counts(wanted, line)) continue;
    std::string_view way;
    next_word(line, way);  // the device
    next_word(line, way);
    if (way == "Read") ways.read = plus(ways.read, leading_number(line).value_or(0));
    if (way == "Write") ways.written = plus(ways.written, leading_number(line).value_or(0));
  }
  return ways;
}

void read_bytes(std::string_view text, const Wanted& wanted, Reading& reading) {
  const Ways ways = ways_in(text, wanted);
  Reading::Io sum;
  sum.read_bytes = ways.read;
  sum.written_bytes = ways.written;
  reading.io = sum;
}

void read_operations(std::string_view text, const Wanted& wanted, Reading& reading) {
  const Ways ways = ways_in(text, wanted);
  if (!reading.io) return;
  reading.io->reads = ways.read;
  reading.io->writes = ways.written;
}

constexpr std::array kGauges{Gauge{"blkio.throttle.io_service_bytes", &Wanted::io, read_bytes},
                             Gauge{"blkio.throttle.io_serviced", &Wanted::io, read_operations}};

}  // namespace

constinit const IoDriver kIo{lines, kGauges};

}  // namespace croft::cgroups::v1
