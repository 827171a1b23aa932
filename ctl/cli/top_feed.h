// Asks the daemon again and again on a thread of its own, so that neither keys nor signals wait for a daemon
// that is slow or away.
#pragma once

#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "ctl/cli/top_figures.h"
#include "runtime/fd.h"

namespace croft::ctl {

class TopFeed {
 public:
  // Either what was answered, or what was thrown.
  struct News {
    std::optional<TopSample> sample;
    std::exception_ptr trouble;
  };

  // Asks for the first time after one interval. Signals that are to be blocked must be by then.
  TopFeed(std::function<TopSample()> ask, std::chrono::milliseconds interval);
  // Waits for an answer that is under way.
  ~TopFeed();
  TopFeed(const TopFeed&) = delete;
  TopFeed& operator=(const TopFeed&) = delete;

  [[nodiscard]] int fd() const { return event_.get(); }  // readable when there are news
  std::optional<News> take();                            // the latest, once

 private:
  void serve(const std::stop_token& stop);
  void publish(News news);

  std::function<TopSample()> ask_;
  std::chrono::milliseconds interval_;
  runtime::Fd event_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::optional<News> news_;
  std::jthread thread_;
};

}  // namespace croft::ctl
