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
  thread_ = std::thread([this] { run(); });
}

LogSync::~LogSync() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::uint64_t LogSync::ask() {
  std::uint64_t ticket = 0;
  {
    const std::lock_guard lock(mutex_);
    ticket = ++asked_;
  }
  changed_.notify_all();
  return ticket;
}

void LogSync::wait(std::uint64_t ticket) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return synced_ >= ticket || error_number_ != 0; });
  if (error_number_ != 0)
    throw Error(ErrorKind::kSystem, "cannot bring the registry's log `" + path_ + "` to the disk",
                error_number_)
        .cure("check the disk, then restart croftd");
}

void LogSync::wait_all() {
  std::uint64_t ticket = 0;
  {
    const std::lock_guard lock(mutex_);
    ticket = asked_;
  }
  wait(ticket);
}

void LogSync::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || asked_ > synced_; });
    if (asked_ == synced_) return;
    const std::uint64_t target = asked_;
    lock.unlock();
    const int error_number = fdatasync(log_.get()) == 0 ? 0 : errno;
    lock.lock();
    synced_ = target;
    if (error_number != 0) error_number_ = error_number;
    changed_.notify_all();
    if (error_number_ != 0) return;
  }
}

}  // namespace croft::ctl
