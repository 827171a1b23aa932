// User beancounters as OpenVZ's /proc/user_beancounters has them, version 2.5, from the resources of
// containers, for programs that read that table. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/cli/resource_figures.h"

namespace croft::ctl {

inline constexpr std::uint64_t kBeancounterMax = 9223372036854775807U;  // "unlimited"
inline constexpr std::size_t kClassicRows = 24;

struct Beancounter {
  std::string_view resource;  // "kmemsize"; "dummy" for rows without a meaning
  std::uint64_t held = 0;
  std::uint64_t maxheld = 0;
  std::uint64_t barrier = kBeancounterMax;
  std::uint64_t limit = kBeancounterMax;
  std::uint64_t failcnt = 0;
};

// The 24 rows of the classic table in their order, and swappages behind them, which only the other form of
// the table (/proc/bc/ID/resources) has. What nobody counts holds 0 and is unlimited.
std::vector<Beancounter> beancounters_of(const std::vector<ResourceFigures>& resources,
                                         const MemoryParts& parts = {});

// "Version: 2.5" and the head of the columns.
std::string beancounter_head();
// The classic rows; `uid` stands in the first one.
std::string beancounter_rows(std::string_view uid, const std::vector<Beancounter>& rows);

// What stands for a container in a column of ten: its name when that fits, else the first part of the uuid.
std::string beancounter_uid(const std::string& shown, const std::string& uuid);

}  // namespace croft::ctl
