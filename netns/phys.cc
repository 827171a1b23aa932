#include "netns/phys.h"

#include <dirent.h>
#include <linux/if_link.h>
#include <linux/magic.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <sstream>

#include "netns/link.h"
#include "netns/netlink.h"
#include "netns/parent.h"
#include "runtime/error.h"
#include "runtime/namespaces.h"

namespace croft::netns {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr const char* kNoKind = "-";

// What it was on the host.
struct Note {
  std::string name;
  std::string kind;
  Mac mac{};
  std::uint32_t mtu = 0;
  bool up = false;
  int inside_index = kInsideIndex;
};

std::string note_file(const std::string& directory, const std::string& uuid) {
  return directory + "/" + uuid + ".device";
}

std::string pin_file(const std::string& directory, const std::string& uuid) {
  return directory + "/" + uuid + ".net";
}

std::string to_text(const Note& note) {
  return note.name + " " + (note.kind.empty() ? kNoKind : note.kind) + " " + netns::to_text(note.mac) + " " +
         std::to_string(note.mtu) + (note.up ? " up " : " down ") + std::to_string(note.inside_index) + "\n";
}

Note parse_note(const std::string& text) {
  Note note;
  std::string mac;
  std::string state;
  int index = 0;
  std::istringstream(text) >> note.name >> note.kind >> mac >> note.mtu >> state >> index;
  note.mac = parse_mac(mac);
  if (note.kind == kNoKind) note.kind.clear();
  note.up = state == "up";
  if (index != 0) note.inside_index = index;  // a note of an older Croft has none
  return note;
}

bool is_pinned(const std::string& path) {
  struct statfs info {};
  return statfs(path.c_str(), &info) == 0 && info.f_type == NSFS_MAGIC;
}

void pin(const std::string& path, const runtime::Fd& netns) {
  runtime::replace_file(path, "", 0600, false);
  const std::string from = "/proc/self/fd/" + std::to_string(netns.get());
  if (mount(from.c_str(), path.c_str(), nullptr, MS_BIND, nullptr) != 0)
    runtime::fail_errno("cannot keep the net namespace at `" + path + "`");
}

void forget(const std::string& directory, const std::string& uuid) {
  const std::string path = pin_file(directory, uuid);
  if (is_pinned(path) && umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0)
    runtime::fail_errno("cannot let go of the net namespace at `" + path + "`");
  unlink(path.c_str());
  unlink(note_file(directory, uuid).c_str());
}

Message moved(int index, const std::string& name, int netns) {
  Message message(RTM_SETLINK, 0, "interface `" + name + "`");
  ifinfomsg link{};
  link.ifi_index = index;
  message.header(link).put_u32(IFLA_NET_NS_FD, static_cast<std::uint32_t>(netns)).put_text(IFLA_IFNAME, name);
  return message;
}

Message restored(int index, const Note& note) {
  Message message(RTM_SETLINK, 0, "settings of `" + note.name + "`");
  ifinfomsg link{};
  link.ifi_index = index;
  link.ifi_change = IFF_UP;
  link.ifi_flags = note.up ? IFF_UP : 0;
  message.header(link).put_u32(IFLA_MTU, note.mtu).put(IFLA_ADDRESS, note.mac.data(), note.mac.size());
  return message;
}

void request_one(Message message) {
  std::vector<Message> batch;
  batch.push_back(std::move(message));
  NetlinkSocket().request(batch);
}

// Its index was chosen, and nobody can change it; another kind is another interface.
bool is_there(const Note& note) {
  std::array<char, IF_NAMESIZE> name{};
  return if_indextoname(static_cast<unsigned>(note.inside_index), name.data()) != nullptr &&
         find_parent(name.data()).kind == note.kind;
}

bool move_back(const runtime::Fd& netns, const Note& note) {
  const runtime::Fd host = runtime::open_file("/proc/thread-self/ns/net", O_RDONLY);
  bool back = false;
  runtime::in_namespace(netns, CLONE_NEWNET, [&] {
    if (!is_there(note)) return;
    request_one(moved(note.inside_index, note.name, host.get()));
    back = true;
  });
  return back;
}

// It may be there already: who was interrupted behind the move comes again.
bool is_back(const Note& note) {
  return if_nametoindex(note.name.c_str()) != 0 && find_parent(note.name).kind == note.kind;
}

std::uint32_t index_in(nlattr* attribute) {
  return attribute == nullptr ? 0 : nla_get_u32(attribute);
}

bool leads_over(nlmsghdr& header, std::uint32_t index) {
  const auto* route = static_cast<const rtmsg*>(nlmsg_data(&header));
  if (route->rtm_dst_len != 0 || route->rtm_type != RTN_UNICAST) return false;
  if (index_in(nlmsg_find_attr(&header, sizeof *route, RTA_OIF)) == index) return true;
  nlattr* list = nlmsg_find_attr(&header, sizeof *route, RTA_MULTIPATH);
  if (list == nullptr) return false;
  int left = nla_len(list);
  for (auto* hop = static_cast<rtnexthop*>(nla_data(list)); RTNH_OK(hop, left);
       left -= RTNH_ALIGN(hop->rtnh_len), hop = RTNH_NEXT(hop))
    if (static_cast<std::uint32_t>(hop->rtnh_ifindex) == index) return true;
  return false;
}

bool has_default_route(std::uint32_t index) {
  bool found = false;
  for (const int family : {AF_INET, AF_INET6}) {
    Message request(RTM_GETROUTE, NLM_F_DUMP, "list of routes");
    rtmsg header{};
    header.rtm_family = static_cast<unsigned char>(family);
    request.header(header);
    NetlinkSocket().dump(request, [&](nlmsghdr& answer) {
      found = found || (answer.nlmsg_type == RTM_NEWROUTE && leads_over(answer, index));
    });
  }
  return found;
}

// Those that every interface gives itself are nobody's.
bool has_addresses(std::uint32_t index) {
  bool found = false;
  Message request(RTM_GETADDR, NLM_F_DUMP, "list of addresses");
  request.header(ifaddrmsg{});
  NetlinkSocket().dump(request, [&](nlmsghdr& answer) {
    if (answer.nlmsg_type != RTM_NEWADDR) return;
    const auto* address = static_cast<const ifaddrmsg*>(nlmsg_data(&answer));
    found = found || (address->ifa_index == index && address->ifa_scope < RT_SCOPE_LINK);
  });
  return found;
}

[[noreturn]] void refuse(const std::string& name, const std::string& why, const std::string& cure) {
  throw Error(ErrorKind::kConflict, "`" + name + "` " + why).cure(cure);
}

void check_not_given(const std::string& name, const std::string& directory) {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir(directory.c_str()), closedir);
  if (!stream) return;
  while (const dirent* entry = readdir(stream.get())) {
    const std::string file = entry->d_name;
    if (file.ends_with(".device") && parse_note(runtime::read_file(directory + "/" + file)).name == name)
      refuse(name, "is with the container " + file.substr(0, file.find('.')), "stop that one first");
  }
}

}  // namespace

void check_device(const LanIntent& intent, const std::string& directory) {
  const std::string& name = intent.parent;
  if (if_nametoindex(name.c_str()) == 0) check_not_given(name, directory);
  const Parent device = find_parent(name);
  const auto index = static_cast<std::uint32_t>(device.index);
  if (device.loopback || is_host_link(name) || device.mac == Mac{})
    throw Error(ErrorKind::kInvalid, "`" + name + "` leads to no network");
  if (!device.master.empty()) refuse(name, "is a port of `" + device.master + "`", "take it out there first");
  if (has_default_route(index)) refuse(name, "has the host's default route", "name another interface");
  if (has_addresses(index))
    refuse(name, "has addresses of the host, which would be lost", "`ip address flush dev " + name + "`");
}

runtime::Description TakeDevice::describe() const {
  return {"take device", intent.parent, "as " + intent.inside_name + ", mtu " + std::to_string(intent.mtu)};
}

void TakeDevice::apply() const {
  check_device(intent, directory);
  const Parent device = find_parent(intent.parent);
  const Note note{.name = intent.parent,
                  .kind = device.kind,
                  .mac = device.mac,
                  .mtu = device.mtu,
                  .up = device.up,
                  .inside_index = intent.inside_index};
  runtime::make_directories(directory, 0700);
  runtime::replace_file(note_file(directory, intent.uuid), to_text(note), 0600, false);
  try {
    pin(pin_file(directory, intent.uuid), *netns);
    Message message = moved(device.index, intent.inside_name, netns->get());
    message.put_u32(IFLA_NEW_IFINDEX, static_cast<std::uint32_t>(intent.inside_index))
        .put_u32(IFLA_MTU, intent.mtu);
    request_one(std::move(message));
  } catch (...) {
    undo();
    throw;
  }
}

void TakeDevice::undo() const noexcept {
  try {
    fetch_device(directory, intent.uuid);
  } catch (const std::exception&) {  // the end of the run, or recovery, tries again
    return;
  }
}

Fetched fetch_device(const std::string& directory, const std::string& uuid) {
  const std::string file = note_file(directory, uuid);
  if (!runtime::exists(file)) return Fetched::kNothing;
  const Note note = parse_note(runtime::read_file(file));
  const std::string path = pin_file(directory, uuid);
  bool back = is_pinned(path) && move_back(runtime::open_file(path, O_RDONLY), note);
  back = back || is_back(note);
  if (back) request_one(restored(static_cast<int>(if_nametoindex(note.name.c_str())), note));
  forget(directory, uuid);
  return back ? Fetched::kBack : Fetched::kLost;
}

}  // namespace croft::netns
