#include "ctl/api/pool.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "ctl/api/signals.h"

namespace croft::ctl {

struct Pool::State {
  explicit State(PoolLimits l) : limits(l) {}

  const PoolLimits limits;
  std::mutex mutex;
  std::condition_variable work_came;
  std::condition_variable changed;  // something ended
  std::deque<std::function<void()>> queue;
  std::size_t threads = 0;
  std::size_t idle = 0;  // threads that wait for work
  std::size_t busy = 0;  // threads that do some
  bool closing = false;

  void run();
};

void Pool::State::run() {
  std::unique_lock lock(mutex);
  for (;;) {
    while (!queue.empty()) {
      std::function<void()> work = std::move(queue.front());
      queue.pop_front();
      ++busy;
      lock.unlock();
      work();
      work = nullptr;  // what it holds ends before it counts as done
      lock.lock();
      --busy;
    }
    ++idle;
    changed.notify_all();
    const bool woken = work_came.wait_for(lock, limits.idle, [&] { return closing || !queue.empty(); });
    --idle;
    if (queue.empty() && (closing || !woken)) break;
  }
  --threads;
  changed.notify_all();
}

Pool::Pool(PoolLimits limits) : state_(std::make_shared<State>(limits)) {}

Pool::~Pool() {
  std::unique_lock lock(state_->mutex);
  state_->closing = true;
  state_->work_came.notify_all();
  state_->changed.wait(lock, [this] { return state_->threads == 0; });
}

bool Pool::post(std::function<void()> work) {
  const std::lock_guard lock(state_->mutex);
  const PoolLimits& limits = state_->limits;
  if (state_->queue.size() + state_->busy >= limits.queue + limits.threads) return false;
  state_->queue.push_back(std::move(work));
  if (state_->idle >= state_->queue.size() || state_->threads == limits.threads) {
    state_->work_came.notify_one();
    return true;
  }
  try {
    const SignalsBlocked blocked;
    std::thread([state = state_] { state->run(); }).detach();
    ++state_->threads;
  } catch (const std::system_error&) {
    if (state_->threads > 0) return true;  // a running thread takes it in its turn
    state_->queue.pop_back();
    return false;
  }
  return true;
}

bool Pool::drain(std::chrono::milliseconds timeout) {
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, timeout,
                                  [this] { return state_->queue.empty() && state_->busy == 0; });
}

}  // namespace croft::ctl
