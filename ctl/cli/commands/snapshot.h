// What the commands on snapshots share.
#pragma once

#include <string>

#include "ctl/cli/invocation.h"
#include "ctl/cli/reference.h"
#include "ctl/client/client.h"

namespace croft::ctl {

// "snapshots/before-upgrade/restore" of a container's route.
inline std::string snapshot_part(const std::string& name, const std::string& verb = "") {
  return "snapshots/" + percent_encoded(name) + (verb.empty() ? "" : "/" + verb);
}

// Microseconds as milliseconds with one digit more; "-" where nothing was frozen.
inline std::string pause_text(const Json& pause_us) {
  if (!pause_us.is_number_unsigned()) return "-";
  const auto tenths = (pause_us.get<std::uint64_t>() + 50) / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " ms";
}

}  // namespace croft::ctl
