// `croft top` on a terminal: keys, signals, the terminal's size and news from the daemon become frames. The
// terminal is as it was before however this ends.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "ctl/cli/invocation.h"
#include "ctl/cli/top_figures.h"

namespace croft::ctl {

struct TopOptions {
  std::chrono::milliseconds interval{2000};
  std::optional<std::uint64_t> frames;  // leave after so many; empty: when told to
  bool with_tenants = false;
  TopView view;
};

// The local time of day, for frames.
std::string time_of_day();
// "the daemon is away: ..." for an error that passes by itself, as while it is restarted. Throws others.
std::string away_text(const runtime::Error& error);

// Returns the exit status. Throws Error when the first question fails, before it touches the terminal, and
// for later answers that will not become better.
int run_top_screen(const Stdio& stdio, const TopOptions& options, const std::function<TopSample()>& ask);

}  // namespace croft::ctl
