// The daemon's HTTP/JSON server on a Unix socket. One thread does all input and output; calls of the backend
// run on bounded pools, upgraded streams on threads of their own. Nothing of Boost shows here.
//
// Who may connect is decided by the socket: mode 0660 and the group, or root alone where there is no such
// group.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "ctl/api/backend.h"
#include "ctl/api/dispatch.h"
#include "ctl/api/log.h"
#include "runtime/fd.h"

namespace croft::ctl {

struct ServerLimits {
  std::size_t connections = 256;
  std::size_t streams = 128;
  std::size_t followers = 64;  // of events
  std::size_t header_bytes = 16U << 10U;
  std::size_t body_bytes = 1U << 20U;
  std::chrono::milliseconds idle{75'000};  // between two requests
  std::chrono::milliseconds request{
      15'000};                              // from a request's first byte to its last, however it trickles in
  std::chrono::milliseconds write{30'000};  // one write to a client that does not read
  std::chrono::milliseconds heartbeat{15'000};
  std::chrono::milliseconds grace{10'000};  // for what is being carried out when the server is stopped
  DispatchLimits dispatch{};
};

struct ServerOptions {
  std::string socket_path;    // made by the server, and removed when it ends
  runtime::Fd listen_socket;  // or: already listening (socket activation); socket_path is then not touched
  std::string group = "croft";
  bool allow_faults = false;
  bool stop_on_signals = false;  // SIGTERM and SIGINT end run()
  ServerLimits limits{};
  Clock clock = [] { return std::chrono::system_clock::now(); };
  Log log = [](const LogRecord&) {};
  std::function<void()> on_ready;     // called in run() once requests are taken
  std::function<void()> on_stopping;  // called in run() when stopping begins
  std::function<void()> on_tick;      // called from the thread of run() at each interval below
  std::chrono::milliseconds tick{0};
};

class Server {
 public:
  // Listens at once, so that clients wait rather than fail. Throws Error.
  Server(Backend& backend, ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Serves until stop. False: calls are still inside the backend after the grace; the process should then end
  // by _exit, for neither server nor backend can be taken down.
  [[nodiscard]] bool run();
  // From any thread. Finishes what is being carried out, within the grace.
  void stop();

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace croft::ctl
