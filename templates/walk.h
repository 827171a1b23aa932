// Reads a directory tree and hands it to a Sink, so that a directory and the archive made from it give
// the same layer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/fd.h"
#include "templates/import.h"
#include "templates/sink.h"

namespace croft::templates {

enum class Reading {
  kForeign,  // a tree of the host's: device nodes are device nodes
  kLayer,  // one of the store's, whose whiteouts and opaque marks count; past the page cache where it can be
  kLive,   // one that others write to: a file that changes meanwhile is what could be read of it
  kUpper,  // a container's own files: whiteouts and marks as above, ids of the container's range
};

// `source` is an open directory. Stays on its file system: a mount point inside is an empty directory with a
// note. Throws Error, also when a file changes while it is read. `base` is the host id that is 0 inside.
void read_directory(const runtime::Fd& source, Report& report, Sink& sink,
                    Reading reading = Reading::kForeign, std::uint32_t base = 0);
// One entry alone, which is no directory, as if it were the only one of a layer.
void read_entry(const runtime::Fd& parent, const std::string& name, Report& report, Sink& sink,
                Reading reading = Reading::kLayer);

// All extended attributes, of any kind.
std::vector<Xattr> xattrs_of(const runtime::Fd& fd, const std::string& path);

}  // namespace croft::templates
