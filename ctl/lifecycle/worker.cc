#include "ctl/lifecycle/worker.h"

#include <sys/resource.h>
#include <unistd.h>

namespace croft::ctl {

Worker::Worker(std::size_t threads, int nice) {
  for (std::size_t i = 0; i < threads; ++i)
    threads_.emplace_back([this, nice] {
      if (nice != 0) setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), nice);
      loop();
    });
}

Worker::~Worker() {
  stop();
}

void Worker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    queue_.clear();
    ready_.notify_all();
  }
  for (std::thread& thread : threads_)
    if (thread.joinable()) thread.join();
}

void Worker::post(std::function<void()> work) {
  post_later(std::chrono::milliseconds(0), std::move(work));
}

void Worker::post_later(std::chrono::milliseconds delay, std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  queue_.emplace(Clock::now() + delay, std::move(work));
  ready_.notify_one();
}

void Worker::loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (queue_.empty()) {
      ready_.wait(lock);
    } else if (queue_.begin()->first > Clock::now()) {
      const Clock::time_point when = queue_.begin()->first;  // a copy: the entry may go meanwhile
      ready_.wait_until(lock, when);
    } else {
      const std::function<void()> work = std::move(queue_.begin()->second);
      queue_.erase(queue_.begin());
      lock.unlock();
      work();
      lock.lock();
    }
  }
}

}  // namespace croft::ctl
