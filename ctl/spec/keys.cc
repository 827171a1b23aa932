#include "ctl/spec/keys.h"

#include <algorithm>
#include <array>

#include "ctl/spec/bounds.h"
#include "ctl/spec/codecs.h"
#include "ctl/spec/interfaces.h"
#include "ctl/spec/resource_keys.h"
#include "ctl/spec/rows.h"

namespace croft::ctl {
namespace {

using namespace codecs;  // NOLINT(google-build-using-namespace): the table names one codec a row
using rows::list;
using rows::map;
using rows::one;

constexpr std::array kGeneralKeys{
    one<TemplateName>(
        "template", "", When::kCreate, "the template that the container is made from",
        [](auto& s) -> auto& { return s.template_name; }),
    one<PoolName>(
        "pool", "", When::kCreate, "the pool that its files lie in; unset, default",
        [](auto& s) -> auto& { return s.pool; }),
    one<Hostname>(
        "hostname", "", When::kLive, "its host name; unset, the container's name",
        [](auto& s) -> auto& { return s.hostname; }),
    one<Init>(
        "init", "auto", When::kRestart,
        "what runs as its first process; auto: the command when one is given, else the template's own init",
        [](auto& s) -> auto& { return s.init; }),
    list<Argument, kMaxCommand, true>(
        "command", When::kRestart, "the first process and its arguments, for init=command",
        [](auto& s) -> auto& { return s.command; }),
    map<EnvironmentValue, check_environment_name, kMaxEnvironment>(
        "env.NAME", When::kRestart, "a variable in the first process's environment",
        [](auto& s) -> auto& { return s.env; }),
    one<TimeZone>(
        "timezone", "", When::kRestart, "the time zone of its /etc/localtime; unset, as its template has it",
        [](auto& s) -> auto& { return s.timezone; }),
    one<Locale>(
        "locale", "", When::kRestart,
        "LANG of its system and its first process; unset, as its template has it",
        [](auto& s) -> auto& { return s.locale; }),
    one<Document>(
        "cloud_init.user_data", "", When::kRestart,
        "what cloud-init does at its first boot: cloud-config, a script, or MIME parts",
        [](auto& s) -> auto& { return s.cloud_init.user_data; }),
    one<Document>(
        "cloud_init.vendor_data", "", When::kRestart, "as user_data, which goes before it",
        [](auto& s) -> auto& { return s.cloud_init.vendor_data; }),
    one<Document>(
        "cloud_init.network_config", "", When::kRestart,
        "the network as cloud-init sets it up; unset, it leaves the network to Croft",
        [](auto& s) -> auto& { return s.cloud_init.network_config; }),
    map<CredentialValue, check_credential_name, kMaxCredentials>(
        "credential.NAME", When::kRestart, "a credential of its systemd, as passwd.hashed-password.root",
        [](auto& s) -> auto& { return s.credential; }),
    one<Path>(
        "workdir", "", When::kRestart, "the first process's working directory; unset, /",
        [](auto& s) -> auto& { return s.workdir; }),
    one<User>(
        "user", "", When::kRestart, "the user, and the group, that the command runs as; unset, root",
        [](auto& s) -> auto& { return s.user; }),
    one<PlanName>(
        "plan.name", "", When::kLive, "the plan whose values it has; setting it applies the plan",
        [](auto& s) -> auto& { return s.plan.name; }),
    one<PlanFollowing>(
        "plan.mode", "follow", When::kLive,
        "follow: `croft plan apply --followers` gives it the plan's changes; pinned: it keeps what it has",
        [](auto& s) -> auto& { return s.plan.mode; }),
    one<Mode>(
        "net.mode", "routed", When::kRestart,
        "routed: by way of the host; bridge, macvlan: on the network of net.parent; phys: has it; none: "
        "loopback",
        [](auto& s) -> auto& { return s.net.mode; }),
    one<InterfaceName>(
        "net.parent", "", When::kRestart,
        "the bridge or, for macvlan and phys, the device of the host that it is on",
        [](auto& s) -> auto& { return s.net.parent; }),
    one<Vlan>(
        "net.vlan", "", When::kRestart,
        "the VLAN of net.parent that it is in; unset, the default of the bridge, or none",
        [](auto& s) -> auto& { return s.net.vlan; }),
    one<HardwareAddress>(
        "net.mac", "", When::kRestart, "its hardware address; unset, one of its own that stays the same",
        [](auto& s) -> auto& { return s.net.mac; }),
    list<Address, kMaxAddresses>(
        "net.address", When::kLive,
        "addresses of its own, on a network with its length; unset, one of each family of its pool, or by "
        "DHCP",
        [](auto& s) -> auto& { return s.net.address; }),
    list<Gateway, kMaxGateways>(
        "net.gateway", When::kLive, "the routers of the network of net.parent, one of each family",
        [](auto& s) -> auto& { return s.net.gateway; }),
    one<PoolName>(
        "net.pool", "", When::kLive,
        "the pool that it gets addresses of, besides net.address; unset, default, unless net.address is set",
        [](auto& s) -> auto& { return s.net.pool; }),
    one<Isolation>(
        "net.isolation", "tenant", When::kLive,
        "tenant: reaches containers of its tenant; none: all, as they reach it; all: no other container",
        [](auto& s) -> auto& { return s.net.isolation; }),
    list<Forward, kMaxForwards>(
        "net.forward", When::kLive, "ports of the host that lead to it",
        [](auto& s) -> auto& { return s.net.forward; }),
    one<PacketPolicy>(
        "net.firewall.in", "allow", When::kLive, "what comes in that no rule is about",
        [](auto& s) -> auto& { return s.net.firewall.in; }),
    one<PacketPolicy>(
        "net.firewall.out", "allow", When::kLive, "what goes out that no rule is about",
        [](auto& s) -> auto& { return s.net.firewall.out; }),
    list<PacketRule, kMaxPacketRules>(
        "net.firewall.rules", When::kLive, "what it lets in and out; the first rule that fits decides",
        [](auto& s) -> auto& { return s.net.firewall.rules; }),
    one<Mtu>(
        "net.mtu", "1500", When::kRestart, "the largest packet of its interface, in bytes",
        [](auto& s) -> auto& { return s.net.mtu; }),
    one<Queues>(
        "net.queues", "1", When::kRestart, "queues each way, for programs inside that use several",
        [](auto& s) -> auto& { return s.net.queues; }),
    one<Connections>(
        "net.connections.limit", "", When::kLive,
        "connections that it may have at once over the interface; unset, no bound of its own",
        [](auto& s) -> auto& { return s.net.connections; }),
    one<InterfaceName>(
        "net.proxy", "", When::kLive,
        "an interface of the host that answers ARP and NDP for its addresses; unset, none does",
        [](auto& s) -> auto& { return s.net.proxy; }),
    one<NameServers>(
        "net.dns", "host", When::kRestart,
        "host: /etc/resolv.conf names the host's name servers; keep: the container's own stays as it is",
        [](auto& s) -> auto& { return s.dns; }),
    nic_row(),
    list<HostDevice, kMaxDevices>(
        "device", When::kRestart,
        "devices of the host in its /dev, each with r, w or both; a directory is all in it",
        [](auto& s) -> auto& { return s.device; }),
    list<FeatureName, kMaxFeatures>(
        "features", When::kRestart,
        "fuse and tun: these devices; keyctl: the kernel's key rings; nesting: containers in it",
        [](auto& s) -> auto& { return s.features; }),
    one<Boolean>(
        "security.no_new_privileges", "false", When::kRestart,
        "set-user-id programs and file capabilities give nothing",
        [](auto& s) -> auto& { return s.security.no_new_privileges; }),
    list<Capability, kMaxCapabilities>(
        "security.capabilities.drop", When::kRestart, "capabilities that nothing in it can have",
        [](auto& s) -> auto& { return s.security.capabilities_drop; }),
    map<SysctlValue, check_sysctl_name, kMaxSysctls>(
        "sysctl.NAME", When::kRestart, "a kernel setting of its own namespaces",
        [](auto& s) -> auto& { return s.sysctl; }),
    map<RlimitPair, check_rlimit_name, kMaxRlimits>(
        "rlimit.NAME", When::kRestart, "a resource limit of the first process, as in setrlimit(2)",
        [](auto& s) -> auto& { return s.rlimit; }),
    one<OomScore>(
        "oom_score", "", When::kRestart, "added to the kernel's badness when memory runs out",
        [](auto& s) -> auto& { return s.oom_score; }),
    one<Signal>(
        "stop.signal", "", When::kLive, "asks the first process to stop; unset, what its init understands",
        [](auto& s) -> auto& { return s.stop.signal; }),
    one<Timeout>(
        "stop.timeout", "30s", When::kLive, "how long a stop waits before it kills",
        [](auto& s) -> auto& { return s.stop.timeout; }),
    one<Times>(
        "snapshot.schedule", "", When::kLive, "how often a snapshot is made of it; unset, never",
        [](auto& s) -> auto& { return s.snapshot.schedule; }),
    one<Keeping>(
        "snapshot.keep", "", When::kLive, "which of these snapshots are kept; the others go",
        [](auto& s) -> auto& { return s.snapshot.keep; }),
    one<BootChoice>(
        "onboot", "last-state", When::kLive,
        "whether it starts when the host has booted; last-state: if it ran when the host went down",
        [](auto& s) -> auto& { return s.onboot; }),
    one<BootOrder>(
        "boot.order", "100", When::kLive, "lower ones start first when the host boots, and stop last",
        [](auto& s) -> auto& { return s.boot.order; }),
    one<BootDelay>(
        "boot.delay", "0s", When::kLive, "how long those of the next boot.order wait once it is started",
        [](auto& s) -> auto& { return s.boot.delay; }),
    one<RestartChoice>(
        "restart", "never", When::kLive,
        "whether it starts again when its run ends and nobody stopped it; on-failure: not after a status 0",
        [](auto& s) -> auto& { return s.restart; }),
    one<RestartLimit>(
        "restart_limit", "10", When::kLive,
        "short runs in a row after which Croft gives up starting it again; 0: never",
        [](auto& s) -> auto& { return s.restart_limit; }),
    map<HookText, check_hook_event, kHookEvents.size()>(
        "hook.EVENT", When::kLive,
        "a program that is run at pre-create, pre-start, post-start, pre-stop, post-stop or post-destroy",
        [](auto& s) -> auto& { return s.hook; }),
    one<Boolean>(
        "protected", "false", When::kLive, "refuses to be destroyed, --force or not",
        [](auto& s) -> auto& { return s.is_protected; }),
    one<Boolean>(
        "time_namespace", "false", When::kRestart,
        "monotonic and boot clocks of its own, which begin at zero when it starts",
        [](auto& s) -> auto& { return s.time_namespace; }),
    one<Boolean>(
        "view", "true", When::kRestart, "its /proc and /sys show its own machine, as in croft-view(8)",
        [](auto& s) -> auto& { return s.view; }),
    map<LabelValue, check_label_key, kMaxLabels>(
        "label.KEY", When::kLive, "the operator's own note", [](auto& s) -> auto& { return s.label; }),
    one<ExternalId>(
        "external_id", "", When::kLive, "what another system, as for billing, calls it",
        [](auto& s) -> auto& { return s.external_id; }),
    one<Note>(
        "note", "", When::kLive, "anything that is to be known of it",
        [](auto& s) -> auto& { return s.note; }),
    one<Boolean>(
        "ephemeral", "false", When::kLive, "destroyed when it stops",
        [](auto& s) -> auto& { return s.ephemeral; }),
    one<Boolean>(
        "pty", "true", When::kRestart, "the console is a terminal; otherwise output goes through a pipe",
        [](auto& s) -> auto& { return s.pty; }),
};

template <std::size_t... Sizes>
constexpr auto joined(const std::array<Key, Sizes>&... tables) {
  std::array<Key, (Sizes + ...)> all{};
  auto* next = all.begin();
  ((next = std::copy(tables.begin(), tables.end(), next)), ...);
  return all;
}

constexpr auto kKeys = joined(kGeneralKeys, rows::kResourceKeys);

}  // namespace

std::string_view to_text(When when) {
  switch (when) {
    case When::kLive:
      return "live";
    case When::kRestart:
      return "restart";
    case When::kCreate:
      break;
  }
  return "create";
}

std::span<const Key> keys() {
  return kKeys;
}

const Key* find_key(std::string_view dotted) {
  for (const Key& key : kKeys) {
    if (dotted == key.stem) return &key;
    if (key.kind == Key::Kind::kMap && dotted.starts_with(key.stem) && dotted.size() > key.stem.size() + 1 &&
        dotted[key.stem.size()] == '.')
      return &key;
  }
  return nullptr;
}

std::string unknown_key(std::string_view dotted) {
  std::array<std::string_view, kKeys.size()> names;
  for (std::size_t i = 0; i < kKeys.size(); ++i) names[i] = kKeys[i].name;
  const std::string near = nearest(dotted, names);
  return near.empty() ? "unknown key" : "unknown key; did you mean `" + near + "`?";
}

}  // namespace croft::ctl
