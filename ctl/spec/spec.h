// What the operator asks of one container, as a plain struct with one field per key. The JSON form has the
// same keys, nested at the dots ("memory.limit" is {"memory":{"limit":..}}); keys.cc has one row per key.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cgroups/resources.h"
#include "ctl/spec/device.h"
#include "ctl/spec/hook.h"
#include "ctl/spec/json.h"
#include "ctl/spec/retention.h"
#include "ctl/spec/units.h"
#include "netns/forward.h"
#include "netns/isolation.h"
#include "netns/mac.h"
#include "netns/packet_rule.h"

namespace croft::ctl {

enum class InitKind {
  kAuto,  // the command when one is given, else the init that the template has
  kSystemd,
  kSysvinit,
  kOpenrc,
  kBusybox,
  kCommand,
};
std::string_view to_text(InitKind kind);

enum class NetMode { kRouted, kBridge, kMacvlan, kPhys, kNone };
std::string_view to_text(NetMode mode);

// What follows from a mode, for all who need not know which one it is.
struct NetTraits {
  bool routed = false;  // pools, forwards and firewalls: packets go through the host's own stack
  bool lan = false;     // on a network of others, by net.parent
  bool link = false;    // a host end, which is filtered, counted and shaped
};
NetTraits traits_of(NetMode mode);
std::string_view to_text(netns::Isolation isolation);

// Who writes /etc/resolv.conf, and the name servers of network managers.
enum class Dns { kHost, kKeep };
std::string_view to_text(Dns dns);

// Bytes a second of a traffic class, by its number as a text.
using ClassLimits = std::map<std::string, std::uint64_t>;

// Whether a container takes over what changes in its plan.
enum class PlanMode { kFollow, kPinned };
std::string_view to_text(PlanMode mode);

// What a container may do beyond what all may.
enum class Feature { kFuse, kKeyctl, kNesting, kTun };
std::string_view to_text(Feature feature);

// Whether a container starts when the host has booted: as it was when the host went down, or whatever it was.
enum class OnBoot { kLastState, kYes, kNo };
std::string_view to_text(OnBoot when);

// After which ends of a run, asked for by nobody outside, it is started again.
enum class Restart { kNever, kOnFailure, kAlways };
std::string_view to_text(Restart when);

// As setrlimit(2); nullopt is RLIM_INFINITY.
struct Rlimit {
  Limit<std::uint64_t> soft;
  Limit<std::uint64_t> hard;
  bool operator==(const Rlimit&) const = default;
};

// What a container that says nothing may use: memory and tasks are bounded.
cgroups::Resources default_resources();

struct Spec {
  std::string template_name;
  std::optional<std::string> pool;      // that its files lie in; unset: `default`
  std::optional<std::string> hostname;  // unset: the container's name
  InitKind init = InitKind::kAuto;
  std::vector<std::string> command;
  std::map<std::string, std::string> env;
  std::optional<std::string> workdir;
  std::optional<std::string> timezone;  // "Europe/Berlin"
  std::optional<std::string> locale;    // "de_DE.UTF-8"
  struct CloudInit {
    std::optional<std::string> user_data;
    std::optional<std::string> vendor_data;
    std::optional<std::string> network_config;
    bool operator==(const CloudInit&) const = default;
  } cloud_init;
  std::vector<Device> device;
  std::vector<Feature> features;
  std::map<std::string, std::string> credential;  // of systemd, by name
  std::optional<std::string> user;  // a number 0..65535 or a name of the container's own user list

  cgroups::Resources resources = default_resources();
  struct Plan {
    std::optional<std::string> name;
    PlanMode mode = PlanMode::kFollow;
    bool operator==(const Plan&) const = default;
  } plan;
  struct Net {
    NetMode mode = NetMode::kRouted;
    std::optional<std::string> parent;  // an interface of the host
    std::optional<unsigned> vlan;
    std::optional<netns::Mac> mac;     // unset: made of the uuid
    std::vector<std::string> address;  // canonical text; on a LAN with a length; empty: from the pool
    std::vector<std::string> gateway;  // canonical text
    std::optional<std::string> pool;   // unset: `default`
    netns::Isolation isolation = netns::Isolation::kTenant;
    std::vector<netns::Forward> forward;
    netns::PacketFilter firewall;
    unsigned mtu = 1500;                  // bytes
    unsigned queues = 1;                  // each way, of both ends
    std::optional<unsigned> connections;  // at once; unset: no bound of its own
    std::optional<std::string> proxy;     // an interface of the host that answers for its addresses
    bool operator==(const Net&) const = default;
  } net;
  Dns dns = Dns::kHost;
  ClassLimits class_in, class_out;
  // Further interfaces, by their name inside.
  std::map<std::string, Net> nic;
  struct Security {
    bool no_new_privileges = false;
    std::vector<std::string> capabilities_drop;  // "CAP_NET_RAW"
    bool operator==(const Security&) const = default;
  } security;

  std::map<std::string, std::string> sysctl;
  std::map<std::string, Rlimit> rlimit;  // by lower-case name, "nofile"
  std::optional<int> oom_score;
  struct Stop {
    std::optional<int> signal;  // unset: what the init understands
    Seconds timeout{30};
    bool operator==(const Stop&) const = default;
  } stop;
  struct Snapshots {
    std::optional<Schedule> schedule;
    std::optional<Retention> keep;
    bool operator==(const Snapshots&) const = default;
  } snapshot;
  OnBoot onboot = OnBoot::kLastState;
  struct Boot {
    unsigned order = 100;  // lower ones first, and down last
    Seconds delay{0};      // before those of the next order
    bool operator==(const Boot&) const = default;
  } boot;
  Hooks hook;
  Restart restart = Restart::kNever;
  unsigned restart_limit = 10;  // short runs in a row; 0: any number
  bool is_protected = false;    // is not destroyed
  bool time_namespace = false;
  bool view = true;                      // shows it its own figures
  std::optional<unsigned> visible_cpus;  // in them; unset: those of its limit and affinity
  std::map<std::string, std::string> label;
  std::optional<std::string> external_id;  // the operator's own, as in a billing system
  std::optional<std::string> note;
  bool ephemeral = false;  // destroyed when it stops
  bool pty = true;         // the console is a terminal; without, output goes through a pipe

  bool operator==(const Spec&) const = default;
};

bool has_feature(const Spec& spec, Feature feature);

// Every wrong field at once, as Error with FieldErrors: unknown keys with the nearest known one, wrong types,
// ranges, bounds, and the rules between keys (rules.h).
Spec parse_spec(const Json& json);

// Canonical: keys with a default are always there, unset keys and empty lists and maps are left out, limits
// are integers (bytes, milli-CPU) or "unlimited". parse_spec(to_json(s)) == s.
Json to_json(const Spec& spec);

}  // namespace croft::ctl
