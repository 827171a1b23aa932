// The file system of a pool in a sparse file: made, mounted where the daemon runs, grown, taken away.
//
// A kill at any instruction is harmless. The file is the first thing there and the last to go, and the daemon
// knows of it before and after (ctl/lifecycle/disk_pools.h). A loop device that nobody mounted goes with the
// descriptor. A mount outlives the daemon, and is found again by its place; where it is in another mount
// namespace, as that of a service which had one of its own, the same device is mounted once more, because
// two file systems in the same blocks would destroy each other (fs/loop.h).
#pragma once

#include <cstdint>
#include <string>

#include "fs/pool.h"

namespace croft::fs {

struct PoolImage {
  PoolKind kind = PoolKind::kXfs;
  std::string file;
  std::string place;        // an empty directory that it is mounted on
  std::uint64_t bytes = 0;  // its size; what is not used takes no room
};

inline constexpr std::uint64_t kLeastImage = std::uint64_t{320} << 20;  // that all makers take

// Whether it is neither too small nor larger than what its place has free: a promise that is broken shows
// inside as errors of the disk. Throws Error kInvalid or kExhausted.
void check_image(const PoolImage& image);
// Makes the file, which must not be there, and leaves it mounted; nothing is left when it throws.
void make_image(const PoolImage& image);
// Mounts it where it is not mounted.
void bring_up_image(const PoolImage& image);
// Makes the file and its mounted file system `bytes` large, wherever an earlier attempt ended.
void grow_image(const PoolImage& image);
// Whether it is what is mounted there.
bool is_mounted(const PoolImage& image);
// Takes mount and file away. Who still has a file of it open keeps the blocks until then.
void remove_image(const PoolImage& image);

// make_image as a change.
struct MakePoolImage {
  PoolImage image;
  [[nodiscard]] runtime::Description describe() const;
  void apply() const { make_image(image); }
  void undo() const noexcept;
};

// A directory of Croft's own, 0700, that must not be there. Undo removes it.
struct MakePoolDirectory {
  std::string path;
  [[nodiscard]] runtime::Description describe() const { return {"mkdir", path, ""}; }
  void apply() const;
  void undo() const noexcept;
};

}  // namespace croft::fs
