#include "fs/pool_dir.h"

#include <sys/stat.h>
#include <unistd.h>

#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::fs {
namespace {

using runtime::Error;
using runtime::ErrorKind;

void make_owned(const std::string& path, mode_t mode, uid_t owner) {
  if (mkdir(path.c_str(), mode) != 0) runtime::fail_errno("cannot make directory `" + path + "`");
  const runtime::Fd fd = runtime::open_file(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  // The mode once more: mkdir(2) takes the umask off.
  if (fchown(fd.get(), owner, owner) != 0 || fchmod(fd.get(), mode) != 0)
    runtime::fail_errno("cannot set the owner of `" + path + "`");
}

void make_own_directory(const std::string& path) {
  if (mkdir(path.c_str(), 0700) == 0) return;
  if (errno != EEXIST) runtime::fail_errno("cannot make directory `" + path + "`");
  throw Error(ErrorKind::kExists, "there are files of a container in `" + path + "` already")
      .cure("let the daemon's recovery remove them, or move them away");
}

// Only what the container writes is its project's: the host's own files beside it, as the console's log, are
// not. Both directories have one project, because overlay renames from one into the other.
void bound_files(const MakeContainerFiles& files) {
  if (files.quotas == nullptr || !files.quotas->kept()) return;
  for (const std::string& path : {files.paths.upper, files.paths.work})
    files.quotas->give(runtime::open_file(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), files.root_id);
  files.quotas->set(files.root_id, files.limits);
}

}  // namespace

ContainerPaths container_paths(const std::string& containers, const std::string& uuid) {
  if (uuid.empty() || uuid == "." || uuid == ".." || uuid.find('/') != std::string::npos)
    throw Error(ErrorKind::kInvalid, "`" + uuid + "` cannot be the name of a container's directory");
  const std::string directory = containers + "/" + uuid;
  return {directory, directory + "/upper", directory + "/work"};
}

runtime::Description MakeContainerFiles::describe() const {
  return {"make files", paths.directory, "owner " + std::to_string(root_id)};
}

void MakeContainerFiles::apply() const {
  runtime::make_directories(paths.directory.substr(0, paths.directory.rfind('/')), 0700);
  make_own_directory(paths.directory);
  try {
    make_owned(paths.upper, 0755, root_id);
    make_owned(paths.work, 0700, root_id);
    bound_files(*this);
  } catch (...) {
    undo();
    throw;
  }
}

void MakeContainerFiles::undo() const noexcept {
  try {
    if (quotas != nullptr && quotas->kept()) quotas->set(root_id, {});
    remove_container_files(paths);
  } catch (const std::exception&) {
    // What cannot be removed now, recovery finds by its name: no container of this uuid is registered.
    return;
  }
}

void remove_container_files(const ContainerPaths& paths) {
  runtime::remove_tree(paths.directory);
}

}  // namespace croft::fs
