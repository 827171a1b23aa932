// How each type of value is read from JSON, written to it, and read from what a person typed. A codec is a
// struct of static functions, named by the rows of keys.cc:
//   using Value;                                  what the Spec holds
//   kType                                         for people
//   Value read(const Json&)                       throws Error kInvalid
//   Json write(const Value&)                      canonical
//   Json raw(string_view text)                    typed text as JSON for read; throws Error kInvalid
//   std::string show(const Json&)                 canonical JSON as a person would type it
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ctl/spec/bounds.h"
#include "ctl/spec/json.h"
#include "ctl/spec/spec.h"

namespace croft::ctl::codecs {

// Text that stands for itself, both ways.
struct Plain {
  static Json raw(std::string_view text) { return std::string(text); }
  static std::string show(const Json& value) { return value.get<std::string>(); }
};

struct TemplateName : Plain {
  using Value = std::string;
  static constexpr std::string_view kType = "template name";
  static Value read(const Json& json);
  static Json write(const Value& value);
};

struct PlanName : Plain {
  using Value = std::string;
  static constexpr std::string_view kType = "plan name";
  static Value read(const Json& json);
  static Json write(const Value& value) { return value; }
};

struct PoolName : Plain {
  using Value = std::string;
  static constexpr std::string_view kType = "pool name";
  static Value read(const Json& json);
  static Json write(const Value& value) { return value; }
};

struct Times : Plain {
  using Value = Schedule;
  static constexpr std::string_view kType = "interval[@HH:MM]";
  static Value read(const Json& json);
  static Json write(const Value& value) { return to_text(value); }
};

struct Keeping : Plain {
  using Value = Retention;
  static constexpr std::string_view kType = "counts as in 24h,7d,4w,12m,3y";
  static Value read(const Json& json);
  static Json write(const Value& value) { return to_text(value); }
};

struct PlanFollowing : Plain {
  using Value = PlanMode;
  static constexpr std::string_view kType = "follow or pinned";
  static Value read(const Json& json);
  static Json write(Value value) { return std::string(to_text(value)); }
};

struct BootChoice : Plain {
  using Value = OnBoot;
  static constexpr std::string_view kType = "yes, no or last-state";
  static Value read(const Json& json);
  static Json write(Value value) { return std::string(to_text(value)); }
};

struct RestartChoice : Plain {
  using Value = Restart;
  static constexpr std::string_view kType = "never, on-failure or always";
  static Value read(const Json& json);
  static Json write(Value value) { return std::string(to_text(value)); }
};

struct HookText : Plain {
  using Value = Hook;
  static constexpr std::string_view kType =
      "[inside] [timeout=TIME] [on-failure=refuse|ignore] PROGRAM [ARGUMENT...]";
  static Value read(const Json& json);
  static Json write(const Value& value) { return to_text(value); }
};

struct Hostname : Plain {
  using Value = std::string;
  static constexpr std::string_view kType = "host name";
  static Value read(const Json& json);
  static Json write(const Value& value) { return value; }
};

struct Init : Plain {
  using Value = InitKind;
  static constexpr std::string_view kType = "auto, systemd, sysvinit, openrc, busybox or command";
  static Value read(const Json& json);
  static Json write(Value value) { return std::string(to_text(value)); }
};

struct Mode : Plain {
  using Value = NetMode;
  static constexpr std::string_view kType = "routed, bridge, macvlan, phys or none";
  static Value read(const Json& json);
  static Json write(Value value) { return std::string(to_text(value)); }
};

struct Isolation : Plain {
  using Value = netns::Isolation;
  static constexpr std::string_view kType = "tenant, none or all";
  static Value read(const Json& json);
  static Json write(Value value) { return std::string(to_text(value)); }
};

struct NameServers : Plain {
  using Value = Dns;
  static constexpr std::string_view kType = "host or keep";
  static Value read(const Json& json);
  static Json write(Value value) { return std::string(to_text(value)); }
};

struct Forward : Plain {
  using Value = netns::Forward;
  static constexpr std::string_view kType = "[ADDRESS:]PORT[-PORT]:PORT[-PORT][/tcp|/udp]";
  static Value read(const Json& json);
  static Json write(const Value& value) { return netns::to_text(value); }
};

struct PacketPolicy : Plain {
  using Value = netns::Verdict;
  static constexpr std::string_view kType = "allow or deny";
  static Value read(const Json& json);
  static Json write(Value value) { return std::string(netns::to_text(value)); }
};

// Its words are separated by blanks and commas, so that rules are by semicolons.
struct PacketRule : Plain {
  using Value = netns::PacketRule;
  static constexpr std::string_view kType =
      "in|out allow|deny [tcp|udp|icmp [PORT[-PORT],...]] [from|to PREFIX,...] [state new|invalid]";
  static constexpr std::string_view kSeparators = ";";
  static Value read(const Json& json);
  static Json write(const Value& value) { return netns::to_text(value); }
};

// Newlines are allowed: an argument may be a script, and goes to exec only.
struct Argument : Plain {
  using Value = std::string;
  static constexpr std::string_view kType = "arguments";
  static Value read(const Json& json);
  static Json write(const Value& value) { return value; }
};

struct EnvironmentValue : Plain {
  using Value = std::string;
  static constexpr std::string_view kType = "text";
  static Value read(const Json& json);
  static Json write(const Value& value) { return value; }
};

struct LabelValue : Plain {
  using Value = std::string;
  static constexpr std::string_view kType = "text";
  static Value read(const Json& json);
  static Json write(const Value& value) { return value; }
};

struct HostDevice : Plain {
  using Value = Device;
  static constexpr std::string_view kType = "devices as /dev/net/tun:rw";
  static Value read(const Json& json);
  static Json write(const Value& value) { return to_text(value); }
};

struct FeatureName : Plain {
  using Value = Feature;
  static constexpr std::string_view kType = "fuse, keyctl, nesting, tun";
  static Value read(const Json& json);
  static Json write(Value value) { return std::string(to_text(value)); }
};

struct ExternalId : Plain {
  using Value = std::string;
  static constexpr std::string_view kType = "text";
  static Value read(const Json& json);
  static Json write(const Value& value) { return value; }
};

// Lines are allowed in these three.
struct Note : Plain {
  using Value = std::string;
  static constexpr std::string_view kType = "text";
  static Value read(const Json& json);
  static Json write(const Value& value) { return value; }
};

struct Document : Plain {
  using Value = std::string;
  static constexpr std::string_view kType = "document";
  static Value read(const Json& json);
  static Json write(const Value& value) { return value; }
};

struct CredentialValue : Plain {
  using Value = std::string;
  static constexpr std::string_view kType = "text";
  static Value read(const Json& json);
  static Json write(const Value& value) { return value; }
};

// A path below /usr/share/zoneinfo (tzfile(5)), wherever that is inside.
struct TimeZone : Plain {
  using Value = std::string;
  static constexpr std::string_view kType = "AREA/CITY or UTC";
  static Value read(const Json& json);
  static Json write(const Value& value) { return value; }
};

struct Locale : Plain {
  using Value = std::string;
  static constexpr std::string_view kType = "locale";
  static Value read(const Json& json);
  static Json write(const Value& value) { return value; }
};

struct SysctlValue : Plain {
  using Value = std::string;
  static constexpr std::string_view kType = "text or number";
  static Value read(const Json& json);
  static Json write(const Value& value) { return value; }
};

struct Path : Plain {
  using Value = std::string;
  static constexpr std::string_view kType = "absolute path";
  static Value read(const Json& json);
  static Json write(const Value& value) { return value; }
};

struct User : Plain {
  using Value = std::string;
  static constexpr std::string_view kType = "USER or USER:GROUP, each a name or a number 0..65535";
  static Value read(const Json& json);
  static Json write(const Value& value) { return value; }
};

struct InterfaceName : Plain {
  using Value = std::string;
  static constexpr std::string_view kType = "interface of the host";
  static Value read(const Json& json);
  static Json write(const Value& value) { return value; }
};

struct HardwareAddress : Plain {
  using Value = netns::Mac;
  static constexpr std::string_view kType = "hardware address";
  static Value read(const Json& json);
  static Json write(const Value& value) { return netns::to_text(value); }
};

unsigned read_number(const Json& json, unsigned least, unsigned most);
Json raw_number(std::string_view text);

template <unsigned kLeast, unsigned kMost>
struct NumberOf {
  using Value = unsigned;
  static Value read(const Json& json) { return read_number(json, kLeast, kMost); }
  static Json write(Value value) { return value; }
  static Json raw(std::string_view text) { return raw_number(text); }
  static std::string show(const Json& value) { return std::to_string(value.get<unsigned>()); }
};

struct Vlan : NumberOf<1, kMaxVlan> {
  static constexpr std::string_view kType = "number 1..4094";
};
struct Mtu : NumberOf<kMinMtu, kMaxMtu> {
  static constexpr std::string_view kType = "number 1280..65535";
};
struct Queues : NumberOf<1, kMaxQueues> {
  static constexpr std::string_view kType = "number 1..64";
};
struct Connections : NumberOf<1, kMaxConnections> {
  static constexpr std::string_view kType = "number 1..1000000";
};

struct VisibleCpus : NumberOf<1, kMaxVisibleCpus> {
  static constexpr std::string_view kType = "number 1..256";
};

struct BootOrder : NumberOf<0, kMaxBootOrder> {
  static constexpr std::string_view kType = "number 0..9999";
};
struct RestartLimit : NumberOf<0, kMaxRestarts> {
  static constexpr std::string_view kType = "number 0..1000";
};

struct Gateway : Plain {
  using Value = std::string;
  static constexpr std::string_view kType = "addresses";
  static Value read(const Json& json);
  static Json write(const Value& value) { return value; }
};

// "10.0.0.8", or with the length of its network "192.0.2.8/24".
struct Address : Plain {
  using Value = std::string;
  static constexpr std::string_view kType = "addresses";
  static Value read(const Json& json);
  static Json write(const Value& value) { return value; }
};

struct Capability : Plain {
  using Value = std::string;
  static constexpr std::string_view kType = "capabilities";
  static Value read(const Json& json);
  static Json write(const Value& value) { return value; }
};

struct RlimitPair : Plain {
  using Value = Rlimit;
  static constexpr std::string_view kType = "soft:hard";
  static Value read(const Json& json);
  static Json write(const Value& value);
};

struct Boolean {
  using Value = bool;
  static constexpr std::string_view kType = "true or false";
  static Value read(const Json& json);
  static Json write(Value value) { return value; }
  static Json raw(std::string_view text);
  static std::string show(const Json& value) { return value.get<bool>() ? "true" : "false"; }
};

struct OomScore {
  using Value = int;
  static constexpr std::string_view kType = "number -1000..1000";
  static Value read(const Json& json);
  static Json write(Value value) { return value; }
  static Json raw(std::string_view text);
  static std::string show(const Json& value) { return std::to_string(value.get<int>()); }
};

struct Signal {
  using Value = int;
  static constexpr std::string_view kType = "signal";
  static Value read(const Json& json);
  static Json write(Value value) { return value; }
  static Json raw(std::string_view text) { return std::string(text); }
  static std::string show(const Json& value);
};

struct Timeout {
  using Value = Seconds;
  static constexpr std::string_view kType = "duration";
  static Value read(const Json& json);
  static Json write(Value value) { return value.value; }
  static Json raw(std::string_view text) { return std::string(text); }
  static std::string show(const Json& value) { return format(read(value)); }
};

struct BootDelay : Timeout {
  static Value read(const Json& json);
};

// The entries' names of maps. Throw Error kInvalid.
void check_environment_name(std::string_view name);
void check_sysctl_name(std::string_view name);
void check_rlimit_name(std::string_view name);
void check_label_key(std::string_view name);
// systemd(1) takes what can be the name of a file.
void check_credential_name(std::string_view name);
void check_hook_event(std::string_view name);
// Of a traffic class: 0..15.
void check_class_number(std::string_view name);

}  // namespace croft::ctl::codecs
