// Loop devices: a file as a block device. Each goes by itself when the last mount of it and the last
// descriptor are closed (LO_FLAGS_AUTOCLEAR), so that nothing is left whatever becomes of the daemon.
// loop(4).
#pragma once

#include <cstdint>
#include <string>

#include "runtime/fd.h"

namespace croft::fs {

struct LoopDevice {
  runtime::Fd fd;
  std::string path;  // "/dev/loop3"
};

// The device that has this file already, whoever's mount namespace it is mounted in: a second one would be a
// second file system in the same blocks. Otherwise a new one, past the page cache where the file's own file
// system allows it. Throws Error.
LoopDevice attach_loop(const std::string& file);
bool has_loop(const std::string& file);
// Tells the device that its file has grown. Returns its size in bytes.
std::uint64_t resize_loop(const LoopDevice& device);
// Why this host has none; empty when it has.
std::string loops_absent();

}  // namespace croft::fs
