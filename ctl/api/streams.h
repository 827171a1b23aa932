// Upgraded connections: each is served by the backend on a thread of its own until it ends, bounded in
// number.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>

#include "ctl/api/backend.h"
#include "runtime/error.h"

namespace croft::ctl {

class Streams {
 public:
  // Called for each stream that the backend refused or that failed.
  using OnFailure = std::function<void(const Call&, const runtime::Error&)>;

  Streams(Backend& backend, std::size_t limit, OnFailure on_failure);
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;
  // Ends all streams and waits for their threads.
  ~Streams();

  // Takes one of the places; false when there is none.
  bool reserve();
  void give_back();
  // Serves `socket` (blocking mode) on a new thread, using a place reserved before.
  void start(Call call, runtime::Fd socket);
  // Ends all: sets Stream::closing and shuts the sockets down, which wakes who reads from them.
  void close_all();
  bool drain(std::chrono::milliseconds timeout);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace croft::ctl
