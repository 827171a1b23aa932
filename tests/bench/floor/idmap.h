// The map of 65536 ids that a container gets, as a user namespace to shift a template's owners by.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "tests/bench/floor/check.h"

namespace croft::bench {

// Writes both maps of a process: 0..65535 inside are base.. outside.
void write_maps(pid_t pid, std::uint32_t base);
// A user namespace with that map and no process in it.
Fd make_user_namespace(std::uint32_t base);

}  // namespace croft::bench
