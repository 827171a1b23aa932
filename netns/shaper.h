// Rates of containers' links, both ways. Each way has one tree of queues for all containers (HTB, see
// tc-htb(8)) on a device that exists for nothing else (IFB): a filter of the block that all links share
// (traffic.h) sends there what has a rate, and from the device it goes on as it came. What goes in is shaped
// behind the packet filter's forwarding, what comes out before it, so that guards see all packets as ever.
//
//   the tree, as much as the uplink carries each way
//   +- a class for each container: its guarantee, its ceiling, its weight in what is left
//      +- one for what is of no traffic class with a limit
//      +- one for each traffic class (traffic.h) that has or had a limit, with that as its ceiling
//
// Those below a container's borrow all from it. They are made beside each other, the general one with the
// first rate: to put something below a class that has packets would lose them. While several of them have
// some, the container gets its weight in what is left for each.
//
// Without rates and without an uplink there are neither devices nor filters. Everything is as the kernel has
// it: a new daemon goes on where another one ended.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "netns/netlink.h"
#include "netns/shaper_program.h"
#include "netns/traffic_program.h"
#include "runtime/fd.h"

namespace croft::netns {

inline constexpr const char* kInTreeName = "croft-in";
inline constexpr const char* kOutTreeName = "croft-out";

// Bytes a second of frames as they are on the link, with their headers.
struct Rate {
  std::uint64_t guarantee = 0;
  std::optional<std::uint64_t> ceiling;           // empty: what the uplink carries
  std::uint32_t share = 100;                      // 1..10000
  std::array<std::uint64_t, kClasses> classes{};  // ceilings by number; 0: none of its own
  bool operator==(const Rate&) const = default;
};
struct LinkRates {
  Rate in;  // into the container
  Rate out;
  [[nodiscard]] const Rate& of(Direction direction) const { return direction == Direction::kIn ? in : out; }
  bool operator==(const LinkRates&) const = default;
};

// What containers together may use of the way to the world. A way whose capacity is empty guarantees nothing.
struct UplinkRates {
  std::uint32_t index = 0;  // of the interface; 0: it is not there
  std::optional<std::uint64_t> in, out;
  [[nodiscard]] const std::optional<std::uint64_t>& of(Direction direction) const {
    return direction == Direction::kIn ? in : out;
  }
  bool operator==(const UplinkRates&) const = default;
};

// Who a class lets send how much; pure.
struct ClassRates {
  std::uint64_t rate = 0;
  std::uint64_t ceiling = 0;
  std::uint32_t quantum = 0;  // bytes of what is left that it gets in its turn
  bool operator==(const ClassRates&) const = default;
};
ClassRates class_rates(const Rate& rate, const std::optional<std::uint64_t>& capacity);
// Of what is below a container's class; `limit` 0 is none.
ClassRates leaf_rates(const ClassRates& container, std::uint64_t limit);
// Which of a link's packets go through the tree.
Passing passing(const Rate& rate, const std::optional<std::uint64_t>& capacity);

// Everything throws Error. May be used from any thread.
class Shaper {
 public:
  // `pins`: a bpf file system, as TrafficMeter mounts it.
  explicit Shaper(std::string pins);

  // For all links, at once.
  void set_uplink(const UplinkRates& uplink);
  // Links that are counted (TrafficMeter::begin), and what they may have together. Packets in their queues
  // stay there.
  void put(const std::vector<int>& links, const LinkRates& rates);
  void remove(int link);
  // Links that were put by an earlier daemon and not since are forgotten.
  void forget_others();
  // Removes what no link needs any more; waits for RCU where that is something.
  void tidy();
  // Makes again what somebody took away. Whether that was anything.
  bool mend();

 private:
  struct Link {
    LinkRates rates;
    ShapedLink told;   // as the map has it
    bool put = false;  // by this daemon
    int first = 0;     // of those that it has one class with; itself where it has its own
  };
  [[nodiscard]] ShapedLink wanted(const Link& link) const;
  [[nodiscard]] std::uint16_t free_leaf(Direction direction) const;
  void number_leaves(int index, Link& link) const;
  [[nodiscard]] std::vector<Message> leaves_of(const Link& link, Direction direction) const;
  [[nodiscard]] std::uint32_t free_number() const;
  [[nodiscard]] std::uint32_t shared_number(const Link& link) const;
  void put_one(int link, int with, const LinkRates& rates);
  [[nodiscard]] std::string map_path() const;
  void load();
  void make_trees();
  void make_tree(Direction direction);
  void tell_filters();
  void tell_top(Direction direction);
  void tell_classes(const Link& link);
  void tell(int index, Link& link);
  void drop(int index);
  [[nodiscard]] bool intact();

  std::mutex mutex_;
  std::string pins_;
  NetlinkSocket socket_;
  runtime::Fd links_map_;
  runtime::Fd select_in_, select_out_, classes_in_, classes_out_;
  bool made_ = false;        // trees and filters
  bool left_ = false;        // something of them may be there
  bool fair_leaves_ = true;  // fq_codel; else plain queues
  UplinkRates uplink_;
  std::map<int, Link> links_;
};

// Tells when something of the trees or the uplink may have changed.
class ShaperWatch {
 public:
  // `look` is called on a thread of the watch's own, also for changes of our own. It must not throw.
  explicit ShaperWatch(std::function<void()> look);
  ShaperWatch(const ShaperWatch&) = delete;
  ShaperWatch& operator=(const ShaperWatch&) = delete;
  ~ShaperWatch();

 private:
  void loop() const;

  std::function<void()> look_;
  runtime::Fd socket_;
  runtime::Fd stop_;
  std::thread thread_;
};

}  // namespace croft::netns
