#include <array>

#include "cgroups/figures.h"
#include "cgroups/reading.h"
#include "cgroups/v1/drivers.h"

namespace croft::cgroups::v1 {
namespace {

// The kernel numbers no more processes than this (PID_MAX_LIMIT), and refuses larger limits.
constexpr std::uint64_t kMostTasks = std::uint64_t{4} << 20;

std::vector<FileValue> lines(std::optional<std::uint64_t> now, std::optional<std::uint64_t> next) {
  if (now == next) return {};
  return {{"pids.max", next && *next < kMostTasks ? std::to_string(*next) : "max"}};
}

constexpr std::array kGauges{
    Gauge{
        "pids.current",
        {},
        [](std::string_view text, const Wanted&, Reading& reading) { reading.tasks = leading_number(text); }},
    Gauge{"pids.peak", &Wanted::peaks,  // since Linux 6.1
          [](std::string_view text, const Wanted&, Reading& reading) {
            reading.tasks_peak = leading_number(text);
          }},
    Gauge{"pids.events", &Wanted::events, [](std::string_view text, const Wanted&, Reading& reading) {
            reading.refused_tasks = number_of_line(text, "max");
          }}};

}  // namespace

constinit const TasksDriver kTasks{lines, kGauges};

}  // namespace croft::cgroups::v1
