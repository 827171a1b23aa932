#include "ctl/cli/backup_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <memory>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr const char* kTime = "%Y%m%d-%H%M%S";
constexpr std::string_view kSuffix = ".croft.tar.zst";

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

[[noreturn]] void fail_existing(const std::string& path) {
  throw Error(ErrorKind::kExists, "there is a file `" + path + "` already")
      .cure("name another one, or a directory");
}

}  // namespace

std::string backup_name(const std::string& tenant, const std::string& name, std::int64_t time) {
  const std::time_t seconds = time;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), kTime, &parts);
  return tenant + "_" + name + "_" + text.data() + std::string(kSuffix);
}

std::optional<std::int64_t> backup_time(std::string_view file, const std::string& tenant,
                                        const std::string& name) {
  const std::string begin = tenant + "_" + name + "_";
  if (!file.starts_with(begin)) return {};
  const std::string time(file.substr(begin.size(), 15));
  std::tm parts{};
  if (strptime(time.c_str(), kTime, &parts) == nullptr) return {};
  const std::int64_t seconds = timegm(&parts);
  if (backup_name(tenant, name, seconds) != file) return {};
  return seconds;
}

NamelessFile::NamelessFile(std::string path) : path_(std::move(path)) {
  if (faccessat(AT_FDCWD, path_.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0) fail_existing(path_);
  const std::string directory = parent_of(path_);
  fd_ = runtime::Fd(open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (fd_) return;
  if (errno == EOPNOTSUPP || errno == EISDIR)
    throw Error(ErrorKind::kUnsupported, "the file system of `" + directory + "` has no files without a name")
        .cure("write to standard output: croft backup CONTAINER - > FILE");
  runtime::fail_errno("cannot make a file in `" + directory + "`");
}

void NamelessFile::name() const {
  if (fsync(fd_.get()) != 0) runtime::fail_errno("cannot flush `" + path_ + "`");
  const std::string self = "/proc/self/fd/" + std::to_string(fd_.get());
  if (linkat(AT_FDCWD, self.c_str(), AT_FDCWD, path_.c_str(), AT_SYMLINK_FOLLOW) != 0) {
    if (errno == EEXIST) fail_existing(path_);
    runtime::fail_errno("cannot name the backup `" + path_ + "`");
  }
  const runtime::Fd directory = runtime::open_file(parent_of(path_), O_RDONLY | O_DIRECTORY);
  if (fsync(directory.get()) != 0) runtime::fail_errno("cannot flush `" + parent_of(path_) + "`");
}

std::vector<std::string> expire_backups(const std::string& directory, const std::string& tenant,
                                        const std::string& name, const Retention& keep) {
  std::vector<std::pair<std::int64_t, std::string>> found;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir(directory.c_str()), closedir);
  if (!stream) runtime::fail_errno("cannot list `" + directory + "`");
  while (const dirent* entry = readdir(stream.get()))
    if (const auto time = backup_time(entry->d_name, tenant, name)) found.emplace_back(*time, entry->d_name);
  std::sort(found.begin(), found.end());
  std::vector<std::int64_t> times;
  times.reserve(found.size());
  for (const auto& [time, file] : found) times.push_back(time);
  const std::vector<bool> kept = kept_of(times, keep);
  std::vector<std::string> removed;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (kept[i]) continue;
    const std::string path = directory + "/" + found[i].second;
    if (unlink(path.c_str()) != 0) runtime::fail_errno("cannot remove `" + path + "`");
    removed.push_back(found[i].second);
  }
  return removed;
}

}  // namespace croft::ctl
