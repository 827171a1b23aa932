#include "netns/proxy.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "netns/lan.h"
#include "netns/netlink.h"
#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::netns {
namespace {

using runtime::Error;

constexpr std::uint8_t kOurs = 0x63;  // as rtm_protocol; nobody else's in rt_protos of iproute2

Message proxy_entry(const Proxied& one, std::uint32_t index) {
  Message message(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, "proxy of " + to_text(one));
  ndmsg entry{};
  entry.ndm_family = one.address.family == Family::kV4 ? AF_INET : AF_INET6;
  entry.ndm_ifindex = static_cast<int>(index);
  entry.ndm_flags = NTF_PROXY;
  message.header(entry).put_address(NDA_DST, one.address);
  return std::move(message.put_u8(NDA_PROTOCOL, kOurs));
}

// With the interface it has gone.
void take_away(const std::vector<Proxied>& gone) {
  std::vector<Message> batch;
  for (const Proxied& one : gone)
    if (const std::uint32_t index = if_nametoindex(one.device.c_str()); index != 0)
      batch.push_back(proxy_entry(one, index).opposite());
  static_cast<void>(NetlinkSocket().send(batch));
}

std::vector<Message> entries_of(const std::vector<Proxied>& come) {
  std::vector<Message> batch;
  for (const Proxied& one : come) {
    const std::uint32_t index = if_nametoindex(one.device.c_str());
    if (index == 0)
      throw Error(runtime::ErrorKind::kNotFound, "this host has no interface `" + one.device + "`")
          .cure("net.proxy names one of those that `ip link` shows");
    batch.push_back(proxy_entry(one, index));
  }
  return batch;
}

std::string name_of(int index) {
  std::array<char, IF_NAMESIZE> name{};
  return if_indextoname(static_cast<std::uint32_t>(index), name.data()) == nullptr ? "" : name.data();
}

void read_entry(nlmsghdr& header, std::vector<Proxied>& all) {
  if (header.nlmsg_type != RTM_NEWNEIGH) return;
  const auto* entry = static_cast<const ndmsg*>(nlmsg_data(&header));
  nlattr* to = nlmsg_find_attr(&header, sizeof *entry, NDA_DST);
  nlattr* mark = nlmsg_find_attr(&header, sizeof *entry, NDA_PROTOCOL);
  if ((entry->ndm_flags & NTF_PROXY) == 0 || to == nullptr || mark == nullptr || nla_get_u8(mark) != kOurs)
    return;
  Proxied one{name_of(entry->ndm_ifindex), {}};
  one.address.family = entry->ndm_family == AF_INET ? Family::kV4 : Family::kV6;
  if (one.device.empty() || nla_len(to) != static_cast<int>(one.address.size())) return;
  std::memcpy(one.address.bytes.data(), nla_data(to), one.address.size());
  all.push_back(std::move(one));
}

}  // namespace

std::string to_text(const Proxied& one) {
  return to_text(one.address) + " on `" + one.device + "`";
}

void change_proxies(const std::vector<Proxied>& gone, const std::vector<Proxied>& come,
                    const std::string& proc) {
  const std::vector<Message> batch = entries_of(come);
  for (const Proxied& one : come)
    if (one.address.family == Family::kV6)
      runtime::write_file(proc + "/sys/net/ipv6/conf/" + one.device + "/proxy_ndp", "1");
  try {
    NetlinkSocket().request(batch);
  } catch (const Error&) {
    take_away(come);
    throw;
  }
  take_away(gone);
}

std::vector<Proxied> list_proxies() {
  std::vector<Proxied> all;
  Message request(RTM_GETNEIGH, NLM_F_DUMP, "list of proxies");
  ndmsg entry{};
  entry.ndm_flags = NTF_PROXY;
  request.header(entry);
  NetlinkSocket().dump(request, [&](nlmsghdr& header) { read_entry(header, all); });
  return all;
}

runtime::Description AnswerFor::describe() const {
  std::string text;
  for (const Proxied& one : all) text += (text.empty() ? "" : ", ") + to_text(one.address);
  return {"answer on", all.empty() ? "" : all.front().device, "for " + text};
}

void AnswerFor::undo() const noexcept {
  try {
    change_proxies(all, {});
  } catch (const std::exception&) {  // recovery takes away what is nobody's
    return;
  }
}

}  // namespace croft::netns
