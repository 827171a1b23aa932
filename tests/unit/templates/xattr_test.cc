#include "templates/xattr.h"

#include <gtest/gtest.h>

namespace croft::templates {
namespace {

bool kept(const std::string& name, const std::string& value, EntryType type = EntryType::kFile) {
  return refused_xattr({name, value}, type).empty();
}

std::string capability(char revision, std::size_t size, char root = 0) {
  std::string value(size, '\0');
  value[3] = revision;
  if (size > 20) value[20] = root;
  return value;
}

TEST(Xattrs, KeepsWhatAContainerMayHave) {
  EXPECT_TRUE(kept("user.note", "x"));
  EXPECT_TRUE(kept("user.note", "", EntryType::kDirectory));
  EXPECT_TRUE(kept("security.capability", capability(2, 20)));
  EXPECT_TRUE(kept("security.capability", capability(3, 24, 5)));
  EXPECT_TRUE(kept("system.posix_acl_access", pack_acl({{kAclUser, 7, 1000}})));
  EXPECT_TRUE(kept("system.posix_acl_default", pack_acl({{kAclUser, 7, 1000}}), EntryType::kDirectory));
}

TEST(Xattrs, LeavesOutWhatWouldSteerTheHost) {
  for (const char* name : {"trusted.overlay.opaque", "trusted.x", "user.overlay.redirect", "security.selinux",
                           "security.ima", "system.nfs4_acl", "user.", "other", ""})
    EXPECT_FALSE(kept(name, "y")) << name;
  EXPECT_FALSE(kept("user.note", "x", EntryType::kSymlink));
  EXPECT_FALSE(kept("security.capability", capability(2, 20), EntryType::kDirectory));
  EXPECT_FALSE(kept("security.capability", capability(2, 24)));
  EXPECT_FALSE(kept("security.capability", capability(1, 12)));
  EXPECT_FALSE(kept("security.capability", ""));
  std::string foreign = capability(3, 24);
  foreign[22] = 1;  // root id 65536
  EXPECT_FALSE(kept("security.capability", foreign));
}

TEST(Xattrs, RefusesBrokenAcls) {
  EXPECT_FALSE(kept("system.posix_acl_access", pack_acl({{kAclUser, 7, 65536}})));
  EXPECT_FALSE(kept("system.posix_acl_access", pack_acl({{kAclGroup, 7, 0xffffffff}})));
  EXPECT_FALSE(kept("system.posix_acl_access", "abc"));
  EXPECT_FALSE(kept("system.posix_acl_access", std::string("\1\0\0\0", 4)));
  EXPECT_FALSE(kept("system.posix_acl_default", pack_acl({}), EntryType::kFile));
}

TEST(PackAcl, OrdersAsTheKernelWants) {
  const std::string value =
      pack_acl({{kAclOther, 4, 9}, {kAclUser, 6, 2}, {kAclUser, 6, 1}, {kAclUserObject, 7, 3}});
  ASSERT_EQ(value.size(), 4U + 4 * 8);
  EXPECT_EQ(value[0], 2);
  EXPECT_EQ(value[4], 1);       // owner first
  EXPECT_EQ(value[8], '\xff');  // who has no id
  EXPECT_EQ(value[12 + 4], 1);  // user 1 before user 2
  EXPECT_EQ(value[20 + 4], 2);
  EXPECT_EQ(value[28], 0x20);
}

}  // namespace
}  // namespace croft::templates
