// How trees that others filled are walked: by names below a top, through no link and onto no mount. Used by
// fs/shift*.cc alone.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "fs/copy_tree.h"
#include "runtime/fd.h"

namespace croft::fs {

// A directory by its path below the top, "." for the top itself. Throws Error.
runtime::Fd open_below(const runtime::Fd& top, const std::string& path, const std::string& shown);
// Of a name in a directory whose path below the top is `path`.
std::string joined(const std::string& path, const std::string& name);
// All names but the directory itself and what is above it, in no order.
void for_names_in(const runtime::Fd& directory, const std::string& shown,
                  const std::function<void(const std::string& name)>& visit);

// Paths for the calls that take no descriptor with a name; they follow no link at the end.
std::string path_in(const runtime::Fd& directory, const std::string& name);
// Name and value of every extended attribute at such a path.
std::vector<std::pair<std::string, std::string>> attributes_of(const std::string& path,
                                                               const std::string& shown);

// Tells the one who waits how far it is, now and then, and throws Error kConflict when he gave up.
class CopyCounter {
 public:
  explicit CopyCounter(const CopyWatch& watch) : watch_(watch) {}
  void count();

 private:
  const CopyWatch& watch_;
  std::uint64_t files_ = 0;
};

}  // namespace croft::fs
