// The BPF program that counts a link's packets by class (traffic.h), as instructions.
#pragma once

#include <cstdint>

#include "netns/direction.h"
#include "runtime/bpf.h"

namespace croft::netns {

inline constexpr unsigned kClasses = 16;

struct Count {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};
struct ClassTraffic {
  Count in;  // to the container
  Count out;
};
// What is known of a link, by the index of its host end.
struct LinkCounts {
  char uuid[40]{};
  std::uint64_t run = 0;
  ClassTraffic classes[kClasses]{};
};
// Of a trie: the prefix length and the address; an IPv4 address has the first 4 bytes.
struct PrefixKey {
  std::uint32_t length = 0;
  std::uint8_t address[16]{};
};

struct TrafficMaps {
  runtime::Fd links;    // BPF_MAP_TYPE_HASH: index, 32 bits -> LinkCounts
  runtime::Fd prefix4;  // BPF_MAP_TYPE_LPM_TRIE: the first 8 bytes of a PrefixKey -> class, 32 bits
  runtime::Fd prefix6;  // the same, of 20 bytes
};

// Part of a program that has its context in r6: leaves the class of the packet in r1. It uses 32 bytes of the
// stack and r0 to r5.
runtime::bpf::Program classify_packet(const TrafficMaps& maps, Direction direction);

// Counts the packet in the class of the longest prefix that holds its address of the other end: the source of
// what goes in, the destination of what goes out. Class 0 is for all others, and for what is not IP. A packet
// of many segments counts as these, each with its headers.
runtime::bpf::Program assemble_traffic(const TrafficMaps& maps, Direction direction);

}  // namespace croft::netns
