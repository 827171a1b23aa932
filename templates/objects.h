// One inode for all equal files of all layers: D/objects/XX/REST is a hard link to each, named by the digest
// of its record (content, mode, owner, time and extended attributes: hard links share all of these). Equal
// files of two templates, or of two versions of one, are so the same blocks on the disk and the same pages in
// the page cache.
//
// The number of links is the count of references: an object with one link is used by no layer. It cannot be
// wrong, whatever was interrupted when.
//
// Two files of one layer that the source did not link never become one inode: cp and mv would take them for
// the same file. The second of them is of object REST.1, the third of REST.2. So begins a further object also
// where the file system allows no more links (ext4: 65000).
//
// What it costs: a container sees the number of links, and overlay with index=off gives a file that has
// several another inode number when it is copied up.
//
// An object appears only after its content is on the disk, so that a power cut never leaves one that is
// shorter than its name says.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <shared_mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "runtime/fd.h"
#include "templates/inventory.h"

namespace croft::templates {

// Safe to use from several threads.
class Objects {
 public:
  // Makes the directory (0700) where it is missing. Throws Error.
  explicit Objects(std::string directory);

  struct Unused {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;  // on the disk
  };
  // Removes objects that no layer uses, or only counts them. Asks `go_on` before every directory.
  Unused sweep(bool only_count, const std::function<bool()>& go_on = {});

  // Where copy number `ordinal` of a record lies.
  [[nodiscard]] std::string path_of(const Digest& record, std::uint32_t ordinal) const;

 private:
  friend class Sharing;
  std::string directory_;
  // Held shared where an object gets a link, exclusively where one without is removed.
  std::shared_mutex lock_;
};

// The files of one layer that is being made, on their way to their objects.
class Sharing {
 public:
  // `scratch` is a directory of the same file system, outside of the layer's root.
  Sharing(Objects& objects, runtime::Fd scratch);

  // A layer that will lie below: what it has under another path is not shared with this one, or two paths of
  // one stack would be one inode.
  void avoid(runtime::Fd root, const Inventory& inventory);
  // Puts the object in the place of a file that was just made. False where there is none to take. `parent` is
  // the directory that `path`, which is clean, is in.
  bool share(const runtime::Fd& parent, const std::string& path, const Digest& record,
             const struct stat& own);
  // Makes objects of the files that were not shared. To be called when all of them are on the disk.
  void publish(const runtime::Fd& root, const Inventory& inventory);

 private:
  enum class Taken { kYes, kNone, kUnfit };
  Taken take(const std::string& object, const runtime::Fd& parent, const std::string& path,
             const Digest& record, const struct stat& own);
  [[nodiscard]] bool is_below(ino_t inode, const std::string& path, const Digest& record) const;
  void publish_one(const runtime::Fd& root, const Listed& listed);

  struct Below {
    std::size_t root;  // of roots_
    std::string path;
  };

  Objects& objects_;
  runtime::Fd scratch_;
  std::vector<runtime::Fd> roots_;
  std::multimap<Digest, Below> below_;
  std::map<Digest, std::uint32_t> next_;  // first copy of a record that this layer has not looked at
  std::unordered_set<ino_t> shared_;      // objects that it has taken
};

}  // namespace croft::templates
