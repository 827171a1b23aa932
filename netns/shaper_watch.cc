#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "netns/shaper.h"
#include "runtime/error.h"

namespace croft::netns {
namespace {

using runtime::Fd;

constexpr int kPause = 50;  // ms: what happens together is looked at once

Fd listening_socket() {
  Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  if (!socket) runtime::fail_errno("cannot open the kernel's routing socket");
  sockaddr_nl any{};
  any.nl_family = AF_NETLINK;
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0)
    runtime::fail_errno("cannot bind the kernel's routing socket");
  for (const int group : {RTNLGRP_LINK, RTNLGRP_TC})
    if (setsockopt(socket.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0)
      runtime::fail_errno("cannot listen to changes of interfaces and their queues");
  return socket;
}

bool is_tree(int index) {
  return index == kInTree || index == kOutTree;
}

// What containers' starts and ends bring about by themselves is not.
bool is_of_interest(nlmsghdr& header) {
  if (header.nlmsg_type == RTM_NEWLINK || header.nlmsg_type == RTM_DELLINK) {
    const auto* link = static_cast<const ifinfomsg*>(nlmsg_data(&header));
    return link->ifi_index <= kOutTree;
  }
  const auto* body = static_cast<const tcmsg*>(nlmsg_data(&header));
  switch (header.nlmsg_type) {
    case RTM_NEWQDISC:
    case RTM_DELQDISC:
      return is_tree(body->tcm_ifindex) && body->tcm_parent == TC_H_ROOT;
    case RTM_DELTCLASS:
      return is_tree(body->tcm_ifindex);
    case RTM_DELTFILTER:
      return is_tree(body->tcm_ifindex) || body->tcm_ifindex == static_cast<int>(TCM_IFINDEX_MAGIC_BLOCK);
    default:
      return false;
  }
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

ShaperWatch::ShaperWatch(std::function<void()> look)
    : look_(std::move(look)), socket_(listening_socket()), stop_(eventfd(0, EFD_CLOEXEC)) {
  if (!stop_) runtime::fail_errno("cannot make an eventfd");
  thread_ = std::thread([this] { loop(); });
}

ShaperWatch::~ShaperWatch() {
  const std::uint64_t one = 1;
  static_cast<void>(write(stop_.get(), &one, sizeof one));
  thread_.join();
}

void ShaperWatch::loop() const {
  for (;;) {
    std::array<pollfd, 2> waits{pollfd{socket_.get(), POLLIN, 0}, pollfd{stop_.get(), POLLIN, 0}};
    const int ready = poll(waits.data(), waits.size(), -1);
    if (waits[1].revents != 0) return;
    if (ready < 0 || !drain(socket_)) continue;
    if (poll(&waits[1], 1, kPause) > 0) return;
    drain(socket_);
    look_();
  }
}

}  // namespace croft::netns
