#include "templates/repair.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "runtime/error.h"
#include "templates/recorder.h"
#include "templates/walk.h"
#include "templates/xattr.h"

namespace croft::templates {
namespace {

using runtime::Error;
using runtime::fail_errno;
using runtime::Fd;

constexpr std::uint32_t kMaxCopies = 64;  // of one record that are looked for
constexpr std::size_t kBlock = 65536;

bool has_record(const std::string& path, const Digest& record) {
  try {
    const std::size_t slash = path.rfind('/');
    const Fd parent = runtime::open_file(path.substr(0, slash), O_PATH | O_DIRECTORY);
    Recorder recorder;
    Report ignored;
    read_entry(parent, path.substr(slash + 1), ignored, recorder);
    return recorder.finish().at(0).record == record;
  } catch (const Error&) {  // cannot be read, or is gone
    return false;
  }
}

bool same_inode(const std::string& one, const std::string& other) {
  struct stat first {};
  struct stat second {};
  return lstat(one.c_str(), &first) == 0 && lstat(other.c_str(), &second) == 0 &&
         first.st_ino == second.st_ino && first.st_dev == second.st_dev;
}

std::string block_at(const Fd& fd, off_t at) {
  std::string bytes(kBlock, '\0');
  const ssize_t got = pread(fd.get(), bytes.data(), bytes.size(), at);
  bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return bytes;
}

void write_block(const Fd& fd, const std::string& bytes, off_t at) {
  if (pwrite(fd.get(), bytes.data(), bytes.size(), at) != static_cast<ssize_t>(bytes.size()))
    fail_errno("cannot write");
}

void copy_attributes(const Fd& from, const Fd& to, const std::string& path) {
  for (const Xattr& xattr : xattrs_of(to, path))
    if (refused_xattr(xattr, EntryType::kFile).empty() && fremovexattr(to.get(), xattr.name.c_str()) != 0)
      fail_errno("cannot remove an attribute");
  for (const Xattr& xattr : xattrs_of(from, path))
    if (refused_xattr(xattr, EntryType::kFile).empty() &&
        fsetxattr(to.get(), xattr.name.c_str(), xattr.value.data(), xattr.value.size(), 0) != 0)
      fail_errno("cannot set an attribute");
}

void copy_over(const std::string& source, const std::string& path) {
  const Fd from = runtime::open_file(source, O_RDONLY | O_NOFOLLOW);
  const Fd to = runtime::open_file(path, O_RDWR | O_NOFOLLOW);
  struct stat info {};
  if (fstat(from.get(), &info) != 0) fail_errno("cannot look at `" + source + "`");
  if (ftruncate(to.get(), info.st_size) != 0) fail_errno("cannot set the size of `" + path + "`");
  for (off_t at = 0; at < info.st_size; at += static_cast<off_t>(kBlock)) {
    const std::string good = block_at(from, at);
    if (block_at(to, at) != good) write_block(to, good, at);
  }
  if (fchown(to.get(), info.st_uid, info.st_gid) != 0) fail_errno("cannot set the owner");
  copy_attributes(from, to, path);
  if (fchmod(to.get(), info.st_mode & 07777) != 0) fail_errno("cannot set the mode");
  const timespec times[2] = {info.st_atim, info.st_mtim};
  if (futimens(to.get(), times) != 0 || fsync(to.get()) != 0) fail_errno("cannot flush `" + path + "`");
}

}  // namespace

std::vector<std::string> copies_of(const Store& store, const Digest& record) {
  std::vector<std::string> paths;
  for (std::uint32_t i = 0; i < kMaxCopies; ++i) {
    std::string path = store.objects().path_of(record, i);
    if (runtime::exists(path)) paths.push_back(std::move(path));
  }
  for (const Layer& layer : store.layers()) {
    try {
      for (const Listed& listed : store.inventory(layer.id))
        if (listed.record == record) paths.push_back(store.root_path(layer.id) + "/" + listed.path);
    } catch (const Error&) {  // one without a list
      continue;
    }
  }
  return paths;
}

bool mend_file(const std::string& path, const Digest& record, const std::vector<std::string>& copies) {
  if (has_record(path, record)) return true;  // mended under another of its names
  const auto good = std::find_if(copies.begin(), copies.end(), [&](const std::string& copy) {
    return !same_inode(copy, path) && has_record(copy, record);
  });
  if (good == copies.end()) return false;
  try {
    copy_over(*good, path);
  } catch (const Error& error) {
    if (error.error_number() == ETXTBSY) return false;
    throw;
  }
  return has_record(path, record);
}

}  // namespace croft::templates
