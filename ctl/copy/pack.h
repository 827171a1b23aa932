// Packs files and directories below a root into a tar stream.
#pragma once

#include <string>
#include <vector>

#include "runtime/fd.h"
#include "templates/archive_writer.h"
#include "templates/import.h"

namespace croft::ctl {

// Each path is resolved as a process in `root` would see it; a symbolic link at its end is copied as one. It
// lies in the archive under its last name, the content of "DIRECTORY/." under none. `report` says what was
// left out. Throws Error, kConflict when `control` has it cancelled.
void pack(const runtime::Fd& root, const std::vector<std::string>& paths, const runtime::Fd& to,
          templates::Packing packing, const templates::Control& control, templates::Report& report);

// What `pack` would find there: "from `/etc/hosts`, a file of 120 bytes". Throws Error where it would.
std::string describe_source(const runtime::Fd& root, const std::string& path);

}  // namespace croft::ctl
