// Open files of the view. Nothing in them is the only copy: a number that is not known, as after a server was
// replaced, is a file like any other, read by whoever reads it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fs/view/machine.h"

namespace croft::view {

inline constexpr std::size_t kMaxHandles = std::size_t{1} << 16;
inline constexpr std::size_t kMaxKept = std::size_t{8}
                                        << 20;  // bytes of texts that are read in parts, of all

struct Handle {
  std::uint64_t number = 0;  // 0: free
  std::optional<Machines::Place> place;
  std::size_t length = 0;  // of the text that was last read from its beginning
  std::string kept;        // that text, where one read did not take all of it
};

// What a read(2) of `size` bytes at `offset` gets.
std::span<const char> part_of(std::span<const char> text, std::int64_t offset, std::size_t size);

class Handles {
 public:
  // `epoch` tells this server's numbers from those of its predecessors.
  explicit Handles(std::uint32_t epoch) : epoch_(epoch) {}
  // 0 when there are too many: the file can be read all the same.
  std::uint64_t open(const std::optional<Machines::Place>& place);
  Handle* find(std::uint64_t number);
  void close(std::uint64_t number);
  // Keeps what the rest of will be asked for, where there is room.
  void keep(Handle& handle, std::span<const char> text);
  void let_go(Handle& handle);

 private:
  std::uint32_t epoch_;
  std::vector<Handle> handles_;
  std::vector<std::uint32_t> free_;
  std::size_t kept_ = 0;
};

}  // namespace croft::view
