#include "fs/view/machine.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "fs/view/render.h"
#include "runtime/error.h"

namespace croft::view {
namespace {

// Whoever reads the view from outside of all containers sees the host as it is.
std::string host_path(const Node& node) {
  for (const Entry& entry : entries())
    if (entry.kind == node.kind && entry.variant == node.variant) {
      const std::string name(entry.name);
      if (entry.directory == Kind::kProc || entry.directory == Kind::kRoot) return "/proc/" + name;
      if (entry.directory == Kind::kPressure) return "/proc/pressure/" + name;
      if (entry.directory == Kind::kSysCpu) return "/sys/devices/system/cpu/" + name;
      if (entry.directory == Kind::kSysNode) return "/sys/devices/system/node/" + name;
      if (entry.directory == Kind::kNode0) return "/sys/devices/system/node/node0/" + name;
      return "/sys/devices/system/cpu/cpu" + std::to_string(node.cpu) + "/topology/" + name;
    }
  return "";
}

}  // namespace

Machines::Machines(Host host, Shared& shared, Callers callers)
    : host_(std::move(host)), shared_(shared), callers_(std::move(callers)) {}

std::optional<Machines::Place> Machines::find(pid_t pid) {
  const Caller caller = callers_.find(pid);
  if (caller.uuid.empty()) return std::nullopt;
  key_.assign(caller.path);
  const auto found = by_path_.find(key_);
  if (found == by_path_.end()) return make(key_, std::string(caller.uuid));
  Slot& slot = slots_[found->second];
  slot.used = ++looks_;
  return Place{found->second, slot.generation};
}

// A run that has ended leaves a group of the same name: the old one's files then say that it is gone.
Machines::Place Machines::make(std::string path, std::string uuid) {
  std::size_t index = 0;
  while (index < slots_.size() && slots_[index].group) ++index;
  if (index == kMaxGroups) {
    const auto oldest = std::min_element(slots_.begin(), slots_.end(),
                                         [](const Slot& a, const Slot& b) { return a.used < b.used; });
    index = static_cast<std::size_t>(oldest - slots_.begin());
    drop(static_cast<std::uint32_t>(index));
  }
  if (index == slots_.size()) slots_.emplace_back();
  Slot& slot = slots_[index];
  slot.group = std::make_unique<Group>(host_, shared_, path, std::move(uuid));
  slot.used = ++looks_;
  by_path_.emplace(std::move(path), static_cast<std::uint32_t>(index));
  return {static_cast<std::uint32_t>(index), slot.generation};
}

void Machines::drop(std::uint32_t index) {
  Slot& slot = slots_[index];
  by_path_.erase(slot.group->path());
  slot.group.reset();
  ++slot.generation;
}

Group* Machines::at(const Place& place) {
  if (place.index >= slots_.size() || slots_[place.index].generation != place.generation) return nullptr;
  return slots_[place.index].group.get();
}

unsigned Machines::cpus(pid_t pid) {
  const std::optional<Place> place = find(pid);
  if (place) return at(*place)->cpus(host_);
  return static_cast<unsigned>(std::clamp<long>(sysconf(_SC_NPROCESSORS_ONLN), 1, kMaxCpus));
}

std::span<const char> Machines::host_text(const Node& node) {
  const runtime::Fd file(open(host_path(node).c_str(), O_RDONLY | O_CLOEXEC));
  std::size_t size = 0;
  while (file && size < space_.size()) {
    const ssize_t got = read(file.get(), space_.data() + size, space_.size() - size);
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  return {space_.data(), size};
}

std::span<const char> Machines::text(const std::optional<Place>& place, const Node& node) {
  if (!place) return host_text(node);
  Group* const group = at(*place);
  if (group == nullptr) throw runtime::Error(runtime::ErrorKind::kNotFound, "the container has ended");
  try {
    group->take(host_, shared_, node.kind, sample_);
  } catch (const runtime::Error& error) {
    if (error.kind() == runtime::ErrorKind::kNotFound) drop(place->index);
    throw;
  }
  return {space_.data(), render(node, sample_, space_)};
}

void Machines::tick() {
  for (std::uint32_t i = 0; i < slots_.size(); ++i) {
    if (!slots_[i].group) continue;
    try {
      slots_[i].group->tick(host_, shared_);
    } catch (const runtime::Error&) {
      drop(i);
    }
  }
}

}  // namespace croft::view
