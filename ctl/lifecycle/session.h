// What the upgraded connections of exec, run, console and import have in common: JSON lines over a Unix
// socket, with descriptors beside them.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "ctl/api/backend.h"
#include "runtime/error.h"
#include "templates/import.h"

namespace croft::ctl {

// Waits for the client's first message: the byte 'F' with exactly `count` descriptors. Throws Error.
std::vector<runtime::Fd> receive_first(const Stream& stream, std::size_t count);
// Sends one line, with a descriptor unless it is -1. False when the client is gone.
bool send_line(const Stream& stream, const std::string& line, int fd = -1);
// A problem+json of an error, as {"error":...} line.
std::string error_line(const runtime::Error& error);

// Long work that a client follows: tells it how far the work is, and ends the work when the client or the
// daemon goes.
class FollowedWork {
 public:
  explicit FollowedWork(const Stream& stream);
  FollowedWork(const FollowedWork&) = delete;
  FollowedWork& operator=(const FollowedWork&) = delete;
  [[nodiscard]] const templates::Control& control() const { return control_; }

 private:
  std::atomic<bool> cancelled_ = false;
  templates::Control control_;
};

// Cuts what a client sends into lines; at most 4096 bytes each.
class LineReader {
 public:
  // Reads what is there; false at end-of-file or after a line that is too long.
  bool read(int socket);
  std::optional<std::string> next();

 private:
  std::string buffer_;
};

}  // namespace croft::ctl
