#include "netns/packet_rule.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "runtime/error.h"

namespace croft::netns {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::size_t kMostParts = 32;  // ports, or prefixes, of one rule

constexpr std::array kDirections{std::pair{Direction::kIn, std::string_view("in")},
                                 std::pair{Direction::kOut, std::string_view("out")}};
constexpr std::array kVerdicts{std::pair{Verdict::kAllow, std::string_view("allow")},
                               std::pair{Verdict::kDeny, std::string_view("deny")}};
constexpr std::array kKinds{std::pair{PacketKind::kTcp, std::string_view("tcp")},
                            std::pair{PacketKind::kUdp, std::string_view("udp")},
                            std::pair{PacketKind::kIcmp, std::string_view("icmp")}};
constexpr std::array kStates{std::pair{PacketState::kNew, std::string_view("new")},
                             std::pair{PacketState::kInvalid, std::string_view("invalid")}};

template <class Table>
auto find_word(const Table& table, std::string_view word) {
  std::optional<typename Table::value_type::first_type> found;
  for (const auto& [value, name] : table)
    if (name == word) found = value;
  return found;
}

template <class Table, class Value>
std::string_view word_of(const Table& table, Value value) {
  for (const auto& [one, name] : table)
    if (one == value) return name;
  return {};
}

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorKind::kInvalid, why +
                                       ": write in|out allow|deny [tcp|udp|icmp [PORT[-PORT],...]] "
                                       "[from|to PREFIX,...] [state new|invalid]");
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0 || separator != ' ') parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::uint16_t port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0)
    refuse("a port is a number from 1 to 65535");
  return port;
}

PortRange range_of(std::string_view text) {
  const std::size_t dash = text.find('-');
  const std::uint16_t first = port_of(text.substr(0, dash));
  const std::uint16_t last = dash == std::string_view::npos ? first : port_of(text.substr(dash + 1));
  if (last < first) refuse("a range of ports begins with the lower one");
  return {first, last};
}

std::vector<PortRange> ports_of(std::string_view text) {
  std::vector<PortRange> all;
  for (const std::string_view part : split(text, ',')) all.push_back(range_of(part));
  if (all.size() > kMostParts)
    refuse("a rule has at most " + std::to_string(kMostParts) + " ranges of ports");
  std::sort(all.begin(), all.end(), [](const PortRange& a, const PortRange& b) { return a.first < b.first; });
  std::vector<PortRange> apart;
  for (const PortRange& one : all)
    if (!apart.empty() && one.first <= apart.back().last + 1U)
      apart.back().last = std::max(apart.back().last, one.last);
    else
      apart.push_back(one);
  return apart;
}

Prefix prefix_of(std::string_view text) {
  if (text.find('/') != std::string_view::npos) return parse_prefix(text);
  const Address address = parse_address(text);
  return {address, static_cast<unsigned>(8 * address.size())};
}

std::vector<Prefix> prefixes_of(std::string_view text) {
  std::vector<Prefix> all;
  for (const std::string_view part : split(text, ',')) {
    const Prefix prefix = prefix_of(part);
    if (std::find(all.begin(), all.end(), prefix) == all.end()) all.push_back(prefix);
  }
  if (all.empty()) refuse("`from` and `to` need a prefix");
  if (all.size() > kMostParts) refuse("a rule has at most " + std::to_string(kMostParts) + " prefixes");
  return all;
}

// The words of a rule, one after the other.
class Words {
 public:
  explicit Words(std::string_view text) : words_(split(text, ' ')) {}
  [[nodiscard]] bool done() const { return next_ == words_.size(); }
  [[nodiscard]] std::string_view peek() const { return done() ? std::string_view() : words_[next_]; }
  std::string_view take() {
    const std::string_view word = peek();
    if (!done()) ++next_;
    return word;
  }

 private:
  std::vector<std::string_view> words_;
  std::size_t next_ = 0;
};

void read_kind(Words& words, PacketRule& rule) {
  const auto kind = find_word(kKinds, words.peek());
  if (!kind) return;
  rule.kind = *kind;
  words.take();
  const std::string_view next = words.peek();
  if (next.empty() || next[0] < '0' || next[0] > '9') return;
  if (rule.kind == PacketKind::kIcmp) refuse("icmp has no ports");
  rule.ports = ports_of(words.take());
}

void read_others(Words& words, PacketRule& rule) {
  const std::string_view word = words.peek();
  if (word != "from" && word != "to") return;
  if ((word == "from") != (rule.direction == Direction::kIn))
    refuse("what comes in is `from` somebody, what goes out is `to` somebody");
  words.take();
  rule.others = prefixes_of(words.take());
}

void read_state(Words& words, PacketRule& rule) {
  if (words.peek() != "state") return;
  words.take();
  const auto state = find_word(kStates, words.take());
  if (!state) refuse("the state is not new or invalid");
  rule.state = *state;
}

std::string text_of(const PortRange& ports) {
  const std::string first = std::to_string(ports.first);
  return ports.first == ports.last ? first : first + "-" + std::to_string(ports.last);
}

std::string text_of(const Prefix& prefix) {
  return prefix.length == 8 * prefix.base.size() ? to_text(prefix.base) : to_text(prefix);
}

template <class Parts>
std::string joined(const Parts& parts, const char* separator) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : separator) + text_of(part);
  return text;
}

// --- for nft

std::string kind_match(const PacketRule& rule) {
  std::string text;
  if (rule.kind == PacketKind::kTcp) text = "meta l4proto 6 ";
  if (rule.kind == PacketKind::kUdp) text = "meta l4proto 17 ";
  if (rule.kind == PacketKind::kIcmp) text = "meta l4proto { 1, 58 } ";
  if (!rule.ports.empty()) text += "th dport { " + joined(rule.ports, ", ") + " } ";
  return text;
}

std::string end_of(Direction direction, Verdict verdict) {
  if (verdict == Verdict::kAllow) return "return";
  return direction == Direction::kIn ? "meta mark set 8 goto kept_out" : "meta mark set 7 goto refused";
}

void add_line(std::string& text, const std::string& chain, const std::string& rule) {
  text += "add rule inet croft " + chain + " " + rule + "\n";
}

void add_rule(std::string& text, const std::string& chain, const PacketRule& rule) {
  std::string match = kind_match(rule);
  if (rule.state != PacketState::kAny) match += "ct state " + std::string(word_of(kStates, rule.state)) + " ";
  const std::string end = end_of(rule.direction, rule.verdict);
  if (rule.others.empty()) return add_line(text, chain, match + end);
  for (const Prefix& prefix : rule.others) {
    const std::string family = prefix.base.family == Family::kV4 ? "ip " : "ip6 ";
    const std::string side = rule.direction == Direction::kIn ? "saddr " : "daddr ";
    add_line(text, chain, family + side + text_of(prefix) + " " + match + end);
  }
}

// Neighbours and groups of the link are nobody's business but its two ends': 130 to 137 and 143 of ICMPv6.
void add_chain(std::string& text, const std::string& chain, Direction direction, const PacketFilter& filter) {
  text += "add chain inet croft " + chain + "\nflush chain inet croft " + chain + "\n";
  add_line(text, chain, "ct state established,related return");
  add_line(text, chain, "meta l4proto 58 icmpv6 type { 130-137, 143 } return");
  for (const PacketRule& rule : filter.rules)
    if (rule.direction == direction) add_rule(text, chain, rule);
  const Verdict policy = direction == Direction::kIn ? filter.in : filter.out;
  if (policy == Verdict::kDeny) add_line(text, chain, end_of(direction, policy));
}

std::string place_of(const char* map, const std::string& link, const std::string& chain) {
  return std::string(" element inet croft ") + map + " { \"" + link + "\" : jump " + chain + " }\n";
}

}  // namespace

std::string_view to_text(Direction direction) {
  return word_of(kDirections, direction);
}
std::string_view to_text(Verdict verdict) {
  return word_of(kVerdicts, verdict);
}

PacketRule parse_packet_rule(std::string_view text) {
  Words words(text);
  PacketRule rule;
  const auto direction = find_word(kDirections, words.take());
  if (!direction) refuse("a rule begins with in or out");
  rule.direction = *direction;
  const auto verdict = find_word(kVerdicts, words.take());
  if (!verdict) refuse("in and out are followed by allow or deny");
  rule.verdict = *verdict;
  read_kind(words, rule);
  read_others(words, rule);
  read_state(words, rule);
  if (!words.done()) refuse("`" + std::string(words.peek().substr(0, 32)) + "` is not expected there");
  return rule;
}

std::string to_text(const PacketRule& rule) {
  std::string text = std::string(to_text(rule.direction)) + " " + std::string(to_text(rule.verdict));
  if (rule.kind != PacketKind::kAny) text += " " + std::string(word_of(kKinds, rule.kind));
  if (!rule.ports.empty()) text += " " + joined(rule.ports, ",");
  if (!rule.others.empty())
    text += (rule.direction == Direction::kIn ? " from " : " to ") + joined(rule.others, ",");
  if (rule.state != PacketState::kAny) text += " state " + std::string(word_of(kStates, rule.state));
  return text;
}

std::string put_filter_text(const std::string& link, const PacketFilter& filter) {
  std::string text;
  add_chain(text, "in_" + link, Direction::kIn, filter);
  add_chain(text, "out_" + link, Direction::kOut, filter);
  return text + "add" + place_of("inbound", link, "in_" + link) + "add" +
         place_of("outbound", link, "out_" + link);
}

// Whether they are there or not.
std::string drop_filter_text(const std::string& link) {
  std::string text = put_filter_text(link, {});
  text += "delete" + place_of("inbound", link, "in_" + link) + "delete" +
          place_of("outbound", link, "out_" + link);
  for (const char* chain : {"in_", "out_"})
    for (const char* verb : {"flush", "delete"})
      text += std::string(verb) + " chain inet croft " + chain + link + "\n";
  return text;
}

}  // namespace croft::netns
