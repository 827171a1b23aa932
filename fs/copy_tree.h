// What copies of whole trees have in common with those who wait for them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "fs/shift_ids.h"

namespace croft::fs {

// Asked and told while a copy grows; either may be empty.
struct CopyWatch {
  std::function<bool()> go_on;                      // false: the copy ends as cancelled
  std::function<void(std::uint64_t files)> copied;  // how many there are so far
  bool apart = false;                               // no blocks are shared with what is copied
};

// Every owner as it is.
inline constexpr IdRange kSameIds{0, UINT32_MAX};

// As copy_shifted (fs/shift.h), into a directory that is there and empty, so that what it has from birth, as
// a project, is inherited. Throws Error kConflict when it was cancelled.
void copy_tree(const std::string& source, const std::string& target, const IdRange& range,
               const CopyWatch& watch);

// Gives a tree, in place, the owners that a copy would get, and the ids in ACLs and capabilities. Nobody else
// uses it. Once: a second time would move what is moved already.
void shift_tree(const std::string& top, const IdRange& range, const CopyWatch& watch);

}  // namespace croft::fs
