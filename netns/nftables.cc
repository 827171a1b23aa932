// The kernel's side of the ruleset: its elements, counts and handles over nfnetlink
// (include/uapi/linux/netfilter/nf_tables.h).
#include <arpa/inet.h>
#include <endian.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "netns/netlink.h"
#include "netns/ruleset.h"

namespace croft::netns {
namespace {

constexpr const char* kTable = "croft";
constexpr std::size_t kNameBytes = 16;

std::uint8_t native(std::string_view family) {
  return family == "arp" ? NFPROTO_ARP : NFPROTO_INET;
}

Message request(int type, int flags, std::string_view family, const std::string& shown) {
  Message message(NFNL_SUBSYS_NFTABLES << 8 | type, flags, shown);
  nfgenmsg header{};
  header.nfgen_family = native(family);
  header.version = NFNETLINK_V0;
  message.header(header);
  return message;
}

void put_element(Message& list, const Element& element) {
  list.nest(NFTA_LIST_ELEM, [&](Message& one) {
    const std::string key = key_bytes(element);
    one.nest(NFTA_SET_ELEM_KEY, [&](Message& data) { data.put(NFTA_DATA_VALUE, key.data(), key.size()); });
    if (element.value)
      one.nest(NFTA_SET_ELEM_DATA, [&](Message& data) { data.put_u32(NFTA_DATA_VALUE, *element.value); });
  });
}

Message change_of(int type, int flags, const Element& element) {
  Message message = request(type, flags, element.family,
                            "element " + to_text(element) + " of the set `" + std::string(element.set) + "`");
  message.put_text(NFTA_SET_ELEM_LIST_TABLE, kTable)
      .put_text(NFTA_SET_ELEM_LIST_SET, std::string(element.set))
      .nest(NFTA_SET_ELEM_LIST_ELEMENTS, [&](Message& list) { put_element(list, element); });
  return message;
}

std::uint64_t number_in(nlattr* attributes, int type) {
  nlattr* found = nla_find(static_cast<nlattr*>(nla_data(attributes)), nla_len(attributes), type);
  std::uint64_t value = 0;
  if (found != nullptr)
    std::memcpy(&value, nla_data(found), std::min<std::size_t>(sizeof value, nla_len(found)));
  return be64toh(value);
}

nlattr* inside(nlattr* attributes, int type) {
  return attributes == nullptr
             ? nullptr
             : nla_find(static_cast<nlattr*>(nla_data(attributes)), nla_len(attributes), type);
}

// Its expression, or the first of its expressions: the counter.
nlattr* counter_of(nlattr* element) {
  nlattr* expression = inside(element, NFTA_SET_ELEM_EXPR);
  if (expression == nullptr) expression = inside(inside(element, NFTA_SET_ELEM_EXPRESSIONS), NFTA_LIST_ELEM);
  return inside(expression, NFTA_EXPR_DATA);
}

std::optional<Dropped> dropped_of(nlattr* element) {
  nlattr* key = inside(inside(element, NFTA_SET_ELEM_KEY), NFTA_DATA_VALUE);
  nlattr* counter = counter_of(element);
  std::uint32_t mark = 0;
  if (key == nullptr || counter == nullptr || nla_len(key) < static_cast<int>(kNameBytes + sizeof mark))
    return std::nullopt;
  const char* bytes = static_cast<const char*>(nla_data(key));
  std::memcpy(&mark, bytes + kNameBytes, sizeof mark);
  return Dropped{std::string(bytes, strnlen(bytes, kNameBytes)), static_cast<Drop>(mark),
                 number_in(counter, NFTA_COUNTER_PACKETS), number_in(counter, NFTA_COUNTER_BYTES)};
}

void add_dropped(nlmsghdr& header, std::vector<Dropped>& all) {
  nlattr* list = nlmsg_find_attr(&header, sizeof(nfgenmsg), NFTA_SET_ELEM_LIST_ELEMENTS);
  if (list == nullptr) return;
  int left = nla_len(list);
  for (auto* element = static_cast<nlattr*>(nla_data(list)); nla_ok(element, left);
       element = nla_next(element, &left))
    if (auto one = dropped_of(element)) all.push_back(*std::move(one));
}

std::string bytes_in(nlmsghdr& header, int type) {
  nlattr* found = nlmsg_find_attr(&header, sizeof(nfgenmsg), type);
  return found == nullptr ? std::string()
                          : std::string(static_cast<const char*>(nla_data(found)),
                                        static_cast<std::size_t>(nla_len(found)));
}

// Empty when there is no such table.
std::string state_of(NetlinkSocket& socket, std::string_view family) {
  Message table = request(NFT_MSG_GETTABLE, 0, family, "table");
  table.put_text(NFTA_TABLE_NAME, kTable);
  std::string state;
  const Outcome outcome =
      socket.get(table, [&](nlmsghdr& header) { state = bytes_in(header, NFTA_TABLE_HANDLE); });
  if (outcome.error_number != 0 && outcome.error_number != ENOENT) fail_request(table, outcome);
  if (state.empty()) return state;
  Message rules = request(NFT_MSG_GETRULE, NLM_F_DUMP, family, "rules");
  rules.put_text(NFTA_RULE_TABLE, kTable);
  socket.dump(rules, [&](nlmsghdr& header) {
    state += bytes_in(header, NFTA_RULE_CHAIN) + bytes_in(header, NFTA_RULE_HANDLE);
  });
  return state;
}

}  // namespace

void Nftables::change(const std::vector<Element>& gone, const std::vector<Element>& come) {
  std::vector<Message> batch;
  for (const Element& element : gone) batch.push_back(change_of(NFT_MSG_DELSETELEM, 0, element));
  for (const Element& element : come) batch.push_back(change_of(NFT_MSG_NEWSETELEM, NLM_F_CREATE, element));
  if (!batch.empty()) socket_.transact(NFNL_SUBSYS_NFTABLES, batch);
}

std::vector<Element> Nftables::present(const std::vector<Element>& elements) {
  std::vector<Element> found;
  for (const Element& element : elements) {
    const Outcome outcome = socket_.get(change_of(NFT_MSG_GETSETELEM, 0, element), [](nlmsghdr&) {});
    if (outcome.error_number == 0) found.push_back(element);
  }
  return found;
}

std::vector<Dropped> Nftables::dropped() {
  std::vector<Dropped> all;
  for (const char* family : {"inet", "arp"}) {
    Message message = request(NFT_MSG_GETSETELEM, NLM_F_DUMP, family, "counts of dropped packets");
    message.put_text(NFTA_SET_ELEM_LIST_TABLE, kTable).put_text(NFTA_SET_ELEM_LIST_SET, "dropped");
    socket_.dump(message, [&](nlmsghdr& header) { add_dropped(header, all); });
  }
  return all;
}

std::string Nftables::state() {
  const std::string inet = state_of(socket_, "inet");
  const std::string arp = state_of(socket_, "arp");
  return inet.empty() || arp.empty() ? std::string() : inet + arp;
}

}  // namespace croft::netns
