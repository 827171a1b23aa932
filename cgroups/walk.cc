#include "cgroups/walk.h"

#include <dirent.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <memory>

#include "cgroups/bounds.h"
#include "runtime/error.h"

namespace croft::cgroups {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

// A place in a tree: the open directory, and for each level what is still to be looked at there.
struct Cursor {
  runtime::Fd here;
  std::vector<std::vector<std::string>> pending;

  explicit Cursor(const runtime::Fd& top) : here(::openat(top.get(), ".", kDirectory)) {
    if (!here) runtime::fail_errno("cannot open a cgroup");
    pending.push_back(children(here));
  }
  // False when it has vanished.
  bool down(const std::string& name) {
    runtime::Fd child(::openat(here.get(), name.c_str(), kDirectory));
    if (!child && errno == ENOENT) return false;
    if (!child) runtime::fail_errno("cannot open the cgroup `" + name + "`");
    here = std::move(child);
    pending.push_back(children(here));
    return true;
  }
  void up() {
    pending.pop_back();
    if (pending.empty()) return;
    runtime::Fd parent(::openat(here.get(), "..", kDirectory));
    if (!parent) runtime::fail_errno("cannot go up in a tree of cgroups");
    here = std::move(parent);
  }
};

std::string content_of(const runtime::Fd& directory, const char* file) {
  try {
    return runtime::read_file_at(directory, file, std::size_t{16} << 20);
  } catch (const runtime::Error& error) {
    // Gone meanwhile; or a threaded group, whose processes its threaded root lists.
    if (error.error_number() == ENOENT || error.error_number() == ENODEV ||
        error.error_number() == EOPNOTSUPP)
      return {};
    throw;
  }
}

bool remove_one(const runtime::Fd& parent, const std::string& name, const std::string& shown) {
  if (unlinkat(parent.get(), name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return true;
  if (errno == EBUSY || errno == EAGAIN || errno == EINTR) return false;
  runtime::fail_errno("cannot remove the cgroup `" + shown + "`");
}

}  // namespace

std::vector<std::string> children(const runtime::Fd& directory) {
  std::vector<std::string> names;
  runtime::Fd own(::openat(directory.get(), ".", kDirectory));
  if (!own && errno == ENOENT) return names;
  if (!own) runtime::fail_errno("cannot open a cgroup");
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(own.get()), closedir);
  if (!stream) runtime::fail_errno("cannot list a cgroup");
  static_cast<void>(own.release());
  while (const dirent* entry = readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (entry->d_type == DT_DIR && name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

bool walk(const runtime::Fd& directory, const std::function<bool(const runtime::Fd&)>& visit) {
  Cursor cursor(directory);
  if (!visit(cursor.here)) return false;
  for (std::size_t visited = 1; !cursor.pending.empty() && visited < kMaxVisited;) {
    if (cursor.pending.back().empty()) {
      cursor.up();
      continue;
    }
    const std::string name = std::move(cursor.pending.back().back());
    cursor.pending.back().pop_back();
    if (!cursor.down(name)) continue;
    ++visited;
    if (!visit(cursor.here)) return false;
  }
  return true;
}

std::vector<pid_t> processes_below(const runtime::Fd& directory) {
  std::vector<pid_t> pids;
  walk(directory, [&](const runtime::Fd& group) {
    for (const std::string& line : split(content_of(group, "cgroup.procs"), '\n')) {
      pid_t pid = 0;
      std::from_chars(line.data(), line.data() + line.size(), pid);
      if (pid > 0) pids.push_back(pid);
    }
    return pids.size() < kMaxProcesses;
  });
  return pids;
}

std::size_t signal_below(const runtime::Fd& directory, int signal) {
  const std::vector<pid_t> pids = processes_below(directory);
  for (const pid_t pid : pids) kill(pid, signal);
  return pids.size();
}

void remove_tree_of_groups(const runtime::Fd& parent, const std::string& name, const std::string& shown,
                           Deadline deadline) {
  if (remove_one(parent, name, shown)) return;
  Patience patience(deadline);
  Cursor cursor(parent);
  cursor.pending.back() = {name};
  while (!cursor.pending.empty()) {
    if (cursor.pending.back().empty()) {
      cursor.up();
      continue;
    }
    const std::string child = cursor.pending.back().back();
    if (remove_one(cursor.here, child, shown) || !cursor.down(child)) {
      cursor.pending.back().pop_back();
      continue;
    }
    const bool processes_left = cursor.pending.back().empty();
    if (processes_left) cursor.up();
    if (processes_left ? !patience.wait() : std::chrono::steady_clock::now() >= deadline)
      throw runtime::Error(runtime::ErrorKind::kBusy, "cannot remove the cgroup `" + shown + "`", EBUSY)
          .cure("processes are left in it: see its cgroup.procs");
  }
}

}  // namespace croft::cgroups
