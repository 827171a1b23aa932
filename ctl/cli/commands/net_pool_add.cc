#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/each.h"
#include "ctl/cli/exit_status.h"

namespace croft::ctl {
namespace {

// One after the other: the order in which they come is that in which they are used up.
int run(Invocation& call) {
  Json body = Json::object();
  if (call.arguments.has("name")) body["name"] = call.arguments.value("name");
  if (call.arguments.has("nat")) body["nat"] = true;
  const std::string path = with_query(kPoolKind.path, changing_query(call));
  int status = kExitOk;
  for (const std::string& prefix : call.arguments.operands) {
    body["prefix"] = prefix;
    const int one = do_one(call, "add", prefix, [&](Client& client, std::size_t, const OnProgress& progress) {
      return Outcome{"added", client.perform("POST", path, body, progress)};
    });
    if (status == kExitOk) status = one;
  }
  return status;
}

}  // namespace

Command net_pool_add_command() {
  return {
      .name = "net pool add",
      .summary = "add prefixes to a pool",
      .operands = "PREFIX...",
      .least = 1,
      .most = kAnyNumber,
      .description =
          "Adds IPv4 and IPv6 prefixes to a pool, and makes the pool if it is not there. A container that is "
          "created with net.pool of that name, or without one from the pool default, gets one address of "
          "each "
          "family that the pool has; when a prefix is used up the next one of the pool is taken. All "
          "addresses "
          "of "
          "a prefix are given out but the first and, of IPv4, the last. A prefix that overlaps one of "
          "another "
          "pool, or an address or a route of the host's own interfaces, is refused.",
      .options = {{"--name", "POOL", "The pool; otherwise default"},
                  {"--nat", "", "What is sent from them to elsewhere leaves with an address of the host"},
                  kDryRun,
                  kJson,
                  kQuiet},
      .examples = {{"croft net pool add 203.0.113.0/24 2001:db8:7::/64 --name public",
                    "A pool of both families"},
                   {"croft net pool add 10.20.0.0/16 --name inner --nat",
                    "Addresses that nobody has a route to"}},
      .run = run,
  };
}

}  // namespace croft::ctl
