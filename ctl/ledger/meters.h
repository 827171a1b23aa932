// What is metered, as one table. What is true of one meter is true of all of its kind, whatever it measures.
// Numbers are part of the ledger's file: they are given once and never again.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace croft::ledger {

enum class MeterKind : std::uint8_t {
  kCounter,  // grows; the use of an interval is the difference of its ends
  kLevel,    // what is held, integrated over time: unit-seconds, which grow as a counter does
  kPeak,     // the most that a sample saw in an interval
};

enum class Meter : std::uint8_t {
  kCpu = 0,
  kCpuUser = 1,
  kCpuSystem = 2,
  kCpuThrottled = 3,
  kMemory = 4,
  kSwap = 5,
  kTasks = 6,
  kIoRead = 7,
  kIoWritten = 8,
  kIoReads = 9,
  kIoWrites = 10,
  kOomKills = 11,
  kMemoryPeak = 12,
  kTasksPeak = 13,
  kNet = 32,  // and on: four of each traffic class, as net_meter counts them
};

inline constexpr std::size_t kTrafficClasses = 16;
inline constexpr std::size_t kMeters = 32 + 4 * kTrafficClasses;
inline constexpr std::size_t kLevels = 3;  // kMemory, kSwap, kTasks

enum class NetPart : std::uint8_t { kInBytes = 0, kInPackets = 1, kOutBytes = 2, kOutPackets = 3 };

using Values = std::array<std::uint64_t, kMeters>;
using MeterSet = std::bitset<kMeters>;

constexpr std::size_t index_of(Meter meter) {
  return static_cast<std::size_t>(meter);
}
constexpr std::size_t net_meter(std::size_t traffic_class, NetPart part) {
  return index_of(Meter::kNet) + 4 * traffic_class + static_cast<std::size_t>(part);
}
constexpr bool is_net(std::size_t meter) {
  return meter >= index_of(Meter::kNet);
}
// The place of a level among the levels: 0 to kLevels - 1.
constexpr std::optional<std::size_t> level_of(std::size_t meter) {
  const std::size_t first = index_of(Meter::kMemory);
  if (meter < first || meter >= first + kLevels) return std::nullopt;
  return meter - first;
}

struct MeterRow {
  std::string_view name;  // "memory"; of the network without its class
  std::string_view unit;  // of what is recorded: "microseconds", "byte-seconds", "bytes", ...
  MeterKind kind;
  std::string_view resource;  // whose guarantee, barrier and limit belong to it; empty: none's
};

// Whether there is a meter of this number.
bool is_meter(std::size_t meter);
const MeterRow& row_of(std::size_t meter);
// "memory", "net.in.bytes.0".
std::string name_of(std::size_t meter);

}  // namespace croft::ledger
