// Moving bytes from one descriptor to another beside other work: what the poll loops of exec, enter and
// console are made of.
#pragma once

#include <poll.h>

#include <string>
#include <vector>

#include "runtime/fd.h"

namespace croft::ctl {

// `from` and `to` may be borrowed; the ones given as Fd are closed when the flow is over, so that the other
// side sees end-of-file or EPIPE.
class Flow {
 public:
  Flow(int from, runtime::Fd to);
  Flow(runtime::Fd from, int to);
  Flow(int from, int to);

  // Adds what it waits for; nothing when it is over.
  void want(std::vector<pollfd>& list) const;
  // Moves what is there, according to the results in `list`. Returns whether anything moved.
  bool step(const std::vector<pollfd>& list);
  // Nothing will move any more: the source ended and all is written, or the sink does not want it.
  [[nodiscard]] bool over() const { return over_; }
  // Written to the sink once the source has ended: 4 (^D) for a pty's master.
  void at_end(std::string bytes) { farewell_ = std::move(bytes); }

 private:
  bool read_some();
  bool write_some();
  void finish();

  int from_;
  int to_;
  runtime::Fd owned_from_;
  runtime::Fd owned_to_;
  std::string pending_;
  std::string farewell_;
  bool ended_ = false;
  bool over_ = false;
};

// revents of `fd` in the list, 0 when it is not there.
short ready(const std::vector<pollfd>& list, int fd, short events);

// poll(2) that takes EINTR for "nothing yet". Throws Error.
void wait_ready(std::vector<pollfd>& list, int timeout_ms);

void set_nonblocking(int fd);

}  // namespace croft::ctl
