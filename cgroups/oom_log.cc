#include "cgroups/oom_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>

#include "runtime/error.h"

namespace croft::cgroups {
namespace {

constexpr std::uint64_t kFirstOfPrograms = 8;  // facility 1 and up; 0 is the kernel
constexpr std::size_t kMaxCommand = 60;        // 15 bytes, each written as \xNN at worst

// Takes the number that `text` begins with, and `after` behind it, off it.
std::optional<std::uint64_t> take_number(std::string_view& text, std::string_view after) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.starts_with(after)) return std::nullopt;
  text.remove_prefix(after.size());
  return value;
}

bool take(std::string_view& text, std::string_view what) {
  if (!text.starts_with(what)) return false;
  text.remove_prefix(what.size());
  return true;
}

// Is `path` the group `above` or one below it?
bool lies_in(std::string_view path, std::string_view above) {
  return path.starts_with(above) && (path.size() == above.size() || path[above.size()] == '/');
}

// What stands behind `key` in the text, up to `end`.
std::string_view between(std::string_view text, std::string_view key, std::string_view end) {
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + key.size());
  return rest.substr(0, rest.find(end));
}

// "1234kB" behind `key`.
Bytes size_of(std::string_view text, std::string_view key) {
  std::string_view number = between(text, key, ",");
  return {take_number(number, "kB").value_or(0) * 1024};
}

struct Victim {
  std::uint64_t pid = 0;
  std::string_view full_group;
  std::string_view group;
};

// "oom-kill:constraint=C,nodemask=N,cpuset=NAME,mems_allowed=N,oom_memcg=PATH,task_memcg=PATH,task=COMM,pid=N,
// uid=N"; for the whole host `global_oom` instead of `oom_memcg=PATH`. A slash must follow the keys of paths:
// NAME has none. In PATHs of a container's own making a second `task_memcg=/` may be met, which leads to what
// lies outside of the first path and is then not believed.
std::optional<Victim> victim_of(std::string_view text) {
  if (!take(text, "oom-kill:constraint=")) return std::nullopt;
  const std::size_t pid = text.rfind(",pid=");
  const std::size_t task = text.substr(0, pid).rfind(",task=");
  if (pid == std::string_view::npos || task == std::string_view::npos) return std::nullopt;
  Victim victim;
  std::string_view number = text.substr(pid + 5);
  const auto value = take_number(number, ",uid=");
  if (!value) return std::nullopt;
  victim.pid = *value;
  text = text.substr(0, task);
  constexpr std::string_view kFull = ",oom_memcg=";
  constexpr std::string_view kTask = ",task_memcg=";
  const std::size_t full = text.find(",oom_memcg=/");
  const std::size_t global = text.find(",global_oom,task_memcg=/");
  if (full < global) {
    const std::string_view paths = text.substr(full + kFull.size());
    const std::size_t end = paths.find(",task_memcg=/");
    victim.full_group = paths.substr(0, end);
    if (end != std::string_view::npos) victim.group = paths.substr(end + kTask.size());
    const bool root = victim.full_group == "/";
    if (!root && !lies_in(victim.group, victim.full_group)) victim.group = victim.full_group;
  } else if (global != std::string_view::npos) {
    victim.group = text.substr(global + std::string_view(",global_oom,task_memcg=").size());
  }
  return victim;
}

// "Memory cgroup out of memory: Killed process N (COMM) total-vm:NkB, anon-rss:NkB, file-rss:NkB,
// shmem-rss:NkB, UID:N pgtables:NkB oom_score_adj:N"; without the cgroup for the whole host. Behind the last
// ") total-vm:" nothing is COMM's.
std::optional<OomKill> kill_of(std::string_view text) {
  if (!text.starts_with("Memory cgroup out of memory") && !text.starts_with("Out of memory"))
    return std::nullopt;
  constexpr std::string_view kKilled = ": Killed process ";
  constexpr std::string_view kFigures = ") total-vm:";
  const std::size_t killed = text.find(kKilled);
  const std::size_t figures = text.rfind(kFigures);
  if (killed == std::string_view::npos || figures == std::string_view::npos || figures < killed)
    return std::nullopt;
  std::string_view name = text.substr(killed + kKilled.size(), figures - killed - kKilled.size());
  const auto pid = take_number(name, " (");
  if (!pid) return std::nullopt;
  const std::string_view rest = text.substr(figures + kFigures.size());
  OomKill kill;
  kill.pid = *pid;
  kill.command = name.substr(0, kMaxCommand);
  kill.anonymous = size_of(rest, " anon-rss:");
  kill.file = size_of(rest, " file-rss:");
  kill.shared = size_of(rest, " shmem-rss:");
  const std::string_view score = between(rest, " oom_score_adj:", " ");
  std::int64_t adjustment = 0;
  if (std::from_chars(score.data(), score.data() + score.size(), adjustment).ec == std::errc())
    kill.score_adjustment = adjustment;
  return kill;
}

}  // namespace

std::optional<LogRecord> parse_record(std::string_view record) {
  LogRecord result;
  const auto priority = take_number(record, ",");
  const auto sequence = priority ? take_number(record, ",") : std::nullopt;
  const auto time = sequence ? take_number(record, ",") : std::nullopt;
  const std::size_t text = record.find(';');
  if (!time || *priority >= kFirstOfPrograms || text == std::string_view::npos) return std::nullopt;
  result.sequence = *sequence;
  result.at = {*time};
  result.text = record.substr(text + 1);
  result.text = result.text.substr(0, result.text.find('\n'));  // lines behind it tell of a device
  return result;
}

std::optional<OomKill> OomLog::feed(const LogRecord& record) {
  if (record.text.starts_with("oom-kill:")) {
    const auto victim = victim_of(record.text);
    told_.reset();
    if (victim) told_ = Told{victim->pid, std::string(victim->full_group), std::string(victim->group)};
    return std::nullopt;
  }
  std::optional<OomKill> kill = kill_of(record.text);
  if (!kill) return std::nullopt;
  kill->at = record.at;
  if (!told_ || told_->pid != kill->pid) return kill;
  kill->full_group = std::move(told_->full_group);
  kill->group = std::move(told_->group);
  told_.reset();
  return kill;
}

KernelLog::KernelLog(const std::string& path)
    : fd_(runtime::open_file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)) {
  if (lseek(fd_.get(), 0, SEEK_END) < 0) runtime::fail_errno("cannot go to the end of `" + path + "`");
}

std::optional<std::string> KernelLog::next() {
  std::array<char, kMaxLogRecord> buffer;
  for (;;) {
    const ssize_t got = read(fd_.get(), buffer.data(), buffer.size());
    if (got > 0) return std::string(buffer.data(), static_cast<std::size_t>(got));
    if (got == 0 || errno == EAGAIN) return std::nullopt;
    // EPIPE: records were overwritten; EINVAL: one that does not fit, which is passed over as well.
    if (errno != EPIPE && errno != EINTR && errno != EINVAL)
      runtime::fail_errno("cannot read the kernel's log");
  }
}

}  // namespace croft::cgroups
