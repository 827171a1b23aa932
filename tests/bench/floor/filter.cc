#include "tests/bench/floor/filter.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cstdio>
#include <string>

#include "tests/bench/floor/batch.h"

namespace croft::bench {
namespace {

constexpr const char* kTables = R"(table inet floor {
  set hardware { type ifname . ether_addr; }
  set sources { type ifname . ether_addr . ipv4_addr; }
  set sources6 { type ifname . ether_addr . ipv6_addr; }
  set targets { typeof iifname . ether saddr . @th,64,128; }
  map realms { type ifname : mark; }
  set members { type ifname . mark; }
}
table arp floor {
  set senders { type ifname . ether_addr . ipv4_addr; }
}
)";

constexpr std::uint8_t kNested = 0x80;  // NLA_F_NESTED, the high byte

std::string padded(std::string text, std::size_t size) {
  text.resize(size, '\0');
  return text;
}

std::string bytes_of(std::uint32_t number) {
  return {reinterpret_cast<const char*>(&number), sizeof number};
}

std::size_t open_nested(Batch& batch, std::uint16_t type) {
  return batch.open_nest(static_cast<std::uint16_t>(type | kNested << 8U));
}

void add_data(Batch& batch, std::uint16_t type, const std::string& bytes) {
  const std::size_t nest = open_nested(batch, type);
  batch.attribute(NFTA_DATA_VALUE, bytes.data(), bytes.size());
  batch.close_nest(nest);
}

struct Change {
  int type;
  std::uint16_t flags;
};

void edge(Batch& batch, int type) {
  nfgenmsg m{};
  m.res_id = htons(NFNL_SUBSYS_NFTABLES);
  batch.begin_unanswered(static_cast<std::uint16_t>(type), 0, &m, sizeof m);
  batch.end();
}

void element(Batch& batch, Change change, std::uint8_t family, const char* set, const std::string& key,
             const std::string& value = "") {
  nfgenmsg m{};
  m.nfgen_family = family;
  batch.begin(static_cast<std::uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | change.type), change.flags, &m,
              sizeof m);
  batch.text(NFTA_SET_ELEM_LIST_TABLE, "floor");
  batch.text(NFTA_SET_ELEM_LIST_SET, set);
  const std::size_t list = open_nested(batch, NFTA_SET_ELEM_LIST_ELEMENTS);
  const std::size_t one = open_nested(batch, NFTA_LIST_ELEM);
  add_data(batch, NFTA_SET_ELEM_KEY, key);
  if (!value.empty()) add_data(batch, NFTA_SET_ELEM_DATA, value);
  batch.close_nest(one);
  batch.close_nest(list);
  batch.end();
}

void transact(const Fd& filter, std::uint32_t number, Change change) {
  const std::string link = padded("ctb" + std::to_string(number), 16);
  const std::string hardware = link + padded("\x02" + bytes_of(number), 8);
  const std::string address4 = bytes_of(number);
  const std::string address6 = padded(bytes_of(number), 16);
  Batch batch;
  edge(batch, NFNL_MSG_BATCH_BEGIN);
  element(batch, change, NFPROTO_INET, "hardware", hardware);
  element(batch, change, NFPROTO_INET, "sources", hardware + address4);
  element(batch, change, NFPROTO_ARP, "senders", hardware + address4);
  element(batch, change, NFPROTO_INET, "sources6", hardware + address6);
  element(batch, change, NFPROTO_INET, "targets", hardware + address6);
  element(batch, change, NFPROTO_INET, "realms", link, bytes_of(1));
  element(batch, change, NFPROTO_INET, "members", link + bytes_of(1));
  edge(batch, NFNL_MSG_BATCH_END);
  batch.send_all(filter);
}

bool make_tables() {
  FILE* nft = popen("nft -f -", "w");
  if (nft == nullptr) return false;
  fputs(kTables, nft);
  return pclose(nft) == 0;
}

}  // namespace

Fd open_filter() {
  if (!make_tables()) return Fd();
  return Fd(check(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER), "netfilter socket"));
}

void put_elements(const Fd& filter, std::uint32_t number) {
  if (filter) transact(filter, number, {NFT_MSG_NEWSETELEM, NLM_F_CREATE});
}

void remove_elements(const Fd& filter, std::uint32_t number) {
  if (filter) transact(filter, number, {NFT_MSG_DELSETELEM, 0});
}

}  // namespace croft::bench
