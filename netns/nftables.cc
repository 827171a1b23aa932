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
#include <span>

#include "netns/netlink.h"
#include "netns/ruleset.h"

namespace croft::netns {
namespace {

constexpr const char* kTable = "croft";
constexpr std::size_t kNameBytes = 16;

std::uint8_t native(std::string_view family) {
  if (family == "bridge") return NFPROTO_BRIDGE;
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

constexpr std::size_t kGroup = 12;  // elements in a message, whose size is bounded

void put_element(Message& list, const Element& element) {
  list.nest(NFTA_LIST_ELEM, [&](Message& one) {
    const std::string key = bytes_of(element.key);
    one.nest(NFTA_SET_ELEM_KEY, [&](Message& data) { data.put(NFTA_DATA_VALUE, key.data(), key.size()); });
    if (element.value.empty()) return;
    const std::string value = bytes_of(element.value);
    one.nest(NFTA_SET_ELEM_DATA,
             [&](Message& data) { data.put(NFTA_DATA_VALUE, value.data(), value.size()); });
  });
  const std::string end = end_bytes(element);
  if (end.empty()) return;
  list.nest(NFTA_LIST_ELEM, [&](Message& one) {
    one.put_u32(NFTA_SET_ELEM_FLAGS, htonl(NFT_SET_ELEM_INTERVAL_END));
    one.nest(NFTA_SET_ELEM_KEY, [&](Message& data) { data.put(NFTA_DATA_VALUE, end.data(), end.size()); });
  });
}

// Of one set.
Message change_of(int type, int flags, std::span<const Element> elements) {
  const Element& first = elements.front();
  const std::string others =
      elements.size() > 1 ? " and " + std::to_string(elements.size() - 1) + " more" : "";
  Message message =
      request(type, flags, first.family,
              "element " + to_text(first) + others + " of the set `" + std::string(first.set) + "`");
  message.put_text(NFTA_SET_ELEM_LIST_TABLE, kTable)
      .put_text(NFTA_SET_ELEM_LIST_SET, std::string(first.set))
      .nest(NFTA_SET_ELEM_LIST_ELEMENTS, [&](Message& list) {
        for (const Element& element : elements) put_element(list, element);
      });
  return message;
}

// Neighbours of the same set share a message.
void add_changes(std::vector<Message>& batch, int type, int flags, std::span<const Element> elements) {
  while (!elements.empty()) {
    std::size_t count = 1;
    while (count < std::min(elements.size(), kGroup) && elements[count].set == elements[0].set &&
           elements[count].family == elements[0].family)
      ++count;
    batch.push_back(change_of(type, flags, elements.first(count)));
    elements = elements.subspan(count);
  }
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

void add_dropped(nlmsghdr& header, bool on_bridge, std::vector<Dropped>& all) {
  nlattr* list = nlmsg_find_attr(&header, sizeof(nfgenmsg), NFTA_SET_ELEM_LIST_ELEMENTS);
  if (list == nullptr) return;
  int left = nla_len(list);
  for (auto* element = static_cast<nlattr*>(nla_data(list)); nla_ok(element, left);
       element = nla_next(element, &left))
    if (auto one = dropped_of(element)) {
      one->on_bridge = on_bridge;
      all.push_back(*std::move(one));
    }
}

std::string bytes_in(nlmsghdr& header, int type) {
  nlattr* found = nlmsg_find_attr(&header, sizeof(nfgenmsg), type);
  return found == nullptr ? std::string()
                          : std::string(static_cast<const char*>(nla_data(found)),
                                        static_cast<std::size_t>(nla_len(found)));
}

// Empty when there is no such table, or family.
std::string handle_of(NetlinkSocket& socket, std::string_view family) {
  Message table = request(NFT_MSG_GETTABLE, 0, family, "table");
  table.put_text(NFTA_TABLE_NAME, kTable);
  std::string handle;
  const Outcome outcome =
      socket.get(table, [&](nlmsghdr& header) { handle = bytes_in(header, NFTA_TABLE_HANDLE); });
  const bool absent = outcome.error_number == ENOENT || outcome.error_number == EAFNOSUPPORT;
  if (outcome.error_number != 0 && !absent) fail_request(table, outcome);
  return handle;
}

std::string state_of(NetlinkSocket& socket, std::string_view family) {
  std::string state = handle_of(socket, family);
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
  add_changes(batch, NFT_MSG_DELSETELEM, 0, gone);
  add_changes(batch, NFT_MSG_NEWSETELEM, NLM_F_CREATE, come);
  if (!batch.empty()) socket_.transact(NFNL_SUBSYS_NFTABLES, batch);
}

std::vector<Element> Nftables::present(const std::vector<Element>& elements) {
  std::vector<Element> found;
  for (const Element& element : elements) {
    const Outcome outcome = socket_.get(change_of(NFT_MSG_GETSETELEM, 0, {&element, 1}), [](nlmsghdr&) {});
    if (outcome.error_number == 0) found.push_back(element);
  }
  return found;
}

std::vector<Dropped> Nftables::dropped() {
  std::vector<Dropped> all;
  for (const std::string_view family : {"inet", "arp", "bridge"}) {
    if (family == "bridge" && !has_ports()) continue;
    Message message = request(NFT_MSG_GETSETELEM, NLM_F_DUMP, family, "counts of dropped packets");
    message.put_text(NFTA_SET_ELEM_LIST_TABLE, kTable).put_text(NFTA_SET_ELEM_LIST_SET, "dropped");
    socket_.dump(message, [&](nlmsghdr& header) { add_dropped(header, family == "bridge", all); });
  }
  return all;
}

std::string Nftables::state() {
  const std::string inet = state_of(socket_, "inet");
  const std::string arp = state_of(socket_, "arp");
  return inet.empty() || arp.empty() ? std::string() : inet + arp + state_of(socket_, "bridge");
}

bool Nftables::has_ports() {
  return !handle_of(socket_, "bridge").empty();
}

}  // namespace croft::netns
