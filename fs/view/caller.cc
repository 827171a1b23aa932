#include "fs/view/caller.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "cgroups/figures.h"

namespace croft::view {
namespace {

constexpr std::size_t kUuid = 36;

bool is_uuid(std::string_view name) {
  if (name.size() != kUuid) return false;
  for (std::size_t i = 0; i < kUuid; ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    const bool digit = (name[i] >= '0' && name[i] <= '9') || (name[i] >= 'a' && name[i] <= 'f');
    if (hyphen ? name[i] != '-' : !digit) return false;
  }
  return true;
}

// The first uuid below `root` is the container's: tenants, which come before, have no such names, and what
// comes behind is its own doing.
Caller of_path(std::string_view path, std::string_view root) {
  if (!path.starts_with('/')) return {};
  path.remove_prefix(1);
  if (!path.starts_with(root) || path.size() <= root.size() || path[root.size()] != '/') return {};
  std::size_t from = root.size() + 1;
  for (;;) {
    const std::size_t end = std::min(path.find('/', from), path.size());
    const std::string_view part = path.substr(from, end - from);
    if (is_uuid(part)) return {path.substr(0, end), part};
    if (end == path.size()) return {};
    from = end + 1;
  }
}

}  // namespace

Caller find_caller(std::string_view text, std::string_view root) {
  std::string_view line;
  while (cgroups::next_line(text, line)) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    if (const Caller caller = of_path(line.substr(second + 1), root); !caller.uuid.empty()) return caller;
  }
  return {};
}

Callers::Callers(const std::string& proc, std::string root)
    : proc_(runtime::open_file(proc, O_PATH | O_DIRECTORY)), root_(std::move(root)) {}

Caller Callers::find(pid_t pid) {
  constexpr std::string_view kFile = "/cgroup";
  std::array<char, 32> path{};
  char* const end = std::to_chars(path.data(), path.data() + path.size(), pid).ptr;
  std::memcpy(end, kFile.data(), kFile.size());
  const runtime::Fd file(openat(proc_.get(), path.data(), O_RDONLY | O_CLOEXEC));
  const ssize_t size = file ? read(file.get(), text_.data(), text_.size()) : -1;
  if (size <= 0) return {};
  return find_caller({text_.data(), static_cast<std::size_t>(size)}, root_);
}

}  // namespace croft::view
