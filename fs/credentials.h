// Credentials for the systemd inside (systemd's "Container Interface", and credentials in systemd.exec(5)):
// files of a directory that is in memory only, and read-only from the start.
#pragma once

#include <map>
#include <string>

#include "runtime/launch.h"

namespace croft::fs {

// Goes to the first process as $CREDENTIALS_DIRECTORY.
inline constexpr const char* kCredentials = "/run/host/credentials";

// Appends the steps: after plan_inside, whose /run it lies in. At most 64 of at most 16 KiB.
void plan_credentials(const std::map<std::string, std::string>& credentials, runtime::LaunchList& list);

}  // namespace croft::fs
