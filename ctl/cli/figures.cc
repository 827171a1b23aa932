#include "ctl/cli/figures.h"

#include <fmt/core.h>
#include <algorithm>

#include <array>

namespace croft::ctl {

std::string human_size(std::uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes);
  constexpr std::string_view kUnits = "KMGTPE";
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  // 1023.5 would be printed as 1024 of its unit.
  while (value >= 1023.5 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.{}f}{}", value, value < 9.95 ? 1 : 0, kUnits[unit]);
}

std::string human_cores(std::uint64_t milli) {
  std::string text = fmt::format("{}.{:03}", milli / 1000, milli % 1000);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string human_span(std::uint64_t seconds) {
  if (seconds < 60) return fmt::format("{}s", seconds);
  if (seconds < 3600) return fmt::format("{}min", seconds / 60);
  if (seconds < 86400) return fmt::format("{}h", seconds / 3600);
  return fmt::format("{}d", seconds / 86400);
}

std::string human_micros(std::uint64_t micros) {
  if (micros == 0) return "0s";
  if (micros < 1000) return "<1ms";
  if (micros < 1'000'000) return fmt::format("{}ms", micros / 1000);
  if (micros < 10'000'000) return human_cores(micros / 100'000 * 100) + "s";
  return human_span(micros / 1'000'000);
}

std::optional<std::time_t> parse_time(std::string_view text) {
  std::tm parts{};
  const std::string copy(text);
  const char* rest = strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr || !copy.ends_with('Z')) return std::nullopt;
  return timegm(&parts);
}

std::string local_time(std::string_view text) {
  const std::optional<std::time_t> seconds = parse_time(text);
  std::tm parts{};
  if (!seconds || localtime_r(&*seconds, &parts) == nullptr) return std::string(text);
  std::array<char, 32> buffer{};
  const std::size_t size = strftime(buffer.data(), buffer.size(), "%Y-%m-%d %H:%M:%S", &parts);
  return {buffer.data(), size};
}

std::string short_time(std::string_view text) {
  return parse_time(text) ? local_time(text).substr(0, 16) : "-";
}

std::string limit_text(const Json& value, std::string (*format)(std::uint64_t)) {
  return value.is_number_unsigned() ? format(value.get<std::uint64_t>()) : plain(value);
}

std::string plain(const Json& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  std::string text;
  if (value.is_array()) {
    for (const Json& item : value) text += (text.empty() ? "" : ",") + plain(item);
    return text.empty() ? "-" : text;
  }
  if (value.is_object()) {
    for (const auto& [key, item] : value.items()) text += (text.empty() ? "" : ",") + key + "=" + plain(item);
    return text.empty() ? "-" : text;
  }
  return value.dump();
}

Json at_path(const Json& value, std::initializer_list<std::string_view> path) {
  const Json* here = &value;
  for (std::string_view name : path) {
    if (!here->is_object()) return nullptr;
    const auto found = here->find(std::string(name));
    if (found == here->end()) return nullptr;
    here = &*found;
  }
  return *here;
}

std::string first_line(const std::string& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string::npos) return text;
  const auto lines = std::count(text.begin(), text.end(), '\n') + (text.back() == '\n' ? 0 : 1);
  return lines == 1 ? text.substr(0, end)
                    : text.substr(0, end) + " ... (" + std::to_string(lines) + " lines)";
}

std::string text_at(const Json& value, std::string_view name) {
  const Json found = at_path(value, {name});
  return found.is_string() ? found.get<std::string>() : std::string();
}

}  // namespace croft::ctl
