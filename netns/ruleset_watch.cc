#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <string_view>

#include "netns/multicast.h"
#include "netns/ruleset.h"
#include "runtime/error.h"

namespace croft::netns {
namespace {

constexpr int kAgain = 1000;  // ms after a look that did not succeed

// Elements come and go all the time, by us; rules, chains and tables of ours do not.
bool is_of_interest(nlmsghdr& header) {
  switch (header.nlmsg_type & 0xff) {
    case NFT_MSG_NEWTABLE:
    case NFT_MSG_DELTABLE:
    case NFT_MSG_DELCHAIN:
    case NFT_MSG_NEWRULE:
    case NFT_MSG_DELRULE:
      break;
    default:
      return false;
  }
  // The attribute that names the table has the same number in all of them.
  static_assert(int{NFTA_TABLE_NAME} == int{NFTA_CHAIN_TABLE} &&
                int{NFTA_TABLE_NAME} == int{NFTA_RULE_TABLE});
  nlattr* table = nlmsg_find_attr(&header, sizeof(nfgenmsg), NFTA_TABLE_NAME);
  return table != nullptr && std::string_view(nla_get_string(table)) == "croft";
}

}  // namespace

RulesetWatch::RulesetWatch(std::function<bool()> look)
    : look_(std::move(look)),
      socket_(multicast_socket(NETLINK_NETFILTER, {NFNLGRP_NFTABLES}, "nftables")),
      stop_(eventfd(0, EFD_CLOEXEC)) {
  if (!stop_) runtime::fail_errno("cannot make an eventfd");
  thread_ = std::thread([this] { loop(); });
}

RulesetWatch::~RulesetWatch() {
  eventfd_write(stop_.get(), 1);
  thread_.join();
}

void RulesetWatch::loop() const {
  bool good = true;
  for (;;) {
    std::array<pollfd, 2> waits{pollfd{socket_.get(), POLLIN, 0}, pollfd{stop_.get(), POLLIN, 0}};
    const int ready = poll(waits.data(), waits.size(), good ? -1 : kAgain);
    if (waits[1].revents != 0) return;
    if (ready < 0) continue;
    const bool told = drain(socket_, is_of_interest);
    if (told || !good) good = look_();
  }
}

}  // namespace croft::netns
