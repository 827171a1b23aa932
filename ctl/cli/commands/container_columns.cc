#include "ctl/cli/commands/container_columns.h"

#include <algorithm>

#include "ctl/cli/figures.h"
#include "ctl/cli/suggest.h"

namespace croft::ctl {
namespace {

std::string size_text(const Json& value) {
  return limit_text(value, human_size);
}
std::string cores_text(const Json& value) {
  return limit_text(value, human_cores);
}
std::string seconds_text(const Json& value) {
  return limit_text(value, [](std::uint64_t micros) { return human_cores(micros / 1000) + "s"; });
}
std::string time_text(const Json& value) {
  return value.is_string() ? short_time(value.get<std::string>()) : "-";
}

}  // namespace

std::vector<ContainerColumn> container_columns() {
  using J = const Json&;
  return {
      {"name", false, [](J c) { return at_path(c, {"name"}); }, plain},
      {"tenant", false, [](J c) { return at_path(c, {"tenant"}); }, plain},
      {"uuid", false, [](J c) { return at_path(c, {"uuid"}); }, plain},
      {"state", false, [](J c) { return at_path(c, {"state"}); }, plain},
      {"reason", false, [](J c) { return at_path(c, {"reason"}); }, plain},
      {"up", false, [](J c) { return at_path(c, {"up"}); }, plain},
      {"template", false, [](J c) { return at_path(c, {"template"}); }, plain},
      {"init", false,
       [](J c) {
         return at_path(c, {"init", "kind"});
       },
       plain},
      {"pid", true,
       [](J c) {
         return at_path(c, {"init", "pid"});
       },
       plain},
      {"addresses", false, [](J c) { return at_path(c, {"addresses"}); }, plain},
      {"memory", true,
       [](J c) {
         return at_path(c, {"usage", "memory_bytes"});
       },
       size_text},
      {"memory-limit", true,
       [](J c) {
         return at_path(c, {"spec", "memory", "limit"});
       },
       size_text},
      {"cpu-time", true,
       [](J c) {
         return at_path(c, {"usage", "cpu_us"});
       },
       seconds_text},
      {"cpu-limit", true,
       [](J c) {
         return at_path(c, {"spec", "cpu", "limit"});
       },
       cores_text},
      {"tasks", true,
       [](J c) {
         return at_path(c, {"usage", "tasks"});
       },
       plain},
      {"tasks-limit", true,
       [](J c) {
         return at_path(c, {"spec", "tasks", "limit"});
       },
       plain},
      {"ids", true,
       [](J c) {
         return at_path(c, {"id_range", "base"});
       },
       plain},
      {"created", false, [](J c) { return at_path(c, {"created"}); }, time_text},
      {"started", false, [](J c) { return at_path(c, {"started"}); }, time_text},
      {"labels", false, [](J c) { return at_path(c, {"labels"}); }, plain},
  };
}

namespace {

runtime::Error unknown_column(std::string_view name, const std::vector<std::string_view>& known) {
  std::string text = "unknown column `" + std::string(name) + "`";
  const std::string near = did_you_mean(name, known);
  if (!near.empty()) return {runtime::ErrorKind::kInvalid, text + near};
  for (const std::string_view& one : known)
    text += (&one == known.data() ? "; there are " : ", ") + std::string(one);
  return {runtime::ErrorKind::kInvalid, text};
}

}  // namespace

std::vector<ContainerColumn> pick_columns(const std::string& names) {
  const std::vector<ContainerColumn> all = container_columns();
  std::vector<std::string_view> known;
  for (const ContainerColumn& column : all) known.push_back(column.name);
  std::vector<ContainerColumn> picked;
  for (std::string_view rest = names; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view name = rest.substr(0, comma);
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& column) { return column.name == name; });
    if (found == all.end()) {
      throw unknown_column(name, known);
    }
    picked.push_back(*found);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return picked;
}

Colour state_colour(const std::string& state) {
  if (state == "running") return Colour::kGood;
  if (state == "failed" || state == "destroying") return Colour::kBad;
  return state == "frozen" || state == "stopping" ? Colour::kStill : Colour::kNone;
}

}  // namespace croft::ctl
