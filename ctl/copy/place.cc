#include "ctl/copy/place.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/error.h"
#include "templates/bounds.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::fail_errno;
using runtime::Fd;
using templates::Entry;
using templates::EntryType;

void require(int result, const char* action) {
  if (result != 0) fail_errno(action);
}

Fd open_beneath(const Fd& base, std::string_view path, int flags) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const std::string name = path.empty() ? "." : std::string(path);
  return Fd(static_cast<int>(syscall(SYS_openat2, base.get(), name.c_str(), &how, sizeof how)));
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

void hold_to(std::uint64_t value, std::uint64_t bound, const char* what) {
  if (value > bound)
    throw Error(ErrorKind::kExhausted, "there are more than " + std::to_string(bound) + " " + what);
}

void set_xattrs(const Fd& file, const Entry& entry) {
  for (const templates::Xattr& xattr : entry.xattrs)
    if (xattr.name.starts_with("user.") &&
        fsetxattr(file.get(), xattr.name.c_str(), xattr.value.data(), xattr.value.size(), 0) != 0 &&
        errno != EOPNOTSUPP)
      fail_errno("cannot set its attribute " + templates::shown(xattr.name));
}

}  // namespace

Place::Place(Fd base, std::string name, const PlaceRules& rules)
    : base_(std::move(base)), name_(std::move(name)), rules_(rules) {}

Place::~Place() {
  if (!passing_.empty()) unlinkat(parent_.get(), passing_.c_str(), 0);
}

std::string Place::passing_name() const {
  return ".croft-copy-" + std::to_string(getpid()) + "-" + std::to_string(entries_);
}

std::string Place::here(const std::string& path) const {
  if (name_.empty()) return path;
  if (path.empty()) throw Error(ErrorKind::kInvalid, "the content of a directory needs a directory to go to");
  const std::size_t slash = path.find('/');
  return slash == std::string::npos ? name_ : name_ + path.substr(slash);
}

void Place::begin(Entry entry) {
  current_ = std::move(entry);
  const std::string told = current_.path;
  try {
    hold_to(++entries_, rules_.bounds.entries, "entries");
    name_bytes_ += current_.path.size() + current_.target.size();
    hold_to(name_bytes_, rules_.bounds.name_bytes, "bytes of names");
    current_.path = here(current_.path);
    if (current_.type == EntryType::kHardlink) current_.target = here(current_.target);
    make();
  } catch (Error& error) {
    throw error.wrap("entry " + templates::shown(told));
  }
}

void Place::make() {
  switch (current_.type) {
    case EntryType::kDirectory:
      return make_directory();
    case EntryType::kFile:
      return make_file();
    case EntryType::kSymlink:
      return make_symlink();
    case EntryType::kHardlink:
      return make_link();
    default:
      ++left_out_;
  }
}

Fd Place::directory(std::string_view path) {
  Fd found = open_beneath(base_, path, O_PATH);
  if (found) return found;
  if (errno == ELOOP || errno == ENOTDIR)
    throw Error(ErrorKind::kRefused,
                templates::shown(path) + " is or passes through a symbolic link or a file")
        .cure("copy to where it leads");
  if (errno != ENOENT || path.empty()) fail_errno("cannot open the directory " + templates::shown(path));
  const Fd above = directory(templates::parent_of(path));
  if (mkdirat(above.get(), std::string(templates::name_of(path)).c_str(), 0755) != 0 && errno != EEXIST)
    fail_errno("cannot make the directory " + templates::shown(path));
  found = open_beneath(base_, path, O_PATH);
  if (!found) fail_errno("cannot open the directory " + templates::shown(path));
  return found;
}

void Place::make_directory() {
  if (current_.path.empty()) return;
  parent_ = directory(templates::parent_of(current_.path));
  const std::string name(templates::name_of(current_.path));
  const bool made = mkdirat(parent_.get(), name.c_str(), 0700) == 0;
  if (!made && errno != EEXIST) fail_errno("cannot make it");
  const Fd there = open_beneath(base_, current_.path, made ? O_RDONLY : O_PATH);
  if (!there) fail_errno("cannot put a directory there");
  if (!made) return;
  set_xattrs(there, current_);
  current_.xattrs.clear();  // what waits for the end is bounded by the names' bytes
  made_.push_back(current_);
}

void Place::make_file() {
  if (current_.path.empty()) throw Error(ErrorKind::kInvalid, "a file without a name");
  parent_ = directory(templates::parent_of(current_.path));
  const std::string passing = passing_name();
  file_.reset(
      openat(parent_.get(), passing.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file_) fail_errno("cannot make it");
  passing_ = passing;
}

void Place::make_symlink() {
  if (current_.path.empty()) throw Error(ErrorKind::kInvalid, "a symbolic link without a name");
  parent_ = directory(templates::parent_of(current_.path));
  const std::string passing = passing_name();
  require(symlinkat(current_.target.c_str(), parent_.get(), passing.c_str()), "cannot make it");
  passing_ = passing;
  const auto [uid, gid] = owner_of(current_);
  require(fchownat(parent_.get(), passing.c_str(), uid, gid, AT_SYMLINK_NOFOLLOW), "cannot set its owner");
  appear();
}

void Place::make_link() {
  if (!files_.contains(current_.target) || current_.target == current_.path)
    throw Error(ErrorKind::kInvalid, "it is a hard link to " + templates::shown(current_.target) +
                                         ", which does not come before it");
  const Fd from = directory(templates::parent_of(current_.target));
  parent_ = directory(templates::parent_of(current_.path));
  const std::string passing = passing_name();
  require(linkat(from.get(), std::string(templates::name_of(current_.target)).c_str(), parent_.get(),
                 passing.c_str(), 0),
          "cannot make this hard link");
  passing_ = passing;
  appear();
}

// rename(2) leaves both names alone where they are one file already.
void Place::appear() {
  const std::string name(templates::name_of(current_.path));
  require(renameat(parent_.get(), passing_.c_str(), parent_.get(), name.c_str()), "cannot put it there");
  unlinkat(parent_.get(), passing_.c_str(), 0);
  passing_.clear();
  files_.insert(current_.path);
}

std::pair<uid_t, gid_t> Place::owner_of(const Entry& entry) const {
  if (rules_.owner) return *rules_.owner;
  if (!rules_.keep_owner) return {geteuid(), getegid()};
  for (const std::int64_t id : {entry.uid, entry.gid})
    if (id < 0 || id > templates::kMaxId)
      throw Error(ErrorKind::kInvalid, "its owner is " + std::to_string(id) + ", which a container has not")
          .cure("say whose it is to be: --chown 0:0");
  return {static_cast<uid_t>(entry.uid), static_cast<gid_t>(entry.gid)};
}

// The owner first: that takes set-user-id bits away.
void Place::give(const Fd& file, const Entry& entry) const {
  const auto [uid, gid] = owner_of(entry);
  require(fchown(file.get(), uid, gid), "cannot set its owner");
  set_xattrs(file, entry);
  require(fchmod(file.get(), entry.mode & rules_.modes), "cannot set its mode");
  const timespec times[2] = {entry.mtime, entry.mtime};
  require(futimens(file.get(), times), "cannot set its time");
}

void Place::data(std::uint64_t offset, std::string_view bytes) {
  try {
    if (!file_) return;
    if (offset > current_.size || bytes.size() > current_.size - offset)
      throw Error(ErrorKind::kInvalid, "its data lies outside of its size");
    data_bytes_ += bytes.size();
    hold_to(data_bytes_, rules_.bounds.data_bytes, "bytes of data");
    if (bytes.find_first_not_of('\0') != std::string_view::npos) write_at(file_, offset, bytes);
  } catch (Error& error) {
    throw error.wrap("entry " + templates::shown(current_.path));
  }
}

void Place::end() {
  if (!file_) return;
  try {
    require(ftruncate(file_.get(), static_cast<off_t>(current_.size)), "cannot set its size");
    give(file_, current_);
    appear();
    file_.reset();
  } catch (Error& error) {
    throw error.wrap("entry " + templates::shown(current_.path));
  }
}

void Place::finish() {
  for (auto entry = made_.rbegin(); entry != made_.rend(); ++entry) {
    const Fd made = open_beneath(base_, entry->path, O_RDONLY);
    if (!made) fail_errno("cannot open the directory " + templates::shown(entry->path));
    give(made, *entry);
  }
}

}  // namespace croft::ctl
