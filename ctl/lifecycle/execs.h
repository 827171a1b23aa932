// Processes that joined a container, by the id that their client knows: how they ended is kept for a while,
// so that a client whose connection broke can still learn it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/launcher.h"

namespace croft::ctl {

class Execs {
 public:
  // A number for a new process, never 0, not guessable from earlier ones.
  static std::uint64_t new_number();
  // "UUID.GENERATION.NUMBER", the id that a client gets.
  static std::string id_of(const runtime::ProcessName& name);
  static std::optional<runtime::ProcessName> parse_id(const std::string& id);

  void started(const runtime::ProcessName& name);
  // Keeps a copy of its descriptor, for a keeper that has to adopt it.
  void hold(const runtime::WatchedProcess& process);
  // Those held that have not ended, with descriptors of their own.
  std::vector<runtime::WatchedProcess> running();
  // Ignored for one that was not started here.
  void ended(const runtime::ExitRecord& record);
  // Waits for the end of a process that was started. Empty when `timeout` is over. Throws Error kNotFound for
  // one that is not known.
  std::optional<runtime::ExitRecord> wait(const runtime::ProcessName& name,
                                          std::chrono::milliseconds timeout);

 private:
  using Clock = std::chrono::steady_clock;
  struct Entry {
    std::optional<runtime::ExitRecord> record;
    pid_t pid = 0;
    runtime::Fd pidfd;
    Clock::time_point ended{};
  };
  void expire();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<runtime::ProcessName, Entry> entries_;
};

// {"exited":N}, {"killed":SIG} or {"unknown":true}
std::string exit_line(const runtime::ExitRecord& record);

}  // namespace croft::ctl
