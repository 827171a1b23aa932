#include "ctl/copy/destination.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "runtime/error.h"
#include "templates/entry.h"

namespace croft::ctl {

using runtime::Error;

Destination find_destination(const runtime::Fd& root, const std::string& path, bool into) {
  try {
    return {runtime::open_in_root(root, path, O_PATH | O_DIRECTORY), ""};
  } catch (Error& error) {
    if (error.error_number() != ENOENT && error.error_number() != ENOTDIR) throw;
    if (into || path.empty() || path.back() == '/')
      throw error.cure("it has to be a directory that is there");
  }
  const std::size_t slash = path.rfind('/');
  const std::string above = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  std::string name = path.substr(slash + 1);
  if (name == "." || name == "..")
    throw Error(runtime::ErrorKind::kNotFound, "there is no directory `" + path + "`")
        .cure("make it, or give the copy a name");
  try {
    return {runtime::open_in_root(root, above, O_PATH | O_DIRECTORY), std::move(name)};
  } catch (Error& error) {
    throw error.wrap("cannot copy to `" + path + "`");
  }
}

std::string describe_destination(const Destination& destination, const std::string& path) {
  const std::string shown = templates::shown(path);
  if (destination.name.empty()) return "into " + shown;
  struct stat info {};
  const bool there =
      fstatat(destination.base.get(), destination.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0;
  return (there ? "in place of " : "as ") + shown;
}

}  // namespace croft::ctl
