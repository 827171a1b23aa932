#include <algorithm>
#include <charconv>
#include <ostream>
#include <thread>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/top_session.h"
#include "ctl/spec/units.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr int kSilenceSeconds = 5;  // of the daemon, then it counts as away

// "2", "0.5", "0.5s"
std::chrono::milliseconds interval_of(const std::string& text) {
  const std::string_view digits =
      std::string_view(text).substr(0, text.size() - (text.ends_with('s') ? 1 : 0));
  double seconds = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  const bool good = error == std::errc() && end == digits.data() + digits.size();
  if (!good || !(seconds >= 0.5 && seconds <= 60))
    throw Error(ErrorKind::kInvalid, "`" + text + "` is no interval").cure("use 0.5 to 60 seconds");
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

TopSort sort_of(const std::string& text) {
  for (TopSort sort : kTopSorts)
    if (to_text(sort) == text) return sort;
  throw Error(ErrorKind::kInvalid, "cannot sort by `" + text + "`")
      .cure("use cpu, memory, io, tasks, name or burst");
}

TopOptions options_of(const Invocation& call, const Selection& selection) {
  TopOptions options;
  options.interval = interval_of(call.arguments.value("interval", "2"));
  if (call.arguments.has("count")) options.frames = parse_count(call.arguments.value("count"));
  if (options.frames == 0) throw Error(ErrorKind::kInvalid, "--count must be at least 1");
  options.with_tenants = selection.is_wide();
  options.view.sort = sort_of(call.arguments.value("sort", "cpu"));
  options.view.reversed = call.arguments.has("reverse");
  options.view.colour = call.screen.colour;
  return options;
}

std::string utc_time() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> buffer{};
  return {buffer.data(), strftime(buffer.data(), buffer.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

// Frames one below the other, as text or as JSON.
class TopBatch {
 public:
  TopBatch(const Invocation& call, const TopOptions& options)
      : call_(call), view_(options.view), figures_(options.with_tenants) {
    view_.lines = kUnbounded;
    view_.columns = kUnbounded;
  }

  void print(const TopSample& sample) {
    if (call_.json()) {
      print_line({{"time", utc_time()}, {"host", sample.host}, {"items", sample.containers}});
      return;
    }
    TopFrame frame = figures_.frame(sample, time_of_day());
    print_gap();
    for (const std::string& line : compose(frame, view_, row_order(view_.sort, view_.reversed)))
      if (!line.empty()) call_.screen.out << line << '\n';
    call_.screen.out << std::flush;
  }

  // Throws on what will not become better.
  void print_away(const Error& error) {
    const std::string text = away_text(error);
    if (call_.json()) {
      print_line({{"time", utc_time()},
                  {"error", {{"code", runtime::code_of(error.kind())}, {"detail", error.what()}}}});
      return;
    }
    print_gap();
    call_.screen.out << time_of_day() << "  " << text << std::endl;
  }

 private:
  void print_line(const Json& value) {
    call_.screen.out << value.dump(-1, ' ', call_.screen.out_terminal, Json::error_handler_t::replace)
                     << std::endl;
  }
  void print_gap() { call_.screen.out << (std::exchange(begun_, true) ? "\n" : ""); }

  const Invocation& call_;
  TopView view_;
  TopFigures figures_;
  bool begun_ = false;
};

int run_batch(const Invocation& call, const TopOptions& options, const std::function<TopSample()>& ask) {
  TopBatch batch(call, options);
  auto next = std::chrono::steady_clock::now();
  batch.print(ask());
  for (std::uint64_t printed = 1; call.screen.out.good(); ++printed) {
    if (options.frames && printed >= *options.frames) return kExitOk;
    next = std::max(next + options.interval, std::chrono::steady_clock::now());
    std::this_thread::sleep_until(next);
    try {
      batch.print(ask());
    } catch (const Error& error) {
      batch.print_away(error);
    }
  }
  return kExitOk;
}

bool is_full_screen(const Invocation& call) {
  const auto term = call.environment.find("TERM");
  const bool able = term != call.environment.end() && !term->second.empty() && term->second != "dumb";
  return able && is_terminal(call.stdio.out) && !call.json() && !call.arguments.has("batch");
}

int run(Invocation& call) {
  const std::string tenant = call.arguments.has("all-tenants") ? "*" : call.tenant();
  const Selection selection(call.arguments.operands, tenant);
  TopOptions options = options_of(call, selection);
  Client client(call.socket_path(), kSilenceSeconds);
  const auto ask = [&] { return ask_for_top(client, selection, !call.json()); };
  if (!is_full_screen(call)) return run_batch(call, options, ask);
  options.view.interactive = true;
  return run_top_screen(call.stdio, options, ask);
}

}  // namespace

Command top_command() {
  return {
      .name = "top",
      .summary = "what uses most, live",
      .operands = "[CONTAINER...]",
      .most = kAnyNumber,
      .names = Names::kContainers,
      .description =
          "Shows the containers that run, with what they use, and goes on until `q` is typed. Above them: "
          "how "
          "many run, processors in use, memory held of what there is, and how much of it is guaranteed. CPU "
          "is "
          "in cores; CPU% and MEM% are parts of the limit; IO is what is read or written a second, whichever "
          "is "
          "more; BURST is what is left of the emptiest bucket, with `!` when nothing is to be had now; FAIL "
          "counts what was refused since the screen began. Figures above the barrier are yellow, near the "
          "limit "
          "red.\n"
          "The keys c, m, i, t, n and b sort by cpu, memory, io, tasks, name and burst, marked with `*`; the "
          "same again sorts the other way. Arrows and page keys move, h helps, q and Ctrl-C leave. While the "
          "daemon is away, as when it is restarted, the last figures stay and a line says so.\n"
          "With -b, or where standard output is no terminal, frames are printed one below the other; with -j "
          "each is one JSON object a line: time, host, and items with exact figures as of `croft resources`.",
      .options = {{"-i,--interval", "SECONDS", "Time between updates, 0.5 to 60; 2 unless said"},
                  {"-s,--sort", "KEY", "Sort by cpu, memory, io, tasks, name or burst; cpu unless said"},
                  {"-r,--reverse", "", "Sort the other way round"},
                  {"-b,--batch", "", "Print plain frames"},
                  {"-n,--count", "COUNT", "Leave after so many updates"},
                  {"-A,--all-tenants", "", "Containers of every tenant that the caller may see"},
                  kTenant,
                  kJson},
      .examples = {{"croft top", "Until q is typed"},
                   {"croft top -A -s burst -i 5", "Whose burst is used up, over all tenants"},
                   {"croft top -b -n 1 'web*'", "One look at some, as text"},
                   {"croft top -j -n 1 | jq '.host.resources'", "The host's sums"}},
      .run = run,
  };
}

}  // namespace croft::ctl
