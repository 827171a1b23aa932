// A user namespace without a container: for finding out what id-mapped mounts can do here, and for tests.
#pragma once

#include <cstdint>

#include "runtime/fd.h"

namespace croft::fs {

// A new user namespace that maps ids 0..size-1 to base..base+size-1, users and groups alike. Clones a child
// that runs nothing and is gone on return; the namespace lives as long as the descriptor. Throws Error.
runtime::Fd make_user_namespace(std::uint32_t base, std::uint32_t size = 65536);

}  // namespace croft::fs
