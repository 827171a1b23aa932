// Where the daemon writes its log: to the journal with fields of its own when standard error leads there
// (JOURNAL_STREAM, systemd.exec(5); the journal's native protocol), else as lines to standard error.
#pragma once

#include <mutex>
#include <string>

#include "ctl/api/log.h"
#include "runtime/fd.h"

namespace croft::ctl {

class Journal {
 public:
  // `journal_stream` is the variable's value or null; `output` is where lines go.
  Journal(const char* journal_stream, int output, const std::string& socket = "/run/systemd/journal/socket");

  // From any thread. Never throws: a log that is full or gone must not stop the daemon.
  void write(const LogRecord& record) noexcept;

 private:
  std::mutex mutex_;
  int output_;
  runtime::Fd journal_;  // connected; empty when lines are written
};

// The two forms of a record.
std::string log_line(const LogRecord& record, const std::string& time);
std::string journal_entry(const LogRecord& record);

}  // namespace croft::ctl
