#include "netns/probe.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "netns/parent.h"
#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::netns {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kProbes = 3;
constexpr Mac kEverybody{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
constexpr Mac kAllNodes{0x33, 0x33, 0, 0, 0, 1};
constexpr std::size_t kLongest = 128;  // of what is looked at of a frame

struct ArpBody {
  std::uint16_t hardware, protocol;
  std::uint8_t hardware_size, protocol_size;
  std::uint16_t operation;
  Mac sender;
  std::array<std::uint8_t, 4> sender_address;
  Mac target;
  std::array<std::uint8_t, 4> target_address;
};
static_assert(sizeof(ArpBody) == 28);

struct Solicitation {
  ip6_hdr ip;
  nd_neighbor_solicit body;
};

template <class T>
void append(std::string& frame, const T& value) {
  frame.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::string frame_to(const Mac& to, const Mac& from, std::uint16_t type) {
  std::string frame;
  append(frame, to);
  append(frame, from);
  append(frame, htons(type));
  return frame;
}

std::uint16_t checksum(const std::string& bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2)
    sum += static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i]) << 8U) |
           static_cast<unsigned char>(bytes[i + 1]);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16U);
  return htons(static_cast<std::uint16_t>(~sum));
}

std::string arp_probe(const Address& address, const Mac& from) {
  ArpBody body{htons(ARPHRD_ETHER), htons(ETH_P_IP), sizeof(Mac), 4, htons(ARPOP_REQUEST), from, {}, {}, {}};
  std::copy_n(address.bytes.begin(), 4, body.target_address.begin());
  std::string frame = frame_to(kEverybody, from, ETH_P_ARP);
  append(frame, body);
  return frame;
}

// To the group of those whose addresses end alike (RFC 4291).
std::string solicitation(const Address& address, const Mac& from) {
  Solicitation all{};
  all.ip.ip6_flow = htonl(6U << 28U);
  all.ip.ip6_plen = htons(sizeof all.body);
  all.ip.ip6_nxt = IPPROTO_ICMPV6;
  all.ip.ip6_hlim = 255;
  std::array<std::uint8_t, 16> group{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff};
  std::copy_n(address.bytes.begin() + 13, 3, group.begin() + 13);
  std::memcpy(&all.ip.ip6_dst, group.data(), group.size());
  all.body.nd_ns_type = ND_NEIGHBOR_SOLICIT;
  std::memcpy(&all.body.nd_ns_target, address.bytes.data(), address.bytes.size());
  std::string summed(reinterpret_cast<const char*>(&all.ip.ip6_src), 2 * sizeof(in6_addr));
  append(summed, htonl(sizeof all.body));
  append(summed, htonl(IPPROTO_ICMPV6));
  append(summed, all.body);
  all.body.nd_ns_cksum = checksum(summed);
  std::string frame = frame_to({0x33, 0x33, group[12], group[13], group[14], group[15]}, from, ETH_P_IPV6);
  append(frame, all);
  return frame;
}

std::optional<Holder> arp_holder(std::string_view frame) {
  ArpBody body{};
  if (frame.size() < ETH_HLEN + sizeof body) return std::nullopt;
  std::memcpy(&body, frame.data() + ETH_HLEN, sizeof body);
  if (body.hardware != htons(ARPHRD_ETHER) || body.protocol != htons(ETH_P_IP)) return std::nullopt;
  Holder holder{{}, body.sender};
  std::copy(body.sender_address.begin(), body.sender_address.end(), holder.address.bytes.begin());
  return holder;
}

std::optional<Holder> ndp_holder(std::string_view frame) {
  Solicitation all{};  // an advertisement is laid out alike
  if (frame.size() < ETH_HLEN + sizeof all) return std::nullopt;
  std::memcpy(&all, frame.data() + ETH_HLEN, sizeof all);
  if (all.ip.ip6_nxt != IPPROTO_ICMPV6 || all.ip.ip6_hlim != 255 || all.body.nd_ns_type != ND_NEIGHBOR_ADVERT)
    return std::nullopt;
  Holder holder{{Family::kV6, {}}, {}};
  std::memcpy(holder.address.bytes.data(), &all.body.nd_ns_target, sizeof(in6_addr));
  std::memcpy(holder.mac.data(), frame.data() + sizeof(Mac), sizeof(Mac));
  return holder;
}

// A packet socket that hears ARP, or advertisements of neighbours.
class Ear {
 public:
  Ear(int index, std::uint16_t type) : socket_(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)) {
    if (!socket_) runtime::fail_errno("cannot open a packet socket");
    if (type == ETH_P_IPV6) only_advertisements();
    sockaddr_ll place{};
    place.sll_family = AF_PACKET;
    place.sll_protocol = htons(type);
    place.sll_ifindex = index;
    if (bind(socket_.get(), reinterpret_cast<const sockaddr*>(&place), sizeof place) != 0)
      runtime::fail_errno("cannot bind a packet socket");
    packet_mreq group{index, PACKET_MR_MULTICAST, sizeof(Mac), {}};
    std::copy(kAllNodes.begin(), kAllNodes.end(), group.mr_address);
    static_cast<void>(setsockopt(socket_.get(), SOL_PACKET, PACKET_ADD_MEMBERSHIP, &group, sizeof group));
  }
  void say(const std::string& frame) const {
    static_cast<void>(::send(socket_.get(), frame.data(), frame.size(), 0));
  }
  [[nodiscard]] std::string hear() const {
    std::string frame(kLongest, '\0');
    const ssize_t got = recv(socket_.get(), frame.data(), frame.size(), MSG_DONTWAIT);
    frame.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return frame;
  }
  [[nodiscard]] int number() const { return socket_.get(); }

 private:
  void only_advertisements() const {
    constexpr std::uint32_t kNext = ETH_HLEN + offsetof(ip6_hdr, ip6_nxt);
    std::array<sock_filter, 6> code{
        sock_filter{BPF_LD | BPF_B | BPF_ABS, 0, 0, kNext},
        sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 0, 3, IPPROTO_ICMPV6},
        sock_filter{BPF_LD | BPF_B | BPF_ABS, 0, 0, ETH_HLEN + sizeof(ip6_hdr)},
        sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 0, 1, ND_NEIGHBOR_ADVERT},
        sock_filter{BPF_RET | BPF_K, 0, 0, kLongest},
        sock_filter{BPF_RET | BPF_K, 0, 0, 0},
    };
    const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
    if (setsockopt(socket_.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0)
      runtime::fail_errno("cannot filter what a packet socket hears");
  }

  runtime::Fd socket_;
};

// Where it is up and one of Ethernet, and leads to somebody.
std::optional<Parent> speaks(const std::string& device) {
  try {
    Parent found = find_parent(device);
    if (!found.up || found.mac == Mac{} || leads_to_ports_alone(found)) return std::nullopt;
    return found;
  } catch (const runtime::Error& error) {
    if (error.kind() != runtime::ErrorKind::kNotFound) throw;
    return std::nullopt;
  }
}

// One interface while it is asked.
struct Wire {
  Mac mac{};
  const std::vector<Address>* addresses;
  std::array<Ear, 2> ears;
  std::vector<Holder>* found;

  [[nodiscard]] bool is_done() const { return found->size() == addresses->size(); }
  void probe() const {
    for (const Address& address : *addresses)
      ears[address.family == Family::kV4 ? 0 : 1].say(probe_frame(address, mac));
  }
  void hear() const {
    for (const Ear& ear : ears)
      for (const Holder& holder : holders_in(ear.hear(), *addresses))
        if (std::none_of(found->begin(), found->end(),
                         [&](const Holder& one) { return one.address == holder.address; }))
          found->push_back(holder);
  }
};

bool all_done(const std::vector<Wire>& wires) {
  return std::all_of(wires.begin(), wires.end(), [](const Wire& wire) { return wire.is_done(); });
}

void listen(const std::vector<Wire>& wires, Clock::time_point until) {
  std::vector<pollfd> waits;
  for (const Wire& wire : wires)
    for (const Ear& ear : wire.ears) waits.push_back({ear.number(), POLLIN, 0});
  while (!all_done(wires)) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    if (left.count() <= 0 || poll(waits.data(), waits.size(), static_cast<int>(left.count())) == 0) return;
    for (const Wire& wire : wires) wire.hear();
  }
}

}  // namespace

std::string probe_frame(const Address& address, const Mac& from) {
  return address.family == Family::kV4 ? arp_probe(address, from) : solicitation(address, from);
}

std::vector<Holder> holders_in(std::string_view frame, const std::vector<Address>& addresses) {
  std::uint16_t type = 0;
  if (frame.size() < ETH_HLEN) return {};
  std::memcpy(&type, frame.data() + 2 * sizeof(Mac), sizeof type);
  const auto holder = type == htons(ETH_P_ARP)    ? arp_holder(frame)
                      : type == htons(ETH_P_IPV6) ? ndp_holder(frame)
                                                  : std::nullopt;
  if (!holder || std::find(addresses.begin(), addresses.end(), holder->address) == addresses.end()) return {};
  return {*holder};
}

std::vector<std::vector<Holder>> holders_of(const std::vector<Asked>& asked,
                                            std::chrono::milliseconds patience) {
  std::vector<std::vector<Holder>> found(asked.size());
  std::vector<Wire> wires;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto parent = asked[i].addresses.empty() ? std::nullopt : speaks(asked[i].device);
    if (!parent) continue;
    wires.push_back({parent->mac,
                     &asked[i].addresses,
                     {Ear(parent->index, ETH_P_ARP), Ear(parent->index, ETH_P_IPV6)},
                     &found[i]});
  }
  const auto begin = Clock::now();
  for (int probe = 1; probe <= kProbes && !all_done(wires); ++probe) {
    for (const Wire& wire : wires) wire.probe();
    listen(wires, begin + patience * probe / kProbes);
  }
  return found;
}

}  // namespace croft::netns
