// The id of a layer: a digest over everything in it that a container can see, whatever the order or the
// packing in which it came. An archive and the directory it was made from have the same id.
//
// Content of a file: SHA-256 over (index, bytes) of each 64 KiB block, zeros at its end cut off, all-zero
// blocks left
//   out; then the size. So a hole and the zeros that it stands for are equal.
// Record of an entry: SHA-256 over type, permission bits, uid, gid, mtime (seconds, nanoseconds), content
// digest or
//   text of the symlink, and the extended attributes by name.
// Id: "sha256:" + SHA-256 over format version, then for each path in byte order the path, 0 and its record;
// where
//   it is a hard link to an earlier path, 1 and that earlier path instead.
// Numbers are eight bytes little-endian, strings have their length in front.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "templates/entry.h"
#include "templates/sha256.h"

namespace croft::templates {

class ContentDigest {
 public:
  // Parts must come in ascending order without overlap; what lies between them is zeros.
  void add(std::uint64_t offset, std::string_view bytes);
  Digest finish(std::uint64_t size);  // and begins anew

 private:
  void fill(std::string_view bytes);
  void flush();
  Sha256 sha_;
  std::string block_;  // begun, not yet complete
  std::uint64_t block_index_ = 0;
};

// `content` counts for files only.
Digest record_of(Sha256& sha, const Entry& entry, const Digest& content);

struct NamedRecord {
  std::string_view path;
  std::uint32_t node;  // equal for hard links
  const Digest* record;
};
std::string layer_id(std::vector<NamedRecord> records);

}  // namespace croft::templates
