#include "templates/xattr.h"

#include <algorithm>
#include <tuple>

#include "templates/bounds.h"

namespace croft::templates {
namespace {

constexpr std::uint32_t kAclVersion = 2;  // POSIX_ACL_XATTR_VERSION
constexpr std::size_t kAclEntryBytes = 8;
constexpr std::uint32_t kNoId = 0xffffffff;

void put(std::string& bytes, std::uint32_t number, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(number >> (8 * i));
}

std::uint32_t get(std::string_view bytes, std::size_t offset, std::size_t size) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < size; ++i)
    number |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[offset + i])) << (8 * i);
  return number;
}

// Beyond the ids of a container an ACL would name nobody; the kernel checks the rest of its form.
bool acceptable_acl(std::string_view value) {
  if (value.size() < 4 || (value.size() - 4) % kAclEntryBytes != 0 || get(value, 0, 4) != kAclVersion)
    return false;
  for (std::size_t at = 4; at < value.size(); at += kAclEntryBytes) {
    const std::uint32_t tag = get(value, at, 2);
    if ((tag == kAclUser || tag == kAclGroup) && get(value, at + 4, 4) > kMaxId) return false;
  }
  return true;
}

// struct vfs_cap_data of linux/capability.h: revision 2 has 20 bytes; revision 3 has a root id, 24 bytes.
bool acceptable_capability(std::string_view value) {
  if (value.size() == 20) return (get(value, 0, 4) & 0xff000000) == 0x02000000;
  return value.size() == 24 && (get(value, 0, 4) & 0xff000000) == 0x03000000 && get(value, 20, 4) <= kMaxId;
}

}  // namespace

std::string refused_xattr(const Xattr& xattr, EntryType type) {
  const std::string_view name = xattr.name;
  if (name.size() > kMaxNameLength || xattr.value.size() > kMaxXattrBytes) return "too long";
  if (name.find('\0') != std::string_view::npos) return "its name is broken";
  if (name.starts_with("user.overlay.")) return "it would steer the overlay file system";
  const bool plain = type == EntryType::kFile || type == EntryType::kDirectory;
  if (!plain) return "only files and directories can have one";
  if (name.starts_with("user.") && name.size() > 5) return "";
  if (name == "security.capability")
    return type != EntryType::kFile             ? "only a file can have it"
           : acceptable_capability(xattr.value) ? ""
                                                : "its value is broken";
  if (name == "system.posix_acl_access" ||
      (name == "system.posix_acl_default" && type == EntryType::kDirectory))
    return acceptable_acl(xattr.value) ? "" : "it is broken or names ids above 65535";
  return "this kind is not kept";
}

void settle(Entry& entry, const std::function<void(const Xattr&, const std::string& reason)>& refused) {
  if (entry.type == EntryType::kSymlink) entry.mode = 0777;
  if (entry.type == EntryType::kWhiteout) {
    entry.mode = 0;
    entry.uid = entry.gid = 0;
    entry.mtime = {};
  }
  std::erase_if(entry.xattrs, [&](const Xattr& xattr) {
    const std::string reason = refused_xattr(xattr, entry.type);
    if (!reason.empty() && refused) refused(xattr, reason);
    return !reason.empty();
  });
  if (entry.opaque && entry.type == EntryType::kDirectory) entry.xattrs.push_back({kOpaqueMark, "y"});
}

std::string unshifted_value(const std::string& name, std::string value, std::uint32_t base) {
  if (name == "security.capability" && value.size() == 24 && get(value, 20, 4) == base) {
    // Root of the container: what revision 2 means to it.
    value.resize(20);
    value[3] = 2;
  } else if (name.starts_with("system.posix_acl_")) {
    for (std::size_t at = 4; at + kAclEntryBytes <= value.size(); at += kAclEntryBytes) {
      const std::uint32_t tag = get(value, at, 2);
      if (tag != kAclUser && tag != kAclGroup) continue;
      std::string id;
      put(id, get(value, at + 4, 4) - base, 4);
      value.replace(at + 4, 4, id);
    }
  }
  return value;
}

std::string pack_acl(std::vector<AclEntry> entries) {
  for (AclEntry& entry : entries)
    if (entry.tag != kAclUser && entry.tag != kAclGroup) entry.id = kNoId;
  std::sort(entries.begin(), entries.end(), [](const AclEntry& a, const AclEntry& b) {
    return std::tie(a.tag, a.id) < std::tie(b.tag, b.id);
  });
  std::string value;
  put(value, kAclVersion, 4);
  for (const AclEntry& entry : entries) {
    put(value, entry.tag, 2);
    put(value, entry.permissions, 2);
    put(value, entry.id, 4);
  }
  return value;
}

std::optional<std::uint16_t> mask_of_acl(std::string_view value) {
  for (std::size_t at = 4; at + kAclEntryBytes <= value.size(); at += kAclEntryBytes)
    if (get(value, at, 2) == kAclMask) return static_cast<std::uint16_t>(get(value, at + 2, 2) & 7);
  return std::nullopt;
}

}  // namespace croft::templates
