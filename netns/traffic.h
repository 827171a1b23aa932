// What went over containers' links: packets and bytes as they are on a link, by class and direction. A class
// is a number that prefixes of the other end's address have; the longest prefix decides.
//
// Two programs count for all links (traffic_program.h), as filters of two blocks that every host end shares.
// The counts lie in a map that a bpf file system keeps: they outlive the daemon, and the links.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "netns/pool.h"
#include "netns/traffic_program.h"

namespace croft::netns {

inline constexpr std::size_t kMaxClassPrefixes = 4096;

// Blocks that all containers' links share: their filters see what goes into a container, and what comes out.
inline constexpr std::uint32_t kInBlock = 0x63726f69;
inline constexpr std::uint32_t kOutBlock = 0x63726f6f;

using Traffic = std::array<ClassTraffic, kClasses>;

struct ClassPrefix {
  std::uint8_t number = 0;  // below kClasses
  Prefix prefix;
};

struct LinkTraffic {
  std::uint32_t link = 0;  // index of the host end, which may be gone
  std::string uuid;
  std::uint64_t run = 0;  // of counts that began at 0 together; no others ever have this number
  Traffic traffic{};
};

// Where the tries of TrafficMaps are pinned, below a directory.
inline constexpr const char* kPrefix4Pin = "/prefix4-1";
inline constexpr const char* kPrefix6Pin = "/prefix6-1";

// All throw Error. May be used from any thread.
class TrafficMeter {
 public:
  // With the maps that are pinned in `directory`, a bpf file system that is mounted where there is none.
  // Links that are counted go on with these programs.
  explicit TrafficMeter(const std::string& directory);

  // For packets that follow.
  void classify(const std::vector<ClassPrefix>& classes);
  // Counts a link, best before it comes up. Counts that the same container has under that index go on.
  // kBusy: another one has counts there, which are to be forgotten first.
  void begin(int link, const std::string& uuid);
  // Of all that were begun and are not forgotten, or of one of them.
  [[nodiscard]] std::vector<LinkTraffic> read() const;
  [[nodiscard]] std::optional<LinkTraffic> read_link(std::uint32_t link) const;
  void forget(std::uint32_t link);
  // Counts links again that somebody took the filters off, and says whose they are.
  std::vector<std::string> mend();

 private:
  void attach(int link) const;

  mutable std::mutex mutex_;  // of changes
  TrafficMaps maps_;
  runtime::Fd in_;
  runtime::Fd out_;
};

}  // namespace croft::netns
