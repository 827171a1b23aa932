// Routing between containers and to the world: the host's forwarding switches. Nothing in netns/ turns them
// on by itself; the daemon does on the operator's word, as a change that is shown, recorded and can be taken
// back.
#pragma once

#include <string>
#include <vector>

#include "runtime/change.h"

namespace croft::netns {

struct ForwardingState {
  bool v4 = false;
  bool v6 = false;
};
ForwardingState forwarding_state(const std::string& proc = "/proc");

// Turns on net.ipv4.ip_forward and, with `v6`, net.ipv6.conf.all.forwarding. A forwarding host ignores router
// advertisements unless accept_ra is 2, so interfaces that had 1 get 2 first: the host must not lose its own
// default route. Undo writes back what was there.
struct EnableForwarding {
  bool v6 = true;
  std::string proc = "/proc";
  std::vector<std::pair<std::string, std::string>>
      before{};  // file, value: what apply() changed, oldest first

  [[nodiscard]] runtime::Description describe() const;
  void apply();
  void undo() noexcept;
};

}  // namespace croft::netns
