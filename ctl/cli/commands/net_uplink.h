// What the commands on the uplink share.
#pragma once

namespace croft::ctl {

inline constexpr const char* kUplinkPath = "/v1/net/uplink";

}  // namespace croft::ctl
