#include "netns/shaper_messages.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include <algorithm>
#include <limits>
#include <string_view>

#include "netns/messages.h"
#include "netns/traffic.h"

namespace croft::netns {
namespace {

constexpr std::uint32_t kRoot = TC_H_MAKE(1U << 16, 0);
constexpr std::uint32_t kSelectionPriority = 2;  // behind the counting
constexpr std::uint32_t kDeviceQueue = 1000;     // packets
// How much of a rate may be saved and then sent at once. A timer that comes late on a busy host must not cost
// a container anything.
constexpr std::uint32_t kSavedMicros = 30'000;
constexpr std::uint64_t kLeastLeaf = std::uint64_t{128} << 10;
constexpr std::uint64_t kMostLeaf = std::uint64_t{8} << 20;
constexpr std::uint64_t kLeafPart = 10;  // of a second

const char* name_of(Direction direction) {
  return direction == Direction::kIn ? kInTreeName : kOutTreeName;
}
std::string shown(const char* what, Direction direction) {
  return std::string(what) + " of `" + name_of(direction) + "`";
}
constexpr std::uint32_t class_id(std::uint32_t number) {
  return TC_H_MAKE(kRoot, number);
}
std::uint32_t block_of(Direction direction) {
  return direction == Direction::kIn ? kInBlock : kOutBlock;
}

tcmsg of_tree(Direction direction, std::uint32_t parent, std::uint32_t handle) {
  tcmsg header{};
  header.tcm_ifindex = tree_of(direction);
  header.tcm_parent = parent;
  header.tcm_handle = handle;
  return header;
}

tcmsg of_block(Direction direction) {
  tcmsg header{};
  header.tcm_ifindex = static_cast<int>(TCM_IFINDEX_MAGIC_BLOCK);
  header.tcm_block_index = block_of(direction);
  header.tcm_handle = 1;
  header.tcm_info = TC_H_MAKE(kSelectionPriority << 16, htons(ETH_P_ALL));
  return header;
}

void put_program(Message& options, const runtime::Fd& program) {
  options.put_u32(TCA_BPF_FD, static_cast<std::uint32_t>(program.get())).put_text(TCA_BPF_NAME, "croft");
}

void put_redirection(Message& options, Direction direction) {
  options.nest(TCA_BPF_ACT, [&](Message& actions) {
    actions.nest(1, [&](Message& action) {
      action.put_text(TCA_ACT_KIND, "mirred");
      action.nest(TCA_ACT_OPTIONS, [&](Message& mirred) {
        tc_mirred parameters{};
        parameters.action = TC_ACT_STOLEN;
        parameters.eaction = TCA_EGRESS_REDIR;
        parameters.ifindex = static_cast<std::uint32_t>(tree_of(direction));
        mirred.put(TCA_MIRRED_PARMS, &parameters, sizeof parameters);
      });
    });
  });
}

tc_ratespec rate_spec(std::uint64_t rate) {
  tc_ratespec spec{};
  spec.linklayer = TC_LINKLAYER_ETHERNET;
  spec.rate =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(rate, std::numeric_limits<std::uint32_t>::max()));
  return spec;
}

// In the kernel's ticks of 64 ns.
constexpr std::uint32_t ticks(std::uint32_t micros) {
  return static_cast<std::uint32_t>(std::uint64_t{micros} * 1000 / 64);
}

}  // namespace

Message new_tree_device(Direction direction) {
  Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, shown("device", direction));
  ifinfomsg link{};
  link.ifi_index = tree_of(direction);
  message.header(link).put_text(IFLA_IFNAME, name_of(direction)).put_u32(IFLA_TXQLEN, kDeviceQueue);
  return std::move(message.nest(IFLA_LINKINFO, [](Message& info) { info.put_text(IFLA_INFO_KIND, "ifb"); }));
}

Message raise_tree_device(Direction direction) {
  return link_up(tree_of(direction), name_of(direction));
}

Message delete_tree_device(Direction direction) {
  Message message(RTM_DELLINK, 0, shown("device", direction));
  ifinfomsg link{};
  link.ifi_index = tree_of(direction);
  return std::move(message.header(link));
}

Message tree_queue(Direction direction) {
  Message message(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, shown("queue", direction));
  message.header(of_tree(direction, TC_H_ROOT, kRoot)).put_text(TCA_KIND, "htb");
  return std::move(message.nest(TCA_OPTIONS, [](Message& options) {
    tc_htb_glob all{};
    all.version = TC_HTB_PROTOVER;
    all.rate2quantum = 10;
    options.put(TCA_HTB_INIT, &all, sizeof all).put_u32(TCA_HTB_DIRECT_QLEN, kDeviceQueue);
  }));
}

Message tree_class(Direction direction, std::uint32_t parent, std::uint32_t number, const ClassRates& rates) {
  Message message(RTM_NEWTCLASS, NLM_F_CREATE, shown("class", direction));
  message.header(of_tree(direction, parent == 0 ? kRoot : class_id(parent), class_id(number)))
      .put_text(TCA_KIND, "htb");
  return std::move(message.nest(TCA_OPTIONS, [&](Message& options) {
    tc_htb_opt parameters{};
    parameters.rate = rate_spec(rates.rate);
    parameters.ceil = rate_spec(rates.ceiling);
    parameters.buffer = parameters.cbuffer = ticks(kSavedMicros);
    parameters.quantum = rates.quantum;
    options.put(TCA_HTB_RATE64, &rates.rate, sizeof rates.rate)
        .put(TCA_HTB_CEIL64, &rates.ceiling, sizeof rates.ceiling)
        .put(TCA_HTB_PARMS, &parameters, sizeof parameters);
  }));
}

Message delete_tree_class(Direction direction, std::uint32_t number) {
  Message message(RTM_DELTCLASS, 0, shown("class", direction));
  return std::move(message.header(of_tree(direction, 0, class_id(number))));
}

Message fair_leaf(Direction direction, std::uint32_t number) {
  Message message(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, shown("queue of a class", direction));
  return std::move(message.header(of_tree(direction, class_id(number), 0)).put_text(TCA_KIND, "fq_codel"));
}

Message plain_leaf(Direction direction, std::uint32_t number, std::uint64_t ceiling) {
  Message message(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, shown("queue of a class", direction));
  tc_fifo_qopt parameters{};
  parameters.limit = static_cast<std::uint32_t>(std::clamp(ceiling / kLeafPart, kLeastLeaf, kMostLeaf));
  message.header(of_tree(direction, class_id(number), 0)).put_text(TCA_KIND, "bfifo");
  return std::move(message.put(TCA_OPTIONS, &parameters, sizeof parameters));
}

Message class_filter(Direction direction, const runtime::Fd& program) {
  Message message(RTM_NEWTFILTER, NLM_F_CREATE, shown("filter", direction));
  tcmsg header = of_tree(direction, kRoot, 1);
  header.tcm_info = TC_H_MAKE(1U << 16, htons(ETH_P_ALL));
  message.header(header).put_text(TCA_KIND, "bpf");
  return std::move(message.nest(TCA_OPTIONS, [&](Message& options) { put_program(options, program); }));
}

Message selection_filter(Direction direction, const runtime::Fd& program, int flags) {
  Message message(RTM_NEWTFILTER, NLM_F_CREATE | flags, "the way of containers' packets to their queues");
  message.header(of_block(direction)).put_text(TCA_KIND, "bpf");
  return std::move(message.nest(TCA_OPTIONS, [&](Message& options) {
    put_redirection(options, direction);
    put_program(options, program);
  }));
}

Message delete_selection_filter(Direction direction) {
  Message message(RTM_DELTFILTER, 0, "the way of containers' packets to their queues");
  return std::move(message.header(of_block(direction)).put_text(TCA_KIND, "bpf"));
}

namespace {

bool has_filter(NetlinkSocket& socket, const tcmsg& where) {
  Message request(RTM_GETTFILTER, 0, "filter");
  request.header(where).put_text(TCA_KIND, "bpf");
  bool found = false;
  const Outcome outcome = socket.get(request, [&](nlmsghdr&) { found = true; });
  return found && outcome.error_number == 0;
}

}  // namespace

// Asked of the device: who asks for a queue has the kernel tell everybody.
TreeState tree_state(NetlinkSocket& socket, Direction direction) {
  Message request(RTM_GETLINK, 0, shown("device", direction));
  ifinfomsg link{};
  link.ifi_index = tree_of(direction);
  request.header(link);
  TreeState state;
  static_cast<void>(socket.get(request, [&](nlmsghdr& header) {
    nlattr* queue = nlmsg_find_attr(&header, sizeof(ifinfomsg), IFLA_QDISC);
    state.up = (static_cast<const ifinfomsg*>(nlmsg_data(&header))->ifi_flags & IFF_UP) != 0;
    state.queue = queue != nullptr && std::string_view(nla_get_string(queue)) == "htb";
  }));
  return state;
}

bool has_tree(NetlinkSocket& socket, Direction direction) {
  tcmsg filter = of_tree(direction, kRoot, 1);
  filter.tcm_info = TC_H_MAKE(1U << 16, htons(ETH_P_ALL));
  const TreeState state = tree_state(socket, direction);
  return state.up && state.queue && has_filter(socket, filter);
}

bool has_selection(NetlinkSocket& socket, Direction direction) {
  return has_filter(socket, of_block(direction));
}

std::set<std::uint32_t> tree_classes(NetlinkSocket& socket, Direction direction) {
  Message request(RTM_GETTCLASS, NLM_F_DUMP, shown("classes", direction));
  request.header(of_tree(direction, 0, 0));
  std::set<std::uint32_t> numbers;
  static_cast<void>(socket.get(request, [&](nlmsghdr& header) {
    const auto* body = static_cast<const tcmsg*>(nlmsg_data(&header));
    if (TC_H_MAJ(body->tcm_handle) == kRoot) numbers.insert(TC_H_MIN(body->tcm_handle));
  }));
  return numbers;
}

}  // namespace croft::netns
