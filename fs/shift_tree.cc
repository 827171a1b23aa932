// Other owners for a tree in place: what a clone by snapshot and what was unpacked from an archive need.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "fs/copy_tree.h"
#include "fs/tree_files.h"
#include "runtime/error.h"

namespace croft::fs {
namespace {

using runtime::Fd;

struct Shift {
  Fd top;
  std::string shown;
  IdRange range;
  CopyCounter counter;
  std::vector<std::string> pending{"."};  // directories, as paths below the top
  std::set<ino_t> done{};                 // inodes with several names
};

using Attributes = std::vector<std::pair<std::string, std::string>>;

// Those that name an id. They are read before the owner is changed, which takes capabilities away.
Attributes with_ids(const Attributes& all, const IdRange& range) {
  Attributes changed;
  for (const auto& [name, value] : all) {
    if (name != "security.capability" && !name.starts_with("system.posix_acl_")) continue;
    if (auto shifted = shifted_attribute(name, value, range)) changed.emplace_back(name, *std::move(shifted));
  }
  return changed;
}

void shift_entry(Shift& shift, const Fd& parent, const std::string& name, const std::string& path) {
  const std::string shown = shift.shown + "/" + path;
  struct stat info {};
  if (fstatat(parent.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0)
    runtime::fail_errno("cannot look at `" + shown + "`");
  if (S_ISDIR(info.st_mode) && name != ".") return shift.pending.push_back(path);
  if (!S_ISDIR(info.st_mode) && info.st_nlink > 1 && !shift.done.insert(info.st_ino).second) return;
  shift.counter.count();
  const std::string place = path_in(parent, name);
  const Attributes attributes = with_ids(attributes_of(place, shown), shift.range);
  if (fchownat(parent.get(), name.c_str(), shifted_id(info.st_uid, shift.range),
               shifted_id(info.st_gid, shift.range), AT_SYMLINK_NOFOLLOW) != 0)
    runtime::fail_errno("cannot give `" + shown + "` another owner");
  // Once more: the change of owner took set-id bits off.
  if (!S_ISLNK(info.st_mode) && fchmodat(parent.get(), name.c_str(), info.st_mode & 07777, 0) != 0)
    runtime::fail_errno("cannot set the mode of `" + shown + "`");
  for (const auto& [key, value] : attributes)
    if (lsetxattr(place.c_str(), key.c_str(), value.data(), value.size(), 0) != 0)
      runtime::fail_errno("cannot set attributes of `" + shown + "`");
}

}  // namespace

void shift_tree(const std::string& top, const IdRange& range, const CopyWatch& watch) {
  Shift shift{runtime::open_file(top, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), top, range, CopyCounter(watch)};
  while (!shift.pending.empty()) {
    const std::string path = std::move(shift.pending.back());
    shift.pending.pop_back();
    const Fd directory = open_below(shift.top, path, top + "/" + path);
    for_names_in(directory, top + "/" + path,
                 [&](const std::string& name) { shift_entry(shift, directory, name, joined(path, name)); });
    shift_entry(shift, directory, ".", path);
  }
}

}  // namespace croft::fs
