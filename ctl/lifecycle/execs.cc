#include "ctl/lifecycle/execs.h"

#include <sys/random.h>

#include <charconv>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

constexpr std::chrono::seconds kKept{120};  // an ended one's status, for a client that lost its connection
constexpr std::size_t kMaxEntries = 65536;

}  // namespace

std::uint64_t Execs::new_number() {
  std::uint64_t number = 0;
  if (getrandom(&number, sizeof number, 0) != sizeof number) runtime::fail_errno("cannot get random bytes");
  return (number >> 1U) | 1U;
}

std::string Execs::id_of(const runtime::ProcessName& name) {
  return runtime::tag_text(name.tag) + "." + std::to_string(name.generation) + "." +
         std::to_string(name.process);
}

std::optional<runtime::ProcessName> Execs::parse_id(const std::string& id) {
  runtime::ProcessName name;
  const std::size_t first = id.find('.');
  const std::size_t second = first == std::string::npos ? first : id.find('.', first + 1);
  if (second == std::string::npos || !runtime::parse_tag(std::string_view(id).substr(0, first), &name.tag))
    return {};
  const auto number = [](std::string_view text, std::uint64_t* value) {
    const auto result = std::from_chars(text.data(), text.data() + text.size(), *value);
    return result.ec == std::errc() && result.ptr == text.data() + text.size();
  };
  const std::string_view text = id;
  if (!number(text.substr(first + 1, second - first - 1), &name.generation)) return {};
  if (!number(text.substr(second + 1), &name.process)) return {};
  return name;
}

void Execs::started(const runtime::ProcessName& name) {
  const std::lock_guard lock(mutex_);
  expire();
  entries_.try_emplace(name);
}

void Execs::hold(const runtime::WatchedProcess& process) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[process.name];
  if (entry.record) return;  // its end was told before it was known to run
  entry.pid = process.pid;
  entry.pidfd = process.pidfd.duplicate();
}

std::vector<runtime::WatchedProcess> Execs::running() {
  const std::lock_guard lock(mutex_);
  std::vector<runtime::WatchedProcess> all;
  for (const auto& [name, entry] : entries_)
    if (entry.pidfd) all.push_back({name, entry.pid, entry.pidfd.duplicate(), {}});
  return all;
}

void Execs::ended(const runtime::ExitRecord& record) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find({record.tag, record.generation, record.process});
  if (found == entries_.end()) return;  // nobody will ask
  found->second.record = record;
  found->second.pidfd.reset();
  found->second.ended = Clock::now();
  changed_.notify_all();
}

std::optional<runtime::ExitRecord> Execs::wait(const runtime::ProcessName& name,
                                               std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  if (!entries_.contains(name))
    throw runtime::Error(runtime::ErrorKind::kNotFound, "there is no such process");
  changed_.wait_for(lock, timeout,
                    [&] { return entries_.contains(name) && entries_.at(name).record.has_value(); });
  const auto found = entries_.find(name);
  return found == entries_.end() ? std::nullopt : found->second.record;
}

void Execs::expire() {
  const Clock::time_point now = Clock::now();
  std::erase_if(entries_, [&](const auto& item) {
    return item.second.record && (now - item.second.ended > kKept || entries_.size() > kMaxEntries);
  });
}

std::string exit_line(const runtime::ExitRecord& record) {
  switch (record.kind) {
    case runtime::ExitKind::kExited:
      return "{\"exited\":" + std::to_string(record.status) + "}\n";
    case runtime::ExitKind::kKilled:
      return "{\"killed\":" + std::to_string(record.status) + "}\n";
    default:
      return "{\"unknown\":true}\n";
  }
}

}  // namespace croft::ctl
