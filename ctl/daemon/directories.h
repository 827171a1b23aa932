// The daemon's own two directories: made with the right modes, and held by one daemon at a time.
#pragma once

#include <string>

#include "runtime/fd.h"

namespace croft::ctl {

// Makes `data` (0700) and `run` (0711) where they are missing, and sets their modes. Throws Error kRefused
// when one of them belongs to somebody else or others can write to it.
void prepare_directories(const std::string& data, const std::string& run);

// Holds `directory` as long as the descriptor lives, which includes a crash. Throws Error kBusy naming the
// process that holds it.
runtime::Fd lock_directory(const std::string& directory);

}  // namespace croft::ctl
