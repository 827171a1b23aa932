#include "templates/objects.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/error.h"

namespace croft::templates {
namespace {

using runtime::Error;
using runtime::fail_errno;
using runtime::Fd;

constexpr std::size_t kShardDigits = 2;  // 256 directories
constexpr const char* kLinkName = "link";

std::vector<std::string> names_in(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir(path.c_str()), closedir);
  if (!stream && errno == ENOENT) return {};
  if (!stream) fail_errno("cannot list `" + path + "`");
  std::vector<std::string> names;
  while (const dirent* entry = readdir(stream.get()))
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  return names;
}

bool same_facts(const struct stat& one, const struct stat& other) {
  return one.st_mode == other.st_mode && one.st_uid == other.st_uid && one.st_gid == other.st_gid &&
         one.st_size == other.st_size && one.st_mtim.tv_sec == other.st_mtim.tv_sec &&
         one.st_mtim.tv_nsec == other.st_mtim.tv_nsec;
}

bool is_inode(const std::string& path, const struct stat& wanted) {
  const int before = errno;
  struct stat info {};
  const bool same = lstat(path.c_str(), &info) == 0 && info.st_ino == wanted.st_ino;
  errno = before;
  return same;
}

bool unused(const std::string& path, struct stat& info) {
  return lstat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && info.st_nlink == 1;
}

}  // namespace

Objects::Objects(std::string directory) : directory_(std::move(directory)) {
  runtime::make_directories(directory_, 0700);
}

std::string Objects::path_of(const Digest& record, std::uint32_t ordinal) const {
  const std::string hex = to_hex(record);
  std::string path = directory_ + "/" + hex.substr(0, kShardDigits) + "/" + hex.substr(kShardDigits);
  if (ordinal > 0) path += "." + std::to_string(ordinal);
  return path;
}

Objects::Unused Objects::sweep(bool only_count, const std::function<bool()>& go_on) {
  Unused found;
  for (const std::string& shard : names_in(directory_)) {
    if (go_on && !go_on()) break;
    for (const std::string& name : names_in(directory_ + "/" + shard)) {
      const std::string path = directory_ + "/" + shard + "/" + name;
      struct stat info {};
      if (!unused(path, info)) continue;
      if (!only_count) {
        const std::scoped_lock held(lock_);
        if (!unused(path, info)) continue;  // taken meanwhile
        if (unlink(path.c_str()) != 0) fail_errno("cannot remove `" + path + "`");
      }
      ++found.files;
      found.bytes += static_cast<std::uint64_t>(info.st_blocks) * 512;
    }
  }
  return found;
}

Sharing::Sharing(Objects& objects, Fd scratch) : objects_(objects), scratch_(std::move(scratch)) {}

void Sharing::avoid(Fd root, const Inventory& inventory) {
  for (const Listed& listed : inventory)
    if (listed.bytes > 0) below_.emplace(listed.record, Below{roots_.size(), listed.path});
  roots_.push_back(std::move(root));
}

bool Sharing::is_below(ino_t inode, const std::string& path, const Digest& record) const {
  for (auto [at, end] = below_.equal_range(record); at != end; ++at) {
    struct stat info {};
    const Fd& root = roots_[at->second.root];
    if (at->second.path != path &&
        fstatat(root.get(), at->second.path.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 && info.st_ino == inode)
      return true;
  }
  return false;
}

bool Sharing::share(const Fd& parent, const std::string& path, const Digest& record, const struct stat& own) {
  for (std::uint32_t& ordinal = next_[record];; ++ordinal) {
    const Taken taken = take(objects_.path_of(record, ordinal), parent, path, record, own);
    if (taken == Taken::kNone) return false;
    if (taken == Taken::kUnfit) continue;
    ++ordinal;
    return true;
  }
}

// An object that a fault of the disk made differ is left alone: `verify` tells of it.
Sharing::Taken Sharing::take(const std::string& object, const Fd& parent, const std::string& path,
                             const Digest& record, const struct stat& own) {
  const std::shared_lock held(objects_.lock_);
  struct stat info {};
  if (lstat(object.c_str(), &info) != 0) {
    if (errno == ENOENT) return Taken::kNone;
    fail_errno("cannot look at `" + object + "`");
  }
  if (!same_facts(info, own) || is_below(info.st_ino, path, record)) return Taken::kUnfit;
  if (linkat(AT_FDCWD, object.c_str(), scratch_.get(), kLinkName, 0) != 0) {
    if (errno == EMLINK) return Taken::kUnfit;
    fail_errno("cannot link `" + object + "`");
  }
  const std::string name(name_of(path));
  if (renameat(scratch_.get(), kLinkName, parent.get(), name.c_str()) != 0)
    fail_errno("cannot put a link to `" + object + "` in place");
  shared_.insert(info.st_ino);
  return Taken::kYes;
}

void Sharing::publish(const Fd& root, const Inventory& inventory) {
  std::unordered_set<std::uint32_t> done;
  for (const Listed& listed : inventory)
    if (listed.bytes > 0 && done.insert(listed.node).second) publish_one(root, listed);
}

void Sharing::publish_one(const Fd& root, const Listed& listed) {
  struct stat info {};
  if (fstatat(root.get(), listed.path.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0)
    fail_errno("cannot look at " + shown(listed.path));
  if (!S_ISREG(info.st_mode) || shared_.contains(info.st_ino)) return;
  for (std::uint32_t& ordinal = next_[listed.record];; ++ordinal) {
    const std::string object = objects_.path_of(listed.record, ordinal);
    if (linkat(root.get(), listed.path.c_str(), AT_FDCWD, object.c_str(), 0) == 0) break;
    if (errno == EMLINK) return;                           // of the archive's own making; it stays as it is
    if (errno == EEXIST && is_inode(object, info)) break;  // of a layer that has objects already
    if (errno == ENOENT) {
      runtime::make_directories(object.substr(0, object.rfind('/')), 0700);
      --ordinal;  // once more
    } else if (errno != EEXIST) {
      fail_errno("cannot make object `" + object + "`");
    }
  }
  ++next_[listed.record];
}

}  // namespace croft::templates
