// What stop and restart share.
#pragma once

#include "ctl/cli/commands/making.h"

namespace croft::ctl {

inline constexpr Option kStopTimeout{
    "-T,--timeout", "TIME", "Kill what has not ended after TIME; otherwise the setting stop.timeout"};

// {"timeout_s": N} when -T was given, null otherwise.
inline Json stop_body(const Invocation& call) {
  if (!call.arguments.has("timeout")) return nullptr;
  return {{"timeout_s", timeout_of(call, 0)}};
}

}  // namespace croft::ctl
