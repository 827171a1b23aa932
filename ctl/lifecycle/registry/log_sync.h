// Brings the registry's write-ahead log to the disk, outside of the registry's lock: while one fdatasync(2)
// runs (0.3 ms on a quiet disk, 4 ms and more on a busy machine), others go on committing, and the first of
// them that waits afterwards syncs for all of them together.
//
// SQLite runs with synchronous=NORMAL, where a commit is in the log but not waited for. Syncing the log
// afterwards is what synchronous=FULL does inside the commit (sqlite.org/pragma.html#pragma_synchronous).
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>

#include "runtime/fd.h"

namespace croft::ctl {

class LogSync {
 public:
  // `database` is the path of the database; its log must exist. Also syncs the directory, once.
  explicit LogSync(const std::string& database);

  // A ticket for what is in the log now.
  std::uint64_t ask();
  // Returns when what was asked for is on the disk. Throws Error when the disk failed: from then on always,
  // since the kernel forgets what it could not write.
  void wait(std::uint64_t ticket);

 private:
  std::string path_;
  runtime::Fd log_;
  std::mutex mutex_;
  std::condition_variable synced_more_;
  std::uint64_t asked_ = 0;
  std::uint64_t synced_ = 0;
  bool syncing_ = false;  // by one of those who wait
  int error_number_ = 0;
};

}  // namespace croft::ctl
