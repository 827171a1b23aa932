#include "netns/traffic.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/magic.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <set>

#include "netns/netlink.h"
#include "runtime/error.h"

namespace croft::netns {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;
namespace bpf = runtime::bpf;

constexpr std::uint32_t kMaxLinks = 8192;

constexpr std::uint32_t kPrefixKeyHead = offsetof(PrefixKey, address);

bpf_attr map_of(bpf_map_type type, std::size_t key, std::size_t value, std::uint32_t most) {
  bpf_attr attributes{};
  attributes.map_type = type;
  attributes.key_size = static_cast<std::uint32_t>(key);
  attributes.value_size = static_cast<std::uint32_t>(value);
  attributes.max_entries = most;
  return attributes;
}

// The number behind the name is that of the layout: another one begins new counts.
Fd pinned_map(const std::string& directory, const std::string& name, const bpf_attr& attributes) {
  const std::string path = directory + "/" + name + "-1";
  if (Fd map = bpf::open_pinned(path)) return map;
  Fd map = bpf::make_map(attributes, ("croft_" + name).c_str());
  bpf::pin(map, path);
  return map;
}

void mount_pins(const std::string& directory) {
  if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
    runtime::fail_errno("cannot make directory `" + directory + "`");
  struct statfs info {};
  if (statfs(directory.c_str(), &info) != 0) runtime::fail_errno("cannot look at `" + directory + "`");
  if (info.f_type == BPF_FS_MAGIC) return;
  if (mount("croft", directory.c_str(), "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") != 0)
    runtime::fail_errno("cannot mount a bpf file system at `" + directory + "`");
}

Fd load(const TrafficMaps& maps, Direction direction) {
  const char* name = direction == Direction::kIn ? "croft_in" : "croft_out";
  return bpf::load_program(BPF_PROG_TYPE_SCHED_CLS, 0, name, assemble_traffic(maps, direction));
}

Message qdisc(int link) {
  Message message(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, "the counting of a container's link");
  tcmsg header{};
  header.tcm_ifindex = link;
  header.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
  header.tcm_parent = TC_H_CLSACT;
  message.header(header).put_text(TCA_KIND, "clsact");
  // The link's egress is what goes into the container.
  return std::move(message.put_u32(TCA_EGRESS_BLOCK, kInBlock).put_u32(TCA_INGRESS_BLOCK, kOutBlock));
}

Message filter(std::uint32_t block, const Fd& program, int flags) {
  Message message(RTM_NEWTFILTER, NLM_F_CREATE | flags, "the program that counts containers' packets");
  tcmsg header{};
  header.tcm_ifindex = static_cast<int>(TCM_IFINDEX_MAGIC_BLOCK);
  header.tcm_block_index = block;
  header.tcm_handle = 1;
  header.tcm_info = TC_H_MAKE(1U << 16, htons(ETH_P_ALL));
  message.header(header).put_text(TCA_KIND, "bpf");
  message.nest(TCA_OPTIONS, [&](Message& options) {
    options.put_u32(TCA_BPF_FD, static_cast<std::uint32_t>(program.get()))
        .put_text(TCA_BPF_NAME, "croft")
        .put_u32(TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
  });
  return message;
}

// Links that have the blocks, by index.
std::set<std::uint32_t> counted_links() {
  Message request(RTM_GETQDISC, NLM_F_DUMP, "list of queueing disciplines");
  request.header(tcmsg{});
  std::set<std::uint32_t> links;
  NetlinkSocket().dump(request, [&](nlmsghdr& header) {
    const auto* body = static_cast<const tcmsg*>(nlmsg_data(&header));
    nlattr* block = nlmsg_find_attr(&header, sizeof(tcmsg), TCA_EGRESS_BLOCK);
    if (block != nullptr && nla_get_u32(block) == kInBlock)
      links.insert(static_cast<std::uint32_t>(body->tcm_ifindex));
  });
  return links;
}

std::uint64_t new_run() {
  std::uint64_t run = 0;
  if (getrandom(&run, sizeof run, 0) != sizeof run) runtime::fail_errno("cannot make a random number");
  return run;
}

PrefixKey key_of(const Prefix& prefix) {
  PrefixKey key;
  key.length = prefix.length;
  std::copy_n(prefix.base.bytes.data(), prefix.base.size(), key.address);
  return key;
}

// Adds and changes first: no packet finds less than before or after.
void bring_in_line(const Fd& trie, std::size_t key_size, const std::map<std::string, std::uint32_t>& wanted) {
  for (const auto& [key, number] : wanted) bpf::update(trie, key.data(), &number);
  std::vector<std::string> gone;
  std::string key(key_size, '\0');
  for (bool more = bpf::next_key(trie, nullptr, key.data()); more;) {
    if (!wanted.contains(key)) gone.push_back(key);
    std::string next(key_size, '\0');
    more = bpf::next_key(trie, key.data(), next.data());
    key = next;
  }
  for (const std::string& one : gone) bpf::remove(trie, one.data());
}

LinkTraffic traffic_of(std::uint32_t link, const LinkCounts& counts) {
  LinkTraffic traffic{link, counts.uuid, counts.run, {}};
  std::copy_n(counts.classes, kClasses, traffic.traffic.begin());
  return traffic;
}

}  // namespace

TrafficMeter::TrafficMeter(const std::string& directory) {
  mount_pins(directory);
  const auto trie = [&](const char* name, std::size_t address) {
    bpf_attr attributes =
        map_of(BPF_MAP_TYPE_LPM_TRIE, kPrefixKeyHead + address, sizeof(std::uint32_t), 2 * kMaxClassPrefixes);
    attributes.map_flags = BPF_F_NO_PREALLOC;
    return pinned_map(directory, name, attributes);
  };
  // With memory for all links from the beginning (5 MiB): a container's start is not to fail for it.
  maps_.links = pinned_map(directory, "links",
                           map_of(BPF_MAP_TYPE_HASH, sizeof(std::uint32_t), sizeof(LinkCounts), kMaxLinks));
  maps_.prefix4 = trie("prefix4", 4);
  maps_.prefix6 = trie("prefix6", 16);
  in_ = load(maps_, Direction::kIn);
  out_ = load(maps_, Direction::kOut);
  // Replaces those of an earlier daemon; refused where no link has the blocks, which is fine.
  std::vector<Message> batch;
  batch.push_back(filter(kInBlock, in_, 0));
  batch.push_back(filter(kOutBlock, out_, 0));
  static_cast<void>(NetlinkSocket().send(batch));
}

void TrafficMeter::classify(const std::vector<ClassPrefix>& classes) {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::uint32_t> wanted4;
  std::map<std::string, std::uint32_t> wanted6;
  for (const ClassPrefix& one : classes) {
    const PrefixKey key = key_of(one.prefix);
    const std::size_t size = kPrefixKeyHead + one.prefix.base.size();
    (one.prefix.base.family == Family::kV4 ? wanted4 : wanted6)[{reinterpret_cast<const char*>(&key), size}] =
        one.number;
  }
  bring_in_line(maps_.prefix4, kPrefixKeyHead + 4, wanted4);
  bring_in_line(maps_.prefix6, kPrefixKeyHead + 16, wanted6);
}

// A block lasts as long as a link that has it: the filters are made with each, and mostly there already.
void TrafficMeter::attach(int link) const {
  std::vector<Message> batch;
  batch.push_back(qdisc(link));
  batch.push_back(filter(kInBlock, in_, NLM_F_EXCL));
  batch.push_back(filter(kOutBlock, out_, NLM_F_EXCL));
  const std::vector<Outcome> outcomes = NetlinkSocket().send(batch);
  for (std::size_t i = 0; i < batch.size(); ++i)
    if (outcomes[i].error_number != 0 && outcomes[i].error_number != EEXIST)
      fail_request(batch[i], outcomes[i]);
}

void TrafficMeter::begin(int link, const std::string& uuid) {
  const std::lock_guard lock(mutex_);
  const auto key = static_cast<std::uint32_t>(link);
  LinkCounts counts;
  if (!bpf::look_up(maps_.links, &key, &counts)) {
    counts.run = new_run();
    std::strncpy(counts.uuid, uuid.c_str(), sizeof counts.uuid - 1);
    bpf::update(maps_.links, &key, &counts, BPF_NOEXIST);
  } else if (counts.uuid != uuid) {
    throw Error(ErrorKind::kBusy,
                "the link of `" + uuid + "` has the number of one of `" + std::string(counts.uuid) + "`");
  }
  attach(link);
}

std::vector<LinkTraffic> TrafficMeter::read() const {
  constexpr std::uint32_t kAtOnce = 512;
  std::vector<LinkTraffic> all;
  std::vector<std::uint32_t> keys(kAtOnce);
  std::vector<LinkCounts> values(kAtOnce);
  bpf::Batch batch;
  for (bool more = true; more;) {
    batch.count = kAtOnce;
    more = bpf::look_up_batch(maps_.links, batch, keys.data(), values.data());
    for (std::size_t i = 0; i < batch.count; ++i) all.push_back(traffic_of(keys[i], values[i]));
  }
  return all;
}

std::optional<LinkTraffic> TrafficMeter::read_link(std::uint32_t link) const {
  LinkCounts counts;
  if (!bpf::look_up(maps_.links, &link, &counts)) return std::nullopt;
  return traffic_of(link, counts);
}

std::vector<std::string> TrafficMeter::mend() {
  const std::lock_guard lock(mutex_);
  const std::set<std::uint32_t> counted = counted_links();
  std::vector<std::string> mended;
  for (const LinkTraffic& one : read()) {
    if (counted.contains(one.link)) continue;
    try {
      attach(static_cast<int>(one.link));
      mended.push_back(one.uuid);
    } catch (const Error& error) {  // a link that is gone
      if (error.error_number() != ENODEV) throw;
    }
  }
  return mended;
}

void TrafficMeter::forget(std::uint32_t link) {
  const std::lock_guard lock(mutex_);
  bpf::remove(maps_.links, &link);
}

}  // namespace croft::netns
