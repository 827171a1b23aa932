#include "netns/macvlan.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "netns/link.h"
#include "netns/messages.h"
#include "netns/netlink.h"
#include "netns/parent.h"
#include "runtime/error.h"
#include "runtime/namespaces.h"

namespace croft::netns {
namespace {

// How long the net namespace of the run before may take to go, which has the same hardware address.
constexpr std::chrono::seconds kMostWait{20};
constexpr useconds_t kPause = 5'000;

macvlan_mode mode_of(Isolation isolation) {
  return isolation == Isolation::kNone ? MACVLAN_MODE_BRIDGE : MACVLAN_MODE_PRIVATE;
}

bool is_tagged(const LanIntent& intent) {
  return intent.vlan.has_value();
}

void into_container(const MakeMacvlan& change, Message& message) {
  message.put_u32(IFLA_NET_NS_FD, static_cast<std::uint32_t>(change.netns->get()));
}

Message new_link(const LanIntent& intent, const std::string& name, int index, int lower) {
  Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, "macvlan on `" + intent.parent + "`");
  ifinfomsg link{};
  link.ifi_index = index;
  message.header(link)
      .put_text(IFLA_IFNAME, name)
      .put_u32(IFLA_LINK, static_cast<std::uint32_t>(lower))
      .put_u32(IFLA_MTU, intent.mtu)
      .put(IFLA_ADDRESS, intent.mac.data(), intent.mac.size());
  return message;
}

// Inside, or with a VLAN on the host.
Message new_macvlan(const MakeMacvlan& change, const Parent& parent) {
  const LanIntent& intent = change.intent;
  Message message = is_tagged(intent)
                        ? new_link(intent, host_link_name(intent.uuid), 0, parent.index)
                        : new_link(intent, intent.inside_name, intent.inside_index, parent.index);
  if (is_tagged(intent))
    message.put_u32(IFLA_GROUP, kPortGroup);
  else
    into_container(change, message);
  message.nest(IFLA_LINKINFO, [&](Message& info) {
    info.put_text(IFLA_INFO_KIND, "macvlan");
    info.nest(IFLA_INFO_DATA,
              [&](Message& data) { data.put_u32(IFLA_MACVLAN_MODE, mode_of(change.isolation)); });
  });
  return message;
}

Message new_vlan(const MakeMacvlan& change, int carrier) {
  const LanIntent& intent = change.intent;
  Message message = new_link(intent, intent.inside_name, intent.inside_index, carrier);
  into_container(change, message);
  message.nest(IFLA_LINKINFO, [&](Message& info) {
    info.put_text(IFLA_INFO_KIND, "vlan");
    info.nest(IFLA_INFO_DATA,
              [&](Message& data) { data.put(IFLA_VLAN_ID, &*intent.vlan, sizeof *intent.vlan); });
  });
  return message;
}

void make_one(NetlinkSocket& socket, Message message) {
  std::vector<Message> batch;
  batch.push_back(std::move(message));
  socket.request(batch);
}

void make_vlan(NetlinkSocket& socket, const MakeMacvlan& change) {
  const std::string carrier = host_link_name(change.intent.uuid);
  silence_v6(change.proc, carrier);
  const int index = find_parent(carrier).index;
  std::vector<Message> batch;
  batch.push_back(new_vlan(change, index));
  const Outcome outcome = socket.send(batch).front();
  if (outcome.error_number == EOPNOTSUPP)
    throw runtime::Error(runtime::ErrorKind::kUnsupported, "this kernel has no VLAN devices")
        .cure("`modprobe 8021q`");
  if (outcome.error_number != 0) fail_request(batch.front(), outcome);
  make_one(socket, link_up(index, carrier));
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
  NetlinkSocket socket;
  make_one(socket, new_macvlan(*this, parent));
  try {
    if (is_tagged(intent)) make_vlan(socket, *this);
    runtime::in_namespace(*netns, CLONE_NEWNET, [this] { bring_up(intent); });
  } catch (...) {
    undo();
    throw;
  }
}

void MakeMacvlan::undo() const noexcept {
  if (is_tagged(intent)) delete_pair(intent.uuid);
}

void delete_carrier(const std::string& uuid) noexcept {
  try {
    if (find_parent(host_link_name(uuid)).kind == "macvlan") delete_pair(uuid);
  } catch (const std::exception&) {  // there is none
    return;
  }
}

}  // namespace croft::netns
