// What the fuzzers of the view try, and unit tests replay.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fs/view/caller.h"
#include "fs/view/group_text.h"
#include "fs/view/handles.h"
#include "fs/view/note.h"
#include "fs/view/render.h"
#include "fs/view/tree.h"

namespace croft::view::fuzz {

inline void promise(bool kept) {
  if (!kept) std::abort();
}

// Names and numbers as the kernel hands them on from whoever is inside.
inline void paths(std::string_view text) {
  std::uint64_t number = 0;
  std::memcpy(&number, text.data(), std::min(text.size(), sizeof number));
  const Node node = node_of(number);
  promise(node.kind == Kind::kNone || number_of(node) == number || number == 1);
  promise(node.cpu < kMaxCpus);
  for (const Entry& entry : entries()) {
    if (!is_directory(entry.directory)) continue;
    const Node found = look_up({entry.directory, 0, 0}, text, 4);
    promise(found.kind == Kind::kNone || node_of(number_of(found)) == found);
    promise(found.cpu < 4);
  }
}

// Texts of the kernel, in which a container can choose names of groups, and of the daemon.
inline void texts(std::string_view text) {
  const Caller caller = find_caller(text, "croft.slice");
  promise(caller.uuid.empty() ||
          (caller.path.ends_with(caller.uuid) && caller.path.starts_with("croft.slice/")));
  Sample sample;
  if (parse_note(text, sample.bounds)) {
    promise(sample.bounds.cpus > 0 && sample.bounds.cpus <= kMaxCpus);
    Bounds again;
    promise(parse_note(to_text(sample.bounds), again) && again == sample.bounds);
  }
  read_pages(text, sample.pages);
  sample.host = read_host_memory(text);
  sample.disk_count = read_disks(text, true, sample.disks, 0);
  sample.disk_count = read_disks(text, false, sample.disks, sample.disk_count);
  sample.disk_count = name_disks(text, sample.disks, sample.disk_count);
  sample.cpuinfo = text;
  sample.pressure = text;
  std::array<char, 700> space{};
  for (unsigned kind = 0; kind < 64; ++kind) {
    const Node node = node_of(kind);
    if (node.kind == Kind::kNone || is_directory(node.kind)) continue;
    promise(render(node, sample, std::span(space.data(), text.size() % space.size())) <=
            text.size() % space.size());
  }
}

// What a reader asks for, in whatever order: files that are open, were, or never have been, from anywhere in
// them.
inline void reads(std::string_view text) {
  constexpr std::uint64_t kEpoch = 7;
  Handles handles(kEpoch);
  std::vector<std::uint64_t> opened{0};
  while (text.size() >= 4) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const std::uint64_t number =
        byte(1) % 2 == 0 ? opened[byte(1) % opened.size()] : (kEpoch << 32U | byte(1));
    Handle* const handle = handles.find(number);
    promise(handle == nullptr || (number != 0 && handle->number == number));
    switch (byte(0) % 4) {
      case 0:
        opened.push_back(handles.open(std::nullopt));
        promise(handles.find(opened.back()) != nullptr);
        break;
      case 1:
        handles.close(number);
        promise(handles.find(number) == nullptr);
        break;
      case 2:
        if (handle == nullptr) break;
        handles.keep(*handle, text);
        promise(handle->kept == text);
        break;
      default:
        std::int64_t offset = 0;
        std::memcpy(&offset, text.data(), std::min(text.size(), sizeof offset));
        for (const std::int64_t from : {offset, std::int64_t{byte(2)}}) {
          const std::span<const char> part = part_of(text, from, byte(3));
          promise(part.size() <= byte(3) && part.data() >= text.data() &&
                  part.data() + part.size() <= text.data() + text.size());
          promise(from < 0 || part.empty() || part.data() == text.data() + from);
        }
    }
    text.remove_prefix(4);
  }
}

inline void text(std::string_view one) {
  paths(one);
  reads(one);
  texts(one);
}

}  // namespace croft::view::fuzz
