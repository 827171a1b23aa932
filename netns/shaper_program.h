// The two BPF programs of the shaper (shaper.h), as instructions: which packets of a link go through its
// trees, and of which class they are there.
#pragma once

#include <cstdint>

#include "netns/direction.h"
#include "netns/traffic_program.h"
#include "runtime/bpf.h"

namespace croft::netns {

// The two devices whose queues are the trees. Their indices are chosen, far from those that the kernel counts
// to and below those of containers' links: programs know them before the devices are there.
inline constexpr int kInTree = (1 << 23) + 1;
inline constexpr int kOutTree = (1 << 23) + 2;
constexpr int tree_of(Direction direction) {
  return direction == Direction::kIn ? kInTree : kOutTree;
}

enum class Passing : std::uint32_t {
  kNone,    // past the tree
  kUplink,  // what comes over the uplink, or may go there, goes through the tree
  kAll,
};

// What is known of a link, by the index of its host end.
struct ShapedLink {
  std::uint32_t number = 0;  // of its classes, in both trees; above 0
  Passing in = Passing::kNone;
  Passing out = Passing::kNone;
  std::uint32_t uplink = 0;    // index; 0: there is none
  std::uint32_t by_class = 0;  // whether any traffic class has one of its own, either way
  // Of what has a class of its own below the container's, by traffic class; 0: the general one has it.
  std::uint16_t leaves_in[kClasses]{};
  std::uint16_t leaves_out[kClasses]{};
  [[nodiscard]] std::uint16_t& leaf(Direction direction, std::size_t which) {
    return direction == Direction::kIn ? leaves_in[which] : leaves_out[which];
  }
  [[nodiscard]] Passing passing(Direction direction) const { return direction == Direction::kIn ? in : out; }
  bool operator==(const ShapedLink&) const = default;
};

// The general class below a container's of that number.
inline constexpr std::uint32_t kGeneralLeaf = 0x4000;

// For a link's traffic block: matches (-1) what is to go through the tree. What comes out of it matches once
// more: the action that follows lets such a packet pass, and takes the mark off it that says so.
runtime::bpf::Program assemble_selection(const runtime::Fd& links, Direction direction);
// For the tree's queue: the class of the link that the packet was taken from, and of its traffic class.
runtime::bpf::Program assemble_classes(const runtime::Fd& links, const TrafficMaps& traffic,
                                       Direction direction);

}  // namespace croft::netns
