#include "ctl/copy/pack.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <memory>

#include "runtime/error.h"
#include "templates/entry.h"
#include "templates/walk.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;

struct Found {
  Fd parent;
  std::string name;  // "." for the content of a directory
  struct stat info {};
};

Found find(const Fd& root, std::string path) {
  const bool must_be_directory = path.ends_with('/');
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  const std::size_t slash = path.rfind('/');
  Found found{{}, path.substr(slash + 1)};
  if (found.name.empty()) found.name = ".";
  if (found.name == "..")
    throw Error(ErrorKind::kInvalid, "`" + path + "` has no name of its own")
        .cure("name it, or its content: " + path + "/.");
  const std::string above = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  try {
    found.parent = runtime::open_in_root(root, above, O_PATH | O_DIRECTORY);
  } catch (Error& error) {
    throw error.wrap("cannot find `" + path + "`");
  }
  if (fstatat(found.parent.get(), found.name.c_str(), &found.info, AT_SYMLINK_NOFOLLOW) != 0)
    runtime::fail_errno("cannot find `" + path + "`");
  if (must_be_directory && !S_ISDIR(found.info.st_mode))
    throw Error(ErrorKind::kInvalid, "`" + path + "` is no directory").cure("leave the slash away");
  return found;
}

void pack_one(const Fd& root, const std::string& path, templates::ArchiveWriter& writer,
              templates::Report& report) {
  const Found found = find(root, path);
  if (!S_ISDIR(found.info.st_mode))
    return templates::read_entry(found.parent, found.name, report, *writer.below("."),
                                 templates::Reading::kLive);
  const Fd directory = runtime::open_at(found.parent, found.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  templates::read_directory(directory, report, *writer.below(found.name), templates::Reading::kLive);
}

std::string kind_of(const struct stat& info) {
  if (S_ISDIR(info.st_mode)) return "a directory";
  if (S_ISLNK(info.st_mode)) return "a symbolic link";
  if (S_ISREG(info.st_mode)) return "a file of " + std::to_string(info.st_size) + " bytes";
  return "which is no file, and left out";
}

}  // namespace

void pack(const Fd& root, const std::vector<std::string>& paths, const Fd& to, templates::Packing packing,
          const templates::Control& control, templates::Report& report) {
  templates::ArchiveWriter writer(to, control, packing);
  for (const std::string& path : paths) pack_one(root, path, writer, report);
  writer.finish();
}

std::string describe_source(const Fd& root, const std::string& path) {
  return "from " + templates::shown(path) + ", " + kind_of(find(root, path).info);
}

}  // namespace croft::ctl
