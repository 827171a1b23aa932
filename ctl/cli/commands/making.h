// What create, launch and run share: the body of a new container's request, and waiting for a container.
#pragma once

#include <string>
#include <vector>

#include "ctl/cli/invocation.h"
#include "ctl/cli/reference.h"

namespace croft::ctl {

inline constexpr Option kSpecFile{"-f,--file", "FILE",
                                  "Read settings as JSON from FILE first, - for standard input"};
inline constexpr Option kWaitTimeout{"-T,--timeout", "TIME", "Give up waiting after TIME (2min unless said)"};

// TEMPLATE NAME... [KEY=VALUE...] taken apart.
struct NewContainers {
  std::vector<Target> targets;
  Json spec;
};
// Throws Error kInvalid: no name, a wrong setting, an unreadable file.
NewContainers new_containers(const Invocation& call);

Json create_body(const Target& target, const Json& spec);

// Waits until the container is `state` ("running", "up", "stopped"); the container. With what a start
// answered also until that run is over, which throws. Throws Error kTimeout.
Json wait_for(Client& client, const Target& target, const std::string& state, std::uint64_t timeout_s,
              const Json& started = nullptr);

// The value of -T, or the fallback. Throws Error kInvalid that names the option.
std::uint64_t timeout_of(const Invocation& call, std::uint64_t fallback_s);

}  // namespace croft::ctl
