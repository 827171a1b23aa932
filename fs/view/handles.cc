#include "fs/view/handles.h"

#include <algorithm>

namespace croft::view {
namespace {

constexpr unsigned kEpochShift = 32;

}  // namespace

std::span<const char> part_of(std::span<const char> text, std::int64_t offset, std::size_t size) {
  const auto start =
      std::min<std::uint64_t>(static_cast<std::uint64_t>(std::max<std::int64_t>(offset, 0)), text.size());
  const std::span<const char> rest = text.subspan(start);
  return rest.first(std::min(size, rest.size()));
}

std::uint64_t Handles::open(const std::optional<Machines::Place>& place) {
  if (free_.empty()) {
    if (handles_.size() == kMaxHandles) return 0;
    free_.push_back(static_cast<std::uint32_t>(handles_.size()));
    handles_.emplace_back();
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();
  Handle& handle = handles_[index];
  handle.number = std::uint64_t{epoch_} << kEpochShift | (index + 1);
  handle.place = place;
  handle.length = 0;
  return handle.number;
}

Handle* Handles::find(std::uint64_t number) {
  const std::uint64_t index = (number & UINT32_MAX) - 1;
  if (number == 0 || index >= handles_.size() || handles_[index].number != number) return nullptr;
  return &handles_[index];
}

void Handles::close(std::uint64_t number) {
  Handle* const handle = find(number);
  if (handle == nullptr) return;
  let_go(*handle);
  handle->number = 0;
  free_.push_back(static_cast<std::uint32_t>((number & UINT32_MAX) - 1));
}

void Handles::keep(Handle& handle, std::span<const char> text) {
  let_go(handle);
  if (kept_ + text.size() > kMaxKept) return;
  handle.kept.assign(text.begin(), text.end());
  kept_ += text.size();
}

void Handles::let_go(Handle& handle) {
  kept_ -= handle.kept.size();
  std::string().swap(handle.kept);
}

}  // namespace croft::view
