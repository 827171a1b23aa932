#include "tests/bench/floor/link.h"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>

#include "tests/bench/floor/batch.h"

namespace croft::bench {
namespace {

constexpr std::uint32_t kInside = 2;  // ifindex of eth0; loopback is 1 in every net namespace
constexpr const char* kGateway4 = "169.254.1.1";
constexpr const char* kGateway6 = "fe80::1";

std::string host_name(std::uint32_t number) {
  return "ctb" + std::to_string(number);
}

struct Address {
  unsigned char family = AF_UNSPEC;
  std::array<unsigned char, 16> bytes{};
  [[nodiscard]] std::size_t size() const { return family == AF_INET ? 4 : 16; }
  [[nodiscard]] unsigned char bits() const { return family == AF_INET ? 32 : 128; }
};

Address parse(const std::string& text) {
  Address a;
  a.family = text.find(':') == std::string::npos ? AF_INET : AF_INET6;
  if (inet_pton(a.family, text.c_str(), a.bytes.data()) != 1) fail("address " + text);
  return a;
}

Address inside4(std::uint32_t n) {
  return parse("10.200." + std::to_string(n / 250 % 250) + "." + std::to_string(1 + n % 250));
}

Address inside6(std::uint32_t n) {
  std::array<char, 32> text{};
  snprintf(text.data(), text.size(), "fdc0:f7::%x:%x", n >> 16U, (n & 0xffffU) + 1);
  return parse(text.data());
}

void add_address(Batch& batch, std::uint32_t index, const Address& address, unsigned char bits) {
  ifaddrmsg m{};
  m.ifa_family = address.family;
  m.ifa_prefixlen = bits;
  m.ifa_index = index;
  m.ifa_flags = address.family == AF_INET6 ? IFA_F_NODAD : 0;
  m.ifa_scope = bits == 64 || address.bytes[0] == 169 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
  batch.begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &m, sizeof m);
  batch.attribute(IFA_LOCAL, address.bytes.data(), address.size());
  batch.attribute(IFA_ADDRESS, address.bytes.data(), address.size());
  batch.end();
}

void add_route(Batch& batch, std::uint32_t index, const Address* to, const Address* via) {
  const Address& known = to != nullptr ? *to : *via;
  rtmsg m{};
  m.rtm_family = known.family;
  m.rtm_dst_len = to != nullptr ? to->bits() : 0;
  m.rtm_table = RT_TABLE_MAIN;
  m.rtm_protocol = RTPROT_STATIC;
  m.rtm_scope = via != nullptr ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
  m.rtm_type = RTN_UNICAST;
  batch.begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &m, sizeof m);
  if (to != nullptr) batch.attribute(RTA_DST, to->bytes.data(), to->size());
  if (via != nullptr) batch.attribute(RTA_GATEWAY, via->bytes.data(), via->size());
  batch.number(RTA_OIF, index);
  batch.end();
}

void bring_up(Batch& batch, std::uint32_t index) {
  ifinfomsg m{};
  m.ifi_index = static_cast<int>(index);
  m.ifi_flags = m.ifi_change = IFF_UP;
  batch.begin(RTM_NEWLINK, 0, &m, sizeof m);
  batch.end();
}

// By default one queue for every possible CPU, each with its files in sysfs.
void one_queue(Batch& batch) {
  batch.number(IFLA_NUM_TX_QUEUES, 1);
  batch.number(IFLA_NUM_RX_QUEUES, 1);
}

// The host must not be led by what comes over the link: IPv4 by netlink, IPv6 has files only.
void protect(Batch& batch, std::uint32_t index) {
  ifinfomsg m{};
  m.ifi_index = static_cast<int>(index);
  batch.begin(RTM_SETLINK, 0, &m, sizeof m);
  const std::size_t families = batch.open_nest(IFLA_AF_SPEC);
  const std::size_t inet = batch.open_nest(AF_INET);
  const std::size_t conf = batch.open_nest(IFLA_INET_CONF);
  batch.number(IPV4_DEVCONF_RP_FILTER, 1);
  for (const std::uint16_t key :
       {IPV4_DEVCONF_ACCEPT_REDIRECTS, IPV4_DEVCONF_SEND_REDIRECTS, IPV4_DEVCONF_ACCEPT_SOURCE_ROUTE})
    batch.number(key, 0);
  batch.close_nest(conf);
  batch.close_nest(inet);
  const std::size_t inet6 = batch.open_nest(AF_INET6);
  const std::uint8_t none = IN6_ADDR_GEN_MODE_NONE;
  batch.attribute(IFLA_INET6_ADDR_GEN_MODE, &none, sizeof none);
  batch.close_nest(inet6);
  batch.close_nest(families);
  batch.end();
}

void add_pair(Batch& batch, pid_t child, std::uint32_t number) {
  ifinfomsg m{};
  m.ifi_index = static_cast<int>(host_index(number));
  batch.begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &m, sizeof m);
  batch.text(IFLA_IFNAME, host_name(number));
  one_queue(batch);
  const std::size_t info = batch.open_nest(IFLA_LINKINFO);
  batch.text(IFLA_INFO_KIND, "veth");
  const std::size_t data = batch.open_nest(IFLA_INFO_DATA);
  const std::size_t peer = batch.open_nest(VETH_INFO_PEER);
  ifinfomsg inside{};
  inside.ifi_index = static_cast<int>(kInside);
  batch.raw(&inside, sizeof inside);
  batch.text(IFLA_IFNAME, "eth0");
  one_queue(batch);
  batch.number(IFLA_NET_NS_PID, static_cast<std::uint32_t>(child));
  batch.close_nest(peer);
  batch.close_nest(data);
  batch.close_nest(info);
  batch.end();
}

}  // namespace

std::uint32_t host_index(std::uint32_t number) {
  return 1000 + number;
}

Fd open_netlink() {
  Fd fd(check(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "netlink socket"));
  return fd;
}

void make_veth(const Fd& netlink, pid_t child, std::uint32_t number) {
  Batch batch;
  add_pair(batch, child, number);
  batch.send_all(netlink);
}

namespace {

void add_host_end(Batch& batch, std::uint32_t number) {
  const std::uint32_t host = host_index(number);
  const Address to4 = inside4(number);
  const Address to6 = inside6(number);
  add_address(batch, host, parse(kGateway4), 32);
  bring_up(batch, host);
  add_address(batch, host, parse(kGateway6), 64);
  add_route(batch, host, &to4, nullptr);
  add_route(batch, host, &to6, nullptr);
}

}  // namespace

void make_bare_routes(const Fd& netlink, std::uint32_t number) {
  Batch batch;
  add_host_end(batch, number);
  batch.send_all(netlink);
}

void remove_veth(const Fd& netlink, std::uint32_t number) {
  ifinfomsg m{};
  m.ifi_index = static_cast<int>(host_index(number));
  Batch batch;
  batch.begin(RTM_DELLINK, 0, &m, sizeof m);
  batch.end();
  batch.send_all(netlink);
}

void make_routes(const Fd& netlink, std::uint32_t number) {
  const std::string ipv6 = "/proc/sys/net/ipv6/conf/" + host_name(number);
  write_or_fail(AT_FDCWD, ipv6 + "/accept_ra", "0");
  write_or_fail(AT_FDCWD, ipv6 + "/accept_redirects", "0");
  Batch batch;
  protect(batch, host_index(number));
  add_host_end(batch, number);
  batch.send_all(netlink);
}

void configure_inside(const Fd& netlink, std::uint32_t number) {
  const Address gateway4 = parse(kGateway4);
  const Address gateway6 = parse(kGateway6);
  Batch batch;
  bring_up(batch, 1);
  bring_up(batch, kInside);
  add_address(batch, kInside, inside4(number), 32);
  add_address(batch, kInside, inside6(number), 128);
  add_route(batch, kInside, &gateway4, nullptr);
  add_route(batch, kInside, nullptr, &gateway4);
  add_route(batch, kInside, nullptr, &gateway6);
  batch.send_all(netlink);
}

}  // namespace croft::bench
