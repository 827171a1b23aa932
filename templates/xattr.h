// Which extended attributes may enter a layer, and POSIX ACLs in the form that the kernel stores.
//
// Kept: user.* (on files and directories), security.capability, system.posix_acl_access and _default. Left
// out: trusted.* and user.overlay.*, which would steer overlay; security.* otherwise, which belongs to this
// host's security module; everything else.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "templates/entry.h"

namespace croft::templates {

// Leaves the attributes that may be kept, and makes overlay's own mark of an opaque directory one of them.
// What has no facts of its own (symbolic links their mode, whiteouts all) gets the same ones every time.
// `refused` is told what is left out and why; it may be empty.
void settle(Entry& entry, const std::function<void(const Xattr&, const std::string& reason)>& refused = {});

// The value as a container with 65536 ids from `base` sees it: root id and ACLs, which the kernel stores with
// the host's ids. Unchanged for others.
std::string unshifted_value(const std::string& name, std::string value, std::uint32_t base);

inline constexpr const char* kOpaqueMark = "trusted.overlay.opaque";

// Empty when the attribute may be kept on an entry of this type, else the reason why it is left out.
std::string refused_xattr(const Xattr& xattr, EntryType type);

struct AclEntry {
  std::uint16_t tag;          // ACL_USER_OBJ ... of linux/posix_acl.h
  std::uint16_t permissions;  // rwx as 4, 2, 1
  std::uint32_t id;           // of ACL_USER and ACL_GROUP
};
inline constexpr std::uint16_t kAclUserObject = 0x01;
inline constexpr std::uint16_t kAclUser = 0x02;
inline constexpr std::uint16_t kAclGroupObject = 0x04;
inline constexpr std::uint16_t kAclGroup = 0x08;
inline constexpr std::uint16_t kAclMask = 0x10;
inline constexpr std::uint16_t kAclOther = 0x20;

// The value of system.posix_acl_*: version 2, little-endian, in the order that the kernel wants.
std::string pack_acl(std::vector<AclEntry> entries);

// The permissions of its mask, which are the group bits of the mode then (acl(5)); nothing where it has none.
std::optional<std::uint16_t> mask_of_acl(std::string_view value);

}  // namespace croft::templates
