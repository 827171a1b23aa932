// What a layer consists of, entry by entry: D/layers/NAME/files. The layer's id is a digest over the list, so
// that a list can be trusted exactly when it gives that id.
//
// Each entry is a line "TYPE NODE BYTES RECORD PATH", ended by a zero byte because names may contain all
// others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "templates/digest.h"
#include "templates/entry.h"

namespace croft::templates {

struct Listed {
  std::string path;
  EntryType type = EntryType::kFile;  // never kHardlink: that is a second path of a node
  std::uint32_t node = 0;             // equal for hard links
  std::uint64_t bytes = 0;            // of file data, holes not counted
  Digest record{};                    // templates/digest.h
  bool operator==(const Listed&) const = default;
};
using Inventory = std::vector<Listed>;  // by path, each once

inline constexpr std::size_t kMaxInventoryBytes = std::size_t{512} << 20;

std::string to_text(const Inventory& inventory);
// Throws Error kInvalid for what to_text cannot have written.
Inventory inventory_from_text(std::string_view text);
std::string layer_id(const Inventory& inventory);

}  // namespace croft::templates
