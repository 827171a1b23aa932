#include "cgroups/live.h"

#include <cerrno>
#include <charconv>

#include "cgroups/files.h"
#include "cgroups/reading.h"
#include "cgroups/walk.h"
#include "runtime/error.h"

namespace croft::cgroups {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

[[noreturn]] void fail_without(const Group& group, const char* what) {
  throw runtime::Error(runtime::ErrorKind::kUnsupported, "cannot " + std::string(what) + " `" + group.name() +
                                                             "`: no cgroup hierarchy does that")
      .cure("see `croft host check`");
}

// The directory that a facet works on.
template <class Driver>
const runtime::Fd& directory_of(const Group& group, const std::optional<Facet<Driver>>& facet,
                                const char* what) {
  if (!facet) fail_without(group, what);
  const runtime::Fd* directory = group.directory(facet->hierarchy);
  if (directory == nullptr)
    throw runtime::Error(runtime::ErrorKind::kNotFound,
                         "cannot " + std::string(what) + " `" + group.name() + "`: its cgroup is gone");
  return *directory;
}

// The directory that tells who is in the group. Null for one that a crash left half made or half removed: the
// others have no process either.
const runtime::Fd* members(const Group& group) {
  const auto& facet = group.layout().kill;
  if (!facet) fail_without(group, "see who is in");
  return group.directory(facet->hierarchy);
}

// Number and depth of a process in its innermost pid namespace: the last column of NSpid, and how many there
// are.
struct InnerPid {
  long pid = 0;
  std::size_t depth = 0;
};

InnerPid inner_pid(const std::string& proc, pid_t pid) {
  std::string status;
  try {
    status = runtime::read_file(proc + "/" + std::to_string(pid) + "/status");
  } catch (const runtime::Error& error) {
    if (error.error_number() == ENOENT || error.error_number() == ESRCH) return {};
    throw;
  }
  for (const std::string& line : split(status, '\n')) {
    if (!line.starts_with("NSpid:")) continue;
    const std::vector<std::string> columns = split(line, '\t');
    InnerPid result{0, columns.size() - 1};
    std::from_chars(columns.back().data(), columns.back().data() + columns.back().size(), result.pid);
    return result;
  }
  return {};
}

}  // namespace

Group::Group(const Layout& layout, const GroupPath& path) : layout_(&layout), name_(relative_path(path)) {
  for (const std::size_t at : used_hierarchies(layout)) {
    const std::string directory = layout.hierarchies[at].mount + "/" + name_;
    runtime::Fd fd(::open(directory.c_str(), kDirectory));
    if (!fd && errno != ENOENT) runtime::fail_errno("cannot open the cgroup `" + directory + "`");
    if (fd) directories_.emplace(at, std::move(fd));
  }
  if (directories_.empty())
    throw runtime::Error(runtime::ErrorKind::kNotFound, "there is no cgroup `" + name_ + "`");
}

const runtime::Fd* Group::directory(std::size_t hierarchy) const {
  const auto found = directories_.find(hierarchy);
  return found == directories_.end() ? nullptr : &found->second;
}

void freeze(const Group& group, Milliseconds timeout) {
  const auto& facet = group.layout().freeze;
  const runtime::Fd& directory = directory_of(group, facet, "freeze");
  facet->driver->freeze(directory, timeout);
}

void thaw(const Group& group) {
  const auto& facet = group.layout().freeze;
  const runtime::Fd& directory = directory_of(group, facet, "thaw");
  facet->driver->thaw(directory);
}

void thaw(const Layout& layout, const GroupPath& path) {
  if (!layout.freeze) return;
  const std::string directory =
      layout.hierarchies[layout.freeze->hierarchy].mount + "/" + relative_path(path);
  layout.freeze->driver->thaw(runtime::open_file(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
}

bool frozen(const Group& group) {
  const auto& facet = group.layout().freeze;
  const runtime::Fd& directory = directory_of(group, facet, "look at");
  return facet->driver->frozen(directory);
}

void kill_all(const Group& group, Milliseconds timeout) {
  const runtime::Fd* directory = members(group);
  if (directory == nullptr) return;
  const KillDriver& driver = *group.layout().kill->driver;
  constexpr Milliseconds kRound{100};
  const Deadline deadline = deadline_in(timeout);
  do {
    driver.kill(*directory);
    if (driver.wait_empty(*directory, std::min(kRound, timeout))) return;
  } while (std::chrono::steady_clock::now() < deadline);
  throw runtime::Error(runtime::ErrorKind::kTimeout,
                       "cannot kill `" + group.name() + "`: a process does not end")
      .cure("it waits in the kernel, for a disk or a network file system");
}

bool populated(const Group& group) {
  const runtime::Fd* directory = members(group);
  return directory != nullptr && group.layout().kill->driver->populated(*directory);
}

bool wait_empty(const Group& group, Milliseconds timeout) {
  const runtime::Fd* directory = members(group);
  return directory == nullptr || group.layout().kill->driver->wait_empty(*directory, timeout);
}

std::vector<pid_t> processes(const Group& group) {
  const runtime::Fd* directory = members(group);
  return directory == nullptr ? std::vector<pid_t>() : processes_below(*directory);
}

std::optional<pid_t> find_init(const Group& group, const std::string& proc) {
  std::optional<pid_t> found;
  std::size_t least = 0;
  for (const pid_t pid : processes(group)) {
    const InnerPid inner = inner_pid(proc, pid);
    // A container inside has a pid 1 as well, one namespace deeper.
    if (inner.pid != 1 || inner.depth < 2 || (found && inner.depth >= least)) continue;
    found = pid;
    least = inner.depth;
  }
  return found;
}

Usage usage(const Group& group) {
  Reading reading;
  const Layout& layout = group.layout();
  const auto add = [&](const auto& facet) {
    if (const auto* directory = facet ? group.directory(facet->hierarchy) : nullptr)
      for (const Gauge& gauge : facet->driver->gauges)
        if (gauge.when == nullptr) gauge.read(read_value(*directory, gauge.file), {}, reading);
  };
  add(layout.memory);
  add(layout.cpu_usage);
  add(layout.tasks);
  return {reading.memory, reading.cpu, reading.tasks};
}

}  // namespace croft::cgroups
