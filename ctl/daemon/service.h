// The daemon's side of systemd's protocols: readiness and watchdog (sd_notify(3)) and socket activation
// (sd_listen_fds(3)). Both are a few documented lines; libsystemd would do the same and bring six libraries
// and 1.1 MiB of resident memory with it (measured with systemd 252), where the daemon's goal is 12.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "runtime/fd.h"

namespace croft::ctl {

class ServiceManager {
 public:
  // `getenv` is asked for NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. Without them every call does
  // nothing.
  using Getenv = const char* (*)(const char* name);
  explicit ServiceManager(Getenv getenv);

  // "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=...". A manager that does not listen is no error.
  void notify(const std::string& state) const;
  // How often the manager must hear "WATCHDOG=1"; 0 when it does not watch.
  [[nodiscard]] std::chrono::microseconds watchdog() const { return watchdog_; }

 private:
  std::string socket_;
  std::chrono::microseconds watchdog_{0};
};

// The listening socket that the manager passed (LISTEN_PID, LISTEN_FDS), or none. Throws Error kInvalid when
// what was passed is not one listening Unix stream socket. Removes the variables from the environment.
std::optional<runtime::Fd> passed_socket();

}  // namespace croft::ctl
