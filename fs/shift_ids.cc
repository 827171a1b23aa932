#include "fs/shift_ids.h"

#include <endian.h>
#include <linux/capability.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>

#include <cstring>

#include "runtime/error.h"

namespace croft::fs {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::uint32_t kNobody = 65534;

std::uint32_t number_at(std::string_view bytes, std::size_t offset) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return le32toh(value);
}

void put_number(std::string& bytes, std::size_t offset, std::uint32_t value) {
  value = htole32(value);
  std::memcpy(bytes.data() + offset, &value, sizeof value);
}

[[noreturn]] void malformed(std::string_view name) {
  throw Error(ErrorKind::kInvalid, "attribute `" + std::string(name) + "` is malformed");
}

// To revision 3, which names the root that the capability is valid under (linux/capability.h). Revisions 1
// and 2 are valid everywhere, and so in the initial user namespace: on the host.
std::string shifted_capability(std::string_view name, std::string_view value, const IdRange& range) {
  if (value.size() < XATTR_CAPS_SZ_1) malformed(name);
  const std::uint32_t magic = number_at(value, 0);
  const std::uint32_t revision = magic & VFS_CAP_REVISION_MASK;
  const std::size_t size = revision == VFS_CAP_REVISION_1   ? XATTR_CAPS_SZ_1
                           : revision == VFS_CAP_REVISION_2 ? XATTR_CAPS_SZ_2
                           : revision == VFS_CAP_REVISION_3 ? XATTR_CAPS_SZ_3
                                                            : 0;
  if (size == 0 || value.size() != size) malformed(name);
  const std::uint32_t root = revision == VFS_CAP_REVISION_3 ? number_at(value, XATTR_CAPS_SZ_2) : 0;
  std::string result(value);
  result.resize(XATTR_CAPS_SZ_3, '\0');
  put_number(result, 0, VFS_CAP_REVISION_3 | (magic & VFS_CAP_FLAGS_MASK));
  put_number(result, XATTR_CAPS_SZ_2, shifted_id(root, range));
  return result;
}

std::string shifted_acl(std::string_view name, std::string_view value, const IdRange& range) {
  constexpr std::size_t kHeader = sizeof(posix_acl_xattr_header);
  constexpr std::size_t kEntry = sizeof(posix_acl_xattr_entry);
  if (value.size() < kHeader || (value.size() - kHeader) % kEntry != 0) malformed(name);
  if (number_at(value, 0) != POSIX_ACL_XATTR_VERSION) malformed(name);
  std::string result(value);
  for (std::size_t at = kHeader; at < value.size(); at += kEntry) {
    const std::uint32_t tag = number_at(value, at) & 0xffff;
    const std::size_t id = at + offsetof(posix_acl_xattr_entry, e_id);
    if (tag == ACL_USER || tag == ACL_GROUP) put_number(result, id, shifted_id(number_at(value, id), range));
  }
  return result;
}

}  // namespace

std::uint32_t shifted_id(std::uint32_t id, const IdRange& range) {
  if (range.from != 0) return id - range.from < range.size ? range.base + (id - range.from) : id;
  if (id < range.size) return range.base + id;
  return range.base + (range.size > kNobody ? kNobody : range.size - 1);
}

std::optional<std::string> shifted_attribute(std::string_view name, std::string_view value,
                                             const IdRange& range) {
  if (name == "security.capability") return shifted_capability(name, value, range);
  if (name == "system.posix_acl_access" || name == "system.posix_acl_default")
    return shifted_acl(name, value, range);
  const bool overlay = name.starts_with("trusted.overlay.");
  const bool kept =
      name.starts_with("user.") || name.starts_with("security.") || name.starts_with("trusted.");
  if (!kept || (overlay && name != "trusted.overlay.opaque")) return std::nullopt;
  return std::string(value);
}

}  // namespace croft::fs
