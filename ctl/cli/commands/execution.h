// What exec, enter and run share.
#pragma once

#include <string>

#include "ctl/cli/exec_session.h"
#include "ctl/cli/invocation.h"

namespace croft::ctl {

inline constexpr Option kTty{"-t,--tty", "", "Give the command a terminal of its own, joined to this one"};
inline constexpr Option kStdin{"-i,--stdin", "", "Pass standard input on even when it is a terminal"};
inline constexpr Option kNoStdin{"-n,--no-stdin", "",
                                 "Give it an empty standard input, as in loops that read"};
inline constexpr Option kEnv{"-e,--env", "NAME=VALUE", "Set a variable; NAME alone takes the caller's value",
                             true};
inline constexpr Option kUser{"-u,--user", "USER[:GROUP]",
                              "Run as this user, and group, of the container: names or numbers"};
inline constexpr Option kWorkdir{"-w,--workdir", "PATH", "Run in this directory of the container"};
// -t is taken by --tty where a command has one.
inline constexpr Option kTenantLong{"--tenant", "TENANT", kTenant.help};

// The variables of -e, and TERM when there is a terminal. Throws Error kInvalid.
Json environment_of(const Invocation& call);
// env, user and workdir as the request's body has them; null members are left out.
Json exec_body(const Invocation& call, const std::vector<std::string>& command);
Input input_of(const Invocation& call);

}  // namespace croft::ctl
