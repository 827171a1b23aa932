// One entry of an archive or a directory on its way into a layer, and how its names are made safe.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

namespace croft::templates {

enum class EntryType : char {
  kFile = 'f',
  kDirectory = 'd',
  kSymlink = 'l',
  kHardlink = 'h',
  kFifo = 'p',
  kDevice = 'v',
  kSocket = 's',
  kWhiteout = 'w',  // hides what lower layers have under this name (overlay's character device 0:0)
};

struct Xattr {
  std::string name;
  std::string value;
  bool operator==(const Xattr&) const = default;
};

struct Entry {
  std::string path;  // as clean_path made it; "" is the root itself
  EntryType type = EntryType::kFile;
  mode_t mode = 0;  // the twelve permission bits
  std::int64_t uid = 0;
  std::int64_t gid = 0;
  timespec mtime{};
  std::string target;         // symlink: its text, as it is; hard link: the clean path of an earlier entry
  std::uint64_t size = 0;     // file: with its holes
  std::vector<Xattr> xattrs;  // only those that xattr.h lets through
  bool opaque = false;        // directory: hides what lower layers have in it
};

// A path made relative to the root, without ".", "" and a leading "/". Throws Error kInvalid for "..", for an
// empty path, and beyond the bounds.
std::string clean_path(std::string_view raw);
// Everything before the last "/" of a clean path; "" for a top-level entry.
std::string_view parent_of(std::string_view path);
std::string_view name_of(std::string_view path);
// In backquotes, with control characters and broken UTF-8 written as \xNN: archives name their entries
// freely.
std::string shown(std::string_view path);

}  // namespace croft::templates
