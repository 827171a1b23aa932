#include "cgroups/reclaim.h"

#include <algorithm>

#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::cgroups {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
constexpr std::uint64_t kStep = 64 * kMiB;  // between two looks
constexpr int kPatience = 3;                // steps that brought next to nothing

std::string mebibytes(std::uint64_t bytes) {
  return std::to_string((bytes + kMiB - 1) / kMiB) + "M";
}

struct ReclaimMemory {
  std::string directory;
  const MemoryDriver* driver;
  Bytes target;
  Progress progress;

  [[nodiscard]] runtime::Description describe() const {
    return {"reclaim", directory, "to " + mebibytes(target.count)};
  }

  void apply() const {
    const runtime::Fd group = runtime::open_file(directory, O_RDONLY | O_DIRECTORY);
    const std::uint64_t first = driver->reclaim(group, target, {0}).count;
    std::uint64_t used = first;
    for (int idle = 0; used > target.count;) {
      tell(first, used);
      const std::uint64_t now = driver->reclaim(group, target, {kStep}).count;
      idle = now + kMiB > used ? idle + 1 : 0;
      used = now;
      if (idle == kPatience && used > target.count) fail(used);
    }
  }
  void undo() const noexcept {}

 private:
  void tell(std::uint64_t first, std::uint64_t used) const {
    if (!progress) return;
    const std::uint64_t all = first - target.count;
    progress("reclaiming memory, " + mebibytes(used - target.count) + " to go",
             static_cast<int>((first - std::min(first, used)) * 100 / std::max<std::uint64_t>(all, 1)));
  }

  [[noreturn]] void fail(std::uint64_t used) const {
    throw runtime::Error(runtime::ErrorKind::kBusy,
                         "its processes use " + mebibytes(used) +
                             ", which cannot be reclaimed down to the new limit of " +
                             mebibytes(target.count))
        .cure("end some of them, give it swap, or choose a larger limit");
  }
};

bool lowers(const std::optional<Bytes>& now, const std::optional<Bytes>& next) {
  return next && (!now || *next < *now);
}

}  // namespace

void plan_reclaim(const Layout& layout, const GroupPath& path, const Knobs& now, const Knobs& next,
                  const Progress& progress, runtime::Changes& changes) {
  if (!layout.memory || layout.memory->driver->reclaim == nullptr) return;
  if (!lowers(now.memory.max, next.memory.max)) return;
  runtime::add(changes,
               ReclaimMemory{layout.hierarchies[layout.memory->hierarchy].mount + "/" + relative_path(path),
                             layout.memory->driver, *next.memory.max, progress});
}

}  // namespace croft::cgroups
