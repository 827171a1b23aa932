#include "netns/veth.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>

#include <cerrno>

#include "runtime/error.h"
#include "runtime/fd.h"

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

// FNV-1a.
constexpr std::uint64_t kHashStart = 0xcbf29ce484222325U;

std::uint64_t hash_of(std::string_view text, std::uint64_t hash) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

// A number that differs between uuids even when they begin alike.
std::uint64_t number_of(const std::string& uuid) {
  return hash_of(digits_of(uuid, kUuidDigits), kHashStart);
}

std::string hexadecimal(std::uint64_t number) {
  std::string text(16, '0');
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, number >>= 4U)
    *digit = "0123456789abcdef"[number & 0xfU];
  return text;
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

void put_end(Message& message, const VethEnd& end, std::uint32_t queues) {
  message.put_text(IFLA_IFNAME, end.name)
      .put_u32(IFLA_MTU, end.mtu)
      .put(IFLA_ADDRESS, end.mac.data(), end.mac.size());
  // By default one queue for every possible CPU, each with files in sysfs; veth needs no queue discipline,
  // so more than one brings nothing to who does not ask for it.
  message.put_u32(IFLA_NUM_TX_QUEUES, queues).put_u32(IFLA_NUM_RX_QUEUES, queues);
}

Message new_pair(const VethPair& pair, int index, int netns) {
  Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, "interface `" + pair.near.name + "`");
  ifinfomsg host{};
  host.ifi_index = index;
  message.header(host);
  put_end(message, pair.near, pair.queues);
  message.put_u32(IFLA_GROUP, pair.group);
  message.nest(IFLA_LINKINFO, [&](Message& info) {
    info.put_text(IFLA_INFO_KIND, "veth");
    info.nest(IFLA_INFO_DATA, [&](Message& data) {
      data.nest(VETH_INFO_PEER, [&](Message& peer) {
        ifinfomsg inside{};
        inside.ifi_index = pair.inside_index;
        peer.raw(inside);
        put_end(peer, pair.far, pair.queues);
        peer.put_u32(IFLA_NET_NS_FD, static_cast<std::uint32_t>(netns));
      });
    });
  });
  return message;
}

[[noreturn]] void fail_taken(const std::string& name) {
  throw Error(ErrorKind::kExists, "there is an interface `" + name + "` already")
      .cure("let the daemon's recovery remove it, or `ip link delete " + name + "`");
}

}  // namespace

std::string host_link_name(const std::string& uuid) {
  return "cr" + digits_of(uuid, kNameDigits);
}

std::string interface_id(const std::string& uuid, std::string_view name) {
  const std::uint64_t first = hash_of(name, hash_of("/", number_of(uuid)));
  const std::string digits = hexadecimal(first) + hexadecimal(hash_of(name, first));
  return digits.substr(0, 8) + "-" + digits.substr(8, 4) + "-" + digits.substr(12, 4) + "-" +
         digits.substr(16, 4) + "-" + digits.substr(20);
}

Mac inside_mac(const std::string& uuid) {
  return mac_of(uuid, 0x01);
}
Mac host_mac(const std::string& uuid) {
  return mac_of(uuid, 0x00);
}

Mac port_mac(const std::string& uuid) {
  Mac mac = host_mac(uuid);
  mac[0] = 0xfe;
  return mac;
}

int make_pair(NetlinkSocket& socket, const VethPair& pair, int netns) {
  for (int attempt = 0; attempt < kMostTries; ++attempt) {
    const int index = host_index(pair.uuid, attempt);
    std::vector<Message> batch;
    batch.push_back(new_pair(pair, index, netns));
    const Outcome outcome = socket.send(batch).front();
    if (outcome.error_number == 0) return index;
    if (outcome.error_number != EEXIST) fail_request(batch.front(), outcome);
    if (if_nametoindex(pair.near.name.c_str()) != 0) fail_taken(pair.near.name);
    // The index is another link's.
  }
  throw Error(ErrorKind::kExhausted, "there is no free index for interface `" + pair.near.name + "`");
}

void silence_v6(const std::string& proc, const std::string& name) {
  const std::string directory = proc + "/sys/net/ipv6/conf/" + name;
  if (runtime::exists(directory)) runtime::write_file(directory + "/disable_ipv6", "1");
}

void delete_pair(const std::string& uuid) noexcept {
  try {
    const std::string name = host_link_name(uuid);
    std::vector<Message> batch;
    batch.emplace_back(RTM_DELLINK, 0, "interface `" + name + "`");
    batch.back().header(ifinfomsg{}).put_text(IFLA_IFNAME, name);
    static_cast<void>(NetlinkSocket().send(batch));
  } catch (const std::exception&) {
    return;
  }
}

}  // namespace croft::netns
