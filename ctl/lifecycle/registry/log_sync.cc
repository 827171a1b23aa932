#include "ctl/lifecycle/registry/log_sync.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "runtime/error.h"

namespace croft::ctl {

using runtime::Error;
using runtime::ErrorKind;

LogSync::LogSync(const std::string& database)
    : path_(database + "-wal"), log_(runtime::open_file(path_, O_RDONLY)) {
  const std::string parent = std::filesystem::absolute(path_).parent_path().string();
  const runtime::Fd directory = runtime::open_file(parent, O_RDONLY | O_DIRECTORY);
  if (fsync(directory.get()) != 0) runtime::fail_errno("cannot bring `" + parent + "` to the disk");
}

std::uint64_t LogSync::ask() {
  const std::lock_guard lock(mutex_);
  return ++asked_;
}

void LogSync::wait(std::uint64_t ticket) {
  std::unique_lock lock(mutex_);
  while (synced_ < ticket && error_number_ == 0) {
    if (syncing_) {
      synced_more_.wait(lock);
      continue;
    }
    const std::uint64_t target = asked_;
    syncing_ = true;
    lock.unlock();
    const int error_number = fdatasync(log_.get()) == 0 ? 0 : errno;
    lock.lock();
    syncing_ = false;
    if (error_number == 0) synced_ = target;
    error_number_ = error_number;
    synced_more_.notify_all();
  }
  if (error_number_ != 0)
    throw Error(ErrorKind::kSystem, "cannot bring the registry's log `" + path_ + "` to the disk",
                error_number_)
        .cure("check the disk, then restart croftd");
}

}  // namespace croft::ctl
