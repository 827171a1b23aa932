#include "ctl/cli/commands/net_tables.h"

#include "ctl/cli/figures.h"

namespace croft::ctl {
namespace {

// Of an IPv6 prefix nobody counts them.
constexpr std::uint64_t kCountless = std::uint64_t{1} << 40;

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

}  // namespace croft::ctl
