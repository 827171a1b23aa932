#include "cgroups/resources.h"

#include <span>

namespace croft::cgroups {
namespace {

struct Row {
  std::string_view text;
  Unit unit;
};

// In the order of Resource.
constexpr std::array<Row, kResourceCount> kRows{{{"cpu", Unit::kMilliCpu},
                                                 {"memory", Unit::kBytes},
                                                 {"swap", Unit::kBytes},
                                                 {"memswap", Unit::kBytes},
                                                 {"io", Unit::kBytesPerSecond},
                                                 {"iops", Unit::kPerSecond},
                                                 {"tasks", Unit::kItems},
                                                 {"files", Unit::kItems},
                                                 {"sockets.tcp", Unit::kItems},
                                                 {"sockets.other", Unit::kItems},
                                                 {"disk", Unit::kBytes},
                                                 {"inodes", Unit::kItems},
                                                 {"net.in", Unit::kBytesPerSecond},
                                                 {"net.out", Unit::kBytesPerSecond}}};
constexpr std::array<std::string_view, 6> kActions{"log", "event", "exec", "signal", "freeze", "throttle"};
constexpr std::array<std::string_view, 3> kPolicies{"kill-one", "kill-container", "freeze"};

template <class Enum>
std::optional<Enum> value_of(std::span<const std::string_view> names, std::string_view text) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == text) return static_cast<Enum>(i);
  return std::nullopt;
}

}  // namespace

std::string_view to_text(Resource resource) {
  return kRows.at(static_cast<std::size_t>(resource)).text;
}

std::optional<Resource> resource_of(std::string_view text) {
  for (std::size_t i = 0; i < kRows.size(); ++i)
    if (kRows[i].text == text) return static_cast<Resource>(i);
  return std::nullopt;
}

Unit unit_of(Resource resource) {
  return kRows.at(static_cast<std::size_t>(resource)).unit;
}

std::string_view to_text(Action action) {
  return kActions.at(static_cast<std::size_t>(action));
}

std::optional<Action> action_of(std::string_view text) {
  return value_of<Action>(kActions, text);
}

std::string_view to_text(OomPolicy policy) {
  return kPolicies.at(static_cast<std::size_t>(policy));
}

std::optional<OomPolicy> oom_policy_of(std::string_view text) {
  return value_of<OomPolicy>(kPolicies, text);
}

}  // namespace croft::cgroups
