#include "ctl/lifecycle/wire.h"

#include <algorithm>
#include <set>

#include "ctl/spec/interfaces.h"
#include "netns/probe.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

// Where others would answer for the addresses of an interface; empty: nowhere.
std::string wire_of(const Spec::Net& net) {
  if (traits_of(net.mode).lan) return net.vlan ? "" : net.parent.value_or("");
  return net.proxy.value_or("");
}

// Those that are new on that wire.
std::vector<netns::Address> asked_for(const Spec::Net& before, const Spec::Net& after,
                                      const std::set<std::string>& leased) {
  const std::vector<std::string> old =
      wire_of(before) == wire_of(after) ? stated_addresses(before) : std::vector<std::string>{};
  std::vector<netns::Address> asked;
  for (const std::string& text : stated_addresses(after))
    if (std::find(old.begin(), old.end(), text) == old.end() && !leased.contains(text))
      asked.push_back(netns::parse_address(text));
  return asked;
}

std::set<std::string> leased_addresses(const Context& context) {
  std::set<std::string> all;
  for (const LeaseRecord& lease : context.registry.leases()) all.insert(lease.address);
  return all;
}

void check_one(const Context& context, const Spec::Net& before, const Spec::Net& after,
               const std::string& key, std::vector<runtime::FieldError>& wrong) {
  const std::string wire = wire_of(after);
  if (wire.empty() || after.address.empty() || asked_for(before, after, {}).empty()) return;
  const std::vector<std::string> all = stated_addresses(after);
  for (const netns::Holder& holder :
       netns::holders_of(wire, asked_for(before, after, leased_addresses(context)))) {
    const std::string address = netns::to_text(holder.address);
    const auto place = std::find(all.begin(), all.end(), address) - all.begin();
    wrong.push_back({key + "[" + std::to_string(place) + "]", "is another machine's: on `" + wire + "` " +
                                                                  netns::to_text(holder.mac) +
                                                                  " answers for " + address});
  }
}

}  // namespace

void check_wire(const Context& context, const Spec& before, const Spec& after) {
  std::vector<runtime::FieldError> wrong;
  check_one(context, before.net, after.net, "net.address", wrong);
  for (const auto& [name, net] : after.nic) {
    const auto was = before.nic.find(name);
    check_one(context, was == before.nic.end() ? Spec::Net{} : was->second, net, renamed("net.address", name),
              wrong);
  }
  if (!wrong.empty()) throw runtime::Error(std::move(wrong));
}

}  // namespace croft::ctl
