#include "ctl/lifecycle/readdress.h"

#include <algorithm>
#include <cstdio>

#include "ctl/lifecycle/inside.h"
#include "ctl/lifecycle/nic.h"
#include "ctl/spec/interfaces.h"
#include "netns/messages.h"
#include "runtime/error.h"
#include "runtime/namespaces.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

// " +10.0.0.5/24 -10.0.0.4/24 by 10.0.0.1" of one interface; empty where nothing changes.
std::string text_of(const Interface& before, const Interface& after) {
  const bool lan = traits_of(after.net->mode).lan;
  const std::vector<std::string>& old = lan ? before.net->address : before.leased;
  const std::vector<std::string>& next = lan ? after.net->address : after.leased;
  std::string text;
  const auto add = [&text](char sign, const std::vector<std::string>& all,
                           const std::vector<std::string>& but) {
    for (const std::string& one : all)
      if (std::find(but.begin(), but.end(), one) == but.end()) text += std::string(" ") + sign + one;
  };
  add('+', next, old);
  add('-', old, next);
  if (before.net->proxy != after.net->proxy)
    text += after.net->proxy ? " answered on " + *after.net->proxy : " answered nowhere";
  if (before.net->gateway == after.net->gateway) return text;
  for (const std::string& gateway : after.net->gateway) text += " by " + gateway;
  return after.net->gateway.empty() ? text + " by no router" : text;
}

std::vector<Interface> interfaces_of(const Context& context, const ContainerRecord& record) {
  return ctl::interfaces_of(context.host, record, record.spec.parsed());
}

std::vector<netns::Message> all_inside(const Context& context, const ContainerRecord& record) {
  std::vector<netns::Message> all;
  for (const Interface& one : interfaces_of(context, record))
    for (netns::Message& message : settings_inside(context.host, one)) all.push_back(std::move(message));
  return all;
}

void move_host_ends(const Context& context, const ContainerRecord& from, const ContainerRecord& to,
                    bool resumed) {
  const std::vector<Interface> before = interfaces_of(context, from);
  const std::vector<Interface> after = interfaces_of(context, to);
  for (std::size_t i = 0; i < after.size(); ++i) {
    try {
      readdress_host(context.host, before.at(i), after[i], resumed);
    } catch (const Error&) {
      for (; i > 0; --i) readdress_host(context.host, after[i - 1], before[i - 1], true);
      throw;
    }
  }
}

void move_proxies(const Context& context, const ContainerRecord& from, const ContainerRecord& to) {
  std::vector<netns::Proxied> gone = proxied_of(context.host, from);
  std::vector<netns::Proxied> come = proxied_of(context.host, to);
  std::erase_if(gone,
                [&](const auto& one) { return std::find(come.begin(), come.end(), one) != come.end(); });
  if (!gone.empty() || !come.empty()) netns::change_proxies(gone, come);
}

void check_one(const Spec::Net& before, const Spec::Net& after, const std::string& name) {
  const bool same = before.address == after.address && before.pool == after.pool;
  const auto refuse = [&](const std::string& key, const std::string& why) {
    throw Error(ErrorKind::kConflict,
                (name.empty() ? key : renamed(key, name)) + " cannot be changed while it runs" + why)
        .cure("stop it first");
  };
  if (!same && before.mode != after.mode) refuse("net.address", " together with net.mode");
  const bool lan = traits_of(before.mode).lan && before.mode == after.mode;
  if (lan && before.address.empty() != after.address.empty())
    refuse("net.address", before.address.empty() ? ": it has its addresses by DHCP"
                                                 : " to none: it would not ask for others by DHCP");
}

}  // namespace

void check_readdress(const ContainerRecord& before, const Spec& after) {
  const Spec& now = before.spec.parsed();
  check_one(now.net, after.net, "");
  for (const auto& [name, net] : now.nic)
    if (const auto next = after.nic.find(name); next != after.nic.end()) check_one(net, next->second, name);
}

bool is_readdressed(const ContainerRecord& before, const ContainerRecord& after) {
  const auto differ = [](const Spec::Net& a, const Spec::Net& b) {
    return a.mode == b.mode &&
           (a.address != b.address || a.pool != b.pool || a.gateway != b.gateway || a.proxy != b.proxy);
  };
  const Spec& now = before.spec.parsed();
  const Spec& next = after.spec.parsed();
  if (differ(now.net, next.net)) return true;
  return std::any_of(now.nic.begin(), now.nic.end(), [&](const auto& one) {
    const auto other = next.nic.find(one.first);
    return other != next.nic.end() && differ(one.second, other->second);
  });
}

runtime::Description Readdress::describe() const {
  const std::vector<Interface> old = interfaces_of(*context, before);
  const std::vector<Interface> next = interfaces_of(*context, after);
  std::string text;
  for (std::size_t i = 0; i < next.size(); ++i)
    if (const std::string one = text_of(old.at(i), next[i]); !one.empty())
      text += (text.empty() ? "" : ", ") + next[i].name + one;
  return {"readdress", after.object(), text};
}

void Readdress::move(const ContainerRecord& from, const ContainerRecord& to) const {
  const runtime::Fd netns = netns_of(*context, after);
  move_host_ends(*context, from, to, resumed);
  try {
    move_proxies(*context, from, to);
    runtime::in_namespace(netns, CLONE_NEWNET, [&] {
      netns::replace_settings(all_inside(*context, from), all_inside(*context, to), netns::Present::kFine);
    });
  } catch (const Error&) {
    move_host_ends(*context, to, from, true);
    move_proxies(*context, to, from);
    throw;
  }
}

void Readdress::undo() const noexcept {
  try {
    move(after, before);
  } catch (const std::exception& error) {  // its root has ended, or taken its interface apart
    std::fprintf(stderr, "croftd: cannot give `%s` back the addresses that it had: %s\n",
                 after.object().c_str(), error.what());
  }
}

void settle_readdress(Context& context, const ContainerRecord& record, bool runs) {
  const auto begun = context.registry.begun_readdress(record);
  if (!begun) return;
  if (runs) Readdress{&context, *begun, record, true}.apply();
  context.registry.end_readdress(record.uuid);
}

}  // namespace croft::ctl
