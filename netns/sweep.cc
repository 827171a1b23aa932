// Host ends that a crash left: finding them by name, deleting many at once.
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include <algorithm>
#include <cerrno>

#include "netns/link.h"
#include "netns/netlink.h"
#include "runtime/error.h"

namespace croft::netns {
namespace {

using runtime::Error;
using runtime::ErrorKind;

// Any number that nobody else uses, whose packets the ruleset drops. Deleting a whole group waits once for
// RCU; one by one costs 16 ms each.
constexpr std::uint32_t kDoomedGroup = 0x63726f66;

std::string text_in(nlattr* attributes, int size, int type) {
  nlattr* found = nla_find(attributes, size, type);
  return found == nullptr ? "" : std::string(nla_get_string(found));
}

std::string kind_of(nlattr* attributes, int size) {
  nlattr* info = nla_find(attributes, size, IFLA_LINKINFO);
  if (info == nullptr) return "";
  return text_in(static_cast<nlattr*>(nla_data(info)), nla_len(info), IFLA_INFO_KIND);
}

Message into_group(const std::string& name, std::uint32_t group) {
  Message message(RTM_SETLINK, 0, "group of `" + name + "`");
  message.header(ifinfomsg{}).put_text(IFLA_IFNAME, name).put_u32(IFLA_GROUP, group);
  return message;
}

void mark(NetlinkSocket& socket, const std::vector<std::string>& names, std::uint32_t group) {
  std::vector<Message> batch;
  batch.reserve(names.size());
  for (const std::string& name : names) batch.push_back(into_group(name, group));
  const std::vector<Outcome> outcomes = socket.send(batch);
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    if (outcomes[i].error_number != 0 && outcomes[i].error_number != ENODEV)
      fail_request(batch[i], outcomes[i]);
}

}  // namespace

bool is_host_link(std::string_view name) {
  return name.size() == 14 && name.starts_with("cr") &&
         name.find_first_not_of("0123456789abcdef", 2) == std::string_view::npos;
}

namespace {

void each_host_link(const std::function<void(const std::string& name, std::uint32_t group)>& each) {
  Message request(RTM_GETLINK, NLM_F_DUMP, "list of interfaces");
  request.header(ifinfomsg{});
  NetlinkSocket().dump(request, [&](nlmsghdr& header) {
    nlattr* attributes = nlmsg_attrdata(&header, sizeof(ifinfomsg));
    const int size = nlmsg_attrlen(&header, sizeof(ifinfomsg));
    const std::string name = text_in(attributes, size, IFLA_IFNAME);
    nlattr* group = nla_find(attributes, size, IFLA_GROUP);
    const std::string kind = kind_of(attributes, size);
    if (is_host_link(name) && (kind == "veth" || kind == "macvlan"))
      each(name, group == nullptr ? 0 : nla_get_u32(group));
  });
}

}  // namespace

std::vector<std::string> list_host_links() {
  std::vector<std::string> names;
  each_host_link([&](const std::string& name, std::uint32_t /*group*/) { names.push_back(name); });
  std::sort(names.begin(), names.end());
  return names;
}

void group_host_links() {
  std::vector<std::string> names;
  each_host_link([&](const std::string& name, std::uint32_t group) {
    if (group == 0) names.push_back(name);
  });
  NetlinkSocket socket;
  mark(socket, names, kLinkGroup);
}

void delete_host_links(const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (!is_host_link(name))
      throw Error(ErrorKind::kInvalid, "`" + name + "` is not the name of a container's link");
  if (names.empty()) return;
  NetlinkSocket socket;
  mark(socket, names, kDoomedGroup);
  std::vector<Message> batch;
  batch.emplace_back(RTM_DELLINK, 0, "deletion of " + std::to_string(names.size()) + " interfaces");
  batch.back().header(ifinfomsg{}).put_u32(IFLA_GROUP, kDoomedGroup);
  const Outcome outcome = socket.send(batch).front();
  if (outcome.error_number != 0 && outcome.error_number != ENODEV) fail_request(batch.front(), outcome);
}

}  // namespace croft::netns
