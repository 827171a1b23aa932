#include "fs/network_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <initializer_list>

#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::fs {
namespace {

constexpr const char* kHead =
    "# Written by Croft, and again when the container's name or addresses change.\n";

bool is_v6(const std::string& address) {
  return address.find(':') != std::string::npos;
}

bool has_family(const NetworkIntent& intent, bool v6) {
  return std::any_of(intent.addresses.begin(), intent.addresses.end(),
                     [v6](const std::string& address) { return is_v6(address) == v6; });
}

std::string whole(const std::string& address) {
  if (address.find('/') != std::string::npos) return address;
  return address + (is_v6(address) ? "/128" : "/32");
}

bool leads_out(const NetworkIntent& intent, bool v6) {
  return has_family(intent, v6) && !(v6 ? intent.gateway6 : intent.gateway4).empty();
}

// A gateway beyond every prefix of its own interface.
bool needs_way_to_gateway(const NetworkIntent& intent) {
  return leads_out(intent, false) && !intent.on_lan;
}

enum class Found { kNo, kYes, kRemoved };

// Of one layer; a whiteout of overlay hides what is below.
Found look(const runtime::Fd& root, const char* path) {
  struct stat info {};
  try {
    const runtime::Fd file = runtime::open_in_root(root, path, O_PATH);
    if (fstat(file.get(), &info) != 0) return Found::kNo;
  } catch (const runtime::Error& error) {
    if (error.kind() == runtime::ErrorKind::kExhausted) throw;  // not the root's doing
    return Found::kNo;
  }
  return S_ISCHR(info.st_mode) && info.st_rdev == makedev(0, 0) ? Found::kRemoved : Found::kYes;
}

bool is_there(const std::vector<runtime::Fd>& layers, std::initializer_list<const char*> paths) {
  return std::any_of(paths.begin(), paths.end(), [&layers](const char* path) {
    for (const runtime::Fd& layer : layers)
      if (const Found found = look(layer, path); found != Found::kNo) return found == Found::kYes;
    return false;
  });
}

std::string section_of(const char* name, const NetworkIntent& intent, bool v6) {
  if (intent.asks()) return std::string("\n[") + name + "]\nmethod=auto\n";
  // The link-local address that a bridge takes from it (netns/port_guard.h).
  const std::string generation = v6 && intent.on_lan ? "addr-gen-mode=0\n" : "";
  if (!has_family(intent, v6))
    return std::string("\n[") + name + "]\nmethod=" + (v6 ? "link-local\n" : "disabled\n") + generation;
  std::string text = std::string("\n[") + name + "]\nmethod=manual\n" + generation;
  int number = 0;
  for (const std::string& address : intent.addresses)
    if (is_v6(address) == v6) text += "address" + std::to_string(++number) + "=" + whole(address) + "\n";
  // The metric of the route that is there: with its own it would add a second one.
  if (const std::string& gateway = v6 ? intent.gateway6 : intent.gateway4; !gateway.empty())
    text += "gateway=" + gateway + "\nroute-metric=0\n";
  std::string servers;
  for (const std::string& server : intent.nameservers)
    if (is_v6(server) == v6) servers += server + ";";
  return servers.empty() ? text : text + "dns=" + servers + "\n";
}

}  // namespace

NetworkManagers find_network_managers(const std::vector<std::string>& directories) {
  std::vector<runtime::Fd> layers;
  for (const std::string& directory : directories)
    layers.push_back(runtime::open_file(directory, O_PATH | O_DIRECTORY));
  return {
      .networkd = is_there(layers, {"/usr/lib/systemd/systemd-networkd", "/lib/systemd/systemd-networkd"}),
      .ifupdown = is_there(layers, {"/sbin/ifup", "/usr/sbin/ifup"}),
      .interfaces_folder = is_there(layers, {"/etc/network/interfaces.d"}),
      .network_manager = is_there(layers, {"/usr/sbin/NetworkManager"})};
}

std::string networkd_file(const NetworkIntent& intent) {
  const std::string match = std::string(kHead) + "[Match]\nName=" + intent.interface + "\n\n[Network]\n";
  if (intent.asks()) return match + "DHCP=yes\n";
  std::string text = match + "DHCP=no\nIPv6AcceptRA=no\nKeepConfiguration=yes\n";
  for (const std::string& address : intent.addresses) text += "Address=" + whole(address) + "\n";
  for (const std::string& server : intent.nameservers) text += "DNS=" + server + "\n";
  // Not by GatewayOnLink: it takes routes that are there for its own, as they are, without that mark.
  if (needs_way_to_gateway(intent))
    text += "\n[Route]\nDestination=" + whole(intent.gateway4) + "\nScope=link\n";
  if (leads_out(intent, false)) text += "\n[Route]\nGateway=" + intent.gateway4 + "\n";
  if (leads_out(intent, true)) text += "\n[Route]\nGateway=" + intent.gateway6 + "\n";
  return text;
}

// By commands that find done what they do: the method `static` fails on an address that is there.
std::string interfaces_file(const NetworkIntent& intent) {
  if (intent.asks())
    return kHead + ("auto " + intent.interface + "\niface " + intent.interface + " inet dhcp\n");
  if (intent.addresses.empty()) return kHead;
  const std::string device = " dev " + intent.interface + "\n";
  std::string text = std::string(kHead) + "auto " + intent.interface + "\niface " + intent.interface +
                     " inet manual\n    up ip link set " + intent.interface + " up\n";
  for (const std::string& address : intent.addresses)
    text += "    up ip address replace " + whole(address) + device;
  if (needs_way_to_gateway(intent)) text += "    up ip route replace " + intent.gateway4 + device;
  if (leads_out(intent, false)) text += "    up ip route replace default via " + intent.gateway4 + device;
  if (leads_out(intent, true)) text += "    up ip -6 route replace default via " + intent.gateway6 + device;
  if (intent.nameservers.empty()) return text;
  text += "    dns-nameservers";
  for (const std::string& server : intent.nameservers) text += " " + server;
  return text + "\n";
}

std::string connection_file(const NetworkIntent& intent) {
  return std::string(kHead) + "[connection]\nid=" + intent.interface +
         "\ntype=ethernet\ninterface-name=" + intent.interface + "\n" + section_of("ipv4", intent, false) +
         section_of("ipv6", intent, true);
}

namespace {

// "croft" of the first one, "croft-eth1" of another.
std::string name_of(const std::vector<NetworkIntent>& intents, const NetworkIntent& one) {
  return &one == &intents.front() ? "croft" : "croft-" + one.interface;
}

// One file of all: busybox reads no other.
std::string all_interfaces_file(const std::vector<NetworkIntent>& intents) {
  std::string text = kHead;
  for (const NetworkIntent& one : intents)
    text += interfaces_file(one).substr(std::string_view(kHead).size());
  return text;
}

}  // namespace

void plan_network_files(const std::vector<NetworkIntent>& intents, const NetworkManagers& managers,
                        runtime::LaunchList& list) {
  list.make_directory("/etc", 0755);
  if (managers.networkd) {
    list.make_directory("/etc/systemd", 0755);
    list.make_directory("/etc/systemd/network", 0755);
    for (const NetworkIntent& one : intents)
      list.make_file("/etc/systemd/network/10-" + name_of(intents, one) + ".network", networkd_file(one),
                     0644);
  }
  if (managers.ifupdown) {
    list.make_directory("/etc/network", 0755);
    // Without a word of the loopback: it is up, and busybox fails on what is.
    const char* file =
        managers.interfaces_folder ? "/etc/network/interfaces.d/croft" : "/etc/network/interfaces";
    list.make_file(file, all_interfaces_file(intents), 0644);
  }
  if (managers.network_manager) {
    list.make_directory("/etc/NetworkManager", 0755);
    list.make_directory("/etc/NetworkManager/system-connections", 0755);
    for (const NetworkIntent& one : intents)
      list.make_file("/etc/NetworkManager/system-connections/" + name_of(intents, one) + ".nmconnection",
                     connection_file(one), 0600);
  }
}

}  // namespace croft::fs
