// What the kinds of pools have in common. Used by fs/pool*.cc alone.
#pragma once

#include <memory>
#include <string>

#include "fs/pool.h"

namespace croft::fs {

std::shared_ptr<const Pool> open_dir_pool(PoolKind kind, const std::string& place);
std::shared_ptr<const Pool> open_btrfs_pool(const std::string& place);

// 0700, of root. kExists when something is there.
void make_empty_directory(const std::string& path);
// Puts two directories in each other's place at once, and what they are with it.
void exchange(const std::string& one, const std::string& other);
// As statfs(2) tells it: "xfs", "ext4", "btrfs", "tmpfs", or "this file system".
std::string file_system_of(const std::string& path);

}  // namespace croft::fs
