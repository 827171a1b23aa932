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

inline constexpr Option kTemplateOption{"--template", "TEMPLATE",
                                        "The template, in place of the first operand"};
inline constexpr Option kPlanOption{"--plan", "PLAN",
                                    "The plan whose values they have; same as plan.name=PLAN"};
inline constexpr Option kCount{"--count", "N",
                               "Make N for each NAME, numbered where it has %d, as in web%04d"};
inline constexpr Option kFirst{"--first", "N", "The first number with --count; 1 unless said"};

inline constexpr Option kUserData{"--user-data", "FILE",
                                  "What cloud-init does at the first boot, - for standard input"};

// At most so many in one call.
inline constexpr std::uint64_t kMaxMade = 100'000;

// [TEMPLATE] NAME... [KEY=VALUE...] taken apart, with --template, --plan, --count and --first.
struct NewContainers {
  std::vector<Target> targets;
  Json spec;
};
// Throws Error kInvalid: no name, a wrong setting, a name that cannot be numbered, an unreadable file.
NewContainers new_containers(const Invocation& call);

Json create_body(const Target& target, const Json& spec);

// Waits until the container is `state` ("running", "up", "stopped"); the container. With what a start
// answered also until that run is over, which throws. Throws Error kTimeout.
Json wait_for(Client& client, const Target& target, const std::string& state, std::uint64_t timeout_s,
              const Json& started = nullptr);

// The value of -T, or the fallback. Throws Error kInvalid that names the option.
std::uint64_t timeout_of(const Invocation& call, std::uint64_t fallback_s);

}  // namespace croft::ctl
