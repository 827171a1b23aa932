#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/net_uplink.h"
#include "ctl/cli/each.h"
#include "ctl/cli/settings.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

void put_way(Json& body, const std::string& way, const std::string& rate) {
  if (body.contains(way))
    throw Error(ErrorKind::kInvalid, "`" + way + "` is given twice").cure("rate= is in= and out= together");
  body[way] = rate.empty() ? Json() : Json(rate);
}

Json body_of(std::vector<std::string> operands) {
  Json body = Json::object();
  if (!is_assignment(operands.front())) {
    body["device"] = operands.front();
    operands.erase(operands.begin());
  }
  for (const auto& [key, value] : parse_assignments(operands)) {
    if (key != "rate" && key != "in" && key != "out")
      throw Error(ErrorKind::kInvalid, "`" + key + "` is no setting of the uplink")
          .cure("give rate=RATE, or in=RATE and out=RATE");
    if (key != "out") put_way(body, "in", value);
    if (key != "in") put_way(body, "out", value);
  }
  return body;
}

int run(Invocation& call) {
  const Json body = body_of(call.arguments.operands);
  const std::string path = with_query(kUplinkPath, changing_query(call));
  return do_one(call, "change", "uplink", [&](Client& client, std::size_t, const OnProgress& progress) {
    return Outcome{"changed", client.perform("PATCH", path, body, progress)};
  });
}

}  // namespace

Command net_uplink_set_command() {
  return {
      .name = "net uplink set",
      .summary = "how much of it there is",
      .operands = "[DEVICE] [rate=RATE|in=RATE|out=RATE]...",
      .least = 1,
      .most = kAnyNumber,
      .description =
          "Says which interface leads to the world, and how much containers together may receive (in) and "
          "send (out) over it: what is left out is the host's own. From then on guarantees, net.in.guarantee "
          "and net.out.guarantee, are admitted against it and kept, and what is left is divided by "
          "net.in.share and net.out.share. Rates are bytes a second with binary units, as 12M, or bits with "
          "decimal ones, as 100Mbit. The interface's own queues stay as they are. What has been guaranteed "
          "already is not taken away. in= or out= unsets that way.",
      .options = {kDryRun, kJson, kQuiet},
      .examples = {{"croft net uplink set eth0 rate=1Gbit", "The same both ways"},
                   {"croft net uplink set eth0 in=900Mbit out=450Mbit", "Half of it for the host's backups"},
                   {"croft net uplink set out=800Mbit", "Another rate, at once"}},
      .run = run,
  };
}

}  // namespace croft::ctl
