#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "netns/ruleset.h"
#include "runtime/error.h"

namespace croft::netns {
namespace {

using runtime::Fd;

constexpr int kAgain = 1000;  // ms after a look that did not succeed

Fd listening_socket() {
  Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER));
  if (!socket) runtime::fail_errno("cannot open the kernel's netfilter socket");
  // A socket without an address of its own counts as the kernel's, which is not told what it tells.
  sockaddr_nl any{};
  any.nl_family = AF_NETLINK;
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0)
    runtime::fail_errno("cannot bind the kernel's netfilter socket");
  const int group = NFNLGRP_NFTABLES;
  if (setsockopt(socket.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0)
    runtime::fail_errno("cannot listen to changes of nftables");
  return socket;
}

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

// Whether anything of interest was told, or told too fast to be kept (ENOBUFS).
bool drain(const Fd& socket) {
  bool found = false;
  alignas(nlmsghdr) std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t got = recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == ENOBUFS) found = true;
    if (got < 0 && (errno == ENOBUFS || errno == EINTR)) continue;
    if (got <= 0) return found;
    int size = static_cast<int>(got);
    for (auto* header = reinterpret_cast<nlmsghdr*>(buffer.data()); nlmsg_ok(header, size);
         header = nlmsg_next(header, &size))
      found = found || is_of_interest(*header);
  }
}

}  // namespace

RulesetWatch::RulesetWatch(std::function<bool()> look)
    : look_(std::move(look)), socket_(listening_socket()), stop_(eventfd(0, EFD_CLOEXEC)) {
  if (!stop_) runtime::fail_errno("cannot make an eventfd");
  thread_ = std::thread([this] { loop(); });
}

RulesetWatch::~RulesetWatch() {
  const std::uint64_t one = 1;
  static_cast<void>(write(stop_.get(), &one, sizeof one));
  thread_.join();
}

void RulesetWatch::loop() const {
  bool good = true;
  for (;;) {
    std::array<pollfd, 2> waits{pollfd{socket_.get(), POLLIN, 0}, pollfd{stop_.get(), POLLIN, 0}};
    const int ready = poll(waits.data(), waits.size(), good ? -1 : kAgain);
    if (waits[1].revents != 0) return;
    if (ready < 0) continue;
    const bool told = drain(socket_);
    if (told || !good) good = look_();
  }
}

}  // namespace croft::netns
