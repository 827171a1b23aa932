#include "netns/trace.h"

#include <algorithm>
#include <charconv>

#include "runtime/error.h"

namespace croft::netns {
namespace {

using runtime::Error;
using runtime::ErrorKind;

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
  throw Error(ErrorKind::kInvalid, "`" + std::string(text.substr(0, 64)) + "` " + why);
}

std::optional<PacketKind> kind_of(std::string_view word) {
  if (word == "tcp") return PacketKind::kTcp;
  if (word == "udp") return PacketKind::kUdp;
  if (word == "icmp") return PacketKind::kIcmp;
  return std::nullopt;
}

std::string_view word_of(PacketKind kind) {
  return kind == PacketKind::kTcp ? "tcp" : kind == PacketKind::kUdp ? "udp" : "icmp";
}

// Where the port begins: behind brackets, or the only colon.
std::size_t colon_of(std::string_view text) {
  if (text.starts_with('[')) return text.find(':', std::min(text.find(']'), text.size()));
  const std::size_t colon = text.find(':');
  return colon == text.rfind(':') ? colon : std::string_view::npos;
}

std::uint16_t port_in(std::string_view word, std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, wrong] = std::from_chars(word.data(), word.data() + word.size(), port);
  if (wrong != std::errc() || end != word.data() + word.size() || port == 0)
    refuse(text, "has no port of 1 to 65535 behind its colon");
  return port;
}

std::string text_of(const std::vector<PortRange>& ports, std::uint16_t port) {
  const bool in = ports.empty() || std::any_of(ports.begin(), ports.end(), [port](const PortRange& range) {
                    return port >= range.first && port <= range.last;
                  });
  return in ? "in" : "";
}

// One walk along the rules.
class Walk {
 public:
  Walk(const Filter& filter, const TraceHost& host, const Guard& from, const Address& source,
       const Destination& to)
      : filter_(filter), host_(host), from_(from), source_(source), to_(to) {}

  Trace along() {
    guard() && translated() && (on_bridge() || (host_.is_own(to_.address) ? at_host() : forwarded()));
    return std::move(trace_);
  }

 private:
  bool say(const char* at, bool passes, std::string why) {
    trace_.steps.push_back({at, passes, std::move(why)});
    return passes;
  }

  bool guard() {
    const bool own =
        std::find(from_.addresses.begin(), from_.addresses.end(), source_) != from_.addresses.end();
    const bool unbound = from_.on_bridge && from_.addresses.empty();
    return say("guard", own || unbound,
               to_text(source_) + (own       ? " is its own address"
                                   : unbound ? " may be any, as none is stated"
                                             : " is not its own address"));
  }

  // As in the chain `forwarded`: of the address first.
  bool translated() {
    if (from_.on_bridge || !host_.is_own(to_.address)) return true;
    for (const bool of_address : {true, false})
      for (const Guard& guard : filter_.guards)
        for (const Forward& forward : guard.forwards)
          if (forward.host.has_value() == of_address && leads(forward)) return follow(guard, forward);
    return true;
  }
  [[nodiscard]] bool leads(const Forward& forward) const {
    const PacketKind kind = forward.transport == Transport::kTcp ? PacketKind::kTcp : PacketKind::kUdp;
    return kind == to_.kind && to_.port >= forward.port && to_.port <= forward.last() &&
           (!forward.host || *forward.host == to_.address);
  }
  bool follow(const Guard& guard, const Forward& forward) {
    const auto target = std::find_if(guard.addresses.begin(), guard.addresses.end(),
                                     [&](const Address& one) { return one.family == to_.address.family; });
    if (target == guard.addresses.end()) return true;
    to_.address = *target;
    to_.port = static_cast<std::uint16_t>(forward.target + (to_.port - forward.port));
    by_forward_ = true;
    return say("forward", true,
               to_text(forward) + " leads to " + host_.name_of(guard.uuid) + ", " + to_text(to_));
  }

  // The host's own stack is not asked for what stays on a bridge.
  bool on_bridge() {
    if (!from_.on_bridge) return false;
    const Guard* other = whose(true);
    if (other != nullptr && !isolated(*other)) return true;
    if (other == nullptr) say("route", true, "goes out to the network of its bridge");
    return true;
  }

  bool at_host() {
    say("route", true, to_text(to_.address) + " is the host's own");
    if (!firewall(from_, Direction::kOut, to_.address) || !counted(from_)) return false;
    if (filter_.host.all) return say("host", true, "net.host=all lets containers reach it");
    const HostService* service = service_for(filter_.host, to_.kind, to_.port);
    HostAccess only{.all = false};
    if (service != nullptr) only.services.push_back(*service);
    return say("host", service != nullptr,
               "net.host=" + to_text(filter_.host) +
                   (service != nullptr ? " has " + to_text(only) : " has nothing for " + asked()));
  }

  bool forwarded() {
    const bool on = to_.address.family == Family::kV4 ? host_.forwards4 : host_.forwards6;
    const Guard* other = whose(false);
    if (!on) return say("route", false, "this host does not forward packets of that family");
    if (!(other != nullptr ? known(*other) : elsewhere())) return false;
    if (other != nullptr && !isolated(*other)) return false;
    if (!firewall(from_, Direction::kOut, to_.address) || !counted(from_)) return false;
    return other == nullptr || (firewall(*other, Direction::kIn, source_) && counted(*other));
  }

  bool known(const Guard& other) {
    const bool up = host_.is_up(other.uuid);
    return say(
        "route", up,
        to_text(to_.address) + " is of " + host_.name_of(other.uuid) + (up ? "" : ", which does not run"));
  }

  bool elsewhere() {
    const bool there = host_.has_route(to_.address);
    return say("route", there,
               there ? "goes by the host's routes" + masquerade_text() : "the host has no route there");
  }

  // As the chain `between` does.
  bool isolated(const Guard& other) {
    if (by_forward_) return say("isolation", true, "a forwarded port is open to every tenant");
    const bool none = from_.isolation == Isolation::kAll || other.isolation == Isolation::kAll;
    const bool shared = from_.isolation == Isolation::kNone || other.isolation == Isolation::kNone;
    const bool same = from_.realm == other.realm;
    return say("isolation", !none && (shared || same),
               none ? std::string("net.isolation=all of ") +
                          (from_.isolation == Isolation::kAll ? "itself" : host_.name_of(other.uuid))
               : shared ? std::string("net.isolation=none of ") +
                              (from_.isolation == Isolation::kNone ? "itself" : host_.name_of(other.uuid))
                        : std::string(same ? "of the same tenant" : "of different tenants"));
  }

  [[nodiscard]] bool fits(const PacketRule& rule, Direction direction, const Address& far) const {
    if (rule.direction != direction || rule.state == PacketState::kInvalid) return false;
    if (rule.kind != PacketKind::kAny && rule.kind != to_.kind) return false;
    if (!rule.ports.empty() && (to_.kind == PacketKind::kIcmp || text_of(rule.ports, to_.port).empty()))
      return false;
    return rule.others.empty() || std::any_of(rule.others.begin(), rule.others.end(),
                                              [&](const Prefix& prefix) { return contains(prefix, far); });
  }

  bool firewall(const Guard& of, Direction direction, const Address& far) {
    const char* at = direction == Direction::kIn ? "firewall-in" : "firewall-out";
    if (of.filter.empty()) return true;
    for (const PacketRule& rule : of.filter.rules)
      if (fits(rule, direction, far))
        return say(at, rule.verdict == Verdict::kAllow,
                   "net.firewall.rules of " + host_.name_of(of.uuid) + ": " + to_text(rule));
    const Verdict policy = direction == Direction::kIn ? of.filter.in : of.filter.out;
    return say(at, policy == Verdict::kAllow,
               "net.firewall." + std::string(to_text(direction)) + "=" + std::string(to_text(policy)) +
                   " of " + host_.name_of(of.uuid) + ", and no rule fits");
  }

  bool counted(const Guard& of) {
    if (!of.connections) return true;
    return say("connections", true,
               host_.name_of(of.uuid) + " has at most " + std::to_string(*of.connections) +
                   " at once: passes below that");
  }

  [[nodiscard]] const Guard* whose(bool bridged) const {
    for (const Guard& guard : filter_.guards)
      if (guard.on_bridge == bridged &&
          std::find(guard.addresses.begin(), guard.addresses.end(), to_.address) != guard.addresses.end())
        return &guard;
    return nullptr;
  }

  [[nodiscard]] std::string masquerade_text() const {
    const bool hidden = std::any_of(filter_.masqueraded.begin(), filter_.masqueraded.end(),
                                    [&](const Prefix& prefix) { return contains(prefix, source_); });
    return hidden ? ", with an address of the host" : "";
  }

  [[nodiscard]] std::string asked() const {
    std::string text(word_of(to_.kind));
    if (to_.kind != PacketKind::kIcmp) text += "/" + std::to_string(to_.port);
    return text;
  }

  const Filter& filter_;
  const TraceHost& host_;
  const Guard& from_;
  Address source_;
  Destination to_;
  bool by_forward_ = false;
  Trace trace_;
};

}  // namespace

Destination parse_destination(std::string_view text) {
  std::string_view rest = text;
  std::optional<PacketKind> kind;
  if (const std::size_t slash = rest.rfind('/'); slash != std::string_view::npos) {
    kind = kind_of(rest.substr(slash + 1));
    if (!kind) refuse(text, "names none of /tcp, /udp and /icmp behind its slash");
    rest = rest.substr(0, slash);
  }
  Destination to;
  const std::size_t colon = colon_of(rest);
  if (colon != std::string_view::npos) {
    to.port = port_in(rest.substr(colon + 1), text);
    rest = rest.substr(0, colon);
  }
  if (rest.starts_with('[') && rest.ends_with(']')) rest = rest.substr(1, rest.size() - 2);
  to.address = parse_address(rest);
  to.kind = kind.value_or(to.port != 0 ? PacketKind::kTcp : PacketKind::kIcmp);
  if (to.kind == PacketKind::kIcmp && to.port != 0) refuse(text, "has a port, which ICMP has not");
  if (to.kind != PacketKind::kIcmp && to.port == 0) refuse(text, "needs a port, as in 192.0.2.1:80");
  return to;
}

std::string to_text(const Destination& to) {
  const std::string address = to_text(to.address);
  if (to.kind == PacketKind::kIcmp) return address + "/icmp";
  const bool four = to.address.family == Family::kV4;
  return (four ? address : "[" + address + "]") + ":" + std::to_string(to.port) + "/" +
         std::string(word_of(to.kind));
}

Trace trace(const Filter& filter, const TraceHost& host, const Guard& from, const Address& source,
            const Destination& to) {
  return Walk(filter, host, from, source, to).along();
}

}  // namespace croft::netns
