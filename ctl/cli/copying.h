// The work of `croft cp`, `push` and `pull`: both ends of a copy, and the pipe between them.
#pragma once

#include <string>
#include <vector>

#include "ctl/cli/invocation.h"

namespace croft::ctl {

// One side of a copy, as it is typed: CONTAINER:PATH, a path of the host, or - for an archive.
struct CopyPlace {
  bool inside = false;
  std::string container;  // NAME or TENANT/NAME
  std::string path;       // inside: from /
};
// A path of the host that has a colon is told from a container's by / or . at its beginning. Throws Error.
CopyPlace parse_copy_place(const std::string& operand);

// Copies all operands but the last one to the last one, and says so. Returns the exit status; throws Error.
int copy_files(Invocation& call, const std::vector<std::string>& operands);

}  // namespace croft::ctl
