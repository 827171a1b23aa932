// Background work of the engine: what follows from events that arrive on threads that must not block.
#pragma once

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
  explicit Worker(std::size_t threads);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker();  // ends what runs, drops what waits

  // `work` must not throw.
  void post(std::function<void()> work);
  // The same, not before `delay` is over.
  void post_later(std::chrono::milliseconds delay, std::function<void()> work);
  // Drops what waits, ends the threads.
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  void loop();
  std::mutex mutex_;
  std::condition_variable ready_;
  std::multimap<Clock::time_point, std::function<void()>> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace croft::ctl
