#include <array>
#include <limits>

#include "cgroups/figures.h"
#include "cgroups/lines.h"
#include "cgroups/reading.h"
#include "cgroups/v2/drivers.h"

namespace croft::cgroups::v2 {
namespace {

struct Bound {
  const char* file;
  std::optional<Bytes> now;
  std::optional<Bytes> next;
  bool may_lack;

  [[nodiscard]] bool rises() const {
    constexpr Bytes kNone{std::numeric_limits<std::uint64_t>::max()};
    return next.value_or(kNone) > now.value_or(kNone);
  }
};

// What falls is written before what rises, so that memory and swap never add up to more than in one of both
// states. There is no memory.swap.max without swap accounting (CONFIG_SWAP; swapaccount=0 before Linux 6.1).
std::vector<FileValue> lines(const MemoryKnobs& now, const MemoryKnobs& next) {
  std::vector<FileValue> result;
  if (now.kill_all != next.kill_all) result.push_back({"memory.oom.group", next.kill_all ? "1" : "0"});
  if (now.protect != next.protect) result.push_back({"memory.min", std::to_string(next.protect.count)});
  for (const bool rising : {false, true})
    for (const Bound& bound :
         {Bound{"memory.high", now.high, next.high, false}, Bound{"memory.max", now.max, next.max, false},
          Bound{"memory.swap.max", now.swap, next.swap, true}})
      if (bound.now != bound.next && bound.rises() == rising)
        result.push_back({bound.file, number_or(bound.next, "max"), bound.may_lack});
  return result;
}

constexpr std::array kGauges{
    Gauge{"memory.current",
          {},
          [](std::string_view text, const Wanted&, Reading& reading) {
            set(reading.memory, leading_number(text));
          }},
    Gauge{"memory.peak", &Wanted::peaks,  // since Linux 5.19
          [](std::string_view text, const Wanted&, Reading& reading) {
            set(reading.memory_peak, leading_number(text));
          }},
    Gauge{"memory.swap.current", &Wanted::swap,
          [](std::string_view text, const Wanted&, Reading& reading) {
            set(reading.swap, leading_number(text));
          }},
    Gauge{"memory.events", &Wanted::events, [](std::string_view text, const Wanted&, Reading& reading) {
            reading.high_events = number_of_line(text, "high");
            reading.max_events = number_of_line(text, "max");
            reading.oom_events = number_of_line(text, "oom");
            reading.oom_kills = number_of_line(text, "oom_kill");
          }}};

}  // namespace

constinit const MemoryDriver kMemory{lines, kGauges, {}};

}  // namespace croft::cgroups::v2
