// What the fuzzers of runtime/ try, as functions, so that the unit tests can replay the corpus without a
// fuzzer: everything that the keeper reads from others. A broken promise aborts; what is read out of bounds
// is the sanitizer's to see.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/child.h"
#include "runtime/exit_record.h"
#include "runtime/protocol.h"

namespace croft::runtime::fuzz {

inline void promise(bool kept, const char* what) {
  if (kept) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

// A message from the daemon's socket.
inline void frame(std::string_view bytes) {
  Frame frame;
  std::string_view body;
  if (!decode(bytes, &frame, &body)) return;
  promise(encode(frame, body) == bytes, "a frame comes back");
  LaunchBody launch;
  if (!decode_launch(body, &launch)) return;
  promise(std::strlen(launch.log_path.data()) < launch.log_path.size(), "the log's path ends");
  for (std::uint32_t i = 0; i < launch.uid_extents; ++i) (void)launch.uids.at(i);
  for (std::uint32_t i = 0; i < launch.gid_extents; ++i) (void)launch.gids.at(i);
}

// Every byte that the child's walk may look at for one step.
inline std::size_t touch(const MappedList& list, const Step& step) {
  std::size_t sum = std::strlen(list.texts + step.text) + std::strlen(list.texts + step.text2);
  const auto bytes = [&](std::size_t unit) {
    for (std::size_t i = 0; i < step.size * unit; ++i)
      sum += static_cast<unsigned char>(list.texts[step.text2 + i]);
  };
  switch (step.kind) {
    case StepKind::kExec:
    case StepKind::kNewFilesystem: {
      const auto* offsets = reinterpret_cast<const std::uint32_t*>(list.texts + step.text2);
      for (std::uint32_t i = 0; i < step.size; ++i) sum += std::strlen(list.texts + offsets[i]);
      break;
    }
    case StepKind::kIdentity:
      bytes(sizeof(std::uint32_t));
      break;
    case StepKind::kSeccomp:
      bytes(8);
      break;
    default:
      bytes(1);
  }
  promise(step.slot < kMaxSlots, "slots are bounded");
  return sum;
}

// A launch list, in memory of its size and aligned as a mapping is.
inline void list(std::string_view bytes) {
  const std::unique_ptr<char, void (*)(void*)> memory(static_cast<char*>(std::malloc(bytes.size() | 1)),
                                                      std::free);
  std::memcpy(memory.get(), bytes.data(), bytes.size());
  MappedList mapped;
  if (!valid_list(memory.get(), bytes.size(), &mapped)) return;
  promise(mapped.header->passed <= kMaxSlots && mapped.header->steps <= kMaxSteps, "a list is bounded");
  std::size_t sum = 0;
  for (std::uint32_t i = 0; i < mapped.header->steps; ++i) sum += touch(mapped, mapped.steps[i]);
  promise(sum != ~std::size_t{0}, "all of it can be read");
}

// The file of exit records, whose last line a crash may have torn.
inline void records(std::string_view text) {
  const std::vector<ExitRecord> found = parse_exit_records(text);
  std::string again;
  for (const ExitRecord& record : found) again += to_line(record);
  promise(parse_exit_records(again) == found, "records come back");
  Tag tag{};
  if (parse_tag(text, &tag)) promise(parse_tag(tag_text(tag), &tag), "a tag comes back");
}

}  // namespace croft::runtime::fuzz
