// Programs that are run when something happens to a container: hook.EVENT, written
//   [inside] [timeout=TIME] [on-failure=refuse|ignore] PROGRAM [ARGUMENT...]
// Words are separated by blanks; one that has some itself, or quotes, is written as a text in JSON: "a b".
// No shell reads them.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/spec/units.h"

namespace croft::ctl {

enum class HookEvent { kPreCreate, kPreStart, kPostStart, kPreStop, kPostStop, kPostDestroy };
inline constexpr std::array kHookEvents{HookEvent::kPreCreate, HookEvent::kPreStart, HookEvent::kPostStart,
                                        HookEvent::kPreStop,   HookEvent::kPostStop, HookEvent::kPostDestroy};
std::string_view to_text(HookEvent event);
std::optional<HookEvent> hook_event_of(std::string_view text);
// Whether what it is about has yet to be done, and can be refused.
bool is_before(HookEvent event);

struct Hook {
  bool inside = false;             // in the container, else on the host
  Seconds timeout{30};             // then it is killed
  std::optional<bool> refuses;     // whether its failure refuses what it is before; unset: it does
  std::vector<std::string> words;  // the program, by its name in the host's directory or its path inside
  bool operator==(const Hook&) const = default;
};

// Throws Error kInvalid.
Hook parse_hook(std::string_view text);
// Canonical: parse_hook(to_text(hook)) == hook.
std::string to_text(const Hook& hook);

using Hooks = std::map<std::string, Hook>;  // by their event's text

// What is wrong with a hook of this event; empty when nothing is.
std::string problem_of(HookEvent event, const Hook& hook);

}  // namespace croft::ctl
