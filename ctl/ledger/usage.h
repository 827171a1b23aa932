// Records added up: what was used, what was promised meanwhile, and how the time was spent. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "ctl/ledger/about.h"
#include "ctl/ledger/record.h"

namespace croft::ledger {

enum class UsageBy : std::uint8_t { kAll, kContainer, kTenant, kDay, kHour };

// Whose records count.
struct UsageFilter {
  std::string tenant;                // it and those below it; empty: all
  std::set<std::string> containers;  // uuid, or TENANT/NAME at the time; empty: all
};

class Usage {
 public:
  __extension__ using Wide = unsigned __int128;

  Usage(UsageBy by, UsageFilter filter) : by_(by), filter_(std::move(filter)) {}
  void add(const Record& record);

  // One object for each group, in order of its key: {"key", "tenant", "name", "uuid", "time": {"running_us",
  // "frozen_us", "stopped_us", "existing_us", "unknown_us", "estimated_us"}, "meters": {NAME: {"used",
  // "unit"}}, "promised": {RESOURCE: {"guarantee", "barrier", "limit"}}}. What was promised is in
  // unit-seconds. A number of more than 64 bits is a decimal text.
  [[nodiscard]] Json items() const;

 private:
  struct Sum {
    std::string uuid, tenant, name;
    std::map<std::size_t, Wide> used;
    std::array<Wide, 3> time{};  // by RunState
    Wide unknown = 0, estimated = 0;
    std::map<std::string, std::map<std::string, Wide>> promised;  // unit-microseconds
  };
  [[nodiscard]] bool takes(const Record& record, const About& about) const;
  [[nodiscard]] std::string key_of(const Record& record, const About& about) const;

  UsageBy by_;
  UsageFilter filter_;
  Abouts abouts_;
  std::map<std::string, Sum> sums_;
};

std::optional<UsageBy> parse_usage_by(std::string_view text);
// As a JSON number, or a decimal text where it has more than 64 bits.
Json number_json(Usage::Wide number);

}  // namespace croft::ledger
