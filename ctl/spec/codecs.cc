#include "ctl/spec/codecs.h"

#include <algorithm>
#include <array>
#include <utility>

#include "ctl/spec/bounds.h"
#include "ctl/spec/choices.h"
#include "ctl/spec/names.h"
#include "ctl/spec/readers.h"
#include "netns/lan.h"

namespace croft::ctl::codecs {
namespace {

constexpr std::array kInits{
    std::pair{InitKind::kAuto, std::string_view("auto")},
    std::pair{InitKind::kSystemd, std::string_view("systemd")},
    std::pair{InitKind::kSysvinit, std::string_view("sysvinit")},
    std::pair{InitKind::kOpenrc, std::string_view("openrc")},
    std::pair{InitKind::kBusybox, std::string_view("busybox")},
    std::pair{InitKind::kCommand, std::string_view("command")},
};
constexpr std::array kModes{
    std::pair{NetMode::kRouted, std::string_view("routed")},
    std::pair{NetMode::kBridge, std::string_view("bridge")},
    std::pair{NetMode::kMacvlan, std::string_view("macvlan")},
    std::pair{NetMode::kPhys, std::string_view("phys")},
    std::pair{NetMode::kNone, std::string_view("none")},
};

constexpr std::array kIsolations{
    std::pair{netns::Isolation::kTenant, std::string_view("tenant")},
    std::pair{netns::Isolation::kNone, std::string_view("none")},
    std::pair{netns::Isolation::kAll, std::string_view("all")},
};

constexpr std::array kNameServers{
    std::pair{Dns::kHost, std::string_view("host")},
    std::pair{Dns::kKeep, std::string_view("keep")},
};

constexpr std::array kPolicies{
    std::pair{netns::Verdict::kAllow, std::string_view("allow")},
    std::pair{netns::Verdict::kDeny, std::string_view("deny")},
};

constexpr std::array kPlanModes{
    std::pair{PlanMode::kFollow, std::string_view("follow")},
    std::pair{PlanMode::kPinned, std::string_view("pinned")},
};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word(char c) {
  return is_letter(c) || is_digit(c) || c == '_';
}

Limit<std::uint64_t> rlimit_part(std::string_view text) {
  const Limit<Bytes> value = parse_bytes_limit(text);
  if (!value) return std::nullopt;
  return value->value;
}

std::string rlimit_text(const Limit<std::uint64_t>& value) {
  return value ? std::to_string(*value) : std::string(kUnlimited);
}

}  // namespace

TemplateName::Value TemplateName::read(const Json& json) {
  const std::string& name = text_of(json, kMaxName);
  check_template_name(name);
  return name;
}

Json TemplateName::write(const Value& value) {
  return value.empty() ? Json() : Json(value);
}

PlanName::Value PlanName::read(const Json& json) {
  const std::string& name = text_of(json, kMaxName);
  check_plan_name(name);
  return name;
}

PoolName::Value PoolName::read(const Json& json) {
  const std::string& name = text_of(json, kMaxName);
  check_pool_name(name);
  return name;
}

Times::Value Times::read(const Json& json) {
  return parse_schedule(text_of(json, kMaxName));
}

Keeping::Value Keeping::read(const Json& json) {
  return parse_retention(text_of(json, kMaxName));
}

NameServers::Value NameServers::read(const Json& json) {
  return chosen(json, kNameServers, kType);
}

Isolation::Value Isolation::read(const Json& json) {
  return chosen(json, kIsolations, kType);
}

Forward::Value Forward::read(const Json& json) {
  return netns::parse_forward(text_of(json, kMaxName));
}

PacketPolicy::Value PacketPolicy::read(const Json& json) {
  return chosen(json, kPolicies, kType);
}

PacketRule::Value PacketRule::read(const Json& json) {
  return netns::parse_packet_rule(text_of(json, kMaxPacketRule));
}

PlanFollowing::Value PlanFollowing::read(const Json& json) {
  return chosen(json, kPlanModes, kType);
}

Hostname::Value Hostname::read(const Json& json) {
  const std::string& name = text_of(json, kMaxHostname);
  char before = '.';
  for (const char c : name) {
    const bool inner = before != '.' && (c == '-' || (c == '.' && before != '-'));
    if (!inner && !is_letter(c) && !is_digit(c))
      refuse_text(name, "is no host name: use letters, digits, - and .");
    before = c;
  }
  if (before == '.' || before == '-') refuse_text(name, "is no host name: it must end in a letter or digit");
  return name;
}

Init::Value Init::read(const Json& json) {
  return chosen(json, kInits, kType);
}
Mode::Value Mode::read(const Json& json) {
  return chosen(json, kModes, kType);
}

Argument::Value Argument::read(const Json& json) {
  return text_of(json, kMaxArgument, true);
}
EnvironmentValue::Value EnvironmentValue::read(const Json& json) {
  return text_of(json, kMaxEnvironmentValue);
}
LabelValue::Value LabelValue::read(const Json& json) {
  return text_of(json, kMaxLabelValue);
}

SysctlValue::Value SysctlValue::read(const Json& json) {
  if (json.is_number_integer()) return json.dump();
  const std::string& value = text_of(json, kMaxSysctlValue);
  if (value.empty()) refuse("must not be empty");
  return value;
}

Path::Value Path::read(const Json& json) {
  const std::string& path = text_of(json, kMaxPath);
  if (!path.starts_with('/')) refuse_text(path, "is not an absolute path");
  return path;
}

namespace {

// The name or the number of a user, or of a group: `what`.
void check_identity(std::string_view text, std::string_view what) {
  if (text.size() > kMaxUserName)
    refuse("has a " + std::string(what) + " longer than " + std::to_string(kMaxUserName) + " bytes");
  if (!text.empty() && is_digit(text[0])) return check_range(parse_count(text), 0, kMaxUid, "0..65535");
  const bool good =
      !text.empty() && (is_letter(text[0]) || text[0] == '_') &&
      std::all_of(text.begin(), text.end(), [](char c) { return is_word(c) || c == '-' || c == '.'; });
  if (!good) refuse_text(text, "is neither a " + std::string(what) + " name nor a number 0..65535");
}

}  // namespace

User::Value User::read(const Json& json) {
  if (json.is_number_integer()) {
    check_range(count_of(json, kType), 0, kMaxUid, "0..65535");
    return json.dump();
  }
  const std::string& text = text_of(json, 2 * kMaxUserName + 1);
  const std::size_t colon = text.find(':');
  check_identity(std::string_view(text).substr(0, colon), "user");
  if (colon != std::string::npos) check_identity(std::string_view(text).substr(colon + 1), "group");
  return text;
}

Address::Value Address::read(const Json& json) {
  const std::string& text = text_of(json, kMaxName);
  if (text.find('/') != std::string::npos) return to_text(netns::parse_lan_address(text));
  if (auto address = canonical_address(text)) return *std::move(address);
  refuse_text(text, "is not an IPv4 or IPv6 address that a container can have");
}

Capability::Value Capability::read(const Json& json) {
  const std::string& text = text_of(json, kMaxName);
  if (const auto number = capability_number(text)) return capability_name(*number);
  refuse_text(text, "is no capability; write it as in capabilities(7)");
}

RlimitPair::Value RlimitPair::read(const Json& json) {
  if (json.is_number()) {
    const std::uint64_t value = count_of(json, kType);
    check_range(value, 0, kMaxRlimit, "at most 9223372036854775807, or unlimited");
    return {value, value};
  }
  const std::string_view text = text_of(json, kMaxName);
  const std::size_t colon = text.find(':');
  const Limit<std::uint64_t> soft = rlimit_part(text.substr(0, colon));
  const Limit<std::uint64_t> hard =
      colon == std::string_view::npos ? soft : rlimit_part(text.substr(colon + 1));
  if (hard && (!soft || *soft > *hard)) refuse_text(text, "has a soft limit above its hard limit");
  return {soft, hard};
}

Json RlimitPair::write(const Value& value) {
  return rlimit_text(value.soft) + ":" + rlimit_text(value.hard);
}

Boolean::Value Boolean::read(const Json& json) {
  if (!json.is_boolean()) refuse("must be true or false, not " + std::string(json.type_name()));
  return json.get<bool>();
}

Json Boolean::raw(std::string_view text) {
  if (text == "true" || text == "yes" || text == "on") return true;
  if (text == "false" || text == "no" || text == "off") return false;
  refuse_text(text, "is neither true nor false");
}

unsigned read_number(const Json& json, unsigned least, unsigned most) {
  if (!json.is_number_integer()) refuse("must be an integer, not " + std::string(json.type_name()));
  const auto value = json.get<std::int64_t>();
  if (value < least || value > most)
    refuse("is out of range: " + std::to_string(least) + ".." + std::to_string(most));
  return static_cast<unsigned>(value);
}

Json raw_number(std::string_view text) {
  return parse_count(text);
}

OomScore::Value OomScore::read(const Json& json) {
  if (!json.is_number_integer()) refuse("must be an integer, not " + std::string(json.type_name()));
  const auto value = json.get<std::int64_t>();  // what is above its range wraps to a negative number
  const bool wrapped = json.is_number_unsigned() && value < 0;
  if (wrapped || value < kMinOomScore || value > kMaxOomScore) refuse("is out of range: -1000..1000");
  return static_cast<int>(value);
}

Json OomScore::raw(std::string_view text) {
  const bool negative = text.starts_with('-');
  const auto value = static_cast<std::int64_t>(parse_count(text.substr(negative ? 1 : 0)));
  return negative ? -value : value;
}

Signal::Value Signal::read(const Json& json) {
  if (json.is_number()) {
    const std::uint64_t number = count_of(json, "a signal's name or number");
    check_range(number, 1, 64, "1..64");
    return static_cast<int>(number);
  }
  const std::string& text = text_of(json, kMaxName);
  if (const auto number = signal_number(text)) return *number;
  refuse_text(text, "is no signal; write TERM, SIGRTMIN+3 or a number 1..64");
}

std::string Signal::show(const Json& value) {
  return signal_name(value.get<int>());
}

Timeout::Value Timeout::read(const Json& json) {
  const Seconds value = json.is_string()
                            ? parse_seconds(text_of(json, kMaxName))
                            : Seconds{count_of(json, "seconds or a duration (\"90s\", \"5min\")")};
  check_range(value.value, 0, kMaxStopTimeout, "0s..1d");
  return value;
}

void check_environment_name(std::string_view name) {
  const bool good = !name.empty() && name.size() <= kMaxEnvironmentName && !is_digit(name[0]) &&
                    std::all_of(name.begin(), name.end(), is_word);
  if (!good) refuse_text(name, "is no variable name: use letters, digits and _, no digit first");
}

// Dots separate; a slash stands for a dot inside one part ("net.ipv4.conf.eth0/100.forwarding"), as sysctl(8)
// has it. Two separators in a row would become an empty or a ".." part of a path.
void check_sysctl_name(std::string_view name) {
  bool good = !name.empty() && name.size() <= kMaxSysctlName && name.find('.') != std::string_view::npos;
  char before = '.';
  for (const char c : name) {
    const bool separator = c == '.' || c == '/';
    good = good && (separator ? before != '.' && before != '/' : is_word(c) || c == '-');
    before = c;
  }
  if (!good || before == '.' || before == '/' || before == '-')
    refuse_text(name, "is no kernel setting's name, as in net.ipv4.ip_forward");
}

void check_rlimit_name(std::string_view name) {
  if (!rlimit_number(name)) refuse_text(name, "is no resource limit; write it as in nofile, nproc, core");
}

void check_label_key(std::string_view name) {
  const auto inner = [](char c) { return is_word(c) || c == '.' || c == '-' || c == '/'; };
  const auto outer = [](char c) { return is_letter(c) || is_digit(c); };
  const bool good = !name.empty() && name.size() <= kMaxLabelKey && outer(name.front()) &&
                    outer(name.back()) && std::all_of(name.begin(), name.end(), inner);
  if (!good)
    refuse_text(name, "is no label: use letters, digits, _, ., - and /, with a letter or digit at both ends");
}

void check_class_number(std::string_view name) {
  const bool one = name.size() == 1 && is_digit(name[0]);
  const bool two = name.size() == 2 && name[0] == '1' && name[1] >= '0' && name[1] <= '5';
  if (!one && !two) refuse_text(name, "is no traffic class: these are 0 to 15");
}

}  // namespace croft::ctl::codecs

namespace croft::ctl {
std::string_view to_text(InitKind kind) {
  return codecs::name_in(codecs::kInits, kind);
}

std::string_view to_text(PlanMode mode) {
  return codecs::name_in(codecs::kPlanModes, mode);
}

std::string_view to_text(NetMode mode) {
  return codecs::name_in(codecs::kModes, mode);
}

std::string_view to_text(Dns dns) {
  return codecs::name_in(codecs::kNameServers, dns);
}

std::string_view to_text(netns::Isolation isolation) {
  return codecs::name_in(codecs::kIsolations, isolation);
}

}  // namespace croft::ctl
