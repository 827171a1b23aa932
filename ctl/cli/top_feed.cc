#include "ctl/cli/top_feed.h"

#include <sys/eventfd.h>

#include <algorithm>

#include "runtime/error.h"

namespace croft::ctl {

TopFeed::TopFeed(std::function<TopSample()> ask, std::chrono::milliseconds interval)
    : ask_(std::move(ask)), interval_(interval), event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_) runtime::fail_errno("cannot make an eventfd");
  thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
}

TopFeed::~TopFeed() {
  thread_.request_stop();
  thread_.join();
}

std::optional<TopFeed::News> TopFeed::take() {
  const std::scoped_lock lock(mutex_);
  eventfd_t count = 0;
  eventfd_read(event_.get(), &count);
  return std::exchange(news_, std::nullopt);
}

void TopFeed::serve(const std::stop_token& stop) {
  auto next = std::chrono::steady_clock::now();
  while (true) {
    // Of a daemon that takes longer than an interval the next answer is due one after this.
    next = std::max(next + interval_, std::chrono::steady_clock::now());
    std::unique_lock lock(mutex_);
    wake_.wait_until(lock, stop, next, [] { return false; });
    lock.unlock();
    if (stop.stop_requested()) return;
    News news;
    try {
      news.sample = ask_();
    } catch (...) {
      news.trouble = std::current_exception();
    }
    publish(std::move(news));
  }
}

void TopFeed::publish(News news) {
  const std::scoped_lock lock(mutex_);
  news_ = std::move(news);
  eventfd_write(event_.get(), 1);
}

}  // namespace croft::ctl
