// What the daemon holds in memory of each container: descriptors of what runs, and who is working on it.
// Nothing here is the only copy: recovery fills it from the registry and the keeper.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/launcher.h"

namespace croft::ctl {

struct Live {
  std::mutex hooks;                 // held while one of its hooks runs; taken before all else
  std::mutex mutex;                 // guards all that follows
  std::condition_variable changed;  // notified whenever something here changes
  std::string activity;             // "starting", ...: one change at a time; empty when idle
  bool running = false;             // an init of this generation runs, or its end is not yet dealt with
  unsigned short_runs = 0;          // in a row, each of which ended by asking for the next
  std::uint64_t generation = 0;
  pid_t pid = 0;
  runtime::Fd pidfd;
  runtime::Fd console;  // a copy of the keeper's, in case the keeper dies
  std::string up;       // "", "starting", "running", "degraded"
};

// Marks a container as being worked on, until it goes out of scope. Throws Error kBusy when somebody else
// works on it and does not finish within `patience`.
class Activity {
 public:
  Activity(std::shared_ptr<Live> live, std::string what, const std::string& object,
           std::chrono::milliseconds patience = std::chrono::seconds(30));
  Activity(const Activity&) = delete;
  Activity& operator=(const Activity&) = delete;
  ~Activity();

 private:
  std::shared_ptr<Live> live_;
};

class LiveTable {
 public:
  // The entry of a container, made when there is none.
  std::shared_ptr<Live> at(const std::string& uuid);
  void erase(const std::string& uuid);
  // All entries, in no particular order.
  [[nodiscard]] std::vector<std::pair<std::string, std::shared_ptr<Live>>> all() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Live>> entries_;
};

}  // namespace croft::ctl
