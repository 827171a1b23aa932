#include "templates/unpack.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "runtime/error.h"
#include "templates/xattr.h"

namespace croft::templates {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::fail_errno;
using runtime::Fd;

constexpr std::int64_t kProgressEveryMs = 100;

// A directory of the layer, reached without any symlink on the way (openat2(2), Linux >= 5.6).
Fd open_beneath(const Fd& root, std::string_view path, int flags) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  const std::string name = path.empty() ? "." : std::string(path);
  Fd fd(static_cast<int>(syscall(SYS_openat2, root.get(), name.c_str(), &how, sizeof how)));
  if (!fd) fail_errno("cannot open directory " + shown(path));
  return fd;
}

void require(int result, const char* action) {
  if (result != 0) fail_errno(action);
}

// chown first: it takes set-user-id bits and capabilities away. chmod after the ACL, whose mask it agrees
// with.
void apply_facts(const Fd& fd, const Entry& entry) {
  require(fchown(fd.get(), static_cast<uid_t>(entry.uid), static_cast<gid_t>(entry.gid)),
          "cannot set its owner");
  for (const Xattr& xattr : entry.xattrs)
    if (fsetxattr(fd.get(), xattr.name.c_str(), xattr.value.data(), xattr.value.size(), 0) != 0)
      fail_errno("cannot set its attribute " + shown(xattr.name));
  require(fchmod(fd.get(), entry.mode), "cannot set its mode");
  const timespec times[2] = {entry.mtime, entry.mtime};
  require(futimens(fd.get(), times), "cannot set its time");
}

Entry implied_directory(std::string path) {
  Entry entry;
  entry.path = std::move(path);
  entry.type = EntryType::kDirectory;
  entry.mode = 0755;
  return entry;
}

void write_at(const Fd& fd, std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = pwrite(fd.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail_errno("cannot write its data");
    bytes.remove_prefix(static_cast<std::size_t>(put));
    offset += static_cast<std::uint64_t>(put);
  }
}

Error too_much(const char* what, std::uint64_t bound) {
  return Error(ErrorKind::kExhausted, std::string("the source has more than ") + std::to_string(bound) + " " +
                                          what + ", which is this importer's bound");
}

std::string place(const std::string& path) {
  return path.empty() ? "the root directory" : shown(path);
}

}  // namespace

Unpacker::Unpacker(const Fd& root, const Control& control, Report& report, Sharing* sharing)
    : root_(root), control_(control), report_(report), sharing_(sharing) {}

void Unpacker::begin(Entry entry) {
  current_ = std::move(entry);
  file_end_ = 0;
  file_bytes_ = 0;
  try {
    check(current_);
    charge(current_);
    if (current_.type == EntryType::kDevice || current_.type == EntryType::kSocket)
      return leave_out(current_);
    if (is_hidden(current_)) return;
    drop_xattrs(current_);
    create(current_);
  } catch (Error& error) {
    throw error.wrap("entry " + place(current_.path));
  }
}

void Unpacker::check(const Entry& entry) const {
  for (const std::int64_t id : {entry.uid, entry.gid})
    if (id < 0 || id > kMaxId)
      throw Error(ErrorKind::kInvalid, "its owner is " + std::to_string(entry.uid) + ":" +
                                           std::to_string(entry.gid) +
                                           ", but a container has only ids 0 to " + std::to_string(kMaxId));
  if (entry.mtime.tv_nsec < 0 || entry.mtime.tv_nsec > 999'999'999)
    throw Error(ErrorKind::kInvalid, "its time is broken");
  if (entry.path.empty() && entry.type != EntryType::kDirectory)
    throw Error(ErrorKind::kInvalid, "it is not a directory");
  if (entry.type == EntryType::kSymlink && (entry.target.empty() || entry.target.size() > kMaxPathLength))
    throw Error(ErrorKind::kInvalid, "the text of this symbolic link is empty or too long");
}

void Unpacker::charge(const Entry& entry) {
  tick();
  if (++entries_ > control_.bounds.entries) throw too_much("entries", control_.bounds.entries);
  name_bytes_ += entry.path.size() + entry.target.size();
  if (name_bytes_ > control_.bounds.name_bytes) throw too_much("bytes of names", control_.bounds.name_bytes);
}

void Unpacker::leave_out(const Entry& entry) {
  const bool device = entry.type == EntryType::kDevice;
  ++(device ? report_.devices : report_.sockets);
  note(report_, (device ? "device node " : "socket ") + shown(entry.path) + " left out");
}

void Unpacker::drop_xattrs(Entry& entry) {
  if (entry.xattrs.size() > kMaxXattrs)
    throw Error(ErrorKind::kExhausted,
                "it has more than " + std::to_string(kMaxXattrs) + " extended attributes");
  settle(entry, [&](const Xattr& xattr, const std::string& reason) {
    note(report_, "attribute " + shown(xattr.name) + " of " + place(entry.path) + " left out: " + reason);
  });
  for (const Xattr& xattr : entry.xattrs) {
    xattr_bytes_ += xattr.name.size() + xattr.value.size();
    // libarchive gives the group's own bits instead of the mask's; chmod would then cut the mask down to
    // them.
    if (xattr.name == "system.posix_acl_access")
      if (const auto mask = mask_of_acl(xattr.value))
        entry.mode = (entry.mode & 07707U) | (mode_t{*mask} << 3);
  }
  if (xattr_bytes_ > kMaxXattrTotal) throw too_much("bytes of extended attributes", kMaxXattrTotal);
}

void Unpacker::create(const Entry& entry) {
  if (!entry.path.empty()) {
    make_parents(parent_of(entry.path));
    if (entry.type == EntryType::kHardlink) return make_link(entry);
    replace_older(entry);
    create_by_name(entry);
  }
  if (entry.type == EntryType::kDirectory) directories_[entry.path] = entry;
  if (entry.type != EntryType::kFile) remember(entry, {});
}

void Unpacker::create_by_name(const Entry& entry) {
  const Fd& parent = parent_directory(parent_of(entry.path));
  const std::string name(name_of(entry.path));
  switch (entry.type) {
    case EntryType::kDirectory:
      if (!items_.contains(entry.path)) require(mkdirat(parent.get(), name.c_str(), 0700), "cannot make it");
      return;
    case EntryType::kFile:
      file_.reset(
          openat(parent.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
      if (!file_) fail_errno("cannot make it");
      return;
    case EntryType::kSymlink:
      require(symlinkat(entry.target.c_str(), parent.get(), name.c_str()), "cannot make it");
      break;
    case EntryType::kFifo:
      require(mknodat(parent.get(), name.c_str(), S_IFIFO | 0600, 0), "cannot make it");
      break;
    case EntryType::kWhiteout:
      require(mknodat(parent.get(), name.c_str(), S_IFCHR, makedev(0, 0)), "cannot make a whiteout of it");
      return;
    default:
      throw Error(ErrorKind::kSystem, "its type cannot be made");
  }
  require(fchownat(parent.get(), name.c_str(), static_cast<uid_t>(entry.uid), static_cast<gid_t>(entry.gid),
                   AT_SYMLINK_NOFOLLOW),
          "cannot set its owner");
  // Just made by us under this name, so not a symlink; and a mode cannot be set through O_PATH.
  if (entry.type == EntryType::kFifo)
    require(fchmodat(parent.get(), name.c_str(), entry.mode, 0), "cannot set its mode");
  const timespec times[2] = {entry.mtime, entry.mtime};
  require(utimensat(parent.get(), name.c_str(), times, AT_SYMLINK_NOFOLLOW), "cannot set its time");
}

void Unpacker::make_parents(std::string_view path) {
  if (path.empty()) return;
  const auto item = items_.find(std::string(path));
  const bool whiteout = item != items_.end() && item->second.type == EntryType::kWhiteout;
  if (item != items_.end() && !whiteout) {
    if (item->second.type == EntryType::kDirectory) return;
    throw Error(ErrorKind::kInvalid,
                "its path passes through " + shown(path) + ", which is " +
                    (item->second.type == EntryType::kSymlink ? "a symbolic link" : "no directory"));
  }
  make_parents(parent_of(path));
  make_implied(path, whiteout);
}

void Unpacker::make_implied(std::string_view path, bool opaque) {
  std::optional<Entry> below;
  if (implied_ && !opaque) below = implied_(std::string(path));
  Entry entry = below ? *std::move(below) : implied_directory(std::string(path));
  entry.opaque = opaque;
  charge(entry);
  check(entry);
  drop_xattrs(entry);
  create(entry);
}

void Unpacker::make_opaque(const std::string& path) {
  make_parents(path);
  Entry entry = path.empty() && !directories_.contains(path) ? implied_directory("") : directories_.at(path);
  if (std::exchange(entry.opaque, true)) return;
  drop_xattrs(entry);
  create(entry);
}

// A whiteout speaks of lower layers only: beside an entry of its own layer it says no more than that a
// directory shows nothing of them.
bool Unpacker::is_hidden(Entry& entry) {
  const auto older = items_.find(entry.path);
  if (older == items_.end()) return false;
  if (entry.type == EntryType::kDirectory) {
    const auto directory = directories_.find(entry.path);
    entry.opaque |= older->second.type == EntryType::kWhiteout ||
                    (directory != directories_.end() && directory->second.opaque);
    return false;
  }
  if (entry.type != EntryType::kWhiteout) return false;
  if (older->second.type == EntryType::kDirectory) make_opaque(entry.path);
  return true;
}

void Unpacker::replace_older(const Entry& entry) {
  const auto older = items_.find(entry.path);
  if (older == items_.end()) return;
  const bool directory = older->second.type == EntryType::kDirectory;
  if (directory && entry.type == EntryType::kDirectory) return;
  const Fd& parent = parent_directory(parent_of(entry.path));
  const std::string name(name_of(entry.path));
  if (unlinkat(parent.get(), name.c_str(), directory ? AT_REMOVEDIR : 0) != 0) {
    if (errno == ENOTEMPTY)
      throw Error(ErrorKind::kInvalid,
                  "it comes a second time and would replace a directory that has entries");
    fail_errno("cannot replace it");
  }
  if (directory) directories_.erase(entry.path);
  if (parent_path_ == entry.path) parent_.reset();
  items_.erase(older);
}

void Unpacker::make_link(const Entry& entry) {
  const auto target = items_.find(entry.target);
  if (entry.target == entry.path || target == items_.end() || target->second.type == EntryType::kWhiteout)
    throw Error(ErrorKind::kInvalid,
                "it is a hard link to " + shown(entry.target) + ", which does not come before it");
  if (target->second.type == EntryType::kDirectory)
    throw Error(ErrorKind::kInvalid, "it is a hard link to the directory " + shown(entry.target));
  const Item item = target->second;
  replace_older(entry);
  const Fd from = open_beneath(root_, parent_of(entry.target), O_PATH);
  const Fd& to = parent_directory(parent_of(entry.path));
  require(linkat(from.get(), std::string(name_of(entry.target)).c_str(), to.get(),
                 std::string(name_of(entry.path)).c_str(), 0),
          "cannot make this hard link");
  items_[entry.path] = item;
}

const Fd& Unpacker::parent_directory(std::string_view path) {
  if (!parent_ || parent_path_ != path) {
    parent_ = open_beneath(root_, path, O_PATH);
    parent_path_ = path;
  }
  return parent_;
}

void Unpacker::data(std::uint64_t offset, std::string_view bytes) {
  try {
    tick();
    if (!file_) throw Error(ErrorKind::kInvalid, "it has data but is no file");
    if (offset < file_end_ || offset > current_.size || bytes.size() > current_.size - offset)
      throw Error(ErrorKind::kInvalid, "its data lies outside of its size");
    data_bytes_ += bytes.size();
    if (data_bytes_ > control_.bounds.data_bytes) throw too_much("bytes of data", control_.bounds.data_bytes);
    write_at(file_, offset, bytes);
    content_.add(offset, bytes);
    file_end_ = offset + bytes.size();
    file_bytes_ += bytes.size();
  } catch (Error& error) {
    throw error.wrap("entry " + place(current_.path));
  }
}

void Unpacker::end() {
  try {
    if (!file_) return;
    if (file_end_ < current_.size)
      require(ftruncate(file_.get(), static_cast<off_t>(current_.size)), "cannot set its size");
    apply_facts(file_, current_);
    remember(current_, content_.finish(current_.size));
    if (sharing_ != nullptr && file_bytes_ > 0) share(current_, nodes_.back().record);
    file_.reset();
  } catch (Error& error) {
    throw error.wrap("entry " + place(current_.path));
  }
}

void Unpacker::share(const Entry& entry, const Digest& record) {
  struct stat own {};
  require(fstat(file_.get(), &own), "cannot look at it");
  sharing_->share(parent_directory(parent_of(entry.path)), entry.path, record, own);
}

void Unpacker::remember(const Entry& entry, const Digest& content) {
  items_[entry.path] = {entry.type, static_cast<std::uint32_t>(nodes_.size())};
  nodes_.push_back({record_of(sha_, entry, content), entry.type == EntryType::kFile ? file_bytes_ : 0});
}

void Unpacker::apply_directories() {
  for (const auto& [path, entry] : directories_) {
    try {
      apply_facts(open_beneath(root_, path, O_RDONLY), entry);
    } catch (Error& error) {
      throw error.wrap("entry " + place(path));
    }
  }
}

Unpacker::Result Unpacker::finish() {
  if (entries_ == 0) throw Error(ErrorKind::kInvalid, "the source has no entries");
  if (!directories_.contains("")) make_implied("", false);
  apply_directories();
  Result result;
  std::vector<bool> counted(nodes_.size());
  for (const auto& [path, item] : items_) {
    const Node& node = nodes_[item.node];
    result.inventory.push_back({path, item.type, item.node, node.size, node.record});
    if (!counted[item.node]) result.size_bytes += node.size;
    counted[item.node] = true;
  }
  std::sort(result.inventory.begin(), result.inventory.end(),
            [](const Listed& a, const Listed& b) { return a.path < b.path; });
  result.files = items_.size() - 1;
  result.id = layer_id(result.inventory);
  return result;
}

void Unpacker::tick(const char* what) {
  if (control_.cancelled != nullptr && *control_.cancelled) throw Error(ErrorKind::kConflict, "cancelled");
  if (!control_.progress) return;
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  const std::int64_t ms = now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
  if (ms - last_progress_ms_ < kProgressEveryMs) return;
  last_progress_ms_ = ms;
  control_.progress({what, -1, entries_, data_bytes_});
}

}  // namespace croft::templates
