// JSON lines, with descriptors beside them, over an upgraded connection (the stream protocol of exec and
// import).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ctl/client/client.h"
#include "runtime/fd.h"

namespace croft::ctl {

inline constexpr std::size_t kMaxLine = std::size_t{1} << 20;

class LineChannel {
 public:
  explicit LineChannel(runtime::Fd socket) : socket_(std::move(socket)) {}

  [[nodiscard]] int fd() const { return socket_.get(); }
  // The client's first message: one byte that carries the descriptors.
  void send_descriptors(const std::vector<int>& fds) const;
  void send(const Json& line) const;
  // Reads what has come; waits when nothing has. False at the end of the stream, which a reset connection is
  // too.
  bool receive();
  // The next whole line that was received. Throws Error kSystem when it is not JSON or too long.
  std::optional<Json> next();
  // The oldest descriptor that came and was not taken; empty when there is none.
  runtime::Fd take_descriptor();

 private:
  runtime::Fd socket_;
  std::string received_;
  std::vector<runtime::Fd> descriptors_;
};

}  // namespace croft::ctl
