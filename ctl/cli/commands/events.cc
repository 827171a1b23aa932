#include <chrono>
#include <ostream>
#include <thread>

#include "ctl/cli/columns.h"
#include "ctl/cli/commands/commands.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/invocation.h"
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
  const Json detail = at_path(event, {"detail"});
  if (!detail.is_null() && !detail.empty()) line += "  " + plain(detail);
  return visible(line) + "\n";
}

void print(const Invocation& call, const Json& event) {
  if (call.json()) {
    call.screen.out << event.dump(-1, ' ', call.screen.out_terminal, Json::error_handler_t::replace)
                    << std::endl;
  } else {
    call.screen.out << line_of(event) << std::flush;
  }
}

// Prints what there is and returns the last number seen.
std::uint64_t print_pages(const Invocation& call, Client& client, std::uint64_t since) {
  while (true) {
    const Json page = client.call("GET", with_query("/v1/events", {{"since", std::to_string(since)}}));
    const Json events = page.is_array() ? page : at_path(page, {"items"});
    if (events.empty()) return since;
    for (const Json& event : events) {
      print(call, event);
      since = event.at("number").get<std::uint64_t>();
    }
  }
}

void follow(const Invocation& call, Client& client, std::uint64_t since) {
  for (int tries = 0; call.screen.out.good();) {
    try {
      client.follow_events(since, [&](const Json& event) {
        tries = 0;
        since = event.at("number").get<std::uint64_t>();
        print(call, event);
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
  Client client = call.client();
  std::uint64_t since = 0;
  if (call.arguments.has("since")) since = parse_count(call.arguments.value("since"));
  if (!call.arguments.has("follow")) {
    print_pages(call, client, since);
  } else {
    follow(call, client, since);
  }
  return 0;
}

}  // namespace

Command events_command() {
  return {
      .name = "events",
      .summary = "what happened, as it comes",
      .description =
          "Prints the events of the host: number, time, what happened, to which object. Numbers have no "
          "gaps, so "
          "that a program can go on where it stopped. With -j one JSON object a line.",
      .options = {{"-f,--follow", "", "Go on with events as they happen, across restarts of the daemon"},
                  {"--since", "NUMBER", "Only events after this number"},
                  kJson},
      .examples = {{"croft events", "All that are kept"},
                   {"croft events -f --since 4711 -j", "For a program that has seen 4711"}},
      .run = run,
  };
}

}  // namespace croft::ctl
