// Pools: where containers' own files lie. A pool is a directory, on a file system that is there or on one of
// Croft's own in a file (fs/pool_image.h); each container has a home in it. What the kinds do differently is
// behind these two: Pool for homes, PoolFormat for the file system. pool_of and format_of choose, once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fs/copy_tree.h"
#include "fs/quota.h"
#include "runtime/change.h"

namespace croft::fs {

enum class PoolKind {
  kDir,    // plain directories, on any file system that an overlay can write to
  kXfs,    // the same, with quotas of projects; contents are shared by reflink
  kExt4,   // the same, with quotas of projects
  kBtrfs,  // a subvolume for each container, with a limit of its quota group
};
std::string_view to_text(PoolKind kind);
std::optional<PoolKind> pool_kind_of(std::string_view text);

// Where things lie that belong to one container.
struct ContainerPaths {
  std::string directory;  // D/containers/UUID, 0700 root: the host's own files about it
  std::string home;       // in its pool; of the default pool the same directory
  std::string upper;      // in the home: what the container wrote; becomes the overlay's upper directory
  std::string work;       // in the home: the overlay's scratch
  bool operator==(const ContainerPaths&) const = default;
};
// `containers` is D/containers, `place` the pool's directory; without one the same. Throws Error kInvalid
// when `uuid` is not a plain file name.
ContainerPaths container_paths(const std::string& containers, const std::string& uuid);
ContainerPaths container_paths(const std::string& containers, const std::string& uuid,
                               const std::string& place);

// How one resource of homes is limited.
struct Bound {
  std::string how;     // "quota of a project for each container, xfs"; empty: it is not
  std::string absent;  // why not
  std::string cure;
  [[nodiscard]] bool kept() const { return absent.empty(); }
};

class Pool {
 public:
  virtual ~Pool() = default;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  [[nodiscard]] const std::string& place() const { return place_; }  // homes are PLACE/UUID
  [[nodiscard]] virtual Bound bytes() const = 0;
  [[nodiscard]] virtual Bound inodes() const = 0;

  // An empty directory of root's that becomes a home; kExists when it is there.
  virtual void make_home(const std::string& home) const = 0;
  // All that is in it goes, however hostile. A missing one is no error. May take long: asks `go_on`.
  virtual void remove_home(const std::string& home, const std::function<bool()>& go_on) const = 0;
  // From here on what is written in upper and work counts. They are empty. Nothing where nothing is kept.
  virtual void count(const ContainerPaths& paths, Project project) const = 0;
  // Whether it was called for this home, so that the rest can be.
  [[nodiscard]] virtual bool counts(const ContainerPaths& paths, Project project) const = 0;
  // Limits below what is used let nothing more be written until enough is removed.
  virtual void limit(const ContainerPaths& paths, Project project, const QuotaLimits& limits) const = 0;
  [[nodiscard]] virtual QuotaLimits limits(const ContainerPaths& paths, Project project) const = 0;
  [[nodiscard]] virtual QuotaUse use(const ContainerPaths& paths, Project project) const = 0;
  // The next one that has this project begins without limits. Can be called when the home is gone.
  virtual void release(Project project) const = 0;

  // What the container wrote, as it is now, at `to`, which must not be there while its parent is. Of btrfs it
  // costs the same however much that is; elsewhere it is a copy, which shares its blocks where the file
  // system can (xfs). It counts for no project. What is left when it throws, remove_home takes away.
  virtual void snapshot(const ContainerPaths& paths, const std::string& to, const CopyWatch& watch) const = 0;
  // What the container wrote becomes what it was when the snapshot was made, at one moment: a kill before it
  // leaves the one, a kill after it the other, and for tidy() what is in the way. Nothing in it runs, and no
  // limit is in force.
  virtual void restore(const std::string& snapshot, const ContainerPaths& paths, Project project,
                       const CopyWatch& watch) const = 0;
  // What a home of this pool, or a snapshot, holds becomes what a new container wrote: the home of `to` is
  // made, with owners moved as `ids` says, and counts for `project` without a limit. `captured` is called as
  // soon as the original may change again. Nothing of the original's scratch is taken over. What is left when
  // it throws, remove_home takes away.
  virtual void clone(const std::string& from, const ContainerPaths& to, Project project, const IdRange& ids,
                     const CopyWatch& watch, const std::function<void()>& captured) const;
  // Removes what an interrupted restore left.
  virtual void tidy(const ContainerPaths& paths) const = 0;

 protected:
  explicit Pool(std::string place) : place_(std::move(place)) {}

 private:
  std::string place_;
};

// `place` must be there. Throws Error kUnsupported, with a cure, when its file system is none for the kind,
// or for an overlay's upper directory.
std::shared_ptr<const Pool> open_pool(PoolKind kind, const std::string& place);

// Does once what an overlay does in its upper directory. Throws Error kUnsupported with what is missing.
void check_overlay_upper(const std::string& place);
// Refuses a pool in another subvolume of the btrfs that `layers` lie on: equal numbers of inodes in both
// would make programs take two files for one.
void check_apart(const std::string& place, const std::string& layers, PoolKind kind);

// A file system that Croft can make in a file.
struct PoolFormat {
  const char* type;     // as mount(2) calls it
  const char* package;  // Debian's, that has the programs
  // Attempts at making and mounting it, the best first: what the kernel cannot mount is made otherwise.
  struct Way {
    std::vector<std::string> maker;  // program and arguments; the image comes last
    std::string options;             // of the mount
  };
  std::vector<Way> ways;
  // Repairs what an unclean end left where mounting does not. Throws Error.
  void (*check)(const std::string& image);
  // Once, when it is mounted for the first time.
  void (*prepare)(const std::string& place);
  // To the size of its device, which is `bytes`, while it is in use.
  void (*grow)(const std::string& place, std::uint64_t bytes);
};
// Throws Error kUnsupported for kDir.
const PoolFormat& format_of(PoolKind kind);
const PoolFormat& xfs_format();
const PoolFormat& ext4_format();
const PoolFormat& btrfs_format();

// Names in a directory that only the host fills; none when it is not there.
std::vector<std::string> names_in(const std::string& directory);
// Runs a program of the host; `package` is named when it is not there. Throws Error with its complaint when
// its status is above `worst`.
void run_tool(const std::vector<std::string>& argv, const char* package, int worst = 0);
// Empty when all programs of the format are there; else what is missing.
std::string missing_tool(const PoolFormat& format);
// A home with nothing in it but empty upper and work, which counts for nothing yet. It can be restored from
// as if it were a snapshot: then the container has written nothing.
void make_empty_home(const Pool& pool, const ContainerPaths& paths, uid_t root_id);

// Makes the container's directory and its home with upper (0755) and work (0700), both owned by the
// container's root on the host, `root_id`, and limited where the pool can. Parents are made when they are
// missing. An existing directory is an Error kExists. Undo removes everything in them. In this order a kill
// at any moment leaves what recovery finds by its name.
struct MakeContainerFiles {
  ContainerPaths paths;
  uid_t root_id = 0;
  std::shared_ptr<const Pool> pool;
  QuotaLimits limits{};

  [[nodiscard]] runtime::Description describe() const;
  void apply() const;
  void undo() const noexcept;
};

// A new container's files as a copy of those of another, or of a snapshot: where both are in one pool with
// what that pool has for it, else file by file. Not limited yet. Undo removes everything. As for
// MakeContainerFiles recovery finds by its name what a kill left.
struct CloneContainerFiles {
  ContainerPaths paths;
  Project project = 0;
  std::shared_ptr<const Pool> pool;
  std::string from;  // with `upper` in it
  bool same_pool = true;
  IdRange ids{};
  CopyWatch watch{};
  std::function<void()> captured{};

  [[nodiscard]] runtime::Description describe() const;
  void apply() const;
  void undo() const noexcept;
};

// Removes all files of a container (runtime::remove_tree). The container must have no process left. Blocks
// for as long as the tree is large.
void remove_container_files(const ContainerPaths& paths, const Pool& pool);

// Other limits for a home; undo sets those from before.
struct SetQuota {
  std::shared_ptr<const Pool> pool;
  std::string object;  // whose it is, for people
  ContainerPaths paths;
  Project project = 0;
  QuotaLimits before;
  QuotaLimits after;

  [[nodiscard]] runtime::Description describe() const;
  void apply() const { pool->limit(paths, project, after); }
  void undo() const noexcept;
};

}  // namespace croft::fs
