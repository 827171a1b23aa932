// New uuids and times as the registry writes them.
#pragma once

#include <string>
#include <string_view>

namespace croft::ctl {

// A random uuid (RFC 9562, version 4) from getrandom(2).
std::string new_uuid();
// Its 16 bytes; `uuid` must look like one.
std::string uuid_bytes(std::string_view uuid);
// "2026-11-02T10:11:12.123456Z" of the system's clock.
std::string utc_now();

}  // namespace croft::ctl
