// Reads a directory tree and hands it to an Unpacker, so that a directory and the archive made from it give
// the same layer.
#pragma once

#include "runtime/fd.h"
#include "templates/unpack.h"

namespace croft::templates {

// `source` is an open directory. Stays on its file system: a mount point inside is an empty directory with a
// note. Throws Error, also when a file changes while it is read.
void read_directory(const runtime::Fd& source, Report& report, Unpacker& unpacker);

}  // namespace croft::templates
