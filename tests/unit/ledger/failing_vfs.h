// A file system for SQLite of which every n-th write or sync fails, or is torn: half of it is written before
// it fails.
#pragma once

#include <sqlite3.h>

#include <string>

namespace croft::ledger {

class FailingVfs {
 public:
  FailingVfs(int every, bool torn);
  FailingVfs(const FailingVfs&) = delete;
  FailingVfs& operator=(const FailingVfs&) = delete;
  ~FailingVfs();
  [[nodiscard]] std::string name() const { return vfs_.zName; }

 private:
  friend struct FailingFile;
  sqlite3_vfs vfs_{};
  sqlite3_vfs* below_;
  int every_;
  bool torn_;
  int count_ = 0;
};

}  // namespace croft::ledger
