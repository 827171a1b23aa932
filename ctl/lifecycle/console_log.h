// A console's log as its reader sees it: the file that is written now and the one before it, read as one,
// also while the keeper turns them (runtime/keeper_console.cc renames the newer one over the older one and
// begins anew).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace croft::ctl {

// Where a reader begins. A place is what an earlier piece said was next; it names the file by inode, birth
// and generation, so that it stays right when that file is no longer the newer one.
struct LogStart {
  std::optional<std::string> place;  // unset: `tail` bytes before the end
  std::uint64_t tail = 0;
};

struct LogPiece {
  std::string data;      // at most kMaxLogPiece bytes; ends between two UTF-8 characters where it can
  std::string next;      // the place after it
  bool skipped = false;  // what lay between the place and here is gone: the log was turned twice meanwhile
};

inline constexpr std::uint64_t kMaxLogPiece = std::uint64_t{1} << 20;
inline constexpr const char* kLogBegin = "begin";  // the place of the oldest byte that is kept

// Reads `path`.1 and `path`; either may be missing. Throws Error kInvalid for what is no place.
LogPiece read_log(const std::string& path, const LogStart& start);

}  // namespace croft::ctl
