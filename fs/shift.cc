#include "fs/shift.h"

#include <linux/limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <map>
#include <utility>

#include "fs/copy_content.h"
#include "fs/copy_tree.h"
#include "fs/shift_ids.h"
#include "fs/tree_files.h"
#include "runtime/error.h"

namespace croft::fs {
namespace {

using runtime::Error;
using runtime::Fd;

struct Copy {
  Fd source;
  Fd target;
  std::string shown;  // path of the source
  IdRange range;
  const CopyWatch& watch;
  CopyCounter counter{watch};
  std::vector<std::string> pending{"."};  // directories that are made but not filled, as paths below the top
  std::map<std::pair<dev_t, ino_t>, std::string>
      linked{};  // inodes with several names: where the first one lies
};

// One entry of a directory that is being filled.
struct Entry {
  const Copy& copy;
  const Fd& from;
  const Fd& to;
  std::string name;
  std::string path;  // below the top
  struct stat info {};

  [[nodiscard]] std::string shown() const { return copy.shown + "/" + path; }
  [[noreturn]] void fail(const char* what) const {
    runtime::fail_errno(std::string("cannot ") + what + " `" + shown() + "`");
  }
};

void copy_attributes(const Entry& entry) {
  const std::string from = path_in(entry.from, entry.name);
  const std::string to = path_in(entry.to, entry.name);
  for (const auto& [name, value] : attributes_of(from, entry.shown())) {
    const auto shifted = shifted_attribute(name, value, entry.copy.range);
    if (shifted && lsetxattr(to.c_str(), name.c_str(), shifted->data(), shifted->size(), 0) != 0)
      entry.fail("set attributes of the copy of");
  }
}

// Owner first: changing it clears set-id bits and capabilities. Times last: everything else changes them.
void copy_metadata(const Entry& entry) {
  const uid_t uid = shifted_id(entry.info.st_uid, entry.copy.range);
  const gid_t gid = shifted_id(entry.info.st_gid, entry.copy.range);
  if (fchownat(entry.to.get(), entry.name.c_str(), uid, gid, AT_SYMLINK_NOFOLLOW) != 0)
    entry.fail("own the copy of");
  // The copies lie in a directory of ours alone, so that nobody can put a link where a file was.
  if (!S_ISLNK(entry.info.st_mode) &&
      fchmodat(entry.to.get(), entry.name.c_str(), entry.info.st_mode & 07777, 0) != 0)
    entry.fail("set the mode of the copy of");
  copy_attributes(entry);
  const std::array<timespec, 2> times{entry.info.st_atim, entry.info.st_mtim};
  if (utimensat(entry.to.get(), entry.name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0)
    entry.fail("set the times of the copy of");
}

void copy_regular(const Entry& entry) {
  const Fd from(openat(entry.from.get(), entry.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!from) entry.fail("open");
  const Fd to(
      openat(entry.to.get(), entry.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!to) entry.fail("make a copy of");
  copy_content(from, to, entry.info.st_size, entry.shown(), entry.copy.watch.apart);
}

void copy_symlink(const Entry& entry) {
  std::string content(PATH_MAX, '\0');
  const ssize_t size = readlinkat(entry.from.get(), entry.name.c_str(), content.data(), content.size());
  if (size < 0) entry.fail("read link");
  content.resize(static_cast<std::size_t>(size));
  if (symlinkat(content.c_str(), entry.to.get(), entry.name.c_str()) != 0) entry.fail("make a copy of");
}

void copy_node(const Entry& entry) {
  // Fifos, sockets, and overlay's whiteouts: the character device 0:0, which opens nothing.
  if (mknodat(entry.to.get(), entry.name.c_str(), entry.info.st_mode & S_IFMT, 0) != 0)
    entry.fail("make a copy of");
}

bool is_device(const struct stat& info) {
  return S_ISBLK(info.st_mode) || (S_ISCHR(info.st_mode) && info.st_rdev != makedev(0, 0));
}

// True when the entry is a further name of a file that is copied already.
bool copy_link(Copy& copy, const Entry& entry) {
  if (entry.info.st_nlink < 2 || S_ISDIR(entry.info.st_mode)) return false;
  const auto [first, is_new] = copy.linked.try_emplace({entry.info.st_dev, entry.info.st_ino}, entry.path);
  if (is_new) return false;
  if (linkat(copy.target.get(), first->second.c_str(), entry.to.get(), entry.name.c_str(), 0) != 0)
    entry.fail("link the copy of");
  return true;
}

void copy_entry(Copy& copy, Entry& entry) {
  copy.counter.count();
  if (fstatat(entry.from.get(), entry.name.c_str(), &entry.info, AT_SYMLINK_NOFOLLOW) != 0)
    entry.fail("look at");
  if (is_device(entry.info) || copy_link(copy, entry)) return;
  if (S_ISDIR(entry.info.st_mode)) {
    if (mkdirat(entry.to.get(), entry.name.c_str(), 0700) != 0) entry.fail("make a copy of");
    copy.pending.push_back(entry.path);
    return;  // its metadata follows when it is full
  }
  if (S_ISREG(entry.info.st_mode))
    copy_regular(entry);
  else if (S_ISLNK(entry.info.st_mode))
    copy_symlink(entry);
  else
    copy_node(entry);
  copy_metadata(entry);
}

void fill_directory(Copy& copy, const std::string& path) {
  const std::string shown = copy.shown + "/" + path;
  const Fd from = open_below(copy.source, path, shown);
  const Fd to = open_below(copy.target, path, shown);
  for_names_in(from, shown, [&](const std::string& name) {
    Entry entry{copy, from, to, name, joined(path, name)};
    copy_entry(copy, entry);
  });
  Entry self{copy, from, to, ".", path};
  if (fstat(from.get(), &self.info) != 0) self.fail("look at");
  copy_metadata(self);
}

// Where a copy grows until all are whole.
std::string part(const std::string& directory, std::size_t index) {
  return shifted_layer(directory, index) + ".part";
}

// Gives all copies their names once they are on the disk, the top one last: where that exists, everything is
// whole.
void publish(const std::string& directory, std::size_t count) {
  if (syncfs(runtime::open_file(directory, O_RDONLY | O_DIRECTORY).get()) != 0)
    runtime::fail_errno("cannot flush `" + directory + "`");
  for (std::size_t i = count; i > 0; --i)
    if (rename(part(directory, i - 1).c_str(), shifted_layer(directory, i - 1).c_str()) != 0)
      runtime::fail_errno("cannot rename `" + part(directory, i - 1) + "`");
}

}  // namespace

std::string shifted_layer(const std::string& directory, std::size_t index) {
  return directory + "/lower-" + std::to_string(index);
}

void copy_shifted(const std::string& source, const std::string& target, std::uint32_t base,
                  std::uint32_t size) {
  runtime::open_file(source, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);  // or why there is nothing to copy
  if (mkdir(target.c_str(), 0700) != 0) runtime::fail_errno("cannot make directory `" + target + "`");
  copy_tree(source, target, {base, size}, {});
}

void copy_tree(const std::string& source, const std::string& target, const IdRange& range,
               const CopyWatch& watch) {
  Copy copy{runtime::open_file(source, O_RDONLY | O_DIRECTORY | O_NOFOLLOW),
            runtime::open_file(target, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), source, range, watch};
  while (!copy.pending.empty()) {
    const std::string path = std::move(copy.pending.back());
    copy.pending.pop_back();
    fill_directory(copy, path);
  }
}

runtime::Description ShiftLayers::describe() const {
  return {"copy layers", directory,
          std::to_string(layers.size()) + " layers, owners from " + std::to_string(base)};
}

void ShiftLayers::apply() const {
  if (runtime::exists(shifted_layer(directory, 0)))
    throw Error(runtime::ErrorKind::kExists, "`" + directory + "` has copies of its layers already");
  undo();  // what an interrupted copy left
  try {
    for (std::size_t i = 0; i < layers.size(); ++i) copy_shifted(layers[i], part(directory, i), base, size);
    publish(directory, layers.size());
  } catch (...) {
    undo();
    throw;
  }
}

void ShiftLayers::undo() const noexcept {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    try {
      runtime::remove_tree(shifted_layer(directory, i));
      runtime::remove_tree(part(directory, i));
    } catch (const std::exception&) {
      continue;  // the container's directory is removed as a whole at the latest
    }
  }
}

}  // namespace croft::fs
