#include "runtime/exit_record.h"

#include <poll.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>

namespace croft::runtime {
namespace {

template <class T>
bool number(std::string_view* text, T* value) {
  while (!text->empty() && text->front() == ' ') text->remove_prefix(1);
  const auto result = std::from_chars(text->data(), text->data() + text->size(), *value);
  if (result.ec != std::errc()) return false;
  text->remove_prefix(static_cast<std::size_t>(result.ptr - text->data()));
  return true;
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool parse_line(std::string_view line, ExitRecord* record) {
  std::int64_t kind = 0;
  if (!parse_tag(line.substr(0, line.find(' ')), &record->tag)) return false;
  line.remove_prefix(std::min(line.size(), line.find(' ')));
  if (!number(&line, &record->generation) || !number(&line, &record->process) || !number(&line, &kind) ||
      !number(&line, &record->status) || !number(&line, &record->time) || !line.empty())
    return false;
  if (kind < 1 || kind > 3) return false;
  record->kind = static_cast<ExitKind>(kind);
  return true;
}

}  // namespace

std::string to_line(const ExitRecord& record) {
  return tag_text(record.tag) + " " + std::to_string(record.generation) + " " +
         std::to_string(record.process) + " " + std::to_string(static_cast<std::int64_t>(record.kind)) + " " +
         std::to_string(record.status) + " " + std::to_string(record.time) + "\n";
}

std::vector<ExitRecord> parse_exit_records(std::string_view text) {
  std::vector<ExitRecord> records;
  for (std::size_t end = 0; (end = text.find('\n')) != std::string_view::npos; text.remove_prefix(end + 1)) {
    ExitRecord record;
    if (parse_line(text.substr(0, end), &record)) records.push_back(record);
  }
  return records;
}

std::string tag_text(const Tag& tag) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : tag) {
    text.push_back(kDigits[byte >> 4U]);
    text.push_back(kDigits[byte & 15U]);
  }
  return text;
}

bool parse_tag(std::string_view text, Tag* tag) {
  std::size_t count = 0;
  for (const char c : text) {
    if (c == '-') continue;
    const int value = digit(c);
    if (value < 0 || count >= 2 * tag->size()) return false;
    std::uint8_t& byte = (*tag)[count / 2];
    byte = static_cast<std::uint8_t>(count % 2 == 0 ? value << 4 : byte | value);
    ++count;
  }
  return count == 2 * tag->size();
}

void read_exit(int pidfd, ExitKind* kind, std::int64_t* status) noexcept {
  *kind = ExitKind::kRunning;
  *status = 0;
  pollfd waiting{pidfd, POLLIN, 0};
  if (poll(&waiting, 1, 0) == 0) return;
  siginfo_t info{};
  if (waitid(P_PIDFD, static_cast<id_t>(pidfd), &info, WEXITED | WNOHANG | WNOWAIT) == 0) {
    if (info.si_pid == 0) return;
    *kind = info.si_code == CLD_EXITED ? ExitKind::kExited : ExitKind::kKilled;
    *status = info.si_status;
    return;
  }
  *kind = ExitKind::kUnknown;
}

}  // namespace croft::runtime
