// Every bound that an archive, a directory or a manifest is held to while a template is made from it. An
// archive comes from strangers: nothing in it may grow the daemon's memory or the pool without end.
#pragma once

#include <cstddef>
#include <cstdint>

namespace croft::templates {

inline constexpr std::uint64_t kMaxEntries = 2'000'000;  // of one layer
inline constexpr std::uint64_t kMaxNameBytes = std::uint64_t{256}
                                               << 20;  // all paths and link targets together
inline constexpr std::uint64_t kMaxDataBytes = std::uint64_t{1}
                                               << 40;  // file data of one layer, holes not counted
inline constexpr std::size_t kMaxPathLength = 4095;    // of one entry, as PATH_MAX has it
inline constexpr std::size_t kMaxNameLength = 255;     // of one component, as NAME_MAX has it
inline constexpr std::size_t kMaxDepth = 256;          // components of one path
inline constexpr std::size_t kMaxXattrs = 64;          // of one entry
inline constexpr std::size_t kMaxXattrBytes = 65536;   // one value, XATTR_SIZE_MAX
inline constexpr std::uint64_t kMaxXattrTotal = std::uint64_t{64} << 20;  // all names and values of one layer
inline constexpr std::uint32_t kMaxId = 65535;                            // owners: a container has 65536 ids
inline constexpr std::size_t kMaxNotes = 100;   // further notes are counted, not kept
inline constexpr std::size_t kMaxLayers = 128;  // of one template
inline constexpr std::size_t kMaxManifestBytes = std::size_t{1} << 20;

// The bounds that a caller may make tighter (tests, a small pool).
struct Bounds {
  std::uint64_t entries = kMaxEntries;
  std::uint64_t name_bytes = kMaxNameBytes;
  std::uint64_t data_bytes = kMaxDataBytes;
};

}  // namespace croft::templates
