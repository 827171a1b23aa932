#include "ctl/cli/commands/net_tables.h"

#include <map>

#include "ctl/cli/figures.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

// Of an IPv6 prefix nobody counts them.
constexpr std::uint64_t kCountless = std::uint64_t{1} << 40;

constexpr std::size_t kLastClass = 15;

std::string count_text(const Json& count) {
  if (!count.is_number_unsigned()) return "-";
  return count.get<std::uint64_t>() >= kCountless ? "plenty" : plain(count);
}

}  // namespace

std::vector<ColumnHead> pool_heads() {
  return {{"POOL"}, {"PREFIX"}, {"ADDRESSES", true}, {"LEASED", true}, {"NAT"}, {"FROM"}};
}

Json pool_rows(const Json& pools) {
  Json rows = Json::array();
  for (const Json& pool : pools)
    for (Json prefix : at_path(pool, {"prefixes"})) {
      prefix["pool"] = text_at(pool, "name");
      rows.push_back(std::move(prefix));
    }
  return rows;
}

Row pool_row(const Json& prefix) {
  return {{text_at(prefix, "pool")},
          {text_at(prefix, "prefix")},
          {count_text(at_path(prefix, {"capacity"}))},
          {plain(at_path(prefix, {"leased"}))},
          {at_path(prefix, {"nat"}) == Json(true) ? "yes" : "no"},
          {at_path(prefix, {"embedded"}) == Json(true) ? "daemon" : "added"}};
}

std::vector<ColumnHead> class_heads() {
  return {{"CLASS", true}, {"PREFIX"}};
}

Json class_rows(const Json& classes) {
  std::map<int, Json> sorted;
  for (const Json& one : classes) sorted[std::stoi(text_at(one, "name"))] = one;
  Json rows = Json::array();
  for (const auto& [number, one] : sorted) {
    const Json prefixes = at_path(one, {"prefixes"});
    for (const Json& prefix : prefixes) rows.push_back({{"name", text_at(one, "name")}, {"prefix", prefix}});
    if (number == 0) rows.push_back({{"name", "0"}, {"prefix", "all others"}});
  }
  return rows;
}

Row class_row(const Json& prefix) {
  return {{text_at(prefix, "name")}, {text_at(prefix, "prefix")}};
}

Json class_operand(const std::string& text) {
  constexpr std::size_t kMostDigits = 2;
  if (text.empty() || text.size() > kMostDigits ||
      text.find_first_not_of("0123456789") != std::string::npos || std::stoul(text) > kLastClass)
    throw runtime::Error(runtime::ErrorKind::kInvalid, "`" + text + "` is not a class: they are 0 to 15");
  return std::stoul(text);
}

std::vector<ColumnHead> traffic_heads() {
  return {{"CLASS", true}, {"IN", true}, {"OUT", true}, {"PACKETS IN", true}, {"PACKETS OUT", true}};
}

std::vector<Row> traffic_rows(const Json& traffic) {
  std::vector<Row> rows;
  for (const Json& one : traffic)
    rows.push_back({{plain(at_path(one, {"class"}))},
                    {limit_text(at_path(one, {"in", "bytes"}), human_size)},
                    {limit_text(at_path(one, {"out", "bytes"}), human_size)},
                    {plain(at_path(one, {"in", "packets"}))},
                    {plain(at_path(one, {"out", "packets"}))}});
  return rows;
}

}  // namespace croft::ctl
