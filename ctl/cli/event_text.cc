#include "ctl/cli/event_text.h"

#include <fmt/core.h>

#include <map>

#include "ctl/cli/figures.h"
#include "ctl/cli/resource_figures.h"

namespace croft::ctl {
namespace {

// In a sentence a number of cores needs its unit.
std::string amount(const std::string& resource, std::uint64_t value) {
  const char* unit = value == 1000 ? " core" : " cores";
  return quantity_text(unit_of(resource), value) + (resource == "cpu" ? unit : "");
}

// " of 800M", nothing when the bound is not told.
std::string of_bound(const std::string& resource, const Json& detail) {
  const std::optional<std::uint64_t> bound = number_at(detail, "bound");
  return bound ? " of " + amount(resource, *bound) : "";
}

std::string victims_text(const Json& detail) {
  std::string text;
  for (const Json& victim : detail.value("victims", Json::array())) {
    const std::optional<std::uint64_t> size = number_at(victim, "anon_bytes");
    text += fmt::format("{}{} ({}{})", text.empty() ? "" : ", ", text_at(victim, "name"),
                        plain(at_path(victim, {"pid"})), size ? ", " + human_size(*size) : "");
  }
  return text;
}

std::string killed_text(const Json& detail) {
  const std::string victims = victims_text(detail);
  if (!victims.empty()) return ": killed " + victims;
  const std::uint64_t count = number_at(detail, "count").value_or(0);
  if (count == 0) return "";
  return count == 1 ? ": a process was killed" : fmt::format(": {} processes were killed", count);
}

std::string refused_text(const Json& detail) {
  const std::uint64_t count = number_at(detail, "count").value_or(0);
  if (count == 0) return "";
  return count == 1 ? ": refused once" : fmt::format(": refused {} times", count);
}

// What stands around the bound, and behind.
struct Words {
  std::string_view before;
  std::string_view after;
  std::string (*more)(const Json& detail) = nullptr;
};
const std::map<std::string, Words, std::less<>> kWords{
    {"resource.burst-ended", {"burst used up, held at its barrier", ""}},
    {"resource.burst-again", {"may burst again above its barrier", ""}},
    {"resource.squeezed", {"held at its barrier", ", as the host is short"}},
    {"resource.released", {"may burst again above its barrier", ", as the host has room"}},
    {"resource.barrier", {"over its barrier", ""}},
    {"resource.threshold", {"over its threshold", ""}},
    {"resource.throttled", {"held back at its bound", ""}},
    {"resource.stuck",
     {"stopped at its barrier", " without progress: the barrier is lifted, an OOM kill may follow"}},
    {"resource.oom", {"at its limit", "", killed_text}},
    {"resource.refused", {"at its limit", "", refused_text}},
};

std::string resource_text(const Words& words, const Json& detail) {
  const std::string resource = text_at(detail, "resource");
  const std::optional<std::uint64_t> held = number_at(detail, "held");
  const std::string action = text_at(detail, "action");
  return resource + (held ? " " + amount(resource, *held) : "") + ", " + std::string(words.before) +
         of_bound(resource, detail) + std::string(words.after) +
         (words.more != nullptr ? words.more(detail) : "") + (action.empty() ? "" : " (" + action + ")");
}

}  // namespace

std::string event_text(const Json& event) {
  const Json detail = at_path(event, {"detail"});
  if (detail.is_null() || detail.empty()) return "";
  const auto words = kWords.find(text_at(event, "kind"));
  const bool known = words != kWords.end() && !text_at(detail, "resource").empty();
  return known ? resource_text(words->second, detail) : plain(detail);
}

}  // namespace croft::ctl
