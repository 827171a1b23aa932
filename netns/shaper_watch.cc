#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>

#include "netns/multicast.h"
#include "netns/shaper.h"
#include "runtime/error.h"

namespace croft::netns {
namespace {

constexpr int kPause = 50;  // ms: what happens together is looked at once

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

}  // namespace

ShaperWatch::ShaperWatch(std::function<void()> look)
    : look_(std::move(look)),
      socket_(multicast_socket(NETLINK_ROUTE, {RTNLGRP_LINK, RTNLGRP_TC}, "interfaces and their queues")),
      stop_(eventfd(0, EFD_CLOEXEC)) {
  if (!stop_) runtime::fail_errno("cannot make an eventfd");
  thread_ = std::thread([this] { loop(); });
}

ShaperWatch::~ShaperWatch() {
  eventfd_write(stop_.get(), 1);
  thread_.join();
}

void ShaperWatch::loop() const {
  for (;;) {
    std::array<pollfd, 2> waits{pollfd{socket_.get(), POLLIN, 0}, pollfd{stop_.get(), POLLIN, 0}};
    const int ready = poll(waits.data(), waits.size(), -1);
    if (waits[1].revents != 0) return;
    if (ready < 0 || !drain(socket_, is_of_interest)) continue;
    if (poll(&waits[1], 1, kPause) > 0) return;
    drain(socket_, is_of_interest);
    look_();
  }
}

}  // namespace croft::netns
