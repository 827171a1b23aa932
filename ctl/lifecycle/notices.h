// What the governor saw becomes events, and what thresholds ask for is done.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "cgroups/governor.h"
#include "cgroups/oom_log.h"
#include "ctl/lifecycle/context.h"
#include "ctl/resources/control.h"

namespace croft::ctl {

class Notices {
 public:
  explicit Notices(Context& context);

  // Called on the governor's thread; what can take time goes to the context's worker.
  void take(const Subject& subject, const cgroups::Notice& notice);

 private:
  struct Told {
    std::optional<std::chrono::steady_clock::time_point> at;
    std::uint64_t since = 0;  // how often meanwhile
  };
  // Whether it is told now: a container that hits its limit all the time makes one event a minute, with the
  // count.
  bool due(const Subject& subject, const cgroups::Notice& notice, std::uint64_t& count);
  // Those that the kernel's log names as killed in it since the last time.
  Json victims_of(const Subject& subject);
  void read_log();
  void freeze_full(const Subject& subject);
  void kill_rest(const Subject& subject);
  void act(const Subject& subject, const cgroups::Notice& notice);

  Context& context_;
  std::optional<cgroups::KernelLog> log_;  // empty where it cannot be read
  cgroups::OomLog kills_;
  std::deque<cgroups::OomKill> unclaimed_;
  std::map<std::tuple<std::string, cgroups::Notice::Kind, cgroups::Resource, std::size_t>, Told> told_;
};

}  // namespace croft::ctl
