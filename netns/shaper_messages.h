// The rtnetlink requests that the shaper's trees are made with (shaper.h), and questions about them.
#pragma once

#include <cstdint>
#include <set>

#include "netns/netlink.h"
#include "netns/shaper.h"

namespace croft::netns {

// A tree's handle is 1:, its top class 1:1, those of containers 1:10 and up, and what is below these 1:4010
// and up (kGeneralLeaf) and 1:8000 and up.
inline constexpr std::uint32_t kTopClass = 1;
inline constexpr std::uint32_t kFirstClass = 0x10;
inline constexpr std::uint32_t kLastClass = 0x3fff;
inline constexpr std::uint16_t kFirstLeaf = 0x8000;
inline constexpr std::uint16_t kLastLeaf = 0xfffe;

Message new_tree_device(Direction direction);
Message raise_tree_device(Direction direction);
Message delete_tree_device(Direction direction);
// In place of any other.
Message tree_queue(Direction direction);
// Made, or changed with its queue left as it is. Of the top class the parent is 0.
Message tree_class(Direction direction, std::uint32_t parent, std::uint32_t number, const ClassRates& rates);
Message delete_tree_class(Direction direction, std::uint32_t number);
// What waits in a class: by flows (fq_codel), or one queue of so many bytes.
Message fair_leaf(Direction direction, std::uint32_t number);
Message plain_leaf(Direction direction, std::uint32_t number, std::uint64_t ceiling);
// Names the class of what is in the tree.
Message class_filter(Direction direction, const runtime::Fd& program);
// Sends what the program matches from the links' block into the tree. NLM_F_EXCL leaves alone what is there.
Message selection_filter(Direction direction, const runtime::Fd& program, int flags);
Message delete_selection_filter(Direction direction);

struct TreeState {
  bool up = false;     // the device
  bool queue = false;  // it has the right one
};
TreeState tree_state(NetlinkSocket& socket, Direction direction);
bool has_tree(NetlinkSocket& socket, Direction direction);  // device, queue and its filter
bool has_selection(NetlinkSocket& socket, Direction direction);
std::set<std::uint32_t> tree_classes(NetlinkSocket& socket, Direction direction);

}  // namespace croft::netns
