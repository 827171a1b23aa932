// croft-keeper: the one parent of all containers. It clones them, holds their pidfds and console terminals,
// and remembers how they ended until the daemon has recorded it; the zombie is the record. Single-threaded,
// one epoll loop, no exceptions in the loop.
#pragma once

#include <array>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "runtime/exit_record.h"
#include "runtime/fd.h"
#include "runtime/protocol.h"

namespace croft::runtime {

inline constexpr std::size_t kMaxViewers = 4;  // of one console at a time

struct Viewer {
  Fd socket;
  std::array<char, kMaxViewerPacket> pending{};  // input that the terminal had no room for
  std::size_t pending_size = 0;
};

// One process that the keeper watches: the init of a tree, or one that joined it.
struct Process {
  Tag tag{};
  std::uint64_t generation = 0;
  std::uint64_t process = 0;
  pid_t pid = 0;
  bool joining = false;  // the process so far is the go-between of a join step
  ExitKind kind = ExitKind::kRunning;
  std::int64_t status = 0;
  std::int64_t ended = 0;
  Fd pidfd;
  Fd control;     // from the child, until it execs
  Fd go_between;  // pidfd of an ended go-between that is still to be reaped
  Fd master;      // console terminal
  Fd slave;       // held open, so that the master never sees a hang-up
  std::string log_path;
  std::uint32_t log_limit = 0;
  std::int64_t budget = 0;  // bytes that may still be read from the console in this tick
  bool throttled = false;
  std::array<std::unique_ptr<Viewer>, kMaxViewers> viewers;
};

// What a program serves that is started again whenever it ends.
inline constexpr std::size_t kMaxServed = 4;  // descriptors
struct Served {
  std::string command;  // words apart by tabs, the first a path
  std::vector<Fd> fds;  // its 3, 4, ...
  pid_t pid = 0;
  Fd pidfd;
  std::int64_t started = 0;  // CLOCK_MONOTONIC, milliseconds
  unsigned failures = 0;     // in a row
};

// The same descriptor under a number that no launch is given (keeper_process.cc): for all that is held as
// long as a process runs. As it was where there is no such number.
Fd kept(Fd fd);

class Keeper {
 public:
  // `listener` is a listening SOCK_SEQPACKET socket; `exits_path` the record file. Throws Error.
  Keeper(Fd listener, std::string exits_path);
  // Serves until told to stop.
  void run();
  // Takes over from the program that execve'd this one; `state` is the memfd it wrote. Throws Error.
  void resume(const Fd& state);

 private:
  enum class Source : std::uint8_t {
    kListener,
    kPeer,
    kTimer,
    kPidfd,
    kControl,
    kGoBetween,
    kConsole,
    kViewer,
    kServed,
    kServedTimer
  };
  static std::uint64_t key(Source source, std::size_t index, std::size_t viewer = 0);

  void handle(std::uint64_t key, std::uint32_t events);
  void watch(int fd, std::uint64_t key, std::uint32_t events);
  void change(int fd, std::uint64_t key, std::uint32_t events);
  void unwatch(int fd);

  // keeper.cc: the daemon's side
  void accept_peer();
  void drop_peer();
  void read_peer();
  void dispatch(const Frame& frame, std::string_view body, std::vector<Fd>& fds);
  void send(const Frame& frame, const std::vector<int>& fds = {});
  void reply(const Frame& request, int error, std::int64_t b = 0, std::int64_t c = 0,
             const std::vector<int>& fds = {});
  void answer_next(const Frame& frame);
  void acknowledge(const Frame& frame);
  void attach(const Frame& frame, std::vector<Fd>& fds);
  void adopt(const Frame& frame, std::string_view body, std::vector<Fd>& fds);

  // keeper_process.cc: processes
  std::size_t add_process(const Frame& frame);
  std::size_t find(const Frame& frame) const;
  void launch(const Frame& frame, std::string_view body, std::vector<Fd>& fds);
  void read_control(std::size_t index);
  void take_joined(std::size_t index, pid_t pid, Fd pidfd);
  void note_exit(std::size_t index);
  void record_exit(const Process& process);
  void trim_records();
  void forget(std::size_t index);

  // keeper_console.cc: consoles
  void take_console(std::size_t index, Fd master);
  void read_console(std::size_t index);
  void write_log(Process& process, const char* data, std::size_t size);
  void read_viewer(std::size_t index, std::size_t viewer);
  void flush_viewers(std::size_t index);
  void drop_viewer(std::size_t index, std::size_t viewer);
  void watch_console(std::size_t index);
  void tick();

  // keeper_served.cc
  void serve(const Frame& frame, std::string_view command, std::vector<Fd>& fds);
  bool start_served();
  void watch_served();
  void restart_served();
  void retry_served_later();
  void handle_served(Source source);
  void end_served();

  // keeper_upgrade.cc
  void upgrade(const Frame& frame, std::string_view path);
  void resume_served(std::istream& in);
  std::string pack_state(const Frame& request) const;
  std::vector<int> held_fds() const;

  Fd listener_;
  Fd peer_;
  Fd epoll_;
  Fd timer_;
  Fd served_timer_;
  std::unique_ptr<Served> served_;
  std::string exits_path_;
  std::vector<std::unique_ptr<Process>> processes_;  // index is stable; empty places are used again
  bool ticking_ = false;
  bool running_ = true;
};

}  // namespace croft::runtime
