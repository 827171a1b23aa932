#include <fnmatch.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <ostream>
#include <thread>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/event_text.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reference.h"
#include "ctl/cli/text.h"
#include "ctl/spec/units.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

// How long a daemon that is being restarted may be away before following it ends.
constexpr int kMaxRetries = 60;
constexpr std::chrono::milliseconds kRetry{500};

std::string line_of(const Json& event) {
  std::string line = pad_left(plain(at_path(event, {"number"})), 6) + "  " +
                     local_time(text_at(event, "time")) + "  " + pad_right(text_at(event, "kind"), 22) +
                     "  " + text_at(event, "object");
  const std::string text = event_text(event);
  if (!text.empty()) line += "  " + text;
  return visible(line) + "\n";
}

// What was asked for: events of some kinds, or of some containers.
class Wanted {
 public:
  explicit Wanted(const Invocation& call) : kinds_(call.arguments.values("kind")) {
    if (!call.arguments.operands.empty()) containers_.emplace(call.arguments.operands, call.tenant());
  }

  [[nodiscard]] bool takes(const Json& event) const {
    const std::string kind = text_at(event, "kind");
    const bool of_kind =
        kinds_.empty() || std::any_of(kinds_.begin(), kinds_.end(), [&](const std::string& glob) {
          return fnmatch(glob.c_str(), kind.c_str(), 0) == 0;
        });
    if (!of_kind || !containers_) return of_kind;
    const std::string object = text_at(event, "object");
    const std::size_t slash = std::min(object.find('/'), object.size());
    const std::string name = slash < object.size() ? object.substr(slash + 1) : "";
    return containers_->takes(object.substr(0, slash), name, text_at(event, "uuid"));
  }

 private:
  std::vector<std::string> kinds_;
  std::optional<Selection> containers_;
};

void print(const Invocation& call, const Wanted& wanted, const Json& event) {
  if (!wanted.takes(event)) return;
  if (call.json()) {
    call.screen.out << event.dump(-1, ' ', call.screen.out_terminal, Json::error_handler_t::replace)
                    << std::endl;
  } else {
    call.screen.out << line_of(event) << std::flush;
  }
}

// Prints what there is.
void print_pages(const Invocation& call, const Wanted& wanted, Client& client, std::uint64_t since) {
  while (true) {
    const Json page = client.call("GET", with_query("/v1/events", {{"since", std::to_string(since)}}));
    const Json events = page.is_array() ? page : at_path(page, {"items"});
    if (events.empty()) return;
    for (const Json& event : events) {
      print(call, wanted, event);
      since = event.at("number").get<std::uint64_t>();
    }
  }
}

void follow(const Invocation& call, const Wanted& wanted, Client& client, std::uint64_t since) {
  for (int tries = 0; call.screen.out.good();) {
    try {
      client.follow_events(since, [&](const Json& event) {
        tries = 0;
        since = event.at("number").get<std::uint64_t>();
        print(call, wanted, event);
        return call.screen.out.good();
      });
      return;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kUnavailable || ++tries > kMaxRetries) throw;
      std::this_thread::sleep_for(kRetry);
    }
  }
}

int run(Invocation& call) {
  const Wanted wanted(call);
  Client client = call.client();
  std::uint64_t since = 0;
  if (call.arguments.has("since")) since = parse_count(call.arguments.value("since"));
  if (!call.arguments.has("follow")) {
    print_pages(call, wanted, client, since);
  } else {
    follow(call, wanted, client, since);
  }
  return 0;
}

}  // namespace

Command events_command() {
  return {
      .name = "events",
      .summary = "what happened, as it comes",
      .operands = "[CONTAINER...]",
      .most = kAnyNumber,
      .names = Names::kContainers,
      .description =
          "Prints the events of the host, or those of containers, also of ones that are gone: number, time, "
          "what happened, to which object, and what there is to say about it. Numbers have no gaps, so that "
          "a "
          "program can go on where it stopped; those that were not asked for are left out. With -j one JSON "
          "object a line.\n"
          "Events of resources are resource.barrier and resource.threshold (use rose above one), "
          "resource.burst-ended and resource.burst-again (the credit), resource.squeezed and "
          "resource.released "
          "(the host was short), resource.throttled, resource.stuck (memory could not be reclaimed), "
          "resource.refused and resource.oom, which names what was killed.",
      .options = {{"-f,--follow", "", "Go on with events as they happen, across restarts of the daemon"},
                  {"-k,--kind", "GLOB", "Only events of kinds that match", true},
                  {"--since", "NUMBER", "Only events after this number"},
                  kTenant,
                  kJson},
      .examples = {{"croft events", "All that are kept"},
                   {"croft events -f -k 'resource.*' web1", "How web1 fares with its limits, live"},
                   {"croft events -f --since 4711 -j", "For a program that has seen 4711"}},
      .run = run,
  };
}

}  // namespace croft::ctl
