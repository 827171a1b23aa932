// The daemon's end of the keeper: asks it to launch processes, guides each launch over its channel, and hears
// of exits. Thread-safe; one reader thread per connection.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "runtime/exit_record.h"
#include "runtime/fd.h"
#include "runtime/launch.h"
#include "runtime/protocol.h"

namespace croft::runtime {

struct ProcessName {
  Tag tag{};
  std::uint64_t generation = 0;
  std::uint64_t process = 0;  // 0 is the init
  auto operator<=>(const ProcessName&) const = default;
};

struct LaunchRequest {
  ProcessName name;
  std::uint64_t clone_flags = 0;
  std::vector<IdExtent> uids;  // for CLONE_NEWUSER
  std::vector<IdExtent> gids;
  FdSlot cgroup;         // directory for CLONE_INTO_CGROUP, may be null
  std::string log_path;  // console log, empty for none
  std::uint32_t log_limit = 1U << 20;
};

// A launch under way. The list must outlive it.
struct Launch {
  const LaunchList* list = nullptr;
  ProcessName name;
  pid_t pid = 0;  // of the init, or of the go-between of a join
  Fd pidfd;
  Fd channel;
  Fd terminal;  // master of a terminal made for the launcher, filled by finish_launch
};

// /proc/PID/ns/`name` of the new process. Throws Error: the process's own failure when it is gone for that.
Fd open_namespace(const Launch& launch, const std::string& name);
// Lets the child go on from wait_go, or gives it the descriptor that a receive step waits for. Throws Error.
void send_go(const Launch& launch);
void send_slot(const Launch& launch, const Fd& fd);
// Waits until the child has exec'd. Throws the child's own failure ("stage files: cannot mount /proc: ..."),
// or kTimeout after `timeout_ms` milliseconds. A child that was killed after its last stage counts as exec'd:
// its exit record says what became of it.
void finish_launch(Launch& launch, int timeout_ms);

struct WatchedProcess {
  ProcessName name;
  pid_t pid = 0;
  Fd pidfd;
  Fd console;  // master, when it has one
};

struct KeeperEvents {
  std::function<void(const ExitRecord&)> on_exit;
  std::function<void(const ProcessName&, Fd master)> on_console;
  std::function<void()> on_lost;  // the connection broke: the keeper died or was replaced
};

class KeeperClient {
 public:
  // Connects to the keeper's socket. Throws Error kUnavailable when nobody listens.
  KeeperClient(const std::string& socket_path, KeeperEvents events);
  KeeperClient(const KeeperClient&) = delete;
  KeeperClient& operator=(const KeeperClient&) = delete;
  ~KeeperClient();

  // Clones a process that walks `list`. Throws Error with the keeper's errno.
  Launch launch(const LaunchRequest& request, const LaunchList& list);
  // Pid and pidfd of the process that a join made. Call after finish_launch. Throws kTimeout after 10 s.
  WatchedProcess joined(const ProcessName& name);
  void forget_joined(const ProcessName& name);  // when its launch failed
  // All processes of the keeper. Exits among them are told through on_exit as well.
  std::vector<WatchedProcess> list();
  void acknowledge(const ProcessName& name);  // an unknown process is fine: it was acknowledged before
  void attach_console(const ProcessName& name, const Fd& viewer);
  void adopt(const WatchedProcess& process, const std::string& log_path, std::uint32_t log_limit);
  // Has the keeper exec `program`; returns when the new one answers. Throws Error.
  void upgrade(const std::string& program);
  // Has the keeper hold `fds` and run `words` with them as 3, 4, ..., again whenever that ends otherwise than
  // with status 0. Throws Error kConflict when something is served already.
  // Returns its process.
  pid_t serve(const std::vector<std::string>& words, const std::vector<int>& fds);
  // What is served; empty when nothing is.
  std::vector<Fd> served();
  void stop();
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] bool lost();  // the connection broke

 private:
  struct Reply {
    Frame frame;
    std::vector<Fd> fds;
  };
  Reply ask(Frame frame, std::string_view body, const std::vector<int>& fds);
  void read_loop();
  void take(const Frame& frame, std::vector<Fd> fds);
  void fail_all();

  Fd socket_;
  KeeperEvents events_;
  pid_t pid_ = 0;
  std::mutex mutex_;  // guards what follows, and keeps messages whole
  std::uint64_t next_request_ = 1;
  std::map<std::uint64_t, std::promise<Reply>> waiting_;
  std::map<ProcessName, std::promise<WatchedProcess>> joining_;
  bool lost_ = false;
  std::atomic<bool> closing_ = false;
  std::thread reader_;
};

}  // namespace croft::runtime
