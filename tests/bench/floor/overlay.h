// A root file system for one cycle: overlay of an id-mapped, shared template with a fresh upper directory.
#pragma once

#include <cstdint>
#include <string>

#include "tests/bench/floor/check.h"

namespace croft::bench {

// DATA/ID/{upper,work} made; the upper's root belongs to the container's root.
void make_upper(const std::string& data, const std::string& id, std::uint32_t base);
// Renames DATA/ID to DATA/gone: the end of it within a cycle. Deleting files takes as long as they are many,
// so it is no contender's to be measured by.
void set_upper_aside(const std::string& data, const std::string& id);
// Deletes DATA/ID and DATA/gone, whichever is there.
void remove_upper(const std::string& data, const std::string& id) noexcept;
// A detached clone of the template whose ids are shifted as `user_namespace` maps them (Linux >= 5.19 for
// overlay).
Fd map_template(const std::string& root, const Fd& user_namespace);
// A detached overlay mount. `staging` is an empty directory, used where the kernel takes no detached layers
// (< 6.15).
Fd mount_overlay(const Fd& lower, const std::string& data, const std::string& id, const std::string& staging);

// All of it for a tool that wants a mounted root: DATA/ID/rootfs, in the caller's mount namespace.
void mount_at_rootfs(const std::string& data, const std::string& id, const std::string& root,
                     const Fd& user_namespace, std::uint32_t base);

}  // namespace croft::bench
