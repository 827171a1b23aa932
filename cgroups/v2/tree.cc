#include <cerrno>

#include "cgroups/bounds.h"
#include "cgroups/files.h"
#include "cgroups/v2/drivers.h"
#include "cgroups/walk.h"
#include "runtime/error.h"

namespace croft::cgroups::v2 {
namespace {

constexpr const char* kControl = "cgroup.subtree_control";

std::string lacking(const runtime::Fd& parent, const std::vector<std::string>& controllers) {
  std::string words;
  if (controllers.empty()) return words;
  const std::string on = read_value(parent, kControl);
  for (const std::string& controller : controllers)
    if (!has_word(on, controller)) words += (words.empty() ? "+" : " +") + controller;
  return words;
}

bool ready(const runtime::Fd& parent, const std::vector<std::string>& controllers) {
  return lacking(parent, controllers).empty();
}

std::string prepare(const runtime::Fd& parent, const std::string& shown,
                    const std::vector<std::string>& controllers) {
  std::string words = lacking(parent, controllers);
  if (words.empty()) return words;
  try {
    runtime::write_file_at(parent, kControl, words);
  } catch (runtime::Error& error) {
    error.wrap("cannot turn on `" + words + "` below `" + shown + "`");
    if (error.error_number() == EBUSY) error.cure("move the processes of that cgroup into a child of it");
    throw;
  }
  return words;
}

// Only where nothing is below any more: another container may have come to rely on what was turned on.
void unprepare(const runtime::Fd& parent, const std::string& done) noexcept {
  try {
    if (!children(parent).empty()) return;
    std::string words = done;
    for (char& letter : words)
      if (letter == '+') letter = '-';
    runtime::write_file_at(parent, kControl, words);
  } catch (...) {  // left on: harmless
    return;
  }
}

void made(const runtime::Fd&, const runtime::Fd&, const std::vector<std::string>&) {}

}  // namespace

// Those that /sys/kernel/cgroup/delegate names for the cgroup core. The memory controller's
// (memory.oom.group, memory.reclaim) stay the host's: what happens at an OOM is the operator's policy.
const TreeDriver& tree() {
  static const TreeDriver driver{ready,
                                 prepare,
                                 unprepare,
                                 made,
                                 {"cgroup.procs", "cgroup.threads", "cgroup.subtree_control"},
                                 {{"cgroup.max.descendants", std::to_string(kMaxDescendants)},
                                  {"cgroup.max.depth", std::to_string(kMaxDepth)}},
                                 {}};
  return driver;
}

}  // namespace croft::cgroups::v2
