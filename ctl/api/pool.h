// A bounded number of threads on which blocking work runs. Threads come when there is work and go after they
// were idle for a while, so that a quiet daemon keeps few stacks in memory.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace croft::ctl {

struct PoolLimits {
  std::size_t threads = 8;
  std::size_t queue = 256;  // waiting work beyond the threads; more is refused
  std::chrono::milliseconds idle = std::chrono::seconds(10);
};

class Pool {
 public:
  explicit Pool(PoolLimits limits);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  // Waits for all work, queued work included.
  ~Pool();

  // False when the queue is full. `work` must not throw.
  [[nodiscard]] bool post(std::function<void()> work);
  // Waits until nothing is queued or running; false when that did not come in time.
  bool drain(std::chrono::milliseconds timeout);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace croft::ctl
