// Writes entries as a tar archive (pax, with extended attributes as GNU tar has them) packed with zstd, into
// a descriptor that may be a pipe.
//
// Layers are as overlay has them on the disk: a whiteout is a character device 0:0, and an opaque directory
// has overlay's mark, so that what GNU tar unpacks as root can be mounted as it is. Holes are written as
// zeros, which cost nothing once they are packed. Devices and sockets are left out.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "runtime/fd.h"
#include "templates/import.h"
#include "templates/sink.h"

struct archive;

namespace croft::templates {

enum class Packing { kNone, kZstd };

class ArchiveWriter {
 public:
  // Both must outlive it. Throws Error; what the other end of a pipe does is told as kUnavailable.
  ArchiveWriter(const runtime::Fd& to, const Control& control, Packing packing = Packing::kZstd);
  ArchiveWriter(const ArchiveWriter&) = delete;
  ArchiveWriter& operator=(const ArchiveWriter&) = delete;
  ~ArchiveWriter();

  // A file of root's with this content.
  void file(const std::string& path, std::string_view content);
  // Takes entries and puts their paths below `prefix`, which is the root's own.
  std::unique_ptr<Sink> below(std::string prefix);
  // Writes the archive's end. Without it a reader takes the archive for one that was cut short.
  void finish();
  // Packed, so far.
  [[nodiscard]] std::uint64_t bytes() const;

 private:
  class Below;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace croft::templates
