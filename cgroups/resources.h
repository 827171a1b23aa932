// What the operator wants of each resource, for one container or one tenant: five words for every resource,
// and what happens at thresholds. Plain data; croft-spec(5) has the meaning for people.
//   guarantee <= barrier <= limit
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace croft::cgroups {

enum class Resource : std::uint8_t {
  kCpu,           // milli-CPU
  kMemory,        // bytes charged to the group
  kSwap,          // bytes in swap
  kMemswap,       // bytes, memory and swap as one sum
  kIo,            // bytes per second, each way (reads, writes) for itself
  kIops,          // operations per second, each way for itself
  kTasks,         // processes and threads
  kFiles,         // open files
  kTcpSockets,    // sockets created with IPPROTO_TCP
  kOtherSockets,  // all other IPv4 and IPv6 sockets
  kDisk,          // bytes; kept by the pool's quota
  kInodes,        // likewise
  kNetIn,         // bytes per second into the container; kept by the shaper
  kNetOut,        // likewise, out of it
};
inline constexpr std::size_t kResourceCount = 14;

// "cpu", "memory", "swap", "memswap", "io", "iops", "tasks", "files", "sockets.tcp", "sockets.other", "disk",
// "inodes", "net.in", "net.out".
std::string_view to_text(Resource resource);
std::optional<Resource> resource_of(std::string_view text);

enum class Unit : std::uint8_t { kMilliCpu, kBytes, kBytesPerSecond, kPerSecond, kItems };
Unit unit_of(Resource resource);

inline constexpr std::uint32_t kLeastShare = 1;
inline constexpr std::uint32_t kDefaultShare = 100;
inline constexpr std::uint32_t kMostShare = 10000;

// What a stay above the barrier is paid with: a bucket that holds `amount`, full at first.
//   cpu             CPU time above the barrier, in microseconds
//   memory          time spent above the barrier, in microseconds
//   io, net         bytes above the barrier
//   iops            operations above the barrier
struct Burst {
  std::uint64_t amount = 0;
  // Refilled evenly, a full bucket in this time, while at or below the barrier. Empty: refilled by what stays
  // unused below the barrier (memory: by the time spent at or below it).
  std::optional<std::uint64_t> period_us;
  bool operator==(const Burst&) const = default;
};

struct Words {
  std::uint64_t guarantee = 0;
  std::optional<std::uint64_t> barrier;  // empty: the limit
  std::optional<std::uint64_t> limit;    // empty: unlimited
  std::optional<Burst> burst;            // empty: none, so that the barrier is kept at once
  std::uint32_t share = kDefaultShare;
  bool operator==(const Words&) const = default;

  // What may be used for ever: the barrier, or the limit where there is none.
  [[nodiscard]] std::optional<std::uint64_t> sustained() const { return barrier ? barrier : limit; }
  // Whether there is anything between barrier and limit.
  [[nodiscard]] bool can_burst() const { return barrier && burst && (!limit || *barrier < *limit); }
};

enum class Action : std::uint8_t { kLog, kEvent, kExec, kSignal, kFreeze, kThrottle };
std::string_view to_text(Action action);  // "log", "event", ...
std::optional<Action> action_of(std::string_view text);

// When use of `resource` comes to `value`, once for each time it rises to it.
struct Threshold {
  Resource resource = Resource::kMemory;
  std::uint64_t value = 0;
  Action action = Action::kEvent;
  std::string argument;  // kExec: a program of the hooks directory, by its name
  int signal = 0;        // kSignal: to the first process
  bool operator==(const Threshold&) const = default;
};
inline constexpr std::size_t kMaxThresholds = 4096;  // of one container: a bound for what a request may ask

// Who dies when memory reaches its limit.
enum class OomPolicy : std::uint8_t { kKillOne, kKillContainer, kFreeze };
std::string_view to_text(OomPolicy policy);  // "kill-one", "kill-container", "freeze"
std::optional<OomPolicy> oom_policy_of(std::string_view text);

struct Resources {
  std::array<Words, kResourceCount> words;
  std::vector<Threshold> thresholds;
  OomPolicy oom = OomPolicy::kKillOne;
  std::string cpus;        // kernel list "0-3,8"; empty: all of the host's, or those of `numa_auto`
  bool numa_auto = false;  // CPUs and memory of the node with the most room, chosen at start
  std::string nodes;       // memory nodes, a kernel list; empty: all
  std::map<std::string, std::uint64_t> hugetlb;  // page size as the kernel writes it ("2MB") -> bytes
  bool operator==(const Resources&) const = default;

  Words& operator[](Resource resource) { return words[static_cast<std::size_t>(resource)]; }
  const Words& operator[](Resource resource) const { return words[static_cast<std::size_t>(resource)]; }
};

}  // namespace croft::cgroups
