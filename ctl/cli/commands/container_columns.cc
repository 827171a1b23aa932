#include "ctl/cli/commands/container_columns.h"

#include <algorithm>

#include "ctl/cli/figures.h"
#include "ctl/cli/suggest.h"
#include "ctl/spec/tree.h"

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
std::string note_text(const Json& value) {
  return first_line(plain(value));
}
std::string time_text(const Json& value) {
  return value.is_string() ? short_time(value.get<std::string>()) : "-";
}

}  // namespace

Json ContainerColumn::value(const Json& container) const {
  const Json* const found = tree::find(container, path);
  return found != nullptr ? *found : Json();
}

std::vector<ContainerColumn> container_columns() {
  return {
      {"name", false, "name", plain},
      {"tenant", false, "tenant", plain},
      {"uuid", false, "uuid", plain},
      {"state", false, "state", plain},
      {"reason", false, "reason", plain},
      {"up", false, "up", plain},
      {"template", false, "template", plain},
      {"init", false, "init.kind", plain},
      {"pid", true, "init.pid", plain},
      {"addresses", false, "addresses", plain},
      {"memory", true, "usage.memory_bytes", size_text},
      {"memory-limit", true, "spec.memory.limit", size_text},
      {"cpu-time", true, "usage.cpu_us", seconds_text},
      {"cpu-limit", true, "spec.cpu.limit", cores_text},
      {"tasks", true, "usage.tasks", plain},
      {"tasks-limit", true, "spec.tasks.limit", plain},
      {"ids", true, "id_range.base", plain},
      {"created", false, "created", time_text},
      {"started", false, "started", time_text},
      {"external-id", false, "spec.external_id", plain},
      {"note", false, "spec.note", note_text},
      {"labels", false, "labels", plain},
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
