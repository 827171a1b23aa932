#include "cgroups/files.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <limits>
#include <thread>

#include "cgroups/figures.h"
#include "runtime/error.h"

namespace croft::cgroups {
namespace {

std::uint64_t number_in(std::string_view text, std::string_view what) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  if (text == "max") return std::numeric_limits<std::uint64_t>::max();
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    throw runtime::Error(runtime::ErrorKind::kSystem, "`" + std::string(what) + "` holds no number");
  return value;
}

}  // namespace

std::string read_value(const runtime::Fd& directory, const char* file) {
  const runtime::Fd fd = runtime::open_at(directory, file, O_RDONLY);
  std::array<char, 4096> buffer{};
  const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
  if (got < 0) runtime::fail_errno("cannot read `" + std::string(file) + "`");
  return {buffer.data(), static_cast<std::size_t>(got)};
}

std::uint64_t read_number(const runtime::Fd& directory, const char* file) {
  return number_in(read_value(directory, file), file);
}

std::uint64_t keyed_number(std::string_view content, std::string_view key) {
  if (const auto number = number_of_line(content, key)) return *number;
  throw runtime::Error(runtime::ErrorKind::kUnsupported,
                       "the kernel does not tell `" + std::string(key) + "`");
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(separator));
    if (!part.empty()) parts.emplace_back(part);
    text.remove_prefix(std::min(part.size() + 1, text.size()));
  }
  return parts;
}

std::vector<std::string> split_all(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t end = 0; end != std::string_view::npos;) {
    end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return parts;
}

bool has_word(std::string_view content, std::string_view word) {
  for (std::size_t at = content.find(word); at != std::string_view::npos; at = content.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool begins = at == 0 || content[at - 1] == ' ';
    const bool ends = end == content.size() || content[end] == ' ' || content[end] == '\n';
    if (begins && ends) return true;
  }
  return false;
}

Deadline deadline_in(Milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

bool Patience::wait() {
  if (std::chrono::steady_clock::now() >= deadline_) return false;
  std::this_thread::sleep_for(step_);
  step_ = std::min(step_ * 2, std::chrono::microseconds(10000));
  return true;
}

}  // namespace croft::cgroups
