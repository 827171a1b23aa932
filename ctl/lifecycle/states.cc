#include "ctl/lifecycle/states.h"

#include <cstdint>
#include <string>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

struct Row {
  State from;
  std::string_view name;
  std::uint32_t to;  // set of states, one bit each
};

constexpr std::uint32_t bit(State state) {
  return std::uint32_t{1} << static_cast<unsigned>(state);
}

template <class... States>
constexpr std::uint32_t set(States... states) {
  return (bit(states) | ... | 0U);
}

using enum State;

// The table of moves, in the order of the enum. A state may follow itself nowhere: what only adds a reason is
// no move. What is destroyed cannot come back.
constexpr std::array kRows{
    Row{kConfigured, "configured", set(kReady, kFailed, kDestroying)},
    Row{kReady, "ready", set(kRunning, kFailed, kStopping, kDestroying)},
    Row{kRunning, "running", set(kFrozen, kStopping, kStopped, kFailed)},
    Row{kFrozen, "frozen", set(kRunning, kStopping, kStopped, kFailed)},
    Row{kStopping, "stopping", set(kStopped, kFailed, kDestroying)},
    Row{kStopped, "stopped", set(kRunning, kFailed, kDestroying)},
    Row{kFailed, "failed", set(kRunning, kStopped, kStopping, kDestroying)},
    Row{kDestroying, "destroying", set()},
};
static_assert(kRows.size() == kStates.size());

const Row& row(State state) {
  return kRows.at(static_cast<std::size_t>(state));
}

}  // namespace

std::string_view to_text(State state) {
  return row(state).name;
}

std::optional<State> state_of(std::string_view text) {
  for (const Row& row : kRows)
    if (row.name == text) return row.from;
  return std::nullopt;
}

bool may_move(State from, State to) {
  return (row(from).to & bit(to)) != 0;
}

bool has_run(State state) {
  return state == kRunning || state == kFrozen || state == kStopping;
}

void check_move(State from, State to, std::string_view object) {
  if (may_move(from, to)) return;
  runtime::Error error(runtime::ErrorKind::kConflict, "`" + std::string(object) + "` is " +
                                                          std::string(to_text(from)) + " and cannot become " +
                                                          std::string(to_text(to)));
  if (to == kDestroying && (from == kRunning || from == kFrozen)) error.cure("stop it first");
  throw error;
}

}  // namespace croft::ctl
