#include <array>

#include "cgroups/figures.h"
#include "cgroups/lines.h"
#include "cgroups/reading.h"
#include "cgroups/v2/drivers.h"
#include "cgroups/wide.h"

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

// "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0", a line for each device.
void read_stat(std::string_view text, const Wanted& wanted, Reading& reading) {
  Reading::Io sum;
  for (std::string_view line; next_line(text, line);) {
    if (!counts(wanted, line)) continue;
    sum.read_bytes = plus(sum.read_bytes, number_of_word(line, "rbytes").value_or(0));
    sum.written_bytes = plus(sum.written_bytes, number_of_word(line, "wbytes").value_or(0));
    sum.reads = plus(sum.reads, number_of_word(line, "rios").value_or(0));
    sum.writes = plus(sum.writes, number_of_word(line, "wios").value_or(0));
  }
  reading.io = sum;
}

constexpr std::array kGauges{Gauge{"io.stat", &Wanted::io, read_stat}};

}  // namespace

constinit const IoDriver kIo{lines, kGauges};

}  // namespace croft::cgroups::v2
