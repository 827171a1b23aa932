// What the fuzzers of cgroups/ try, as functions, so that the unit tests can replay the corpus without a
// fuzzer: the kernel's log, in which killed processes and the owners of delegated cgroups choose a part of
// each line.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "cgroups/oom_log.h"

namespace croft::cgroups::fuzz {

inline void promise(bool kept, const char* what) {
  if (kept) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

inline bool lies_in(std::string_view path, std::string_view above) {
  if (above == "/" || above.empty()) return true;
  return path.starts_with(above) && (path.size() == above.size() || path[above.size()] == '/');
}

// Records of /dev/kmsg, apart by an empty line.
inline void kmsg(std::string_view text) {
  OomLog log;
  while (!text.empty()) {
    const std::size_t end = text.find("\n\n");
    const auto record = parse_record(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
    if (!record) continue;
    promise(record->text.find('\n') == std::string_view::npos, "a message is one line");
    const auto kill = log.feed(*record);
    if (!kill) continue;
    promise(kill->command.size() <= kMaxLogRecord, "a command is short");
    promise(lies_in(kill->group, kill->full_group), "a process is in the group that was full");
    promise(kill->group.empty() || kill->group.front() == '/', "a group is a path");
  }
}

}  // namespace croft::cgroups::fuzz
