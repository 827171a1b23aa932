#include "templates/walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/error.h"
#include "templates/bounds.h"
#include "templates/xattr.h"

namespace croft::templates {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::fail_errno;
using runtime::Fd;

constexpr std::size_t kBuffer = std::size_t{256} << 10;

class Walker {
 public:
  Walker(Report& report, Sink& sink, Reading reading, std::uint32_t base)
      : report_(report), sink_(sink), reading_(reading), base_(base), buffer_(kBuffer) {}
  void run(const Fd& source);
  void child(const Fd& parent, const std::string& name, const std::string& path);

 private:
  [[nodiscard]] Entry entry_of(const struct stat& info, const std::string& path) const;
  void take_xattrs(const Fd& fd, Entry& entry) const;
  void directory(const Fd& fd, const std::string& path);
  void subdirectory(const Fd& parent, const std::string& name, Entry entry);
  void file(const Fd& parent, const std::string& name, Entry entry, const struct stat& seen);
  void copy_data(const Fd& fd, std::uint64_t size, const std::string& path);
  bool link_to_older(const struct stat& info, Entry& entry);

  // Overlay's, of layers on the disk.
  [[nodiscard]] bool has_marks() const { return reading_ == Reading::kLayer || reading_ == Reading::kUpper; }

  Report& report_;
  Sink& sink_;
  Reading reading_;
  std::uint32_t base_;
  std::vector<char> buffer_;
  dev_t device_ = 0;
  std::map<std::pair<dev_t, ino_t>, std::string> linked_;  // first path of every file with several links
};

EntryType type_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return EntryType::kFile;
    case S_IFDIR:
      return EntryType::kDirectory;
    case S_IFLNK:
      return EntryType::kSymlink;
    case S_IFIFO:
      return EntryType::kFifo;
    case S_IFSOCK:
      return EntryType::kSocket;
    default:
      return EntryType::kDevice;
  }
}

constexpr std::int64_t kNobody = 65534;

// What only the host owns, inside is nobody's.
std::int64_t inner_id(std::uint32_t id, std::uint32_t base) {
  return id >= base && id - base <= kMaxId ? id - base : kNobody;
}

Entry Walker::entry_of(const struct stat& info, const std::string& path) const {
  Entry entry;
  entry.path = path;
  entry.type = type_of(info.st_mode);
  if (has_marks() && S_ISCHR(info.st_mode) && info.st_rdev == makedev(0, 0))
    entry.type = EntryType::kWhiteout;
  entry.mode = info.st_mode & 07777;
  entry.uid = reading_ == Reading::kUpper ? inner_id(info.st_uid, base_) : info.st_uid;
  entry.gid = reading_ == Reading::kUpper ? inner_id(info.st_gid, base_) : info.st_gid;
  entry.mtime = info.st_mtim;
  if (entry.type == EntryType::kFile) entry.size = static_cast<std::uint64_t>(info.st_size);
  return entry;
}

struct stat facts_of(const Fd& fd, const std::string& path) {
  struct stat info {};
  if (fstat(fd.get(), &info) != 0) fail_errno("cannot stat " + shown(path));
  return info;
}

// Overlay's own marks mean nothing elsewhere, but for the one that hides.
void Walker::take_xattrs(const Fd& fd, Entry& entry) const {
  entry.xattrs = xattrs_of(fd, entry.path);
  if (!has_marks()) return;
  for (Xattr& xattr : entry.xattrs) {
    if (xattr.name == kOpaqueMark && xattr.value == "y") entry.opaque = true;
    if (reading_ == Reading::kUpper) xattr.value = unshifted_value(xattr.name, std::move(xattr.value), base_);
  }
  std::erase_if(entry.xattrs, [](const Xattr& xattr) { return xattr.name.starts_with("trusted.overlay."); });
}

std::string read_link(const Fd& parent, const std::string& name, const std::string& path) {
  std::string text(kMaxPathLength + 1, '\0');
  const ssize_t size = readlinkat(parent.get(), name.c_str(), text.data(), text.size());
  if (size < 0) fail_errno("cannot read the symbolic link " + shown(path));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::vector<std::string> names_in(const Fd& fd, const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(fd.duplicate().release()), closedir);
  if (!stream) fail_errno("cannot list " + shown(path));
  rewinddir(stream.get());
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
    if (names.size() > kMaxEntries) throw Error(ErrorKind::kExhausted, shown(path) + " has too many entries");
    errno = 0;
  }
  if (errno != 0) fail_errno("cannot list " + shown(path));
  std::sort(names.begin(), names.end());  // the same order, so the same messages, every time
  return names;
}

void Walker::run(const Fd& source) {
  const struct stat info = facts_of(source, "/");
  if (!S_ISDIR(info.st_mode)) throw Error(ErrorKind::kInvalid, "the source is not a directory");
  const Fd root = runtime::open_at(source, ".", O_RDONLY | O_DIRECTORY);  // the caller's may be O_PATH
  device_ = info.st_dev;
  Entry entry = entry_of(info, "");
  take_xattrs(root, entry);
  sink_.begin(std::move(entry));
  directory(root, "");
}

void Walker::directory(const Fd& fd, const std::string& path) {
  for (const std::string& name : names_in(fd, path)) {
    std::string below = path;
    below.append("/").append(name);
    child(fd, name, clean_path(below));
  }
}

void Walker::child(const Fd& parent, const std::string& name, const std::string& path) {
  struct stat info {};
  if (fstatat(parent.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0)
    fail_errno("cannot stat " + shown(path));
  Entry entry = entry_of(info, path);
  if (entry.type == EntryType::kDirectory) return subdirectory(parent, name, std::move(entry));
  if (link_to_older(info, entry)) return sink_.begin(std::move(entry));
  if (entry.type == EntryType::kFile) return file(parent, name, std::move(entry), info);
  if (entry.type == EntryType::kSymlink) entry.target = read_link(parent, name, path);
  sink_.begin(std::move(entry));
}

bool Walker::link_to_older(const struct stat& info, Entry& entry) {
  if (info.st_nlink < 2 || entry.type == EntryType::kDevice || entry.type == EntryType::kSocket) return false;
  if (entry.type == EntryType::kWhiteout) return false;  // overlay makes all of them one inode
  const auto [first, is_new] = linked_.emplace(std::pair(info.st_dev, info.st_ino), entry.path);
  if (is_new) return false;
  entry.type = EntryType::kHardlink;
  entry.target = first->second;
  return true;
}

void Walker::subdirectory(const Fd& parent, const std::string& name, Entry entry) {
  const Fd fd = runtime::open_at(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  const std::string path = entry.path;
  const struct stat info = facts_of(fd, path);
  entry = entry_of(info, path);
  const bool other = info.st_dev != device_;
  if (other)
    note(report_, "another file system is mounted at " + shown(path) + ": its content is left out");
  else
    take_xattrs(fd, entry);
  sink_.begin(std::move(entry));
  if (!other) directory(fd, path);
}

void Walker::file(const Fd& parent, const std::string& name, Entry entry, const struct stat& seen) {
  // A fifo put in the file's place meanwhile must not block us.
  const Fd fd = runtime::open_at(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  const std::string path = entry.path;
  const struct stat before = facts_of(fd, path);
  if (before.st_ino != seen.st_ino || before.st_dev != seen.st_dev || !S_ISREG(before.st_mode))
    throw Error(ErrorKind::kBusy, shown(path) + " was replaced while the directory was read");
  entry = entry_of(before, path);
  take_xattrs(fd, entry);
  const std::uint64_t size = entry.size;
  sink_.begin(std::move(entry));
  // What is cached may be better than what is on the disk.
  if (reading_ == Reading::kLayer) posix_fadvise(fd.get(), 0, 0, POSIX_FADV_DONTNEED);
  copy_data(fd, size, path);
  sink_.end();
  if (reading_ == Reading::kLive) return;
  const struct stat after = facts_of(fd, path);
  if (after.st_size != before.st_size || after.st_mtim.tv_sec != before.st_mtim.tv_sec ||
      after.st_mtim.tv_nsec != before.st_mtim.tv_nsec)
    throw Error(ErrorKind::kBusy, shown(path) + " changed while it was read");
}

void Walker::copy_data(const Fd& fd, std::uint64_t size, const std::string& path) {
  std::uint64_t at = 0;
  while (at < size) {
    const off_t data = lseek(fd.get(), static_cast<off_t>(at), SEEK_DATA);
    if (data < 0 && errno == ENXIO) return;  // only a hole is left
    if (data < 0) fail_errno("cannot seek in " + shown(path));
    const off_t hole = lseek(fd.get(), data, SEEK_HOLE);
    if (hole < 0 && errno == ENXIO) return;  // became shorter meanwhile; noticed by the caller
    if (hole < 0) fail_errno("cannot seek in " + shown(path));
    at = static_cast<std::uint64_t>(data);
    const std::uint64_t end = std::min(static_cast<std::uint64_t>(hole), size);
    while (at < end) {
      const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer_.size(), end - at));
      const ssize_t got = pread(fd.get(), buffer_.data(), wanted, static_cast<off_t>(at));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail_errno("cannot read " + shown(path));
      if (got == 0) return;  // became shorter; noticed by the caller
      sink_.data(at, {buffer_.data(), static_cast<std::size_t>(got)});
      at += static_cast<std::uint64_t>(got);
    }
  }
}

}  // namespace

std::vector<Xattr> xattrs_of(const Fd& fd, const std::string& path) {
  std::string names(kMaxXattrBytes, '\0');
  const ssize_t size = flistxattr(fd.get(), names.data(), names.size());
  if (size < 0 && errno == EOPNOTSUPP) return {};
  if (size < 0) fail_errno("cannot list the attributes of " + shown(path));
  names.resize(static_cast<std::size_t>(size));
  std::vector<Xattr> xattrs;
  for (std::size_t at = 0; at < names.size(); at += xattrs.back().name.size() + 1) {
    Xattr xattr{names.c_str() + at, std::string(kMaxXattrBytes, '\0')};
    const ssize_t length = fgetxattr(fd.get(), xattr.name.c_str(), xattr.value.data(), xattr.value.size());
    if (length < 0) fail_errno("cannot read the attribute " + shown(xattr.name) + " of " + shown(path));
    xattr.value.resize(static_cast<std::size_t>(length));
    xattrs.push_back(std::move(xattr));
  }
  return xattrs;
}

void read_directory(const Fd& source, Report& report, Sink& sink, Reading reading, std::uint32_t base) {
  Walker(report, sink, reading, base).run(source);
}

void read_entry(const Fd& parent, const std::string& name, Report& report, Sink& sink, Reading reading) {
  Walker(report, sink, reading, 0).child(parent, name, clean_path(name));
}

}  // namespace croft::templates
