// The fallback for kernels before 5.19 and for file systems whose mounts cannot be id-mapped: the layers of a
// container are copied once, with every owner moved into the container's id range, and stacked without id
// mapping.
//
// What a copy keeps: types, modes (set-id bits too), times, hard links within a layer, symbolic links, holes
// of sparse files, extended attributes. POSIX ACLs and the root id of security.capability are shifted as
// well: a capability attribute becomes one that is valid in the container's user namespace only. Content is
// shared by reflink where the file system can. Overlay's own whiteouts (character device 0:0) and opaque
// marks are kept; all other device nodes are left out, as the root is mounted nodev anyway. Owners outside
// 0..size-1 become nobody (65534).
//
// Price against id-mapped layers: `create` is O(size of the template), and page cache is shared only by
// reflink's disk blocks, never in memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/change.h"

namespace croft::fs {

// Where layer number `index` (0 is the top) of a shifted container lies: DIRECTORY/lower-INDEX.
std::string shifted_layer(const std::string& directory, std::size_t index);

// Copies `layers` (host directories, top first) into `directory` (the container's own). Where
// shifted_layer(directory, 0) exists, all copies are whole: that is an Error kExists, and an interrupted
// copying is begun anew. Undo removes the copies.
struct ShiftLayers {
  std::vector<std::string> layers;
  std::string directory;
  std::uint32_t base = 0;
  std::uint32_t size = 65536;

  [[nodiscard]] runtime::Description describe() const;
  void apply() const;
  void undo() const noexcept;
};

// Copies one tree as described above. `target` must not exist.
void copy_shifted(const std::string& source, const std::string& target, std::uint32_t base,
                  std::uint32_t size);

}  // namespace croft::fs
