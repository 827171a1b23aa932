// The states of a container and the one table of moves between them. Storing a state goes through check_move.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace croft::ctl {

enum class State {
  kConfigured,  // recorded; has no storage yet
  kReady,       // has all it needs; never ran
  kRunning,
  kFrozen,
  kStopping,
  kStopped,
  kFailed,      // with a reason
  kDestroying,  // being taken apart; a reason says what it is stuck at
};

inline constexpr std::array kStates{State::kConfigured, State::kReady,   State::kRunning, State::kFrozen,
                                    State::kStopping,   State::kStopped, State::kFailed,  State::kDestroying};

std::string_view to_text(State state);
std::optional<State> state_of(std::string_view text);

bool may_move(State from, State to);
// Whether it has a run: its first process lives, or its end is not yet dealt with.
bool has_run(State state);
// Throws Error kConflict: "`default/web1` is configured and cannot become frozen".
void check_move(State from, State to, std::string_view object);

}  // namespace croft::ctl
