#include "netns/link_rules.h"

namespace croft::netns {
namespace {

std::string chain(const char* kind, const std::string& link) {
  return " inet croft " + std::string(kind) + "_" + link;
}

std::string emptied(const std::string& chain) {
  return "add chain" + chain + "\nflush chain" + chain + "\n";
}

// The mark is Drop::kConnections.
std::string count_text(const std::string& link, std::uint32_t most) {
  const std::string over = chain("over", link);
  const std::string count = chain("count", link);
  std::string text = emptied(over) + emptied(count);
  text += "add rule" + over + " iifname \"" + link + "\" meta mark set 11 goto refused\n";
  text += "add rule" + over + " meta mark set 11 goto kept_out\n";
  text += "add rule" + count + " ct count over " + std::to_string(most) + " goto over_" + link + "\n";
  for (const char* way : {"in", "out"})
    text += "insert rule" + chain(way, link) + " ct state new jump count_" + link + "\n";
  return text;
}

}  // namespace

std::string put_chains_text(const Guard& guard) {
  const std::string link = host_link_name(guard.uuid);
  std::string text = put_filter_text(link, guard.filter);
  if (guard.connections) text += count_text(link, *guard.connections);
  return text;
}

std::string drop_chains_text(const std::string& link) {
  std::string text = drop_filter_text(link);
  for (const char* kind : {"count", "over"})
    text += emptied(chain(kind, link)) + "delete chain" + chain(kind, link) + "\n";
  return text;
}

}  // namespace croft::netns
