#include "netns/link.h"

#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>

#include <algorithm>
#include <cerrno>

#include "netns/messages.h"
#include "netns/netlink.h"
#include "runtime/error.h"

namespace croft::netns {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::size_t kNameDigits = 12;
constexpr std::size_t kUuidDigits = 32;

// The first `count` hexadecimal digits of a uuid, lower case.
std::string digits_of(const std::string& uuid, std::size_t count) {
  std::string digits;
  for (const char c : uuid) {
    if (c == '-') continue;
    if (std::string_view("0123456789abcdef").find(c) == std::string_view::npos) break;
    digits += c;
    if (digits.size() == count) return digits;
  }
  throw Error(ErrorKind::kInvalid, "`" + uuid + "` is not a uuid");
}

// A number that differs between uuids even when they begin alike (FNV-1a).
std::uint64_t number_of(const std::string& uuid) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : digits_of(uuid, kUuidDigits))
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

// 02 is "locally administered"; the second byte tells the two ends apart.
Mac mac_of(const std::string& uuid, std::uint8_t end) {
  const std::uint64_t number = number_of(uuid);
  Mac mac{0x02, end};
  for (std::size_t i = 2; i < mac.size(); ++i) mac[i] = static_cast<std::uint8_t>(number >> (i * 8));
  return mac;
}

// Host indices of ours begin far above what the kernel counts to. One is chosen because veth takes a chosen
// index of the far end only together with one of the near end.
constexpr int kFirstIndex = 1 << 24;
constexpr int kMostTries = 16;

int host_index(const std::string& uuid, int attempt) {
  return kFirstIndex + (static_cast<int>(number_of(uuid) % kFirstIndex) + attempt) % kFirstIndex;
}

Message new_pair(const InterfaceIntent& intent, int index, int netns) {
  const std::string name = host_link_name(intent.uuid);
  const auto common = [&](Message& m, const std::string& end, const Mac& mac) {
    m.put_text(IFLA_IFNAME, end).put_u32(IFLA_MTU, intent.mtu).put(IFLA_ADDRESS, mac.data(), mac.size());
    // By default one queue for every possible CPU, each with files in sysfs; veth needs no queue discipline,
    // so more than one brings nothing.
    m.put_u32(IFLA_NUM_TX_QUEUES, 1).put_u32(IFLA_NUM_RX_QUEUES, 1);
  };
  Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, "interface `" + name + "`");
  ifinfomsg host{};
  host.ifi_index = index;
  message.header(host);
  common(message, name, host_mac(intent.uuid));
  message.put_u32(IFLA_GROUP, kLinkGroup);
  message.nest(IFLA_LINKINFO, [&](Message& info) {
    info.put_text(IFLA_INFO_KIND, "veth");
    info.nest(IFLA_INFO_DATA, [&](Message& data) {
      data.nest(VETH_INFO_PEER, [&](Message& peer) {
        ifinfomsg inside{};
        inside.ifi_index = kInsideIndex;
        peer.raw(inside);
        common(peer, intent.inside_name, inside_mac(intent.uuid));
        peer.put_u32(IFLA_NET_NS_FD, static_cast<std::uint32_t>(netns));
      });
    });
  });
  return message;
}

// What the container must not be able to do to the host through the link: redirect its routes, or send from
// addresses that are not its own (rp_filter 1: the way back must lead through the link).
Message protect(int index, bool v6, const std::string& name) {
  Message message(RTM_SETLINK, 0, "protection of `" + name + "`");
  ifinfomsg link{};
  link.ifi_index = index;
  message.header(link);
  message.nest(IFLA_AF_SPEC, [&](Message& families) {
    families.nest(AF_INET, [](Message& inet) {
      inet.nest(IFLA_INET_CONF, [](Message& conf) {
        conf.put_u32(IPV4_DEVCONF_RP_FILTER, 1)
            .put_u32(IPV4_DEVCONF_ACCEPT_REDIRECTS, 0)
            .put_u32(IPV4_DEVCONF_SEND_REDIRECTS, 0)
            .put_u32(IPV4_DEVCONF_ACCEPT_SOURCE_ROUTE, 0);
      });
    });
    // fe80::1 is the only link-local address that the host end has.
    if (v6)
      families.nest(AF_INET6,
                    [](Message& inet6) { inet6.put_u8(IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE); });
  });
  return message;
}

// The IPv6 settings that netlink cannot set. Router advertisements are the container's way to a default route
// of the host; without an IPv6 address the link speaks none at all.
void protect_v6(const std::string& proc, const std::string& name, bool v6) {
  const std::string directory = proc + "/sys/net/ipv6/conf/" + name;
  if (!v6) {
    if (runtime::exists(directory)) runtime::write_file(directory + "/disable_ipv6", "1");
    return;
  }
  runtime::write_file(directory + "/accept_ra", "0");
  runtime::write_file(directory + "/accept_redirects", "0");
}

std::vector<Message> host_end(const InterfaceIntent& intent, int index) {
  const std::string name = host_link_name(intent.uuid);
  const bool v6 = has_family(intent.addresses, Family::kV6);
  std::vector<Message> batch;
  batch.push_back(protect(index, v6, name));
  if (has_family(intent.addresses, Family::kV4)) batch.push_back(new_address(index, name, gateway_v4(), 32));
  batch.push_back(link_up(index, name));
  if (v6) batch.push_back(new_address(index, name, gateway_v6(), 64));
  for (const Address& address : intent.addresses)
    batch.push_back(new_route(index, name, whole(address), std::nullopt));
  return batch;
}

Message delete_link(const std::string& name) {
  Message message(RTM_DELLINK, 0, "interface `" + name + "`");
  message.header(ifinfomsg{}).put_text(IFLA_IFNAME, name);
  return message;
}

[[noreturn]] void fail_taken(const std::string& name) {
  throw Error(ErrorKind::kExists, "there is an interface `" + name + "` already")
      .cure("let the daemon's recovery remove it, or `ip link delete " + name + "`");
}

// Makes the pair; gives the index of the host end.
int make_pair(NetlinkSocket& socket, const InterfaceIntent& intent, int netns) {
  const std::string name = host_link_name(intent.uuid);
  for (int attempt = 0; attempt < kMostTries; ++attempt) {
    const int index = host_index(intent.uuid, attempt);
    std::vector<Message> batch;
    batch.push_back(new_pair(intent, index, netns));
    const Outcome outcome = socket.send(batch).front();
    if (outcome.error_number == 0) return index;
    if (outcome.error_number != EEXIST) fail_request(batch.front(), outcome);
    if (if_nametoindex(name.c_str()) != 0) fail_taken(name);
    // The index is another link's.
  }
  throw Error(ErrorKind::kExhausted, "there is no free index for interface `" + name + "`");
}

}  // namespace

std::string host_link_name(const std::string& uuid) {
  return "cr" + digits_of(uuid, kNameDigits);
}

Mac inside_mac(const std::string& uuid) {
  return mac_of(uuid, 0x01);
}
Mac host_mac(const std::string& uuid) {
  return mac_of(uuid, 0x00);
}

std::string to_text(const Mac& mac) {
  std::string text;
  for (const std::uint8_t byte : mac) {
    if (!text.empty()) text += ':';
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

runtime::Description MakeVeth::describe() const {
  std::string value = "peer " + intent.inside_name + ", mtu " + std::to_string(intent.mtu);
  for (const Address& address : intent.addresses) value += ", route " + to_text(whole(address));
  return {"make link", host_link_name(intent.uuid), value};
}

void MakeVeth::apply() const {
  check(intent);
  const std::string name = host_link_name(intent.uuid);
  NetlinkSocket socket;
  const int index = make_pair(socket, intent, netns->get());
  try {
    if (made) made(index);
    protect_v6(proc, name, has_family(intent.addresses, Family::kV6));
    socket.request(host_end(intent, index));
  } catch (...) {
    undo();
    throw;
  }
}

void MakeVeth::undo() const noexcept {
  try {
    std::vector<Message> batch;
    batch.push_back(delete_link(host_link_name(intent.uuid)));
    static_cast<void>(NetlinkSocket().send(batch));
  } catch (const std::exception&) {
    // Recovery finds it by its name.
    return;
  }
}

bool has_ipv6(const std::string& proc) {
  return runtime::exists(proc + "/sys/net/ipv6/conf/all");
}

}  // namespace croft::netns
