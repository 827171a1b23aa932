// Where a copy goes, as a process in a root would see it.
#pragma once

#include <string>

#include "runtime/fd.h"

namespace croft::ctl {

struct Destination {
  runtime::Fd base;  // O_PATH of a directory
  std::string name;  // what is copied gets it; empty: it keeps its own
};

// A directory that is there is what copies go into; else the last name is the copy's, in a directory that has
// to be there. `into`: it has to be a directory. Throws Error.
Destination find_destination(const runtime::Fd& root, const std::string& path, bool into);

// "into `/tmp`", "as `/tmp/x`" or "in place of `/tmp/x`".
std::string describe_destination(const Destination& destination, const std::string& path);

}  // namespace croft::ctl
