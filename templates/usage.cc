#include "templates/usage.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <unordered_map>

#include "runtime/error.h"
#include "templates/stack.h"

namespace croft::templates {
namespace {

struct Inode {
  ino_t number;
  std::uint64_t bytes;
  bool operator<(const Inode& other) const { return number < other.number; }
  bool operator==(const Inode& other) const { return number == other.number; }
};
using Inodes = std::vector<Inode>;

void add_inode(const std::string& path, Inodes& inodes) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) runtime::fail_errno("cannot look at `" + path + "`");
  inodes.push_back({info.st_ino, static_cast<std::uint64_t>(info.st_blocks) * 512});
}

void keep_once(Inodes& inodes) {
  std::sort(inodes.begin(), inodes.end());
  inodes.erase(std::unique(inodes.begin(), inodes.end()), inodes.end());
}

Inodes inodes_of(const std::string& root) {
  Inodes inodes;
  add_inode(root, inodes);
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator at(root, error), end; !error && at != end;
       at.increment(error))
    add_inode(at->path(), inodes);
  if (error)
    throw runtime::Error(runtime::kind_of_errno(error.value()), "cannot list `" + root + "`", error.value());
  keep_once(inodes);
  return inodes;
}

}  // namespace

Usages usage_of(const Store& store, const std::vector<Manifest>& manifests) {
  std::map<std::string, Inodes> layers;
  std::vector<Inodes> all;
  std::unordered_map<ino_t, std::uint32_t> users;
  Usages usages;
  for (const Manifest& manifest : manifests) {
    Inodes& own = all.emplace_back();
    for (const std::string& root : lower_directories(store, manifest)) {
      if (!layers.contains(root)) layers[root] = inodes_of(root);
      own.insert(own.end(), layers[root].begin(), layers[root].end());
    }
    keep_once(own);
    for (const Inode& inode : own)
      if (++users[inode.number] == 1) usages.bytes += inode.bytes;
  }
  for (std::size_t i = 0; i < manifests.size(); ++i) {
    Usage& usage = usages.templates.emplace_back();
    usage.name = manifests[i].name;
    for (const Inode& inode : all[i]) {
      usage.bytes += inode.bytes;
      if (users[inode.number] > 1) usage.shared += inode.bytes;
    }
  }
  return usages;
}

}  // namespace croft::templates
