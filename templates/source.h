// What an archive or a directory that is to be imported is, told by the names in it.
#pragma once

#include <string>
#include <string_view>

#include "runtime/fd.h"

namespace croft::templates {

enum class SourceFormat {
  kAuto,
  kRootfs,  // the root directory itself; templates of OpenVZ and of LXC's `download` are such archives
  kImage,   // an OCI image layout, `docker save`, `skopeo copy dir:`
  kLxc,     // a unified image of LXC and Incus: metadata.yaml and rootfs/
};
// "auto", "rootfs", "image", "lxc"; throws Error kInvalid for another.
SourceFormat source_format_of(std::string_view text);

// By the clean path of an archive's first entry that is not its root: an image or a unified archive has
// nothing but its own few names at the top. Never kAuto.
SourceFormat format_of_entry(std::string_view path);
// By what is in a directory.
SourceFormat format_of_directory(const runtime::Fd& directory);

// The architecture that a metadata.yaml names, as uname says it; empty where it names none.
std::string architecture_of_metadata(std::string_view yaml);

}  // namespace croft::templates
