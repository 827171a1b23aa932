#include "cgroups/files.h"
#include "cgroups/v2/drivers.h"

namespace croft::cgroups::v2 {
namespace {

// The kernel numbers no more processes than this (PID_MAX_LIMIT), and refuses larger limits.
constexpr std::uint64_t kMostTasks = std::uint64_t{4} << 20;

std::vector<FileValue> lines(std::optional<std::uint64_t> now, std::optional<std::uint64_t> next) {
  if (now == next) return {};
  return {{"pids.max", next && *next < kMostTasks ? std::to_string(*next) : "max"}};
}

std::uint64_t used(const runtime::Fd& directory) {
  return read_number(directory, "pids.current");
}

}  // namespace

constinit const TasksDriver kTasks{lines, used};

}  // namespace croft::cgroups::v2
