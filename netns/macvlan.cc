#include "netns/macvlan.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "netns/enter.h"
#include "netns/link.h"
#include "netns/messages.h"
#include "netns/netlink.h"
#include "netns/parent.h"
#include "runtime/error.h"

namespace croft::netns {
namespace {

// How long the net namespace of the run before may take to go, which has the same hardware address.
constexpr std::chrono::seconds kMostWait{20};
constexpr useconds_t kPause = 5'000;

macvlan_mode mode_of(Isolation isolation) {
  return isolation == Isolation::kNone ? MACVLAN_MODE_BRIDGE : MACVLAN_MODE_PRIVATE;
}

Message new_macvlan(const MakeMacvlan& change, const Parent& parent) {
  const LanIntent& intent = change.intent;
  Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, "macvlan on `" + intent.parent + "`");
  ifinfomsg inside{};
  inside.ifi_index = intent.inside_index;
  message.header(inside)
      .put_text(IFLA_IFNAME, intent.inside_name)
      .put_u32(IFLA_LINK, static_cast<std::uint32_t>(parent.index))
      .put_u32(IFLA_NET_NS_FD, static_cast<std::uint32_t>(change.netns->get()))
      .put_u32(IFLA_MTU, intent.mtu)
      .put(IFLA_ADDRESS, intent.mac.data(), intent.mac.size());
  message.nest(IFLA_LINKINFO, [&](Message& info) {
    info.put_text(IFLA_INFO_KIND, "macvlan");
    info.nest(IFLA_INFO_DATA,
              [&](Message& data) { data.put_u32(IFLA_MACVLAN_MODE, mode_of(change.isolation)); });
  });
  return message;
}

// Two with one hardware address cannot both be up, and the kernel takes a namespace apart in its own time.
void bring_up(const LanIntent& intent) {
  NetlinkSocket socket;
  const std::vector<Message> batch = [&] {
    std::vector<Message> one;
    one.push_back(link_up(intent.inside_index, intent.inside_name));
    return one;
  }();
  const auto end = std::chrono::steady_clock::now() + kMostWait;
  for (;;) {
    const Outcome outcome = socket.send(batch).front();
    if (outcome.error_number == 0) return;
    const bool busy = outcome.error_number == EBUSY || outcome.error_number == EADDRINUSE;
    if (!busy) fail_request(batch.front(), outcome);
    if (std::chrono::steady_clock::now() > end)
      throw runtime::Error(runtime::ErrorKind::kConflict,
                           "another interface on `" + intent.parent + "` has " + to_text(intent.mac))
          .cure("net.mac gives this one another hardware address");
    usleep(kPause);
  }
}

}  // namespace

runtime::Description MakeMacvlan::describe() const {
  return {"make macvlan", intent.inside_name,
          shown(intent) + (isolation == Isolation::kNone ? "" : ", apart from others on it")};
}

void MakeMacvlan::apply() const {
  const Parent parent = find_parent(intent.parent);
  check_macvlan_parent(parent, intent);
  std::vector<Message> batch;
  batch.push_back(new_macvlan(*this, parent));
  NetlinkSocket().request(batch);
  in_netns(*netns, [this] { bring_up(intent); });
}

}  // namespace croft::netns
