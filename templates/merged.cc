#include "templates/merged.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "runtime/error.h"
#include "templates/bounds.h"
#include "templates/entry.h"
#include "templates/xattr.h"

namespace croft::templates {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;

constexpr int kMaxLinks = 40;  // as the kernel has it

using Place = std::vector<Fd>;  // the directories that are one, uppermost first
using Components = std::deque<std::string>;

class Resolver {
 public:
  Resolver(const std::vector<Fd>& layers, std::string_view path, int flags) : path_(path), flags_(flags) {
    Place& root = places_.emplace_back();
    for (const Fd& layer : layers) root.push_back(runtime::open_at(layer, ".", O_RDONLY | O_DIRECTORY));
    push_front(path);
  }
  Fd run();

 private:
  struct Found {
    Place directories;
    std::optional<std::size_t> other;  // which directory of the place has something else of that name
    bool symlink = false;
  };
  Found find(const Place& place, const std::string& name) const;
  void follow(const Fd& directory, const std::string& name);
  void push_front(std::string_view path);
  [[noreturn]] void missing() const {
    throw Error(ErrorKind::kNotFound, "there is no " + shown(path_) + " in the template");
  }

  std::string path_;
  int flags_;
  int links_ = 0;
  std::vector<Place> places_;  // from the root to where we are
  Components rest_;
};

void Resolver::push_front(std::string_view path) {
  Components parts;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(part.size() == path.size() ? path.size() : part.size() + 1);
    if (!part.empty() && part != ".") parts.emplace_back(part);
  }
  rest_.insert(rest_.begin(), parts.begin(), parts.end());
}

Resolver::Found Resolver::find(const Place& place, const std::string& name) const {
  Found found;
  for (std::size_t i = 0; i < place.size(); ++i) {
    struct stat info {};
    if (fstatat(place[i].get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) continue;
      runtime::fail_errno("cannot look at " + shown(path_));
    }
    if (S_ISCHR(info.st_mode) && info.st_rdev == makedev(0, 0)) break;
    if (!S_ISDIR(info.st_mode)) {
      if (found.directories.empty()) found.other = i;
      found.symlink = S_ISLNK(info.st_mode);
      break;
    }
    const Fd& one =
        found.directories.emplace_back(runtime::open_at(place[i], name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    char mark = 0;
    if (fgetxattr(one.get(), kOpaqueMark, &mark, 1) == 1 && mark == 'y') break;
  }
  return found;
}

void Resolver::follow(const Fd& directory, const std::string& name) {
  if (++links_ > kMaxLinks) throw Error(ErrorKind::kInvalid, shown(path_) + " leads through too many links");
  std::string target(kMaxPathLength + 1, '\0');
  const ssize_t size = readlinkat(directory.get(), name.c_str(), target.data(), target.size());
  if (size < 0) runtime::fail_errno("cannot read a link on the way to " + shown(path_));
  target.resize(static_cast<std::size_t>(size));
  if (target.starts_with('/')) places_.resize(1);
  push_front(target);
}

Fd Resolver::run() {
  while (!rest_.empty()) {
    const std::string name = std::move(rest_.front());
    rest_.pop_front();
    if (name == "..") {
      if (places_.size() > 1) places_.pop_back();
      continue;
    }
    Found found = find(places_.back(), name);
    if (!found.directories.empty()) {
      places_.push_back(std::move(found.directories));
    } else if (!found.other) {
      missing();
    } else if (found.symlink) {
      follow(places_.back()[*found.other], name);
    } else {
      if (!rest_.empty()) missing();
      return runtime::open_at(places_.back()[*found.other], name, flags_ | O_NOFOLLOW);
    }
  }
  throw Error(ErrorKind::kInvalid, shown(path_) + " is a directory");
}

}  // namespace

Fd open_merged(const std::vector<Fd>& layers, std::string_view path, int flags) {
  return Resolver(layers, path, flags).run();
}

}  // namespace croft::templates
