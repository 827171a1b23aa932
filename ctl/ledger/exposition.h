// The present readings as text for Prometheus, in the two formats that there are. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/ledger/meters.h"
#include "ctl/ledger/record.h"

namespace croft::ledger {

enum class Format : std::uint8_t { kOpenMetrics, kPrometheus };

// What a client's Accept header asks for: OpenMetrics when it names it, else the older text.
Format format_of(std::string_view accept);
const char* content_type(Format format);

// One container as it was last looked at.
struct Shown {
  std::string tenant, name, uuid, template_name;
  RunState state = RunState::kStopped;
  MeterSet counted;
  Values values{};                             // counters
  std::array<std::uint64_t, kLevels> level{};  // bytes, bytes, tasks
  std::uint64_t memory_limit = 0;              // bytes; 0: unlimited
};
struct LedgerShown {
  std::uint64_t records = 0;  // in this epoch
  std::uint64_t pending = 0;  // that wait to be written
  std::int64_t sampled = 0;   // microseconds since 1970; 0: not yet
};

std::string expose(Format format, const std::vector<Shown>& containers, const LedgerShown& ledger);

}  // namespace croft::ledger
