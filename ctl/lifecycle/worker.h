// Background work of the engine: what follows from events that arrive on threads that must not block.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace croft::ctl {

class Worker {
 public:
  // `nice` as in sched(7): 0 to 19.
  explicit Worker(std::size_t threads, int nice = 0);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker();  // ends what runs, drops what waits

  // `work` must not throw.
  void post(std::function<void()> work);
  // The same, not before `delay` is over.
  void post_later(std::chrono::milliseconds delay, std::function<void()> work);
  // Drops what waits, ends the threads.
  void stop();
  // Whether work that takes long is to end early.
  [[nodiscard]] bool stopping() const { return stopping_; }

 private:
  using Clock = std::chrono::steady_clock;
  void loop();
  std::mutex mutex_;
  std::condition_variable ready_;
  std::multimap<Clock::time_point, std::function<void()>> queue_;
  std::atomic<bool> stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace croft::ctl
