// The figures of `croft top`: asked of the daemon, and made into rows. What was refused is counted from the
// first look at a container on.
#pragma once

#include <string>
#include <unordered_map>

#include "ctl/cli/reference.h"
#include "ctl/cli/top_frame.h"

namespace croft::ctl {

// What the daemon said: the host, and those containers that run and are selected.
struct TopSample {
  Json host;
  Json containers;
};
// `used_only`: without rows that say nothing, as most of a full host sleeps.
TopSample ask_for_top(Client& client, const Selection& selection, bool used_only);

class TopFigures {
 public:
  explicit TopFigures(bool with_tenants) : with_tenants_(with_tenants) {}
  TopFrame frame(const TopSample& sample, const std::string& time);

 private:
  struct Count {
    std::uint64_t before = 0;  // failcnt at the first look
    std::uint64_t sample = 0;  // number of the last sample that had it
  };
  std::uint64_t failures_since(const std::string& uuid, std::uint64_t failcnt);
  TopRow row(const Json& container);

  bool with_tenants_;
  std::uint64_t samples_ = 0;
  std::unordered_map<std::string, Count> counts_;
};

}  // namespace croft::ctl
