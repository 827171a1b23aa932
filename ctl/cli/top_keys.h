// What is typed at `croft top`, and what it does to the view. Pure.
#pragma once

#include <string>
#include <vector>

#include "ctl/cli/top_frame.h"

namespace croft::ctl {

enum class TopKey {
  kQuit,
  kSuspend,
  kRepaint,
  kToggleHelp,
  kUp,
  kDown,
  kPageUp,
  kPageDown,
  kSortCpu,
  kSortMemory,
  kSortIo,
  kSortTasks,
  kSortName,
  kSortBurst
};

// The keys in what a terminal sent; the beginning of a sequence stays in `typed` for what comes next. What
// means nothing is left out.
std::vector<TopKey> take_keys(std::string& typed);

// For all but the first three, which are not about the view. `rows` is how many there are.
void apply_key(TopView& view, TopKey key, std::size_t rows);

}  // namespace croft::ctl
