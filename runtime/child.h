// The walk of a launch list in the new process, between clone and exec. Runs in a copy of the keeper's
// memory: nothing here allocates, locks or throws. A failure is reported on the channel and ends the process.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/launch.h"

namespace croft::runtime {

// What the child says on its channel, one message each. Success is the last stage followed by end-of-file
// (the channel is close-on-exec) with the process alive; end-of-file alone may also be a killed child.
enum class ReportKind : std::uint32_t { kStage, kFailed, kTerminal };
struct Report {
  ReportKind kind;
  std::uint32_t step;  // index in the list
  std::int32_t error;  // errno of kFailed
  std::uint32_t spare;
};
// What goes the other way: one byte, kWordGo or kWordFd; the latter carries one descriptor.
inline constexpr char kWordGo = 'g';
inline constexpr char kWordFd = 'f';
// What the child tells the keeper: the process it made by a join step (with its pidfd), or the console's
// master.
enum class ChildWord : std::uint32_t { kJoined, kConsole };
struct ChildMessage {
  ChildWord word;
  std::int32_t pid;
};

// Where a list lies in memory. `valid_list` must have said yes to it.
struct MappedList {
  const ListHeader* header = nullptr;
  const Step* steps = nullptr;
  const char* texts = nullptr;
};
// Checks header, bounds and every offset of a mapped memfd of `size` bytes; fills `list`.
bool valid_list(const void* memory, std::size_t size, MappedList* list);

struct ChildDescriptors {
  int channel;        // to the launcher
  int keeper;         // to the keeper
  const int* passed;  // list.header->passed of them
};

// Never returns: execs or exits with status 71 (EX_OSERR of sysexits.h).
[[noreturn]] void run_child(const MappedList& list, const ChildDescriptors& descriptors);

}  // namespace croft::runtime
