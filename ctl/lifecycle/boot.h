// The host's own beginning and end: what starts when it has booted, in which order, and how all containers
// are stopped before it goes down.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "ctl/lifecycle/context.h"

namespace croft::ctl {

// Whether the host has booted since a daemon recovered on it last (proc(5), random/boot_id). The first daemon
// of all has seen no boot.
bool host_booted(const Registry& registry);
// Whether it ran when the host went down: its record says so, or that it was stopped for that.
bool ran_before_boot(const Registry& registry, const ContainerRecord& record);
// At the end of recovery: what the boot starts is due now, and will be until it is done.
void note_boot(Context& context);

// Starts what is due after a boot, in a thread of its own: those of the lowest boot.order first, some of them
// at once, then after the longest boot.delay among them those of the next. What fails is failed, for people
// to see; an event `host.booted` counts both.
class Boot {
 public:
  explicit Boot(Context& context) : context_(context) {}
  Boot(const Boot&) = delete;
  Boot& operator=(const Boot&) = delete;
  ~Boot() { stop(); }
  void start();
  void stop();

 private:
  void run(std::vector<ContainerRecord> due);
  bool start_one(const ContainerRecord& record);
  bool pause(std::chrono::seconds time);

  Context& context_;
  std::mutex mutex_;
  std::condition_variable woken_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace croft::ctl
