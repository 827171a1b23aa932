#include <algorithm>
#include <chrono>
#include <ostream>
#include <thread>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reference.h"
#include "ctl/cli/text.h"
#include "ctl/spec/units.h"

namespace croft::ctl {
namespace {

// The keeper keeps less than this of a console; a container that writes faster than it is read must not fill
// the memory of its reader.
constexpr std::size_t kMaxLog = std::size_t{64} << 20;
constexpr std::chrono::milliseconds kBusy{200};
constexpr std::chrono::milliseconds kIdle{1000};
constexpr std::size_t kMuch = 65536;  // bytes of a piece: whoever writes so fast is followed without a pause

struct Piece {
  std::string data;
  std::string next;
  bool skipped = false;
};

Piece fetch(Client& client, const Target& target, const std::map<std::string, std::string>& query) {
  const Json answer = client.call("GET", container_path(target, "logs", query));
  return {text_at(answer, "data"), answer.at("next").get<std::string>(), answer.value("skipped", false)};
}

// A long log comes in several pieces.
Piece fetch_all(Client& client, const Target& target) {
  Piece whole = fetch(client, target, {{"from", "begin"}});
  for (bool more = !whole.data.empty(); more && whole.data.size() < kMaxLog;) {
    const Piece piece = fetch(client, target, {{"from", whole.next}});
    whole.data += piece.data;
    whole.next = piece.next;
    more = !piece.data.empty();
  }
  return whole;
}

std::string last_lines(const std::string& text, std::uint64_t lines) {
  std::size_t start = text.size();
  if (text.ends_with('\n')) --start;
  for (std::uint64_t i = 0; i < lines; ++i) {
    if (start == 0) return text;
    const std::size_t found = text.rfind('\n', start - 1);
    if (found == std::string::npos) return text;
    start = found;
  }
  return lines == 0 ? std::string() : text.substr(start + 1);
}

// What comes from inside may hold escape sequences; a terminal gets colours and text only.
void print(const Invocation& call, const std::string& text, std::string& kept) {
  const bool neutral = call.screen.out_terminal && !call.arguments.has("raw");
  call.screen.out << (neutral ? visible_stream(text, kept) : text) << std::flush;
}

void follow(const Invocation& call, Client& client, const Target& target, std::string from,
            std::string& kept) {
  std::chrono::milliseconds pause = kBusy;
  while (call.screen.out.good()) {
    std::this_thread::sleep_for(pause);
    const Piece piece = fetch(client, target, {{"from", from}});
    pause = piece.data.empty() ? kIdle : piece.data.size() < kMuch ? kBusy : std::chrono::milliseconds(0);
    from = piece.next;
    if (piece.skipped)
      call.screen.err
          << "croft: some of the log is missing here: it was written faster than it could be followed\n";
    print(call, piece.data, kept);
  }
}

int run(Invocation& call) {
  const Target target = parse_target(call.operand(0), call.tenant());
  Client client = call.client();
  std::string kept;
  Piece piece = fetch_all(client, target);
  if (call.arguments.has("lines"))
    piece.data = last_lines(piece.data, parse_count(call.arguments.value("lines")));
  print(call, piece.data, kept);
  if (call.arguments.has("follow")) follow(call, client, target, piece.next, kept);
  return 0;
}

}  // namespace

Command logs_command() {
  return {
      .name = "logs",
      .aliases = {"log"},
      .summary = "what it printed",
      .operands = "CONTAINER",
      .least = 1,
      .most = 1,
      .names = Names::kContainers,
      .description =
          "Prints what a container has written to its console; the newest part is kept. On a terminal "
          "everything "
          "but text and colours is shown as escapes, because the container decides what it writes.",
      .options = {{"-f,--follow", "", "Go on with what is written from now on"},
                  {"-n,--lines", "N", "Only the last N lines"},
                  {"--raw", "", "Pass every byte to a terminal too"},
                  kTenant},
      .examples = {{"croft logs -n 20 web1", "The last 20 lines"}, {"croft logs -f web1", "As it happens"}},
      .run = run,
  };
}

}  // namespace croft::ctl
