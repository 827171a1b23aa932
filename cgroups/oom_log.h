// Who was killed for want of memory, from the kernel's log: memory.events counts, this tells which process
// and how large it was. Documentation/ABI/testing/dev-kmsg; the lines are those of mm/oom_kill.c (Linux
// >= 5.0).
//
// What stands in these lines is in part chosen by those that are killed: a process names itself, and a
// delegated container names its cgroups. None of that can make a kill another container's: paths are taken
// from where the kernel put them, and a killed process's group is never outside the group that was full.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cgroups/units.h"
#include "runtime/fd.h"

namespace croft::cgroups {

inline constexpr std::size_t kMaxLogRecord = 8192;  // PRINTKRB_RECORD_MAX and its escapes fit

struct LogRecord {
  std::uint64_t sequence = 0;
  Micros at;              // since boot
  std::string_view text;  // the message alone; control characters and backslashes are written as \xNN
};
// One record as /dev/kmsg gives it. Empty when it is none, or when a program wrote it, not the kernel.
std::optional<LogRecord> parse_record(std::string_view record);

struct OomKill {
  Micros at;
  std::uint64_t pid = 0;  // as the host numbers it
  std::string command;    // 15 bytes of the process's own choice, printable
  std::string
      full_group;     // "/croft.slice/acme/UUID": whose limit was reached; empty: the host's memory was out
  std::string group;  // where the process was; below `full_group`. Empty: not told
  Bytes anonymous;
  Bytes file;
  Bytes shared;
  std::optional<std::int64_t> score_adjustment;
  bool operator==(const OomKill&) const = default;
};

// Puts together what the kernel tells of one kill in two records. It leaves the first one out, and with it
// the groups, when it kills often (10 times in 5 s), and for those that memory.oom.group has killed beside
// the first: guessing them would be wrong for who is killed next elsewhere.
class OomLog {
 public:
  // A kill, once its last record was given.
  std::optional<OomKill> feed(const LogRecord& record);

 private:
  struct Told {
    std::uint64_t pid = 0;
    std::string full_group;
    std::string group;
  };
  std::optional<Told> told_;  // by the last "oom-kill:" line
};

// The kernel's log from now on.
class KernelLog {
 public:
  // Throws Error when it cannot be opened.
  explicit KernelLog(const std::string& path = "/dev/kmsg");

  [[nodiscard]] const runtime::Fd& fd() const { return fd_; }  // readable when there are records
  // The next record; empty when there is none at present. Records that were overwritten before they could be
  // read are passed over. Throws Error.
  std::optional<std::string> next();

 private:
  runtime::Fd fd_;
};

}  // namespace croft::cgroups
