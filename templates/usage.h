// How much of the disk templates take, and how much of that they share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "templates/manifest.h"
#include "templates/store.h"

namespace croft::templates {

struct Usage {
  std::string name;
  std::uint64_t bytes = 0;   // on the disk, every inode once
  std::uint64_t shared = 0;  // of these, in inodes that other templates have too
  [[nodiscard]] std::uint64_t unique() const { return bytes - shared; }  // what its removal would free
};
struct Usages {
  std::vector<Usage> templates;  // as asked
  std::uint64_t bytes = 0;       // of all together
};

// Looks at every file of all `manifests`. Throws Error.
Usages usage_of(const Store& store, const std::vector<Manifest>& manifests);

}  // namespace croft::templates
