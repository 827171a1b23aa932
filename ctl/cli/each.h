// One verb over several operands: a bounded number at a time, each with its own connection and its own
// result, and one line of progress for all.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ctl/cli/invocation.h"
#include "ctl/cli/reference.h"
#include "ctl/cli/reporter.h"

namespace croft::ctl {

inline constexpr std::size_t kAtOnce = 8;  // unless --parallel says otherwise
inline constexpr std::size_t kMaxAtOnce = 64;
// From so many on what failed is counted in the end, as it may have left the screen.
inline constexpr std::size_t kWorthCounting = 20;

// The value of --parallel. Throws Error kInvalid.
std::size_t at_once(const Invocation& call);

// An error as -j prints it: {"code","detail","fields"}.
Json problem_of(const runtime::Error& error);

struct Outcome {
  std::string words;  // "started"
  Json value;         // what the daemon answered
};

// Does the verb to operand number `index`. Throws Error.
using Action = std::function<Outcome(Client& client, std::size_t index, const OnProgress& progress)>;

// Prints "web1: started" (-q: "web1"; -j: {"object","result"} or {"object","error"}, one line each;
// --dry-run: the changes), and "cannot start `web1`: ..." on standard error. With --fail-fast none is begun
// once one has failed; how many were not is said. Returns 0, or the status of the first operand, in the order
// typed, that failed.
int for_each(const Invocation& call, const std::string& verb, const std::vector<std::string>& shown,
             const Action& action);

// The operands of a verb on containers, with globs expanded, and what every such verb then does: one request.
struct ContainerVerb {
  std::string verb{};  // "start": what errors say
  std::string done{};  // "started"
  std::string method = "POST";
  std::string part{};  // of the route: "start"
  std::map<std::string, std::string> query{};
  Json body{};  // null: none
};
int on_containers(const Invocation& call, const ContainerVerb& verb);

// The changes that a dry run answered, one line each.
std::string format_changes(const Json& answer);

// with "dry_run" when the call has --dry-run.
std::map<std::string, std::string> changing_query(const Invocation& call,
                                                  std::map<std::string, std::string> query = {});

// For a verb on one thing: prints as for_each does. `action` gets the progress function.
int do_one(const Invocation& call, const std::string& verb, const std::string& shown, const Action& action);

}  // namespace croft::ctl
