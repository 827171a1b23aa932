#include "ctl/lifecycle/wire.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

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
std::vector<netns::Address> asked_for(const Spec::Net& before, const Spec::Net& after) {
  const std::vector<std::string> old =
      wire_of(before) == wire_of(after) ? stated_addresses(before) : std::vector<std::string>{};
  std::vector<netns::Address> asked;
  for (const std::string& text : stated_addresses(after))
    if (std::find(old.begin(), old.end(), text) == old.end()) asked.push_back(netns::parse_address(text));
  return asked;
}

void spare_leased(const Context& context, std::vector<netns::Asked>& asked) {
  if (asked.empty()) return;
  std::set<std::string> leased;
  for (const LeaseRecord& lease : context.registry.leases()) leased.insert(lease.address);
  for (netns::Asked& one : asked)
    std::erase_if(one.addresses,
                  [&](const netns::Address& address) { return leased.contains(netns::to_text(address)); });
}

// An interface with addresses that are new there.
struct Stated {
  const Spec::Net& net;
  std::string key;
};

void look_at(const Spec::Net& before, const Spec::Net& after, const std::string& key,
             std::vector<Stated>& stated, std::vector<netns::Asked>& asked) {
  std::vector<netns::Address> added = asked_for(before, after);
  const std::string wire = wire_of(after);
  if (wire.empty() || added.empty()) return;
  asked.push_back({wire, std::move(added)});
  stated.push_back({after, key});
}

runtime::FieldError told(const Stated& one, const std::string& wire, const netns::Holder& holder) {
  const std::string address = netns::to_text(holder.address);
  const std::vector<std::string> all = stated_addresses(one.net);
  const auto place = std::find(all.begin(), all.end(), address) - all.begin();
  return {
      one.key + "[" + std::to_string(place) + "]",
      "is another machine's: on `" + wire + "` " + netns::to_text(holder.mac) + " answers for " + address};
}

}  // namespace

void check_wire(const Context& context, const Spec& before, const Spec& after) {
  std::vector<Stated> stated;
  std::vector<netns::Asked> asked;
  look_at(before.net, after.net, "net.address", stated, asked);
  for (const auto& [name, net] : after.nic) {
    const auto was = before.nic.find(name);
    look_at(was == before.nic.end() ? Spec::Net{} : was->second, net, renamed("net.address", name), stated,
            asked);
  }
  spare_leased(context, asked);
  std::vector<runtime::FieldError> wrong;
  const std::vector<std::vector<netns::Holder>> found = netns::holders_of(asked);
  for (std::size_t i = 0; i < found.size(); ++i)
    for (const netns::Holder& holder : found[i]) wrong.push_back(told(stated[i], asked[i].device, holder));
  if (!wrong.empty()) throw runtime::Error(std::move(wrong));
}

}  // namespace croft::ctl
