#include "fs/pool.h"

#include <dirent.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "fs/pool_kinds.h"
#include "runtime/error.h"
#include "runtime/fd.h"
#include "runtime/program.h"

namespace croft::fs {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::array<std::pair<PoolKind, std::string_view>, 4> kKinds{{{PoolKind::kDir, "dir"},
                                                                       {PoolKind::kXfs, "xfs"},
                                                                       {PoolKind::kExt4, "ext4"},
                                                                       {PoolKind::kBtrfs, "btrfs"}}};

// Also where a service has no PATH, or one without the programs of the administrator.
constexpr const char* kToolPath = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin";

void make_owned(const std::string& path, mode_t mode, uid_t owner) {
  if (mkdir(path.c_str(), mode) != 0) runtime::fail_errno("cannot make directory `" + path + "`");
  const runtime::Fd fd = runtime::open_file(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  // The mode once more: mkdir(2) takes the umask off.
  if (fchown(fd.get(), owner, owner) != 0 || fchmod(fd.get(), mode) != 0)
    runtime::fail_errno("cannot set the owner of `" + path + "`");
}

}  // namespace

std::string_view to_text(PoolKind kind) {
  for (const auto& [one, text] : kKinds)
    if (one == kind) return text;
  return "unknown";
}

std::optional<PoolKind> pool_kind_of(std::string_view text) {
  for (const auto& [kind, name] : kKinds)
    if (name == text) return kind;
  return std::nullopt;
}

ContainerPaths container_paths(const std::string& containers, const std::string& uuid) {
  return container_paths(containers, uuid, containers);
}

ContainerPaths container_paths(const std::string& containers, const std::string& uuid,
                               const std::string& place) {
  if (uuid.empty() || uuid == "." || uuid == ".." || uuid.find('/') != std::string::npos)
    throw Error(ErrorKind::kInvalid, "`" + uuid + "` cannot be the name of a container's directory");
  const std::string home = place + "/" + uuid;
  return {containers + "/" + uuid, home, home + "/upper", home + "/work"};
}

std::string file_system_of(const std::string& path) {
  struct statfs info {};
  if (statfs(path.c_str(), &info) != 0) runtime::fail_errno("cannot look at `" + path + "`");
  switch (static_cast<unsigned long>(info.f_type)) {
    case EXT4_SUPER_MAGIC:
      return "ext4";
    case XFS_SUPER_MAGIC:
      return "xfs";
    case BTRFS_SUPER_MAGIC:
      return "btrfs";
    case TMPFS_MAGIC:
      return "tmpfs";
    default:
      return "this file system";
  }
}

std::shared_ptr<const Pool> open_pool(PoolKind kind, const std::string& place) {
  return kind == PoolKind::kBtrfs ? open_btrfs_pool(place) : open_dir_pool(kind, place);
}

const PoolFormat& format_of(PoolKind kind) {
  switch (kind) {
    case PoolKind::kXfs:
      return xfs_format();
    case PoolKind::kExt4:
      return ext4_format();
    case PoolKind::kBtrfs:
      return btrfs_format();
    case PoolKind::kDir:
      break;
  }
  throw Error(ErrorKind::kUnsupported, "a pool of the kind `dir` has no file system of its own")
      .cure("leave the size out, or choose xfs, ext4 or btrfs");
}

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir(directory.c_str()), closedir);
  if (!stream) return names;
  while (const dirent* entry = readdir(stream.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  return names;
}

void run_tool(const std::vector<std::string>& argv, const char* package, int worst) {
  std::vector<std::string> full = argv;
  full.at(0) = runtime::find_program(argv[0], kToolPath);
  if (full[0].empty())
    throw Error(ErrorKind::kUnsupported, "there is no program `" + argv[0] + "`")
        .cure(std::string("apt-get install ") + package);
  const runtime::Ran ran = runtime::run_program(full, {std::string("PATH=") + kToolPath, "LC_ALL=C.UTF-8"});
  if (ran.status > worst)
    throw Error(ErrorKind::kSystem, "`" + argv[0] + "` failed with status " + std::to_string(ran.status) +
                                        (ran.complaint.empty() ? "" : ": " + ran.complaint));
}

std::string missing_tool(const PoolFormat& format) {
  const std::string& maker = format.ways.front().maker.front();
  return runtime::find_program(maker, kToolPath).empty() ? maker : "";
}

void make_empty_home(const Pool& pool, const ContainerPaths& paths, uid_t root_id) {
  pool.make_home(paths.home);
  make_owned(paths.upper, 0755, root_id);
  make_owned(paths.work, 0700, root_id);
}

runtime::Description MakeContainerFiles::describe() const {
  return {"make files", paths.home, "owner " + std::to_string(root_id)};
}

void MakeContainerFiles::apply() const {
  runtime::make_directories(paths.directory.substr(0, paths.directory.rfind('/')), 0700);
  if (paths.directory != paths.home) make_empty_directory(paths.directory);
  try {
    pool->make_home(paths.home);
  } catch (...) {
    if (paths.directory != paths.home) rmdir(paths.directory.c_str());
    throw;
  }
  try {
    make_owned(paths.upper, 0755, root_id);
    make_owned(paths.work, 0700, root_id);
    pool->count(paths, root_id);
    if (pool->counts(paths, root_id)) pool->limit(paths, root_id, limits);
  } catch (...) {
    undo();
    throw;
  }
}

void MakeContainerFiles::undo() const noexcept {
  try {
    pool->release(root_id);
    remove_container_files(paths, *pool);
  } catch (const std::exception&) {
    // What cannot be removed now, recovery finds by its name: no container of this uuid is registered.
    return;
  }
}

void remove_container_files(const ContainerPaths& paths, const Pool& pool) {
  pool.remove_home(paths.home, [] { return true; });
  runtime::remove_tree(paths.directory);
}

void Pool::clone(const std::string& from, const ContainerPaths& to, Project project, const IdRange& ids,
                 const CopyWatch& watch, const std::function<void()>& captured) const {
  make_empty_home(*this, to, ids.base);
  count(to, project);
  copy_tree(from + "/upper", to.upper, ids, watch);
  captured();
}

runtime::Description CloneContainerFiles::describe() const {
  return {"clone files", from, paths.home};
}

void CloneContainerFiles::apply() const {
  runtime::make_directories(paths.directory.substr(0, paths.directory.rfind('/')), 0700);
  if (paths.directory != paths.home) make_empty_directory(paths.directory);
  try {
    if (same_pool && !watch.apart)
      pool->clone(from, paths, project, ids, watch, captured);
    else
      pool->Pool::clone(from, paths, project, ids, watch, captured);
    if (syncfs(runtime::open_file(paths.home, O_RDONLY | O_DIRECTORY).get()) != 0)
      runtime::fail_errno("cannot flush `" + paths.home + "`");
  } catch (...) {
    undo();
    throw;
  }
}

void CloneContainerFiles::undo() const noexcept {
  try {
    remove_container_files(paths, *pool);
  } catch (const std::exception&) {  // as in MakeContainerFiles
    return;
  }
}

runtime::Description SetQuota::describe() const {
  const auto text = [](const std::optional<std::uint64_t>& limit) {
    return limit ? std::to_string(*limit) : std::string("unlimited");
  };
  return {"limit", "the disk of " + object, text(after.bytes) + " bytes, " + text(after.inodes) + " inodes"};
}

void SetQuota::undo() const noexcept {
  try {
    pool->limit(paths, project, before);
  } catch (const std::exception&) {  // the daemon's next start sets what the registry says
    return;
  }
}

}  // namespace croft::fs
