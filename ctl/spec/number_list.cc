#include "ctl/spec/number_list.h"

#include <algorithm>
#include <vector>

#include "ctl/spec/bounds.h"
#include "ctl/spec/readers.h"
#include "ctl/spec/units.h"

namespace croft::ctl {
namespace {

struct Range {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

Range parse_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  Range range;
  range.first = parse_count(text.substr(0, dash));
  range.last = dash == std::string_view::npos ? range.first : parse_count(text.substr(dash + 1));
  if (range.first > range.last) codecs::refuse_text(text, "ends before it begins");
  return range;
}

std::vector<Range> parse_ranges(std::string_view text) {
  std::vector<Range> ranges;
  for (;;) {
    const std::size_t comma = std::min(text.find(','), text.size());
    ranges.push_back(parse_range(text.substr(0, comma)));
    if (comma == text.size()) return ranges;
    text.remove_prefix(comma + 1);
  }
}

std::string range_text(const Range& range) {
  const std::string first = std::to_string(range.first);
  return range.first == range.last ? first : first + "-" + std::to_string(range.last);
}

}  // namespace

std::string canonical_list(std::string_view text, std::uint64_t end) {
  if (text.size() > kMaxNumberList)
    codecs::refuse("is longer than " + std::to_string(kMaxNumberList) + " bytes");
  std::vector<Range> ranges = parse_ranges(text);
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
  std::vector<Range> merged;
  for (const Range& range : ranges) {
    if (range.last >= end)
      codecs::refuse_text(range_text(range), "is out of range: 0.." + std::to_string(end - 1));
    if (!merged.empty() && range.first <= merged.back().last + 1)
      merged.back().last = std::max(merged.back().last, range.last);
    else
      merged.push_back(range);
  }
  std::string list;
  for (const Range& range : merged) list += (list.empty() ? "" : ",") + range_text(range);
  return list;
}

std::uint64_t list_size(std::string_view canonical) {
  std::uint64_t size = 0;
  for (const Range& range : parse_ranges(canonical)) size += range.last - range.first + 1;
  return size;
}

}  // namespace croft::ctl
