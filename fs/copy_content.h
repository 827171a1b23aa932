// The bytes of one regular file, copied so that they cost as little as the file system allows.
#pragma once

#include <string>

#include "runtime/fd.h"

namespace croft::fs {

// Makes the empty file `to` hold what `from` (of `size` bytes) does: by reflink, else data by data with the
// holes left out. `apart`: no block is shared, so that the copy costs as much as the original. `shown` names
// the file in errors. Throws Error.
void copy_content(const runtime::Fd& from, const runtime::Fd& to, off_t size, const std::string& shown,
                  bool apart = false);

}  // namespace croft::fs
