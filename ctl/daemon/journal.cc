#include "ctl/daemon/journal.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>

#include "ctl/api/operations.h"

namespace croft::ctl {
namespace {

using runtime::Fd;

constexpr std::size_t kMaxMessage = 16384;  // a datagram must hold it

bool leads_to(const char* journal_stream, int output) {
  struct stat info {};
  if (journal_stream == nullptr || fstat(output, &info) != 0) return false;
  return std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino) == journal_stream;
}

Fd connect_journal(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return {};
  std::memcpy(address.sun_path, path.data(), path.size());
  Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const void* generic = &address;
  if (connect(socket.get(), static_cast<const sockaddr*>(generic), sizeof address) != 0) return {};
  return socket;
}

int priority_of(LogRecord::Level level) {
  switch (level) {
    case LogRecord::Level::kError:
      return 3;
    case LogRecord::Level::kWarning:
      return 4;
    case LogRecord::Level::kInfo:
      return 6;
  }
  return 6;
}

const char* word_of(LogRecord::Level level) {
  switch (level) {
    case LogRecord::Level::kError:
      return "error: ";
    case LogRecord::Level::kWarning:
      return "warning: ";
    case LogRecord::Level::kInfo:
      return "";
  }
  return "";
}

// NAME=value, or with a length in front when the value has line breaks (journal native protocol).
void add_field(std::string& entry, const std::string& name, const std::string& value) {
  if (value.empty()) return;
  if (value.find('\n') == std::string::npos) {
    entry += name + "=" + value + "\n";
    return;
  }
  entry += name + "\n";
  for (unsigned shift = 0; shift < 64; shift += 8)
    entry += static_cast<char>((std::uint64_t{value.size()} >> shift) & 0xFFU);
  entry += value + "\n";
}

// Container names and errors can carry what images contain: one record stays one line.
std::string one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  return text;
}

}  // namespace

std::string log_line(const LogRecord& record, const std::string& time) {
  std::string line = time + " croftd: " + word_of(record.level) + record.message.substr(0, kMaxMessage);
  if (!record.verb.empty())
    line += " (" + record.verb + (record.object.empty() ? "" : " `" + record.object + "`") + ", uid " +
            std::to_string(record.uid) + ")";
  return one_line(std::move(line)) + "\n";
}

std::string journal_entry(const LogRecord& record) {
  std::string entry;
  add_field(entry, "MESSAGE", record.message.substr(0, kMaxMessage));
  add_field(entry, "PRIORITY", std::to_string(priority_of(record.level)));
  add_field(entry, "SYSLOG_IDENTIFIER", "croftd");
  add_field(entry, "CROFT_VERB", record.verb);
  add_field(entry, "CROFT_OBJECT", record.object);
  add_field(entry, "CROFT_CODE", record.code);
  if (!record.verb.empty()) add_field(entry, "CROFT_ACTOR_UID", std::to_string(record.uid));
  return entry;
}

Journal::Journal(const char* journal_stream, int output, const std::string& socket) : output_(output) {
  if (leads_to(journal_stream, output)) journal_ = connect_journal(socket);
}

void Journal::write(const LogRecord& record) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    const std::string entry = journal_ ? journal_entry(record) : std::string();
    if (journal_ && send(journal_.get(), entry.data(), entry.size(), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
      return;
    const std::string line = log_line(record, to_rfc3339(std::chrono::system_clock::now()));
    // Nobody is left to tell when standard error does not take it.
    static_cast<void>(!::write(output_, line.data(), line.size()));
  } catch (...) {  // out of memory
    return;
  }
}

}  // namespace croft::ctl
