#include <ostream>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/commands/net_tables.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reference.h"

namespace croft::ctl {
namespace {

constexpr const char* kReasons[] = {"mac",  "ipv4",      "ipv6",         "arp",
                                    "ndp",  "isolation", "firewall-out", "firewall-in",
                                    "dhcp", "frame",     "connections",  "host"};

// Those beside the first; nothing where there are none.
std::string further_table(const Json& further, bool colour) {
  if (!further.is_array() || further.empty()) return {};
  std::vector<Row> rows;
  for (const Json& one : further)
    rows.push_back({{text_at(one, "name")},
                    {text_at(one, "mode")},
                    {plain(at_path(one, {"parent"}))},
                    {plain(at_path(one, {"interface"}))},
                    {plain(at_path(one, {"mac"}))},
                    {plain(at_path(one, {"mtu"}))},
                    {plain(at_path(one, {"addresses"}))}});
  return format_table({{"FURTHER"}, {"MODE"}, {"PARENT"}, {"LINK"}, {"MAC"}, {"MTU"}, {"ADDRESSES"}}, rows,
                      true, colour) +
         "\n";
}

std::string describe(Json network, bool colour) {
  const Json dropped = at_path(network, {"dropped"});
  const Json traffic = at_path(network, {"traffic"});
  network.erase("dropped");
  network.erase("traffic");
  const std::string further = further_table(at_path(network, {"further"}), colour);
  network.erase("further");
  for (const char* reason : {"unfiltered", "unshaped", "uncounted"})
    if (text_at(network, reason).empty()) network.erase(reason);
  std::vector<Row> rows;
  for (const char* reason : kReasons)
    rows.push_back({{reason},
                    {plain(at_path(dropped, {reason, "packets"}))},
                    {plain(at_path(dropped, {reason, "bytes"}))}});
  return describe_object(network, colour) + further +
         format_table(traffic_heads(), traffic_rows(traffic), true, colour) + "\n" +
         format_table({{"DROPPED FOR"}, {"PACKETS", true}, {"BYTES", true}}, rows, true, colour);
}

int run(Invocation& call) {
  Client client = call.client();
  bool first = true;
  for (const Target& target : expand_targets(client, call.arguments.operands, call.tenant())) {
    const Json network = client.call("GET", container_path(target, "net"));
    if (call.json())
      print_json(call.screen, network);
    else
      call.screen.out << (first ? "" : "\n") << describe(network, call.screen.colour);
    first = false;
  }
  return kExitOk;
}

}  // namespace

Command net_show_command() {
  return {
      .name = "net show",
      .summary = "one, and its traffic",
      .operands = "CONTAINER...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kContainers,
      .description =
          "Prints a container's interface on the host, its addresses, its isolation and its rates in bytes a "
          "second, its traffic as net "
          "usage does, and how much of what it sent was dropped: from a hardware address, IPv4 or IPv6 "
          "address that is not its own, ARP and "
          "neighbour "
          "discovery (ndp) that claim such a one, packets to containers that it may not reach, and what its "
          "own rules, "
          "net.firewall, denied of what it sent and of what was sent to it; on a bridge also what it sent as "
          "a "
          "server for DHCP, and frames that are neither IP nor ARP or bring a VLAN tag along. Counts go on "
          "when "
          "container or daemon are restarted. With net.mode=macvlan the host sees none of its packets. "
          "Traffic and what was dropped are sums over all interfaces, and rates hold for all of them "
          "together.",
      .options = {kTenant, kJson},
      .examples = {{"croft net show web1", "One container"}},
      .run = run,
  };
}

}  // namespace croft::ctl
